/* Images and labels in arrays of an HDF5 file. Arrays stored in one piece are read past HDF5, by
 * several threads at once; others through it, one thread at a time. SPDX-License-Identifier: MIT */
#include "core/arithmetic.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/utf8.h"
#include "data/dataset.h"
#include "image/image.h"
#include "store/hdf5_image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_CACHE_SIZE (64u << 20)
#define MAX_CLASSES 1000000
#define MAX_NAME_SIZE 4096

enum array_layout { ARRAY_HWC, ARRAY_CHW, ARRAY_GRAY };

typedef struct hdf5_state {
    hid_t file, images; /* 0: not open */
    int fd;             /* for arrays in one piece; else -1 */
    uint64_t offset;    /* of the first image in the file, bytes */
    enum array_layout layout;
    size_t n, height, width;
    size_t image_size; /* bytes */
} hdf5_state;

static void clear_hdf5(rn_source *source)
{
    hdf5_state *state = source->state;
    rn_h5_guard guard;
    rn_h5_enter(&guard);
    if (state->images > 0) H5Dclose(state->images);
    if (state->file > 0) H5Fclose(state->file);
    rn_h5_leave(&guard);
    if (state->file > 0 && state->fd >= 0) close(state->fd);
}

static resnet_status read_past(const hdf5_state *state, size_t sample, uint8_t *bytes)
{
    const off_t start = (off_t)(state->offset + (uint64_t)sample * state->image_size);
    size_t done = 0;
    while (done < state->image_size) {
        const ssize_t n =
            pread(state->fd, bytes + done, state->image_size - done, start + (off_t)done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return rn_fail(RESNET_E_IO, "the file ends or cannot be read");
        done += (size_t)n;
    }
    return RESNET_OK;
}

static bool read_slab(const hdf5_state *state, size_t sample, uint8_t *bytes)
{
    const int rank = state->layout == ARRAY_GRAY ? 3 : 4;
    hsize_t start[4] = {sample}, extent[4], count[4];
    const hid_t space = H5Dget_space(state->images);
    H5Sget_simple_extent_dims(space, extent, NULL);
    memcpy(count, extent, sizeof count);
    count[0] = 1;
    const hid_t room = H5Screate_simple(rank, count, NULL);
    const bool ok = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
                    H5Dread(state->images, H5T_NATIVE_UINT8, room, space, H5P_DEFAULT, bytes) >= 0;
    H5Sclose(room);
    H5Sclose(space);
    return ok;
}

static resnet_status read_bytes(const hdf5_state *state, size_t sample, uint8_t *bytes)
{
    if (state->fd >= 0) return read_past(state, sample, bytes);
    rn_h5_guard guard;
    rn_h5_enter(&guard);
    const bool ok = read_slab(state, sample, bytes);
    rn_h5_leave(&guard);
    return ok ? RESNET_OK : rn_fail(RESNET_E_FORMAT, "damaged");
}

static void to_rgb(uint8_t *out, const uint8_t *bytes, const hdf5_state *state)
{
    const size_t plane = state->height * state->width;
    const size_t step = state->layout == ARRAY_CHW ? plane : 0; /* gray: the same thrice */
    for (size_t i = 0; i < plane; i++)
        for (size_t c = 0; c < 3; c++) out[3 * i + c] = bytes[c * step + i];
}

static resnet_status read_array_image(rn_picture *out, const rn_source *source, size_t sample,
                                      const resnet_image_options *options)
{
    (void)options;
    const hdf5_state *state = source->state;
    resnet_image *image = NULL;
    uint8_t *bytes = NULL;
    resnet_status status;
    RN_TRY(rn_image_create(&image, state->width, state->height));
    if (state->layout == ARRAY_HWC) {
        RN_TRY(read_bytes(state, sample, image->pixels));
    } else {
        bytes = rn_alloc(state->image_size, 1);
        status = bytes ? read_bytes(state, sample, bytes) : RESNET_E_NOMEM;
        if (status != RESNET_OK) goto done;
        to_rgb(image->pixels, bytes, state);
    }
    *out = (rn_picture){image, image};
    image = NULL;
done:
    rn_free(bytes);
    resnet_image_free(image);
    return status;
}

static const rn_source_kind HDF5_ARRAYS = {
    .read_picture = read_array_image, .clear = clear_hdf5, .state_size = sizeof(hdf5_state)};

static resnet_status open_file(hdf5_state *state, const char *path)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0) return rn_fail(RESNET_E_BACKEND, "HDF5: no property list");
    H5Pset_cache(access, 0, 521, CHUNK_CACHE_SIZE, 0.75);
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    if (file < 0) return rn_fail(RESNET_E_FORMAT, "no HDF5 file, or damaged");
    state->file = file;
    return RESNET_OK;
}

