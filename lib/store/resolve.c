/* SPDX-License-Identifier: MIT */
#include "store/resolve.h"

#include "core/mem.h"
#include "store/digest.h"
#include "store/family.h"
#include "store/foreign.h"
#include "store/head.h"
#include "store/head_described.h"
#include "store/head_norm.h"
#include "store/keras_config.h"
#include "store/kernel.h"
#include "store/recognise.h"

#include <stdio.h>
#include <string.h>

typedef struct resolver {
    rn_raw_set *set;
    rn_naming naming;
    rn_weights *weights;
} resolver;

static resnet_status fail_missing(const resolver *work, const char *name, const rn_arch_conv *conv,
                                  enum rn_variable variable)
{
    char key[RN_NAME_SIZE];
    rn_names_format(key, work->naming.convention, conv, variable);
    return rn_fail(RESNET_E_UNSUPPORTED, "%s: missing; the file has no %s%s", name,
                   work->naming.prefix, key);
}

static resnet_status take_tensor(resolver *work, const rn_arch_conv *conv,
                                 enum rn_variable variable)
{
    char name[RN_NAME_SIZE];
    uint64_t dims[4];
    rn_arch_get_dims(conv, dims);
    rn_names_canonical(name, conv, variable);
    rn_raw_tensor *tensor = rn_naming_find(&work->naming, work->set, conv, variable);
    if (!tensor && variable == RN_VAR_BIAS) return RESNET_OK; /* only Keras's have one */
    if (!tensor) return fail_missing(work, name, conv, variable);
    tensor->used = true;
    if (variable == RN_VAR_BIAS && work->set->drop_conv_bias) return RESNET_OK;
    return rn_kernel_take(work->weights, work->set, tensor, name, variable == RN_VAR_KERNEL ? 4 : 1,
                          dims);
}

static resnet_status take_backbone(resolver *work)
{
    for (size_t row = 0; row < work->set->arch->n_convs; row++)
        for (int variable = 0; variable < RN_N_VARIABLES; variable++) {
            const resnet_status status =
                take_tensor(work, &work->set->arch->convs[row], (enum rn_variable)variable);
            if (status != RESNET_OK) return status;
        }
    return RESNET_OK;
}

static bool ends_with(const char *text, const char *ending)
{
    const size_t length = strlen(text), ending_length = strlen(ending);
    return length >= ending_length && strcmp(text + length - ending_length, ending) == 0;
}

/* Counters, such as num_batches_tracked or the state of Keras's dropout, are not weights. */
static resnet_status check_leftovers(const rn_raw_set *set)
{
    for (size_t i = 0; i < set->n_tensors; i++) {
        const rn_raw_tensor *tensor = &set->tensors[i];
        if (tensor->used || tensor->dtype == RN_DTYPE_OTHER) continue;
        if (ends_with(tensor->key, "num_batches_tracked")) continue;
        char dims[RN_DIMS_TEXT_SIZE];
        rn_dims_format(dims, tensor->n_dims, tensor->dims);
        return rn_fail(RESNET_E_UNSUPPORTED, "%s %s: not a part of ResNet-50", tensor->name, dims);
    }
    return RESNET_OK;
}

/* Keras 1 could keep kernels as Theano had them; Keras since then says who computed with them. */
static resnet_status settle_layout(resolver *work)
{
    rn_raw_set *set = work->set;
    if (set->layout != RN_LAYOUT_KERAS) return RESNET_OK;
    const rn_raw_tensor *stem =
        rn_naming_find(&work->naming, set, &set->arch->convs[0], RN_VAR_KERNEL);
    if (stem->n_dims != 4 || stem->dims[1] != 3 || stem->dims[2] != 7) return RESNET_OK;
    if (!set->backend)
        return rn_fail(RESNET_E_UNSUPPORTED,
                       "%s: kernels in Theano's dimension order, and the file does not say whether "
                       "they are turned by 180 degrees; use the file with TensorFlow's order",
                       stem->name);
    set->layout = strcmp(set->backend, "theano") == 0 ? RN_LAYOUT_KERAS_FLIP : RN_LAYOUT_KERAS_OIHW;
    return RESNET_OK;
}

