/* Pixels by SciPy's rule: linear interpolation, coordinates beyond the edge brought back by the
 * fill mode. SciPy's peculiarity is kept: its wrap has the period n - 1. SPDX-License-Identifier:
 * MIT */
#include "image/affine.h"

#include <resnet/augment.h>

#include <math.h>
#include <string.h>

struct matrix {
    double a[3][3];
};

static struct matrix multiply(struct matrix left, struct matrix right)
{
    struct matrix product;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            product.a[i][j] = left.a[i][0] * right.a[0][j] + left.a[i][1] * right.a[1][j] +
                              left.a[i][2] * right.a[2][j];
    return product;
}

rn_affine rn_affine_make_keras(size_t width, size_t height, double rotation, double shift_x,
                               double shift_y, double shear, double zoom_x, double zoom_y)
{
    const double turn = RN_RADIANS(rotation), slant = RN_RADIANS(shear);
    const double center_x = (double)width / 2 - 0.5, center_y = (double)height / 2 - 0.5;
    const struct matrix factors[] = {
        {{{1, 0, center_x}, {0, 1, center_y}, {0, 0, 1}}},
        {{{cos(turn), -sin(turn), 0}, {sin(turn), cos(turn), 0}, {0, 0, 1}}},
        {{{1, 0, shift_x}, {0, 1, shift_y}, {0, 0, 1}}},
        {{{1, -sin(slant), 0}, {0, cos(slant), 0}, {0, 0, 1}}},
        {{{zoom_x, 0, 0}, {0, zoom_y, 0}, {0, 0, 1}}},
        {{{1, 0, -center_x}, {0, 1, -center_y}, {0, 0, 1}}},
    };
    struct matrix t = factors[0];
    for (size_t i = 1; i < sizeof factors / sizeof factors[0]; i++) t = multiply(t, factors[i]);
    return (rn_affine){{t.a[0][0], t.a[0][1], t.a[0][2], t.a[1][0], t.a[1][1], t.a[1][2]}};
}

/* A coordinate below 0 or above size - 1, brought back; -1 means the constant. */
static double bring_back(double at, size_t size, int32_t fill_mode)
{
    const double last = (double)size - 1, period = 2 * (double)size;
    if (fill_mode == RESNET_FILL_CONSTANT) return -1;
    if (size == 1) return 0;
    if (fill_mode == RESNET_FILL_NEAREST) return at < 0 ? 0 : last;
    if (fill_mode == RESNET_FILL_WRAP)
        return at < 0 ? at + last * (floor(-at / last) + 1) : at - last * floor(at / last);
    if (at < 0) {
        if (at < -period) at += period * floor(-at / period);
        return at < -(double)size ? at + period : -at - 1;
    }
    at -= period * floor(at / period);
    return at >= (double)size ? period - at - 1 : at;
}

/* The two pixels of one axis that a coordinate lies between, and the share of the second. */
struct pair {
    size_t first, second;
    double share;
};

static size_t clamp(int64_t index, size_t size)
{
    return index < 0 ? 0 : index >= (int64_t)size ? size - 1 : (size_t)index;
}

static int find_pair(struct pair *out, double at, size_t size, int32_t fill_mode)
{
    if (at < 0 || at > (double)size - 1) at = bring_back(at, size, fill_mode);
    if (!(at > -1.0)) return 0;
    const double start = floor(at);
    *out = (struct pair){clamp((int64_t)start, size), clamp((int64_t)start + 1, size), at - start};
    return 1;
}

static void interpolate(uint8_t *out, const resnet_image *from, struct pair x, struct pair y)
{
    const uint8_t *upper = from->pixels + y.first * from->width * 3;
    const uint8_t *lower = from->pixels + y.second * from->width * 3;
    for (size_t c = 0; c < 3; c++) {
        const size_t left = x.first * 3 + c, right = x.second * 3 + c;
        const double value =
            upper[left] * (1 - y.share) * (1 - x.share) + upper[right] * (1 - y.share) * x.share +
            lower[left] * y.share * (1 - x.share) + lower[right] * y.share * x.share;
        out[c] = (uint8_t)((double)(float)value + 0.5); /* Keras holds float32 */
    }
}

resnet_status rn_affine_linear(resnet_image **image, const rn_affine *affine, int32_t fill_mode,
                               double cval)
{
    const resnet_image *from = *image;
    const double *m = affine->m;
    resnet_image *to = NULL;
    const resnet_status status = rn_image_create(&to, from->width, from->height);
    if (status != RESNET_OK) return status;
    uint8_t *out = to->pixels;
    for (size_t y = 0; y < to->height; y++)
        for (size_t x = 0; x < to->width; x++, out += 3) {
            struct pair px, py;
            const double at_x = m[0] * (double)x + m[1] * (double)y + m[2];
            const double at_y = m[3] * (double)x + m[4] * (double)y + m[5];
            if (find_pair(&px, at_x, from->width, fill_mode) &&
                find_pair(&py, at_y, from->height, fill_mode))
                interpolate(out, from, px, py);
            else
                memset(out, (int)(cval + 0.5), 3);
        }
    resnet_image_free(*image);
    *image = to;
    return RESNET_OK;
}
