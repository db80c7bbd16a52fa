/* SPDX-License-Identifier: MIT */
#include "image/mix.h"

#include "core/rng.h"
#include "image/region.h"

#include <math.h>
#include <string.h>

/* Gamma(alpha, 1) for alpha >= 1, by the rejection of Marsaglia and Tsang (2000). */
static double draw_gamma_above_one(rn_rng *rng, double alpha)
{
    const double d = alpha - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * d);
    for (;;) {
        const double x = rn_rng_normal(rng), root = 1.0 + c * x;
        if (root <= 0) continue;
        const double v = root * root * root, u = 1.0 - rn_rng_uniform(rng);
        if (log(u) < 0.5 * x * x + d - d * v + d * log(v)) return d * v;
    }
}

/* The logarithm of Gamma(alpha, 1), which a small alpha takes below what a double can hold. */
static double draw_log_gamma(rn_rng *rng, double alpha)
{
    if (alpha >= 1) return log(draw_gamma_above_one(rng, alpha));
    const double above = draw_gamma_above_one(rng, alpha + 1);
    return log(above) + log(1.0 - rn_rng_uniform(rng)) / alpha;
}

static double draw_beta(rn_rng *rng, double alpha)
{
    const double a = draw_log_gamma(rng, alpha), b = draw_log_gamma(rng, alpha);
    return 1.0 / (1.0 + exp(b - a));
}

rn_mix rn_mix_draw(float mixup_alpha, float cutmix_alpha, size_t width, size_t height,
                   uint64_t seed, uint64_t epoch, uint64_t batch)
{
    rn_rng rng = rn_rng_make(seed, RN_RNG_MIX, epoch, batch);
    const int has_choice = mixup_alpha > 0 && cutmix_alpha > 0;
    rn_mix mix = {.is_cut = has_choice ? (int)rn_rng_below(&rng, 2) : cutmix_alpha > 0};
    mix.share = draw_beta(&rng, (double)(mix.is_cut ? cutmix_alpha : mixup_alpha));
    if (mix.is_cut) {
        mix.cut = rn_region_draw_cut(&rng, width, height, mix.share);
        mix.share = 1.0 - (double)(mix.cut.width * mix.cut.height) / (double)(width * height);
    }
    return mix;
}

/* own = share * own + (1 - share) * other */
static void blend(float *own, const float *other, size_t count, double share)
{
    const float ours = (float)share, theirs = (float)(1.0 - share);
    for (size_t i = 0; i < count; i++) own[i] = other[i] * theirs + own[i] * ours;
}

static void paste(float *own, const float *other, size_t height, size_t width, const rn_rect *cut)
{
    for (size_t c = 0; c < 3; c++)
        for (size_t y = cut->top; y < cut->top + cut->height; y++) {
            const size_t at = (c * height + y) * width + cut->left;
            memcpy(own + at, other + at, cut->width * sizeof *own);
        }
}

/* From the last to the first, so that each still finds its neighbour unchanged; only the last must
 * be kept for the first. */
void rn_mix_images(float *images_nchw, size_t count, size_t height, size_t width, const rn_mix *mix,
                   float *scratch)
{
    const size_t size = 3 * height * width;
    if (count < 2) return;
    memcpy(scratch, images_nchw + (count - 1) * size, size * sizeof *scratch);
    for (size_t i = count; i-- > 0;) {
        float *own = images_nchw + i * size;
        const float *other = i ? own - size : scratch;
        if (mix->is_cut)
            paste(own, other, height, width, &mix->cut);
        else
            blend(own, other, size, mix->share);
    }
}

void rn_mix_labels(float *labels, size_t count, size_t n_classes, const rn_mix *mix, float *scratch)
{
    if (count < 2) return;
    memcpy(scratch, labels + (count - 1) * n_classes, n_classes * sizeof *scratch);
    for (size_t i = count; i-- > 0;) {
        float *own = labels + i * n_classes;
        blend(own, i ? own - n_classes : scratch, n_classes, mix->share);
    }
}
