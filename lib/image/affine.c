/* Pixels by Pillow's rule: nearest, in its 16.16 fixed point. SPDX-License-Identifier: MIT */
#include "image/affine.h"

#include "image/orient.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

rn_affine rn_affine_make_torchvision(double center_x, double center_y, double angle, double shift_x,
                                     double shift_y, double shear_x, double shear_y)
{
    const double turn = RN_RADIANS(angle), sx = RN_RADIANS(shear_x), sy = RN_RADIANS(shear_y);
    const double a = cos(turn - sy) / cos(sy);
    const double b = -cos(turn - sy) * tan(sx) / cos(sy) - sin(turn);
    const double c = sin(turn - sy) / cos(sy);
    const double d = -sin(turn - sy) * tan(sx) / cos(sy) + cos(turn);
    /* [a b; c d] turns and shears with determinant 1: this is its inverse */
    rn_affine affine = {{d, -b, 0, -c, a, 0}};
    double *m = affine.m;
    m[2] = m[0] * (-center_x - shift_x) + m[1] * (-center_y - shift_y) + center_x;
    m[5] = m[3] * (-center_x - shift_x) + m[4] * (-center_y - shift_y) + center_y;
    return affine;
}

static int32_t to_fixed(double value)
{
    return (int32_t)floor(value * 65536.0 + 0.5);
}

static int fits_fixed(const double *m, double x, double y)
{
    return fabs(x * m[0] + y * m[1] + m[2]) < 32768.0 && fabs(x * m[3] + y * m[4] + m[5]) < 32768.0;
}

static void copy_pixel(uint8_t *out, const resnet_image *from, int64_t x, int64_t y)
{
    if (x < 0 || y < 0 || x >= (int64_t)from->width || y >= (int64_t)from->height)
        memset(out, 0, 3);
    else
        memcpy(out, from->pixels + ((size_t)y * from->width + (size_t)x) * 3, 3);
}

static void sample_fixed(resnet_image *to, const resnet_image *from, const double *m)
{
    /* Sums that leave the range wrap around in Pillow; unsigned ones do so here by rule. */
    const uint32_t step_x = (uint32_t)to_fixed(m[0]), step_y = (uint32_t)to_fixed(m[3]);
    uint32_t row_x = (uint32_t)to_fixed(m[2] + m[0] * 0.5 + m[1] * 0.5);
    uint32_t row_y = (uint32_t)to_fixed(m[5] + m[3] * 0.5 + m[4] * 0.5);
    uint8_t *out = to->pixels;
    for (size_t y = 0; y < to->height; y++) {
        uint32_t at_x = row_x, at_y = row_y;
        for (size_t x = 0; x < to->width; x++, out += 3) {
            copy_pixel(out, from, (int32_t)at_x >> 16, (int32_t)at_y >> 16);
            at_x += step_x;
            at_y += step_y;
        }
        row_x += (uint32_t)to_fixed(m[1]);
        row_y += (uint32_t)to_fixed(m[4]);
    }
}

static int64_t truncate(double value)
{
    return value < 0.0 ? -1 : (int64_t)value;
}

/* Without rotation or shear, and for pictures too large for fixed point, Pillow sums doubles. */
static void sample_double(resnet_image *to, const resnet_image *from, const double *m)
{
    double row_x = m[2] + m[1] * 0.5 + m[0] * 0.5, row_y = m[5] + m[4] * 0.5 + m[3] * 0.5;
    uint8_t *out = to->pixels;
    for (size_t y = 0; y < to->height; y++) {
        double at_x = row_x, at_y = row_y;
        for (size_t x = 0; x < to->width; x++, out += 3) {
            copy_pixel(out, from, truncate(at_x), truncate(at_y));
            at_x += m[0];
            at_y += m[3];
        }
        row_x += m[1];
        row_y += m[4];
    }
}

resnet_status rn_affine_nearest(resnet_image **image, const rn_affine *affine)
{
    const resnet_image *from = *image;
    const double *m = affine->m;
    const double width = (double)from->width, height = (double)from->height;
    resnet_image *to = NULL;
    const resnet_status status = rn_image_create(&to, from->width, from->height);
    if (status != RESNET_OK) return status;
    const int is_scaling = m[1] == 0 && m[3] == 0;
    if (!is_scaling && fits_fixed(m, 0, 0) && fits_fixed(m, width, height) &&
        fits_fixed(m, 0, height) && fits_fixed(m, width, 0))
        sample_fixed(to, from, m);
    else
        sample_double(to, from, m);
    resnet_image_free(*image);
    *image = to;
    return RESNET_OK;
}

/* As Python's round(value, 15), by way of decimal digits. */
static double round_15(double value)
{
    char digits[40];
    snprintf(digits, sizeof digits, "%.15f", value);
    return strtod(digits, NULL);
}

resnet_status rn_affine_rotate(resnet_image **image, double angle)
{
    const int is_square = (*image)->width == (*image)->height;
    angle = fmod(angle, 360.0);
    if (angle < 0) angle += 360.0;
    if (angle == 0) return RESNET_OK;
    if (angle == 180) return rn_image_orient(image, 3);
    if (angle == 90 && is_square) return rn_image_orient(image, 8);
    if (angle == 270 && is_square) return rn_image_orient(image, 6);

    const double turn = -RN_RADIANS(angle);
    const double center_x = (double)(*image)->width / 2.0,
                 center_y = (double)(*image)->height / 2.0;
    rn_affine affine = {{round_15(cos(turn)), round_15(sin(turn)), 0, round_15(-sin(turn)),
                         round_15(cos(turn)), 0}};
    double *m = affine.m;
    m[2] = m[0] * -center_x + m[1] * -center_y + 0.0 + center_x;
    m[5] = m[3] * -center_x + m[4] * -center_y + 0.0 + center_y;
    return rn_affine_nearest(image, &affine);
}
