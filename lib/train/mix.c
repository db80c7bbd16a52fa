/* As torchvision.transforms.v2.MixUp and CutMix: one mixture per batch, partners by rolling the
 * batch by one. Zhang et al., "mixup", 2017; Yun et al., "CutMix", 2019.
 * SPDX-License-Identifier: MIT */
#include "train/mix.h"

#include <math.h>
#include <string.h>

/* Marsaglia and Tsang, "A simple method for generating gamma variables", 2000. */
static double draw_gamma(rn_rng *rng, double shape)
{
    if (shape < 1) {
        const double power = pow(1 - rn_rng_uniform(rng), 1 / shape);
        return draw_gamma(rng, shape + 1) * power;
    }
    const double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        const double x = rn_rng_normal(rng), v = pow(1 + c * x, 3);
        const double u = 1 - rn_rng_uniform(rng);
        if (v > 0 && log(u) < x * x / 2 + d - d * v + d * log(v)) return d * v;
    }
}

double rn_mix_draw_beta(rn_rng *rng, double alpha)
{
    const double a = draw_gamma(rng, alpha), b = draw_gamma(rng, alpha);
    return a + b > 0 ? a / (a + b) : 0.5; /* both underflow for a tiny alpha */
}

static void draw_rectangle(rn_mix *mix, rn_rng *rng, size_t height, size_t width)
{
    const double reach = 0.5 * sqrt(1 - mix->own);
    const long x = (long)rn_rng_below(rng, width), y = (long)rn_rng_below(rng, height);
    const long half_w = (long)(reach * (double)width), half_h = (long)(reach * (double)height);
    mix->left = (size_t)(x > half_w ? x - half_w : 0);
    mix->top = (size_t)(y > half_h ? y - half_h : 0);
    mix->right = (size_t)(x + half_w) < width ? (size_t)(x + half_w) : width;
    mix->bottom = (size_t)(y + half_h) < height ? (size_t)(y + half_h) : height;
    const size_t area = (mix->right - mix->left) * (mix->bottom - mix->top);
    mix->own = 1 - (double)area / (double)(width * height);
}

rn_mix rn_mix_draw(const rn_mix_settings *settings, uint64_t epoch, uint64_t number, size_t height,
                   size_t width)
{
    rn_rng rng = rn_rng_make(settings->seed, RN_RNG_MIX, epoch, number);
    rn_mix mix = {.cut = settings->cutmix_alpha > 0};
    if (mix.cut && settings->mixup_alpha > 0) mix.cut = rn_rng_below(&rng, 2) == 1;
    mix.own = rn_mix_draw_beta(&rng, mix.cut ? settings->cutmix_alpha : settings->mixup_alpha);
    if (mix.cut) draw_rectangle(&mix, &rng, height, width);
    return mix;
}

static void blend(const float *image, const float *partner, size_t count, float own, float *out)
{
    for (size_t i = 0; i < count; i++) out[i] = own * image[i] + (1 - own) * partner[i];
}

static void paste(const rn_mix *mix, const float *partner, size_t height, size_t width, float *out)
{
    for (size_t channel = 0; channel < 3; channel++)
        for (size_t y = mix->top; y < mix->bottom; y++) {
            const size_t row = (channel * height + y) * width + mix->left;
            memcpy(out + row, partner + row, (mix->right - mix->left) * sizeof *out);
        }
}

void rn_mix_images(const rn_mix *mix, const float *images, size_t n, size_t height, size_t width,
                   float *mixed)
{
    const size_t count = 3 * height * width;
    for (size_t i = 0; i < n; i++) {
        const float *image = images + i * count, *partner = images + (i + n - 1) % n * count;
        float *out = mixed + i * count;
        if (mix->cut) {
            memcpy(out, image, count * sizeof *out);
            paste(mix, partner, height, width, out);
        } else
            blend(image, partner, count, (float)mix->own, out);
    }
}

void rn_mix_targets(const rn_mix *mix, const uint32_t *labels, size_t n, size_t n_classes,
                    float *soft)
{
    const float own = (float)mix->own;
    memset(soft, 0, n * n_classes * sizeof *soft);
    for (size_t i = 0; i < n; i++) {
        soft[i * n_classes + labels[i]] += own;
        soft[i * n_classes + labels[(i + n - 1) % n]] += 1 - own;
    }
}
