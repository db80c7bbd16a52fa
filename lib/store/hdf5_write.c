/* SPDX-License-Identifier: MIT */
#include "store/hdf5_write.h"

#include "core/mem.h"

#include <stdio.h>
#include <string.h>

#define MAX_ATTRIBUTE 64000 /* bytes; an object header's message ends at 65,535 */

static resnet_status fail_write(const char *name)
{
    return rn_fail(RESNET_E_IO, "HDF5: cannot write %s; is the disk full?", name);
}

/* Property list of a class without times; the default list's id on failure keeps the file valid. */
static hid_t make_timeless(hid_t class_id)
{
    const hid_t properties = H5Pcreate(class_id);
    if (properties >= 0) H5Pset_obj_track_times(properties, false);
    return properties;
}

resnet_status rn_h5_create_file(hid_t *out, const char *path)
{
    const hid_t creation = make_timeless(H5P_FILE_CREATE);
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    hid_t file = H5I_INVALID_HID;
    if (creation >= 0 && access >= 0) file = H5Fcreate(path, H5F_ACC_TRUNC, creation, access);
    if (access >= 0) H5Pclose(access);
    if (creation >= 0) H5Pclose(creation);
    if (file < 0) return rn_fail(RESNET_E_IO, "%s: HDF5 cannot create it", path);
    *out = file;
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

resnet_status rn_h5_close_file(hid_t file)
{
    const bool flushed = H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0;
    const bool closed = H5Fclose(file) >= 0;
    return flushed && closed ? RESNET_OK : fail_write("the file");
}
