/** Writing HDF5 so that the same content gives the same bytes: no times are kept.
 *  Every call runs inside a guard (hdf5_image.h) and fails with BACKEND. SPDX-License-Identifier:
 * MIT */
#ifndef RN_STORE_HDF5_WRITE_H
#define RN_STORE_HDF5_WRITE_H

#include "store/hdf5_image.h"

/** A file that grows in memory: HDF5 does not survive a disk that fills up under it. */
typedef struct rn_h5_image {
    void *bytes; /* for rn_free() */
    size_t size;
    size_t capacity;
} rn_h5_image;

/** content_size: the bytes of all that will be written, and n_objects how many groups, datasets and
 *  attributes; memory for them is taken at once. user_block: bytes before HDF5's own, for the
 * caller to fill in the finished image; 0, 512, 1024, ... NOMEM. */
resnet_status rn_h5_create_image(hid_t *out, rn_h5_image *image, size_t content_size,
                                 size_t n_objects, size_t user_block);
/** Closes the file; the image is then complete. */
resnet_status rn_h5_close_image(hid_t file, rn_h5_image *image);

/** A group that is not there yet, by one name. */
resnet_status rn_h5_create_group(hid_t *out, hid_t parent, const char *name);
/** Row-major values of H5T_NATIVE_FLOAT, H5T_NATIVE_UINT64, ... , stored little-endian. */
resnet_status rn_h5_write_array(hid_t parent, const char *name, hid_t memory_type, hid_t file_type,
                                size_t n_dims, const uint64_t *dims, const void *values);
/** A text attribute; longer than an attribute may be, it becomes name0, name1, ... */
resnet_status rn_h5_write_text(hid_t object, const char *name, const char *text);
/** An array of texts as an attribute, of `width` bytes each, padded with zeros. */
resnet_status rn_h5_write_text_array(hid_t object, const char *name, const char *texts,
                                     size_t count, size_t width);
#endif