static resnet_status set_recipe(rn_weights_info *info, enum rn_convention convention)
{
    static const char *const RECIPES[RN_N_CONVENTIONS] = {
        "torchvision-v1", "torchvision-v1", "timm", "keras", "keras", "keras"};
    resnet_status status =
        resnet_recipe_init(&info->recipe, sizeof info->recipe, RECIPES[convention]);
    if (status != RESNET_OK) return status;
    if (convention == RN_NAMES_HUGGING_FACE)
        info->recipe.resize_size = 256; /* microsoft/resnet-50: crop_pct 0.875 */
    info->has_recipe = true;
    info->recipe_is_torchs = rn_names_is_torch(convention);
    return RESNET_OK;
}

/* What the family has in common, where the file itself says nothing. Keras's batch norm had 1e-3
 * until the layers' new names came with 1.001e-5. */
static resnet_status fill_info(rn_weights_info *info, enum rn_convention convention)
{
    static const float EPSILONS[RN_N_CONVENTIONS] = {1e-5f,     1e-5f, 1e-5f,
                                                     1.001e-5f, 1e-3f, 1.001e-5f};
    if (!info->variant)
        info->variant = rn_names_is_torch(convention) ? RESNET_VARIANT_V1_5 : RESNET_VARIANT_V1;
    if (info->bn_epsilon <= 0) info->bn_epsilon = EPSILONS[convention];
    if (!info->stem_pool) info->stem_pool = RESNET_STEM_POOL_PADDED;
    char *format = rn_format("%s, %s", info->format ? info->format : "weights",
                             rn_convention_describe(convention));
    if (!format) return RESNET_E_NOMEM;
    rn_free(info->format);
    info->format = format;
    return info->has_recipe ? RESNET_OK : set_recipe(info, convention);
}

/* Says which network it is, if it is another one that is known. */
static resnet_status add_hint(resnet_status status, const resolver *work)
{
    char reason[512], other[RN_FAMILY_TEXT_SIZE];
    if (status != RESNET_E_SHAPE && status != RESNET_E_UNSUPPORTED) return status;
    snprintf(reason, sizeof reason, "%s", resnet_last_error());
    if (rn_family_describe_other(other, &work->naming, work->set))
        return rn_fail(status, "%s; this looks like %s", reason, other);
    return rn_fail(status, "%s", reason);
}

/* The same for a network whose own description was refused: its tensors' names may tell more. */
static resnet_status hint_at_model(resnet_status status, resolver *work)
{
    char reason[512];
    if (status != RESNET_E_UNSUPPORTED) return status;
    snprintf(reason, sizeof reason, "%s", resnet_last_error());
    const resnet_status found = rn_naming_recognise(&work->naming, work->set, 0);
    rn_fail(status, "%s", reason);
    return found == RESNET_OK ? add_hint(status, work) : status;
}

static resnet_status take_all(resolver *work)
{
    resnet_status status;
    RN_TRY(settle_layout(work));
    RN_TRY(take_backbone(work));
    if (work->set->plan) {
        RN_TRY(rn_head_take_described(work->weights, work->set));
        return check_leftovers(work->set);
    }
    if (work->naming.is_complete) RN_TRY(rn_foreign_set_aside(work->set, &work->naming));
    if (work->set->layout == RN_LAYOUT_TORCH) RN_TRY(rn_head_sort(work->set));
    RN_TRY(rn_head_take(work->weights, work->set, work->naming.convention));
    if (work->set->layout == RN_LAYOUT_TORCH) RN_TRY(rn_head_fold_norms(work->weights, work->set));
    status = check_leftovers(work->set);
done:
    return status;
}

resnet_status rn_raw_resolve(rn_weights **out, rn_raw_set *set, int32_t averaged)
{
    resnet_status status;
    resolver *work = rn_calloc(1, sizeof *work);
    if (!work) return RESNET_E_NOMEM;
    work->set = set;
    status = rn_keras_config_apply(set);
    if (status != RESNET_OK) {
        status = hint_at_model(status, work);
        goto done;
    }
    RN_TRY(rn_naming_recognise(&work->naming, set, averaged));
    RN_TRY(rn_weights_create(&work->weights, set->arch));
    status = take_all(work);
    if (status != RESNET_OK) {
        status = add_hint(status, work);
        goto done;
    }
    work->weights->info = set->info;
    memset(&set->info, 0, sizeof set->info);
    RN_TRY(rn_digest_check(work->weights));
    RN_TRY(fill_info(&work->weights->info, work->naming.convention));
    *out = work->weights;
    work->weights = NULL;
done:
    rn_weights_free(work->weights);
    rn_free(work);
    return status;
}
