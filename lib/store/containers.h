/** Each container's parser, bytes in, raw tensors out, and the writers of two. A new one is a function
 *  here and a row in container.c, or in weights.c for a writer. `bytes` and the budget, out of which
 *  everything is paid that the content asks for, must outlive the set.
 *  FORMAT (damaged), UNSUPPORTED (another kind of content, or beyond a cap or the budget), NOMEM.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_STORE_CONTAINERS_H
#define RN_STORE_CONTAINERS_H

#include "store/raw.h"

enum rn_container {
    RN_CONTAINER_UNKNOWN,
    RN_CONTAINER_HDF5,
    RN_CONTAINER_TORCH_ZIP,
    RN_CONTAINER_KERAS_ZIP,
    RN_CONTAINER_TORCH_LEGACY,
    RN_CONTAINER_TORCH_TAR,
    RN_CONTAINER_SAFETENSORS
};

/** By content alone. NOMEM; a damaged archive is TORCH_ZIP, whose parser says what is wrong. */
resnet_status rn_container_detect(enum rn_container *out, const void *bytes, size_t size);

resnet_status rn_torch_zip_parse(rn_raw_set **out, const void *bytes, size_t size,
                                 rn_budget *budget);
resnet_status rn_torch_legacy_parse(rn_raw_set **out, const void *bytes, size_t size,
                                    rn_budget *budget);
resnet_status rn_torch_tar_parse(rn_raw_set **out, const void *bytes, size_t size,
                                 rn_budget *budget);
resnet_status rn_safetensors_parse(rn_raw_set **out, const void *bytes, size_t size,
                                   rn_budget *budget);
resnet_status rn_keras_h5_parse(rn_raw_set **out, const void *bytes, size_t size,
                                rn_budget *budget);
resnet_status rn_keras_zip_parse(rn_raw_set **out, const void *bytes, size_t size,
                                 rn_budget *budget);

/** The writers: weights in, a file's bytes out, for rn_free(). */
resnet_status rn_keras_h5_encode(unsigned char **out_bytes, size_t *out_size,
                                 const rn_weights *weights);
resnet_status rn_safetensors_encode(unsigned char **out_bytes, size_t *out_size,
                                    const rn_weights *weights);

/** Finds the container and parses it if its RN_ACCEPT_* is among those `accepted`. UNSUPPORTED when
 *  not, or "not a weight file this library knows". */
resnet_status rn_container_parse(rn_raw_set **out, const void *bytes, size_t size,
                                 uint32_t accepted, rn_budget *budget);

#endif
