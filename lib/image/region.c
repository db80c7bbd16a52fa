/* SPDX-License-Identifier: MIT */
#include "image/region.h"

#include <math.h>

#define N_TRIES 10

double rn_region_draw_between(rn_rng *rng, double low, double high)
{
    return low + (high - low) * rn_rng_uniform(rng);
}

/* A width and a height of the drawn area and ratio (width / height). */
struct shape {
    double width, height; /* whole numbers */
};

static struct shape draw_shape(rn_rng *rng, size_t width, size_t height, const float scale[2],
                               double log_low, double log_high)
{
    const double area = (double)width * (double)height;
    const double target = area * rn_region_draw_between(rng, (double)scale[0], (double)scale[1]);
    const double ratio = exp(rn_region_draw_between(rng, log_low, log_high));
    return (struct shape){rint(sqrt(target * ratio)), rint(sqrt(target / ratio))};
}

static rn_rect place(rn_rng *rng, size_t width, size_t height, struct shape shape)
{
    rn_rect rect = {.width = (size_t)shape.width, .height = (size_t)shape.height};
    rect.top = (size_t)rn_rng_below(rng, height - rect.height + 1);
    rect.left = (size_t)rn_rng_below(rng, width - rect.width + 1);
    return rect;
}

rn_rect rn_region_fall_back(size_t width, size_t height, const float ratio[2])
{
    const double is = (double)width / (double)height;
    rn_rect rect = {.width = width, .height = height};
    if (is < (double)ratio[0])
        rect.height = (size_t)rint((double)width / (double)ratio[0]);
    else if (is > (double)ratio[1])
        rect.width = (size_t)rint((double)height * (double)ratio[1]);
    if (rect.width < 1) rect.width = 1;
    if (rect.height < 1) rect.height = 1;
    rect.top = (height - rect.height) / 2;
    rect.left = (width - rect.width) / 2;
    return rect;
}

rn_rect rn_region_draw_crop(rn_rng *rng, size_t width, size_t height, const float scale[2],
                            const float ratio[2])
{
    const double low = log((double)ratio[0]), high = log((double)ratio[1]);
    for (int i = 0; i < N_TRIES; i++) {
        const struct shape shape = draw_shape(rng, width, height, scale, low, high);
        if (shape.width >= 1 && shape.width <= (double)width && shape.height >= 1 &&
            shape.height <= (double)height)
            return place(rng, width, height, shape);
    }
    return rn_region_fall_back(width, height, ratio);
}

rn_rect rn_region_draw_erased(rn_rng *rng, size_t width, size_t height, const float scale[2],
                              const float ratio[2])
{
    const double low = -log((double)ratio[1]), high = -log((double)ratio[0]); /* its inverse */
    for (int i = 0; i < N_TRIES; i++) {
        const struct shape shape = draw_shape(rng, width, height, scale, low, high);
        if (shape.width < (double)width && shape.height < (double)height)
            return place(rng, width, height, shape);
    }
    return (rn_rect){0, 0, 0, 0};
}

/* [center - half, center + half) within [0, size) */
static void cut(size_t *out_start, size_t *out_count, size_t center, size_t half, size_t size)
{
    const size_t start = center > half ? center - half : 0;
    const size_t end = center + half < size ? center + half : size;
    *out_start = start;
    *out_count = end - start;
}

rn_rect rn_region_draw_cut(rn_rng *rng, size_t width, size_t height, double share)
{
    rn_rect rect;
    const size_t x = (size_t)rn_rng_below(rng, width), y = (size_t)rn_rng_below(rng, height);
    const double half = 0.5 * sqrt(1.0 - share);
    cut(&rect.left, &rect.width, x, (size_t)(half * (double)width), width);
    cut(&rect.top, &rect.height, y, (size_t)(half * (double)height), height);
    return rect;
}