/* A dataset's rank and extents, or -1. */
static int get_extents(hid_t dataset, hsize_t extents[H5S_MAX_RANK])
{
    const hid_t space = H5Dget_space(dataset);
    const int rank = space < 0 ? -1 : H5Sget_simple_extent_dims(space, extents, NULL);
    if (space >= 0) H5Sclose(space);
    return rank;
}

static bool has_type(hid_t dataset, H5T_class_t wanted, size_t size)
{
    const hid_t type = H5Dget_type(dataset);
    const bool is = H5Tget_class(type) == wanted && (size == 0 || H5Tget_size(type) == size);
    H5Tclose(type);
    return is;
}

static bool is_u8(hid_t dataset)
{
    const hid_t type = H5Dget_type(dataset);
    const bool is = H5Tequal(type, H5T_NATIVE_UINT8) > 0;
    H5Tclose(type);
    return is;
}

static resnet_status set_shape(hdf5_state *state, const char *name, uint64_t max_pixels)
{
    hsize_t e[H5S_MAX_RANK] = {0};
    const int rank = get_extents(state->images, e);
    if (!is_u8(state->images))
        return rn_fail(RESNET_E_UNSUPPORTED, "%s: not of unsigned 8-bit integers", name);
    if (rank == 4 && e[3] == 3)
        *state = (hdf5_state){state->file, state->images, -1, 0, ARRAY_HWC, e[0], e[1], e[2], 0};
    else if (rank == 4 && e[1] == 3)
        *state = (hdf5_state){state->file, state->images, -1, 0, ARRAY_CHW, e[0], e[2], e[3], 0};
    else if (rank == 3)
        *state = (hdf5_state){state->file, state->images, -1, 0, ARRAY_GRAY, e[0], e[1], e[2], 0};
    else
        return rn_fail(RESNET_E_UNSUPPORTED,
                       "%s: shape is none of [n][height][width][3], "
                       "[n][3][height][width], [n][height][width]",
                       name);
    if (state->n == 0 || state->height == 0 || state->width == 0)
        return rn_fail(RESNET_E_FORMAT, "%s: empty", name);
    if (state->height > max_pixels / state->width || state->n > INT32_MAX)
        return rn_fail(RESNET_E_UNSUPPORTED, "%s: %zu images of %zux%zu px", name, state->n,
                       state->width, state->height);
    state->image_size = state->height * state->width * (state->layout == ARRAY_GRAY ? 1 : 3);
    return RESNET_OK;
}

/* Arrays in one piece get a descriptor of their own; what lies outside the file is refused. */
static resnet_status set_storage(hdf5_state *state, const char *name, const char *path)
{
    const hid_t properties = H5Dget_create_plist(state->images);
    const H5D_layout_t layout = H5Pget_layout(properties);
    const int n_external = H5Pget_external_count(properties);
    H5Pclose(properties);
    if ((layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED && layout != H5D_COMPACT) ||
        n_external != 0)
        return rn_fail(RESNET_E_UNSUPPORTED, "%s: kept outside the file", name);
    if (H5Dget_storage_size(state->images) == 0)
        return rn_fail(RESNET_E_FORMAT, "%s: holds no data", name);
    const haddr_t offset = H5Dget_offset(state->images);
    if (layout != H5D_CONTIGUOUS || offset == HADDR_UNDEF) return RESNET_OK;
    state->offset = offset;
    state->fd = rn_file_above_streams(open(path, O_RDONLY | O_CLOEXEC));
    return state->fd >= 0 ? RESNET_OK : rn_fail(RESNET_E_IO, "cannot open");
}

