/** The parts of reading Keras's HDF5 files.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_STORE_KERAS_H5_H
#define RN_STORE_KERAS_H5_H

#include "store/hdf5_read.h"
#include "store/keras_config.h"

/** Attributes of our own files hold this when the convolutions' biases are zeros for Keras's sake.
 */
#define RN_KERAS_CONV_BIAS_KEY "resnet50.conv_bias"
#define RN_KERAS_CONV_BIAS_NONE "none"

/** A layer without weights that our own files list: such a file has a checksum, even if damage to
 *  the root's attributes lost every word of it. */
#define RN_KERAS_SEAL_LAYER "resnet50_sealed"

/** Parses HDF5 bytes that the set takes over, to rn_free() them, when `owned` is not NULL (it is
 *  then the same pointer as `bytes`). On failure the caller keeps them. */
resnet_status rn_keras_h5_parse_owned(rn_raw_set **out, const void *bytes, size_t size, void *owned,
                                      rn_budget *budget);

/** "<layer>/<variable>" in one spelling of all that Keras 1, 2 and 3 have for a variable:
 *  "kernel:0", "conv1_W", "running_std", ... */
char *rn_keras_make_key(const char *layer, const char *variable);

/** Makes the HDF5 file `bytes` the set's source. */
resnet_status rn_keras_open(rn_raw_set *set, const rn_h5_file **out, const void *bytes,
                            size_t size);
/** The set is to rn_free() the bytes. */
void rn_keras_hand_over(rn_raw_set *set, void *bytes);
/** Adds the dataset `name` of the group; its path from the root is the tensor's name. */
resnet_status rn_keras_add_tensor(rn_raw_set *set, const rn_h5_object *group, const char *name,
                                  const char *path, const char *key);

/** Adds what Keras 3's own store keeps, groups of layers with numbered variables; *out_found false
 *  if the file is no such store. */
resnet_status rn_keras_vars_read(rn_raw_set *set, const rn_h5_object *root, bool *out_found);

#endif
