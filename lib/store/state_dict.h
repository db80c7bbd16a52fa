/** From an unpickled object to the tensors of the state dict in it. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_STATE_DICT_H
#define RN_STORE_STATE_DICT_H

#include "store/pickle.h"

/** How a container finds tensors' bytes. */
typedef struct rn_storage_finder {
    void *context;
    /** Sets tensor->storage or tensor->entry, and the storage's size in elements. */
    resnet_status (*locate)(void *context, const rn_pickle_storage *storage, rn_raw_tensor *tensor,
                            uint64_t *out_elements);
    /** The tensor that a reference names; NULL where there are no references. */
    resnet_status (*resolve)(void *context, const rn_pickle_value *reference,
                             rn_pickle_tensor *out);
} rn_storage_finder;

/** Finds every state dict in the pickle, wherever scripts put it, and adds its tensors to `set` in
 *  its order. When there are several, each name has the way to its dictionary before it, as if
 *  that were a module: "model_ema.conv1.weight". FORMAT or UNSUPPORTED when there is none. */
resnet_status rn_state_dict_read(rn_raw_set *set, const rn_pickle *pickle,
                                 const rn_storage_finder *finder);

#endif
