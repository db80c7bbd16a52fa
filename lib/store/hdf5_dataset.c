/* SPDX-License-Identifier: MIT */
#include "store/hdf5_image.h"

#include "core/mem.h"

#include <string.h>

#define MAX_PATH 4096

/* No soft or external link on the way, so that a path stays in the file. */
static bool is_hard_link(hid_t root, const char *path)
{
    H5L_info_t info;
    return H5Lexists(root, path, H5P_DEFAULT) > 0 &&
           H5Lget_info(root, path, &info, H5P_DEFAULT) >= 0 && info.type == H5L_TYPE_HARD;
}

static bool check_links(hid_t root, char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const bool ok = is_hard_link(root, path);
        *slash = '/';
        if (!ok) return false;
    }
    return is_hard_link(root, path);
}

hid_t rn_h5_open_object(hid_t root, const char *path, H5I_type_t type)
{
    char copy[MAX_PATH];
    const size_t length = strlen(path);
    if (length == 0 || length >= sizeof copy) return H5I_INVALID_HID;
    memcpy(copy, path, length + 1);
    if (!check_links(root, copy)) return H5I_INVALID_HID;
    const hid_t object = H5Oopen(root, path, H5P_DEFAULT);
    if (object >= 0 && H5Iget_type(object) != type) {
        H5Oclose(object);
        return H5I_INVALID_HID;
    }
    return object;
}

static bool has_usual_filters(hid_t properties)
{
    const int count = H5Pget_nfilters(properties);
    for (int i = 0; i < count; i++) {
        unsigned flags, config;
        size_t n_values = 0;
        const H5Z_filter_t filter =
            H5Pget_filter2(properties, (unsigned)i, &flags, &n_values, NULL, 0, NULL, &config);
        if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE &&
            filter != H5Z_FILTER_FLETCHER32)
            return false;
    }
    return count >= 0;
}

/* Its bytes lie in this file, unpacked by nothing that HDF5 would have to load first. */
static resnet_status check_storage(hid_t dataset, const char *path)
{
    resnet_status status = RESNET_OK;
    const hid_t properties = H5Dget_create_plist(dataset);
    if (properties < 0 || H5Pget_layout(properties) == H5D_VIRTUAL ||
        H5Pget_external_count(properties) != 0)
        status = rn_fail(RESNET_E_UNSUPPORTED, "%s: kept outside the file", path);
    else if (H5Pget_layout(properties) == H5D_CHUNKED && !has_usual_filters(properties))
        status = rn_fail(RESNET_E_UNSUPPORTED, "%s: packed by an unusual filter", path);
    if (properties >= 0) H5Pclose(properties);
    return status;
}

/* Keras keeps bfloat16 as two-byte numbers with a word on it. */
static resnet_status check_bfloat16(hid_t dataset, enum rn_dtype *dtype)
{
    char *text = NULL;
    const resnet_status status = rn_h5_read_text(&text, dataset, "dtype");
    if (text && strcmp(text, "bfloat16") == 0) *dtype = RN_DTYPE_BF16;
    rn_free(text);
    return status;
}

static resnet_status get_dtype(hid_t dataset, enum rn_dtype *out)
{
    *out = RN_DTYPE_OTHER;
    const hid_t type = H5Dget_type(dataset);
    if (type < 0) return RESNET_OK;
    const size_t size = H5Tget_size(type);
    if (H5Tget_class(type) == H5T_FLOAT && size <= 8)
        *out = size == 8 ? RN_DTYPE_F64 : size == 4 ? RN_DTYPE_F32 : RN_DTYPE_F16;
    H5Tclose(type);
    return size == 2 ? check_bfloat16(dataset, out) : RESNET_OK;
}

static int get_dims(hid_t dataset, uint64_t dims[RN_RAW_MAX_DIMS])
{
    hsize_t extent[H5S_MAX_RANK] = {0};
    const hid_t space = H5Dget_space(dataset);
    if (space < 0) return -1;
    const int n_dims = H5Sget_simple_extent_dims(space, extent, NULL);
    H5Sclose(space);
    for (int i = 0; i < n_dims && i < RN_RAW_MAX_DIMS; i++) dims[i] = extent[i];
    return n_dims;
}

/* A few bytes must not ask for gigabytes: what was never written is refused. */
static resnet_status check_size(hid_t dataset, const rn_raw_tensor *tensor)
{
    const uint64_t max_ratio = 1032; /* of deflate */
    const uint64_t bytes = rn_raw_count(tensor) * rn_dtype_size(tensor->dtype);
    if (bytes / max_ratio > H5Dget_storage_size(dataset))
        return rn_fail(RESNET_E_FORMAT, "%s: holds no data", tensor->name);
    return RESNET_OK;
}

resnet_status rn_h5_add_dataset(rn_raw_set *set, hid_t file, const char *path, const char *key)
{
    uint64_t dims[RN_RAW_MAX_DIMS] = {0};
    enum rn_dtype dtype;
    rn_raw_tensor *tensor = NULL;
    resnet_status status;
    const hid_t dataset = rn_h5_open_object(file, path, H5I_DATASET);
    if (dataset < 0) return rn_fail(RESNET_E_FORMAT, "HDF5: no dataset %s", path);
    RN_TRY(check_storage(dataset, path));
    const int n_dims = get_dims(dataset, dims);
    if (n_dims < 0) {
        status = rn_fail(RESNET_E_FORMAT, "%s: no shape", path);
        goto done;
    }
    RN_TRY(get_dtype(dataset, &dtype));
    RN_TRY(rn_raw_add(set, &tensor, path, key, dtype, (size_t)n_dims, dims));
    status = check_size(dataset, tensor);
done:
    H5Oclose(dataset);
    return status;
}

static resnet_status read_bfloat16(hid_t dataset, const rn_raw_tensor *tensor, float *out)
{
    resnet_status status = RESNET_OK;
    uint16_t *halves = rn_alloc(rn_raw_count(tensor), sizeof *halves);
    if (!halves) return RESNET_E_NOMEM;
    const hid_t type = H5Dget_type(dataset); /* as stored: these are bits, not numbers */
    if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, halves) >= 0)
        rn_raw_convert(tensor, (const unsigned char *)halves, out);
    else
        status = rn_fail(RESNET_E_FORMAT, "%s: damaged", tensor->name);
    H5Tclose(type);
    rn_free(halves);
    return status;
}

resnet_status rn_h5_read_dataset(hid_t file, const rn_raw_tensor *tensor, float *out)
{
    resnet_status status = RESNET_OK;
    const hid_t dataset = rn_h5_open_object(file, tensor->name, H5I_DATASET);
    if (dataset < 0) return rn_fail(RESNET_E_FORMAT, "HDF5: no dataset %s", tensor->name);
    if (tensor->dtype == RN_DTYPE_BF16)
        status = read_bfloat16(dataset, tensor, out);
    else if (H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) < 0)
        status = rn_fail(RESNET_E_FORMAT, "%s: damaged", tensor->name);
    H5Oclose(dataset);
    return status;
}
