/* Images and labels in arrays of an HDF5 file, read through a descriptor as they are asked for, by
 * several threads at once. SPDX-License-Identifier: MIT */
#include "core/arithmetic.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/utf8.h"
#include "data/split.h"
#include "image/image.h"
#include "store/hdf5_read.h"

#include <string.h>
#include <unistd.h>

#define PIECES_SIZE (64u << 20) /* bytes of unpacked pieces that are kept */
#define MAX_CLASSES 1000000
#define MAX_NAME_SIZE 4096
#define SAMPLE_COST 64 /* bytes, besides its name */

enum array_layout { ARRAY_HWC, ARRAY_CHW, ARRAY_GRAY };

typedef struct hdf5_state {
    bool is_open;
    int fd;
    rn_budget budget; /* of opening; pictures then cost what their pieces do */
    rn_h5_file *file;
    rn_h5_dataset *images;
    enum array_layout layout;
    size_t n, height, width;
    size_t image_size; /* bytes */
} hdf5_state;

static void clear_hdf5(rn_source *source)
{
    hdf5_state *state = source->state;
    rn_h5_dataset_free(state->images);
    rn_h5_close(state->file);
    if (state->is_open) close(state->fd);
}

static resnet_status read_bytes(const hdf5_state *state, size_t sample, uint8_t *bytes)
{
    return rn_h5_dataset_read_rows(state->images, sample, 1, bytes, NULL);
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

/* *out NULL when there is none of that name. */
static resnet_status open_array(rn_h5_dataset **out, const rn_h5_object *root, const char *name)
{
    rn_h5_object *object = NULL;
    resnet_status status;
    RN_TRY(rn_h5_find(&object, root, name));
    if (object) status = rn_h5_dataset_open(out, object, name);
done:
    rn_h5_object_free(object);
    return status;
}

static resnet_status require_array(rn_h5_dataset **out, const rn_h5_object *root, const char *name)
{
    const resnet_status status = open_array(out, root, name);
    if (status != RESNET_OK || *out) return status;
    return rn_fail(RESNET_E_FORMAT, "no array \"%s\"", name);
}

static bool is_u8(const rn_h5_dataset *array)
{
    const rn_h5_type type = rn_h5_dataset_get_type(array);
    return type.class == RN_H5_INTEGER && type.size == 1 && !type.is_signed;
}

static resnet_status set_extents(hdf5_state *state, const char *name)
{
    uint64_t e[RN_H5_MAX_DIMS] = {0};
    const size_t n_dims = rn_h5_dataset_get_dims(state->images, e);
    state->n = (size_t)e[0];
    if (n_dims == 4 && e[3] == 3) {
        state->layout = ARRAY_HWC;
    } else if (n_dims == 4 && e[1] == 3) {
        state->layout = ARRAY_CHW;
    } else if (n_dims == 3) {
        state->layout = ARRAY_GRAY;
    } else {
        return rn_fail(RESNET_E_UNSUPPORTED,
                       "%s: shape is none of [n][height][width][3], "
                       "[n][3][height][width], [n][height][width]",
                       name);
    }
    const size_t first = state->layout == ARRAY_CHW ? 2 : 1;
    state->height = (size_t)e[first];
    state->width = (size_t)e[first + 1];
    return RESNET_OK;
}

static resnet_status set_shape(hdf5_state *state, const char *name, uint64_t max_pixels)
{
    if (!is_u8(state->images))
        return rn_fail(RESNET_E_UNSUPPORTED, "%s: not of unsigned 8-bit integers", name);
    const resnet_status status = set_extents(state, name);
    if (status != RESNET_OK) return status;
    if (state->n == 0 || state->height == 0 || state->width == 0)
        return rn_fail(RESNET_E_FORMAT, "%s: empty", name);
    if (state->height > max_pixels / state->width || state->n > INT32_MAX)
        return rn_fail(RESNET_E_UNSUPPORTED, "%s: %zu images of %zux%zu px", name, state->n,
                       state->width, state->height);
    state->image_size = state->height * state->width * (state->layout == ARRAY_GRAY ? 1 : 3);
    return RESNET_OK;
}

static resnet_status open_images(hdf5_state *state, const rn_h5_object *root, const char *name,
                                 uint64_t max_pixels)
{
    resnet_status status;
    RN_TRY(require_array(&state->images, root, name));
    RN_TRY(set_shape(state, name, max_pixels));
    status = rn_h5_dataset_keep_pieces(state->images, PIECES_SIZE);
done:
    return status;
}

/* Spaces at its end are padding, whatever the file says. */
static resnet_status add_class(rn_source *source, char *name, size_t index, const char *array)
{
    size_t length = strlen(name);
    while (length > 0 && name[length - 1] == ' ') length--;
    name[length] = '\0';
    if (length == 0) return rn_fail(RESNET_E_FORMAT, "%s: name %zu is missing", array, index);
    if (length > MAX_NAME_SIZE)
        return rn_fail(RESNET_E_UNSUPPORTED, "%s: name %zu has %zu bytes", array, index, length);
    if (rn_utf8_is_valid(name)) return rn_source_add_class(source, name);
    return rn_fail(RESNET_E_FORMAT, "%s: name \"%s\" is not UTF-8", array, name);
}

static resnet_status read_names(rn_source *source, const rn_h5_dataset *dataset, const char *array)
{
    uint64_t extents[RN_H5_MAX_DIMS] = {0};
    rn_h5_texts texts = {0};
    const size_t n_dims = rn_h5_dataset_get_dims(dataset, extents);
    const enum rn_h5_class class = rn_h5_dataset_get_type(dataset).class;
    if (n_dims != 1 || extents[0] == 0 || extents[0] > MAX_CLASSES ||
        (class != RN_H5_TEXT && class != RN_H5_VARIABLE_TEXT))
        return rn_fail(RESNET_E_FORMAT, "%s: no list of names", array);
    resnet_status status = rn_h5_dataset_read_texts(&texts, dataset);
    for (size_t i = 0; i < texts.count && status == RESNET_OK; i++)
        status = add_class(source, texts.items[i], i, array);
    rn_h5_texts_free(&texts);
    return status;
}

/* Leaves the source without classes if the file names none. */
static resnet_status add_names(rn_source *source, const rn_h5_object *root)
{
    static const char *const ARRAYS[] = {"classes", "class_names", "list_classes"};
    for (size_t i = 0; i < 3; i++) {
        rn_h5_dataset *dataset = NULL;
        resnet_status status = open_array(&dataset, root, ARRAYS[i]);
        if (status == RESNET_OK && !dataset) continue;
        if (status == RESNET_OK) status = read_names(source, dataset, ARRAYS[i]);
        rn_h5_dataset_free(dataset);
        return status;
    }
    return RESNET_OK;
}

/* A little-endian integer of the type. What is too large for 63 bits becomes the largest number,
 * which is no label. */
static int64_t widen(const unsigned char *bytes, rn_h5_type type)
{
    uint64_t value = 0;
    for (size_t i = type.size; i-- > 0;) value = value << 8 | bytes[i];
    if (!type.is_signed) return value > INT64_MAX ? INT64_MAX : (int64_t)value;
    const unsigned unused = 64 - 8 * type.size;
    return (int64_t)(value << unused) >> unused;
}

static resnet_status read_integers(int64_t *out, const rn_h5_dataset *array, size_t n,
                                   rn_budget *budget)
{
    const rn_h5_type type = rn_h5_dataset_get_type(array);
    resnet_status status = rn_budget_spend_array(budget, n, type.size, "labels");
    if (status != RESNET_OK) return status;
    unsigned char *bytes = rn_alloc(n, type.size);
    if (!bytes) return RESNET_E_NOMEM;
    status = rn_h5_dataset_read_native(array, bytes, budget);
    for (size_t i = 0; i < n && status == RESNET_OK; i++)
        out[i] = widen(bytes + i * type.size, type);
    rn_free(bytes);
    return status;
}

static resnet_status read_labels(int64_t *out, hdf5_state *state, const rn_h5_object *root,
                                 const char *name)
{
    uint64_t extents[RN_H5_MAX_DIMS] = {0};
    rn_h5_dataset *array = NULL;
    resnet_status status;
    RN_TRY(require_array(&array, root, name));
    const size_t n_dims = rn_h5_dataset_get_dims(array, extents);
    const bool row =
        n_dims == 2 && extents[0] == 1 && extents[1] == state->n; /* [1][n], as Coursera */
    const bool column = extents[0] == state->n && (n_dims == 1 || (n_dims == 2 && extents[1] == 1));
    if (rn_h5_dataset_get_type(array).class != RN_H5_INTEGER)
        status = rn_fail(RESNET_E_UNSUPPORTED, "%s: not of integers", name);
    else if (!row && !column)
        status = rn_fail(RESNET_E_FORMAT, "%s: %llu labels of %zu images", name,
                         (unsigned long long)extents[0], state->n);
    else
        status = read_integers(out, array, state->n, &state->budget);
done:
    rn_h5_dataset_free(array);
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

static resnet_status fill_from(rn_source *source, const rn_h5_object *root, const char *path,
                               const char *images, const char *labels)
{
    hdf5_state *state = source->state;
    int64_t *numbers = NULL;
    resnet_status status;
    RN_TRY(open_images(state, root, images, source->options.max_pixels));
    RN_TRY(rn_budget_spend_array(&state->budget, state->n,
                                 SAMPLE_COST + sizeof *numbers + strlen(path), images));
    numbers = rn_alloc(state->n, sizeof *numbers);
    if (!numbers) return RESNET_E_NOMEM;
    RN_TRY(read_labels(numbers, state, root, labels));
    RN_TRY(add_names(source, root));
    if (source->classes.n == 0) RN_TRY(add_numbered_classes(source, numbers, state->n));
    status = add_samples(source, numbers, path, labels);
done:
    rn_free(numbers);
    return status;
}

static resnet_status fill(rn_source *source, const char *path, const char *images,
                          const char *labels)
{
    hdf5_state *state = source->state;
    rn_h5_object *root = NULL;
    resnet_status status;
    RN_TRY(rn_h5_open_descriptor(&state->file, state->fd, &state->budget));
    RN_TRY(rn_h5_open_root(&root, state->file));
    status = fill_from(source, root, path, images, labels);
done:
    rn_h5_object_free(root);
    return status == RESNET_OK || status == RESNET_E_NOMEM ? status : rn_fail_in(status, path);
}

static resnet_status open_file(rn_source *source, const char *path)
{
    hdf5_state *state = source->state;
    size_t size = 0;
    const resnet_status status = rn_file_open_regular(&state->fd, &size, path, UINT64_MAX);
    if (status != RESNET_OK) return status;
    state->is_open = true;
    state->budget = rn_budget_make(RN_DEFAULT_BUDGET(size));
    return RESNET_OK;
}

resnet_status resnet_dataset_open_hdf5(resnet_dataset **out, const char *path, const char *images,
                                       const char *labels, const resnet_dataset_options *options)
{
    RN_OWN_ARITHMETIC;
    if (!out || !path) return rn_fail(RESNET_E_INVALID, "resnet_dataset_open_hdf5: NULL");
    resnet_dataset_options ours;
    rn_source *source = NULL;
    resnet_status status;
    RN_TRY(rn_source_read_options(&ours, options));
    RN_TRY(rn_source_create(&source, &HDF5_ARRAYS, &ours));
    RN_TRY(open_file(source, path));
    RN_TRY(fill(source, path, images ? images : "images", labels ? labels : "labels"));
    status = rn_dataset_wrap_part(out, source, ours.part);
    if (status == RESNET_OK) source = NULL;
done:
    rn_source_release(source);
    return status;
}
