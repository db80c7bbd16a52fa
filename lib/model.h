/** What a model is inside. SPDX-License-Identifier: MIT */
#ifndef RN_MODEL_H
#define RN_MODEL_H

#include "core/users.h"
#include "net/params.h"
#include "store/weights.h"

#include <resnet/model.h>

struct resnet_model {
    rn_users users;
    rn_net *net;
    resnet_recipe recipe;
    char **class_names;   /* n_classes of them, or NULL */
    int32_t names_origin; /* RESNET_NAMES_* */
    char *format;
    char *licence;
    char *provenance;
    char **remarks; /* n_remarks of them */
    size_t n_remarks;
    rn_pairs metadata;
};

/** A model with those settings, its values not set yet, and what `info` says of itself. NOMEM. */
resnet_status rn_model_make(resnet_model **out, const rn_net_settings *settings,
                            const rn_weights_info *info);

/** For handles made on a model, which resnet_model_free() gives back. */
resnet_model *rn_model_retain(const resnet_model *model);

#endif
