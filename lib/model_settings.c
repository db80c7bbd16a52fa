/* SPDX-License-Identifier: MIT */
#include "model_settings.h"

#define MIN_CLASSES 2 /* the softmax of one output is 1 */
#define MAX_CLASSES 1000000
#define MAX_HIDDEN_SIZE 1000000

resnet_status rn_model_check_between(const char *field, int64_t value, int64_t low, int64_t high)
{
    if (value >= low && value <= high) return RESNET_OK;
    return rn_fail(RESNET_E_INVALID, "%s is %lld, not in [%lld, %lld]", field, (long long)value,
                   (long long)low, (long long)high);
}

/* A head as the caller's options describe it. */
resnet_status rn_model_read_head(rn_net_settings *out, uint32_t n_classes, int32_t pooling,
                                 uint32_t n_hidden, const uint32_t *hidden_sizes, float dropout)
{
    resnet_status status;
    RN_TRY(rn_model_check_between("n_classes", n_classes, MIN_CLASSES, MAX_CLASSES));
    RN_TRY(rn_model_check_between("pooling", pooling, RESNET_POOLING_AVERAGE, RESNET_POOLING_MAX));
    RN_TRY(rn_model_check_between("n_hidden", n_hidden, 0, RESNET_MAX_HIDDEN));
    if (!(dropout >= 0 && dropout < 1))
        return rn_fail(RESNET_E_INVALID, "dropout is %g, not in [0, 1)", (double)dropout);
    out->n_classes = n_classes;
    out->pooling = pooling;
    out->n_hidden = n_hidden;
    out->dropout = dropout;
    for (size_t i = 0; i < n_hidden; i++) {
        RN_TRY(rn_model_check_between("hidden_sizes", hidden_sizes[i], 1, MAX_HIDDEN_SIZE));
        out->hidden_sizes[i] = hidden_sizes[i];
    }
done:
    return status;
}

/* What the caller wants behind every hidden layer; AUTO leaves each as it is, or ReLU. */
resnet_status rn_model_read_activation(rn_net_settings *out, int32_t kind, float slope)
{
    resnet_status status;
    RN_TRY(rn_model_check_between("hidden_activation", kind, RESNET_ACTIVATION_AUTO,
                                  RESNET_ACTIVATION_LINEAR));
    if (!(slope >= 0 && slope <= RN_ARCH_MAX_SLOPE))
        return rn_fail(RESNET_E_INVALID, "activation_slope is %g, not in [0, %g]", (double)slope,
                       (double)RN_ARCH_MAX_SLOPE);
    if (kind == RESNET_ACTIVATION_LEAKY_RELU && slope == 0) slope = 0.01f;
    if (kind == RESNET_ACTIVATION_ELU && slope == 0) slope = 1;
    if (kind != RESNET_ACTIVATION_LEAKY_RELU && kind != RESNET_ACTIVATION_ELU) slope = 0;
    for (size_t i = 0; i < out->n_hidden; i++) {
        rn_arch_activation *f = &out->activations[i];
        if (kind != RESNET_ACTIVATION_AUTO) *f = (rn_arch_activation){kind, slope};
        if (f->kind == RESNET_ACTIVATION_AUTO) f->kind = RESNET_ACTIVATION_RELU;
    }
done:
    return status;
}

/* What both kinds of options say of the backbone; 0 of `family_` values: unknown. */
resnet_status rn_model_read_backbone(rn_net_settings *out, int32_t variant, int32_t family_variant,
                                     int32_t stem_pool, int32_t family_stem_pool, float epsilon,
                                     float family_epsilon)
{
    resnet_status status;
    RN_TRY(rn_model_check_between("variant", variant, RESNET_VARIANT_AUTO, RESNET_VARIANT_V1_5));
    RN_TRY(rn_model_check_between("stem_pool", stem_pool, RESNET_STEM_POOL_AUTO,
                                  RESNET_STEM_POOL_UNPADDED));
    if (epsilon == RN_BN_EPSILON_OF_FAMILY)
        epsilon = family_epsilon > 0 ? family_epsilon : RN_BN_EPSILON;
    if (!(epsilon > 0 && epsilon < 1))
        return rn_fail(RESNET_E_INVALID, "bn_epsilon is %g, not in (0, 1)", (double)epsilon);
    if (variant == RESNET_VARIANT_AUTO) variant = family_variant;
    if (stem_pool == RESNET_STEM_POOL_AUTO) stem_pool = family_stem_pool;
    out->variant = variant == RESNET_VARIANT_AUTO ? RESNET_VARIANT_V1_5 : variant;
    out->stem_pool = stem_pool == RESNET_STEM_POOL_AUTO ? RESNET_STEM_POOL_PADDED : stem_pool;
    out->bn_epsilon = epsilon;
done:
    return status;
}