static resnet_status open_images(hdf5_state *state, const char *name, const char *path,
                                 uint64_t max_pixels)
{
    resnet_status status;
    state->fd = -1;
    RN_TRY(open_file(state, path));
    const hid_t images = rn_h5_open_object(state->file, name, H5I_DATASET);
    if (images < 0) return rn_fail(RESNET_E_FORMAT, "no array \"%s\"", name);
    state->images = images;
    RN_TRY(set_shape(state, name, max_pixels));
    status = set_storage(state, name, path);
done:
    return status;
}

/* One name, at most MAX_NAME_SIZE bytes, whatever its padding. */
static resnet_status add_class(rn_source *source, const char *text, size_t size, const char *array)
{
    char name[MAX_NAME_SIZE + 1];
    size_t length = strnlen(text, size < MAX_NAME_SIZE ? size : MAX_NAME_SIZE);
    while (length > 0 && text[length - 1] == ' ') length--;
    memcpy(name, text, length);
    name[length] = '\0';
    if (rn_utf8_is_valid(name)) return rn_source_add_class(source, name);
    return rn_fail(RESNET_E_FORMAT, "%s: name \"%s\" is not UTF-8", array, name);
}

static resnet_status read_fixed_names(rn_source *source, hid_t dataset, hid_t type, size_t n,
                                      const char *array)
{
    const size_t size = H5Tget_size(type);
    resnet_status status = RESNET_OK;
    char *bytes = size <= MAX_NAME_SIZE ? rn_alloc(n, size) : NULL;
    if (!bytes)
        return size <= MAX_NAME_SIZE ? RESNET_E_NOMEM
                                     : rn_fail(RESNET_E_UNSUPPORTED, "%s: long names", array);
    if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) < 0)
        status = rn_fail(RESNET_E_FORMAT, "%s: damaged", array);
    for (size_t i = 0; i < n && status == RESNET_OK; i++)
        status = add_class(source, bytes + i * size, size, array);
    rn_free(bytes);
    return status;
}

static resnet_status read_variable_names(rn_source *source, hid_t dataset, hid_t type, size_t n,
                                         const char *array)
{
    resnet_status status = RESNET_OK;
    char **texts = rn_calloc(n, sizeof *texts);
    if (!texts) return RESNET_E_NOMEM;
    if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts) < 0)
        status = rn_fail(RESNET_E_FORMAT, "%s: damaged", array);
    for (size_t i = 0; i < n && status == RESNET_OK; i++)
        status = texts[i] ? add_class(source, texts[i], strlen(texts[i]), array)
                          : rn_fail(RESNET_E_FORMAT, "%s: name %zu is missing", array, i);
    const hid_t space = H5Dget_space(dataset);
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts);
    H5Sclose(space);
    rn_free(texts);
    return status;
}

static resnet_status read_names(rn_source *source, hid_t dataset, const char *array)
{
    hsize_t extents[H5S_MAX_RANK] = {0};
    const int rank = get_extents(dataset, extents);
    if (rank != 1 || extents[0] == 0 || extents[0] > MAX_CLASSES ||
        !has_type(dataset, H5T_STRING, 0))
        return rn_fail(RESNET_E_FORMAT, "%s: no list of names", array);
    const hid_t type = H5Dget_type(dataset);
    const resnet_status status =
        H5Tis_variable_str(type) > 0
            ? read_variable_names(source, dataset, type, (size_t)extents[0], array)
            : read_fixed_names(source, dataset, type, (size_t)extents[0], array);
    H5Tclose(type);
    return status;
}

/* Leaves the source without classes if the file names none. */
static resnet_status add_names(rn_source *source, hid_t file)
{
    static const char *const ARRAYS[] = {"classes", "class_names", "list_classes"};
    for (size_t i = 0; i < 3; i++) {
        const hid_t dataset = rn_h5_open_object(file, ARRAYS[i], H5I_DATASET);
        if (dataset < 0) continue;
        const resnet_status status = read_names(source, dataset, ARRAYS[i]);
        H5Dclose(dataset);
        return status;
    }
    return RESNET_OK;
}

