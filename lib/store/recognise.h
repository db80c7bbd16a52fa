/** Which network, and in whose names. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_RECOGNISE_H
#define RN_STORE_RECOGNISE_H

#include "store/names.h"
#include "store/raw.h"

typedef struct rn_naming {
    enum rn_convention convention;
    bool is_complete;  /* every tensor of the backbone is there and of its shape */
    bool has_momentum; /* with the second encoder of self-supervised training beside it */
    size_t prefix_length;
    char prefix[RN_RAW_MAX_NAME + 1]; /* what a wrapper put before every name: "module." */
} rn_naming;

/** Starts from a zeroed one, and leaves the set sorted. A file may hold several networks: of
 * averaged weights (model_ema, teacher) and those they are of, `averaged` (RN_AVERAGED_*) says
 * which, of a pair of encoders the trained one counts; a remark says so. UNSUPPORTED for two of one
 * kind, or when no convention's first convolution is there. */
resnet_status rn_naming_recognise(rn_naming *out, rn_raw_set *set, int32_t averaged);

/** The tensor of a row's variable, or NULL. */
rn_raw_tensor *rn_naming_find(const rn_naming *naming, const rn_raw_set *set,
                              const rn_arch_conv *conv, enum rn_variable variable);

#endif
