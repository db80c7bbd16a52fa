/* SPDX-License-Identifier: MIT */
#include "image/policy.h"

#include "image/affine.h"
#include "image/colour.h"

#include <math.h>
#include <resnet/augment.h>

/* How the bins of an operator go from weakest to strongest. */
enum scale { NO_SCALE, LINEAR, OF_WIDTH, OF_HEIGHT, BITS };

struct op_scale {
    enum scale kind;
    int is_signed;
    float rand_first, rand_last, trivial_first, trivial_last;
};

static const struct op_scale scales[RN_N_OPS] = {
    [RN_OP_IDENTITY] = {NO_SCALE, 0, 0, 0, 0, 0},
    [RN_OP_SHEAR_X] = {LINEAR, 1, 0, 0.3f, 0, 0.99f},
    [RN_OP_SHEAR_Y] = {LINEAR, 1, 0, 0.3f, 0, 0.99f},
    [RN_OP_TRANSLATE_X] = {OF_WIDTH, 1, 0, 0, 0, 32},
    [RN_OP_TRANSLATE_Y] = {OF_HEIGHT, 1, 0, 0, 0, 32},
    [RN_OP_ROTATE] = {LINEAR, 1, 0, 30, 0, 135},
    [RN_OP_BRIGHTNESS] = {LINEAR, 1, 0, 0.9f, 0, 0.99f},
    [RN_OP_COLOR] = {LINEAR, 1, 0, 0.9f, 0, 0.99f},
    [RN_OP_CONTRAST] = {LINEAR, 1, 0, 0.9f, 0, 0.99f},
    [RN_OP_SHARPNESS] = {LINEAR, 1, 0, 0.9f, 0, 0.99f},
    [RN_OP_POSTERIZE] = {BITS, 0, 0, 4, 0, 6},
    [RN_OP_SOLARIZE] = {LINEAR, 0, 255, 0, 255, 0},
    [RN_OP_AUTO_CONTRAST] = {NO_SCALE, 0, 0, 0, 0, 0},
    [RN_OP_EQUALIZE] = {NO_SCALE, 0, 0, 0, 0, 0},
};

/* torch.linspace(): float32, each half counted from its own end, fused multiply-add. */
static double linspace(float first, float last, uint32_t index, uint32_t count)
{
    const float step = (last - first) / (float)(count - 1);
    return (double)(index < count / 2 ? fmaf(step, (float)index, first)
                                      : fmaf(-step, (float)(count - 1 - index), last));
}

double rn_policy_magnitude(int32_t policy, enum rn_policy_op op, uint32_t bin, uint32_t n_bins,
                           size_t width, size_t height)
{
    const struct op_scale *s = &scales[op];
    const int is_rand = policy == RESNET_POLICY_RANDAUGMENT;
    const float first = is_rand ? s->rand_first : s->trivial_first;
    float last = is_rand ? s->rand_last : s->trivial_last;
    if (s->kind == NO_SCALE) return 0;
    if (s->kind == BITS) return 8 - (double)rintf((float)bin / ((float)(n_bins - 1) / last));
    if (s->kind == OF_WIDTH && is_rand) last = (float)(150.0 / 331.0 * (double)width);
    if (s->kind == OF_HEIGHT && is_rand) last = (float)(150.0 / 331.0 * (double)height);
    return linspace(first, last, bin, n_bins);
}

static resnet_status shear(resnet_image **image, double along_x, double along_y)
{
    const double degrees = 180.0 / 3.14159265358979323846;
    const rn_affine affine =
        rn_affine_make_torchvision(0, 0, 0, 0, 0, atan(along_x) * degrees, atan(along_y) * degrees);
    return rn_affine_nearest(image, &affine);
}

static resnet_status translate(resnet_image **image, double x, double y)
{
    const rn_affine affine = rn_affine_make_torchvision(
        (double)(*image)->width * 0.5, (double)(*image)->height * 0.5, 0, trunc(x), trunc(y), 0, 0);
    return rn_affine_nearest(image, &affine);
}

static resnet_status change_geometry(resnet_image **image, enum rn_policy_op op, double magnitude)
{
    switch (op) {
    case RN_OP_SHEAR_X:
        return shear(image, magnitude, 0);
    case RN_OP_SHEAR_Y:
        return shear(image, 0, magnitude);
    case RN_OP_TRANSLATE_X:
        return translate(image, magnitude, 0);
    case RN_OP_TRANSLATE_Y:
        return translate(image, 0, magnitude);
    case RN_OP_ROTATE:
        return rn_affine_rotate(image, magnitude);
    default:
        return RESNET_OK;
    }
}

resnet_status rn_policy_apply_op(resnet_image **image, enum rn_policy_op op, double magnitude)
{
    const float factor = (float)(1.0 + magnitude);
    switch (op) {
    case RN_OP_BRIGHTNESS:
        rn_colour_brightness(*image, factor);
        return RESNET_OK;
    case RN_OP_COLOR:
        rn_colour_saturation(*image, factor);
        return RESNET_OK;
    case RN_OP_CONTRAST:
        rn_colour_contrast(*image, factor);
        return RESNET_OK;
    case RN_OP_SHARPNESS:
        return rn_colour_sharpness(image, factor);
    case RN_OP_POSTERIZE:
        rn_colour_posterize(*image, (int)magnitude);
        return RESNET_OK;
    case RN_OP_SOLARIZE:
        rn_colour_solarize(*image, magnitude);
        return RESNET_OK;
    case RN_OP_AUTO_CONTRAST:
        rn_colour_autocontrast(*image);
        return RESNET_OK;
    case RN_OP_EQUALIZE:
        rn_colour_equalize(*image);
        return RESNET_OK;
    default:
        return change_geometry(image, op, magnitude);
    }
}

static resnet_status apply_drawn(resnet_image **image, rn_rng *rng, int32_t policy,
                                 enum rn_policy_op op, uint32_t bin, uint32_t n_bins)
{
    double magnitude =
        rn_policy_magnitude(policy, op, bin, n_bins, (*image)->width, (*image)->height);
    if (scales[op].is_signed && rn_rng_below(rng, 2)) magnitude = -magnitude;
    return rn_policy_apply_op(image, op, magnitude);
}

resnet_status rn_policy_rand_augment(resnet_image **image, rn_rng *rng, uint32_t num_ops,
                                     uint32_t magnitude, uint32_t n_bins)
{
    resnet_status status = RESNET_OK;
    for (uint32_t i = 0; i < num_ops && status == RESNET_OK; i++)
        status = apply_drawn(image, rng, RESNET_POLICY_RANDAUGMENT,
                             (enum rn_policy_op)rn_rng_below(rng, RN_N_OPS), magnitude, n_bins);
    return status;
}

resnet_status rn_policy_trivial_wide(resnet_image **image, rn_rng *rng, uint32_t n_bins)
{
    const enum rn_policy_op op = (enum rn_policy_op)rn_rng_below(rng, RN_N_OPS);
    const uint32_t bin = (uint32_t)rn_rng_below(rng, n_bins);
    return apply_drawn(image, rng, RESNET_POLICY_TRIVIAL_WIDE, op, bin, n_bins);
}
