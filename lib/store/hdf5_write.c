/* SPDX-License-Identifier: MIT */
#include "store/hdf5_write.h"

#include "core/mem.h"

#include <stdio.h>
#include <string.h>

#define IMAGE_STEP (1u << 20)
#define OBJECT_SIZE 4096    /* generous, for what HDF5 notes of one object */
#define MAX_ATTRIBUTE 64000 /* bytes; an object header's message ends at 65,535 */

static resnet_status fail_write(const char *name)
{
    return rn_fail(RESNET_E_BACKEND, "HDF5: cannot write %s", name);
}

/* A property list of the class that keeps no times. */
static hid_t make_timeless(hid_t class_id)
{
    const hid_t properties = H5Pcreate(class_id);
    if (properties >= 0) H5Pset_obj_track_times(properties, false);
    return properties;
}

/* HDF5 asks for memory as the file grows. All of it is there already, unless the estimate was low;
 * and what it gives back at the end is the finished file. */

static void *grow_image(void *bytes, size_t size, H5FD_file_image_op_t op, void *user_data)
{
    rn_h5_image *image = user_data;
    (void)bytes;
    (void)op;
    if (size <= image->capacity) return image->bytes;
    void *grown = rn_realloc(image->bytes, size, 1);
    if (!grown) return NULL;
    image->bytes = grown;
    image->capacity = size;
    return grown;
}

static void *start_image(size_t size, H5FD_file_image_op_t op, void *user_data)
{
    return grow_image(NULL, size, op, user_data);
}

static void *copy_bytes(void *to, const void *from, size_t size, H5FD_file_image_op_t op,
                        void *user_data)
{
    (void)op;
    (void)user_data;
    return memcpy(to, from, size);
}

static herr_t keep_image(void *bytes, H5FD_file_image_op_t op, void *user_data)
{
    (void)bytes;
    (void)op;
    (void)user_data;
    return 0;
}

static void *share_user_data(void *user_data)
{
    return user_data;
}

static herr_t keep_user_data(void *user_data)
{
    (void)user_data;
    return 0;
}

static hid_t make_access(rn_h5_image *image)
{
    H5FD_file_image_callbacks_t callbacks = {
        start_image, copy_bytes, grow_image, keep_image, share_user_data, keep_user_data, image};
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0) return access;
    if (H5Pset_fapl_core(access, IMAGE_STEP, false) >= 0 &&
        H5Pset_file_image_callbacks(access, &callbacks) >= 0)
        return access;
    H5Pclose(access);
    return H5I_INVALID_HID;
}

resnet_status rn_h5_create_image(hid_t *out, rn_h5_image *image, size_t content_size,
                                 size_t n_objects, size_t user_block)
{
    char name[RN_H5_NAME_SIZE];
    hid_t file = H5I_INVALID_HID;
    const size_t capacity = content_size + n_objects * OBJECT_SIZE + user_block + 2 * IMAGE_STEP;
    *image = (rn_h5_image){rn_calloc(capacity, 1), user_block, capacity};
    if (!image->bytes) return RESNET_E_NOMEM;
    const hid_t creation = make_timeless(H5P_FILE_CREATE);
    const hid_t access = make_access(image);
    rn_h5_name_image(name);
    if (creation >= 0 && access >= 0 && H5Pset_userblock(creation, user_block) >= 0)
        file = H5Fcreate(name, H5F_ACC_TRUNC, creation, access);
    if (access >= 0) H5Pclose(access);
    if (creation >= 0) H5Pclose(creation);
    if (file < 0) {
        rn_free(image->bytes);
        image->bytes = NULL;
        return rn_fail(RESNET_E_BACKEND, "HDF5 cannot make files in memory");
    }
    *out = file;
    return RESNET_OK;
}

resnet_status rn_h5_close_image(hid_t file, rn_h5_image *image)
{
    const bool flushed = H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0;
    const ssize_t size = H5Fget_file_image(file, NULL, 0);
    const bool closed = H5Fclose(file) >= 0;
    if (!flushed || size <= 0 || !closed) return fail_write("the file");
    image->size += (size_t)size; /* which does not count the user block */
    return RESNET_OK;
}

resnet_status rn_h5_create_group(hid_t *out, hid_t parent, const char *name)
{
    const hid_t creation = make_timeless(H5P_GROUP_CREATE);
    const hid_t group = H5Gcreate2(parent, name, H5P_DEFAULT, creation, H5P_DEFAULT);
    if (creation >= 0) H5Pclose(creation);
    if (group < 0) return fail_write(name);
    *out = group;
    return RESNET_OK;
}

resnet_status rn_h5_write_array(hid_t parent, const char *name, hid_t memory_type, hid_t file_type,
                                size_t n_dims, const uint64_t *dims, const void *values)
{
    hsize_t extent[RN_RAW_MAX_DIMS] = {0};
    for (size_t i = 0; i < n_dims; i++) extent[i] = dims[i];
    const hid_t creation = make_timeless(H5P_DATASET_CREATE);
    const hid_t space = H5Screate_simple((int)n_dims, extent, NULL);
    const hid_t dataset =
        H5Dcreate2(parent, name, file_type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    const bool ok =
        dataset >= 0 && H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
    if (dataset >= 0) H5Dclose(dataset);
    if (space >= 0) H5Sclose(space);
    if (creation >= 0) H5Pclose(creation);
    return ok ? RESNET_OK : fail_write(name);
}

static resnet_status write_attribute(hid_t object, const char *name, hid_t space, const char *bytes,
                                     size_t width)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    hid_t attribute = H5I_INVALID_HID;
    bool ok = H5Tset_size(type, width) >= 0 && H5Tset_strpad(type, H5T_STR_NULLPAD) >= 0 &&
              H5Tset_cset(type, H5T_CSET_UTF8) >= 0;
    if (ok) attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    ok = attribute >= 0 && H5Awrite(attribute, type, bytes) >= 0;
    if (attribute >= 0) H5Aclose(attribute);
    H5Tclose(type);
    return ok ? RESNET_OK : fail_write(name);
}

static resnet_status write_piece(hid_t object, const char *name, const char *text, size_t length)
{
    const hid_t space = H5Screate(H5S_SCALAR);
    const resnet_status status =
        write_attribute(object, name, space, length ? text : "", length ? length : 1);
    H5Sclose(space);
    return status;
}

/* At most MAX_ATTRIBUTE bytes, not ending within a UTF-8 sequence. */
static size_t piece_length(const char *text)
{
    size_t length = strlen(text);
    if (length <= MAX_ATTRIBUTE) return length;
    length = MAX_ATTRIBUTE;
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) length--;
    return length ? length : MAX_ATTRIBUTE;
}

resnet_status rn_h5_write_text(hid_t object, const char *name, const char *text)
{
    if (strlen(text) <= MAX_ATTRIBUTE) return write_piece(object, name, text, strlen(text));
    for (size_t i = 0; *text; i++) {
        char piece[96];
        const size_t length = piece_length(text);
        snprintf(piece, sizeof piece, "%s%zu", name, i);
        const resnet_status status = write_piece(object, piece, text, length);
        if (status != RESNET_OK) return status;
        text += length;
    }
    return RESNET_OK;
}

resnet_status rn_h5_write_text_array(hid_t object, const char *name, const char *texts,
                                     size_t count, size_t width)
{
    const hsize_t extent = count;
    const hid_t space = H5Screate_simple(1, &extent, NULL);
    const resnet_status status = write_attribute(object, name, space, texts, width);
    if (space >= 0) H5Sclose(space);
    return status;
}
