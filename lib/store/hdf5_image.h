/** HDF5 files, guarded: the library's own printing is off, files come from memory, and nothing in a
 *  file may point out of it. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_HDF5_IMAGE_H
#define RN_STORE_HDF5_IMAGE_H

#include "store/raw.h"

#include <hdf5.h>

/** Put around every run of HDF5 calls: one thread at a time, since the library may be built without
 *  locks of its own, and without error printing, which is put back as the host had it. */
typedef struct rn_h5_guard {
    H5E_auto2_t print;
    void *print_data;
} rn_h5_guard;
void rn_h5_enter(rn_h5_guard *guard);
void rn_h5_leave(const rn_h5_guard *guard);

/** HDF5 takes two images of one name for the same file, so each gets a name that no file and no
 *  other image has. */
#define RN_H5_NAME_SIZE 64
void rn_h5_name_image(char out[RN_H5_NAME_SIZE]);

/** Opens the file that `bytes` are, read-only and without copying them. FORMAT. */
resnet_status rn_h5_open_image(hid_t *out, const void *bytes, size_t size);

/** Opens a group or dataset by a path of hard links, H5I_INVALID_HID if there is none (or a link
 *  leads elsewhere). */
hid_t rn_h5_open_object(hid_t root, const char *path, H5I_type_t type);

/** Texts of an attribute or of an attribute list. */
typedef struct rn_h5_texts {
    char **items;
    size_t count;
} rn_h5_texts;
void rn_h5_texts_free(rn_h5_texts *texts);

/** Reads a text attribute, one string or many, fixed or variable, whatever its padding. An absent
 *  one, or one of numbers without elements (h5py's empty list), gives no texts. FORMAT for
 *  another type, UNSUPPORTED beyond the caps. */
resnet_status rn_h5_read_texts(rn_h5_texts *out, hid_t object, const char *name);
/** The same of a list that Keras cut into name0, name1, ... when it passed 64,512 bytes. */
resnet_status rn_h5_read_text_chunks(rn_h5_texts *out, hid_t object, const char *name);
/** The first text, or *out NULL. */
resnet_status rn_h5_read_text(char **out, hid_t object, const char *name);

/** Adds the dataset at `path` to the set: its path is the tensor's name. UNSUPPORTED for one kept
 *  outside the file or packed in an unusual way. */
resnet_status rn_h5_add_dataset(rn_raw_set *set, hid_t file, const char *path, const char *key);
/** Reads it as floats. */
resnet_status rn_h5_read_dataset(hid_t file, const rn_raw_tensor *tensor, float *out);

#endif