static resnet_status read_labels(int64_t *out, const hdf5_state *state, const char *name)
{
    hsize_t extents[H5S_MAX_RANK] = {0};
    resnet_status status = RESNET_OK;
    const hid_t dataset = rn_h5_open_object(state->file, name, H5I_DATASET);
    if (dataset < 0) return rn_fail(RESNET_E_FORMAT, "no array \"%s\"", name);
    const int rank = get_extents(dataset, extents);
    const bool row =
        rank == 2 && extents[0] == 1 && extents[1] == state->n; /* [1][n], as Coursera */
    const bool column = extents[0] == state->n && (rank == 1 || (rank == 2 && extents[1] == 1));
    if (!has_type(dataset, H5T_INTEGER, 0))
        status = rn_fail(RESNET_E_UNSUPPORTED, "%s: not of integers", name);
    else if (!row && !column)
        status = rn_fail(RESNET_E_FORMAT, "%s: %llu labels of %zu images", name,
                         (unsigned long long)extents[0], state->n);
    else if (H5Dread(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) < 0)
        status = rn_fail(RESNET_E_FORMAT, "%s: damaged", name);
    H5Dclose(dataset);
    return status;
}

static resnet_status add_numbered_classes(rn_source *source, const int64_t *labels, size_t n)
{
    int64_t most = -1;
    for (size_t i = 0; i < n; i++)
        if (labels[i] > most) most = labels[i];
    for (int64_t c = 0; c <= most && c < MAX_CLASSES; c++) {
        char *name = rn_format("%lld", (long long)c);
        const resnet_status status = name ? rn_source_add_class(source, name) : RESNET_E_NOMEM;
        rn_free(name);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}

static resnet_status add_samples(rn_source *source, const int64_t *labels, const char *path,
                                 const char *array)
{
    const size_t n = ((const hdf5_state *)source->state)->n, n_classes = source->classes.n;
    for (size_t i = 0; i < n; i++) {
        if (labels[i] < 0 || (uint64_t)labels[i] >= n_classes)
            return rn_fail(RESNET_E_FORMAT, "%s[%zu]: label %lld, expected 0 to %zu", array, i,
                           (long long)labels[i], n_classes ? n_classes - 1 : 0);
        char *name = rn_format("%s#%zu", path, i);
        if (!name) return RESNET_E_NOMEM;
        const resnet_status status = rn_source_add(source, name, strlen(name), (int32_t)labels[i]);
        rn_free(name);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}

static resnet_status fill(rn_source *source, const char *path, const char *images,
                          const char *labels)
{
    hdf5_state *state = source->state;
    int64_t *numbers = NULL;
    resnet_status status;
    RN_TRY(open_images(state, images, path, source->options.max_pixels));
    numbers = rn_alloc(state->n, sizeof *numbers);
    if (!numbers) return RESNET_E_NOMEM;
    RN_TRY(read_labels(numbers, state, labels));
    RN_TRY(add_names(source, state->file));
    if (source->classes.n == 0) RN_TRY(add_numbered_classes(source, numbers, state->n));
    status = add_samples(source, numbers, path, labels);
done:
    rn_free(numbers);
    return status;
}

static resnet_status check_readable(const char *path)
{
    if (access(path, R_OK) == 0) return RESNET_OK;
    return rn_fail(RESNET_E_IO, "%s: %s", path,
                   errno == ENOENT ? "no such file" : "cannot be read");
}

resnet_status resnet_dataset_open_hdf5(resnet_dataset **out, const char *path, const char *images,
                                       const char *labels, const resnet_dataset_options *options)
{
    RN_OWN_ARITHMETIC;
    if (!out || !path) return rn_fail(RESNET_E_INVALID, "resnet_dataset_open_hdf5: NULL");
    resnet_dataset_options ours;
    rn_source *source = NULL;
    rn_h5_guard guard;
    resnet_status status;
    RN_TRY(rn_source_read_options(&ours, options));
    RN_TRY(check_readable(path));
    RN_TRY(rn_source_create(&source, &HDF5_ARRAYS, &ours));
    rn_h5_enter(&guard);
    status = fill(source, path, images ? images : "images", labels ? labels : "labels");
    rn_h5_leave(&guard);
    if (status != RESNET_OK && status != RESNET_E_NOMEM) rn_fail_in(status, path);
    if (status == RESNET_OK) status = rn_dataset_wrap_part(out, source, ours.part);
    if (status == RESNET_OK) source = NULL;
done:
    rn_source_release(source);
    return status;
}
