/* SPDX-License-Identifier: MIT */
#include "store/hdf5_image.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void rn_h5_enter(rn_h5_guard *guard)
{
    pthread_mutex_lock(&lock);
    H5Eget_auto2(H5E_DEFAULT, &guard->print, &guard->print_data);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void rn_h5_leave(const rn_h5_guard *guard)
{
    H5Eset_auto2(H5E_DEFAULT, guard->print, guard->print_data);
    pthread_mutex_unlock(&lock);
}

/* HDF5 asks for room for the image and copies it there; here both are the caller's bytes. */

static void *lend_image(size_t size, H5FD_file_image_op_t op, void *bytes)
{
    (void)size;
    (void)op;
    return bytes;
}

static void *skip_copy(void *to, const void *from, size_t size, H5FD_file_image_op_t op,
                       void *bytes)
{
    (void)from;
    (void)size;
    (void)op;
    (void)bytes;
    return to;
}

static void *refuse_growth(void *image, size_t size, H5FD_file_image_op_t op, void *bytes)
{
    (void)image;
    (void)size;
    (void)op;
    (void)bytes;
    return NULL;
}

static herr_t keep_image(void *image, H5FD_file_image_op_t op, void *bytes)
{
    (void)image;
    (void)op;
    (void)bytes;
    return 0;
}

static void *share_bytes(void *bytes)
{
    return bytes;
}

static herr_t keep_bytes(void *bytes)
{
    (void)bytes;
    return 0;
}

static hid_t make_access(const void *bytes, size_t size)
{
    H5FD_file_image_callbacks_t callbacks = {lend_image,  skip_copy,  refuse_growth, keep_image,
                                             share_bytes, keep_bytes, (void *)bytes};
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0) return access;
    if (H5Pset_fapl_core(access, 1 << 16, false) >= 0 &&
        H5Pset_file_image_callbacks(access, &callbacks) >= 0 &&
        H5Pset_file_image(access, (void *)bytes, size) >= 0)
        return access;
    H5Pclose(access);
    return H5I_INVALID_HID;
}

void rn_h5_name_image(char out[RN_H5_NAME_SIZE])
{
    static atomic_uint_fast64_t n_images;
    snprintf(out, RN_H5_NAME_SIZE, "/dev/null/resnet50-%llu",
             (unsigned long long)atomic_fetch_add(&n_images, 1));
}

resnet_status rn_h5_open_image(hid_t *out, const void *bytes, size_t size)
{
    char name[RN_H5_NAME_SIZE];
    rn_h5_name_image(name);
    const hid_t access = make_access(bytes, size);
    if (access < 0) return rn_fail(RESNET_E_BACKEND, "HDF5 cannot open files in memory");
    const hid_t file = H5Fopen(name, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    if (file < 0) return rn_fail(RESNET_E_FORMAT, "HDF5: damaged or truncated");
    *out = file;
    return RESNET_OK;
}
