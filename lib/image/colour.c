/* Blends and neighbours; what maps each value on its own is in colour_table.c.
 * SPDX-License-Identifier: MIT */
#include "image/colour.h"

#include <math.h>
#include <string.h>

static size_t count_pixels(const resnet_image *image)
{
    return image->width * image->height;
}

/* Image.blend(): from `plain` at 0 through `value` at 1 and beyond. In float32, truncated. */
static uint8_t blend(int plain, int value, float factor)
{
    const float mixed = (float)plain + factor * (float)(value - plain);
    return (uint8_t)(mixed <= 0 ? 0 : mixed >= 255 ? 255 : mixed);
}

/* Pillow's convert("L"): ITU-R 601 luma in 16-bit fixed point. */
static int luma(const uint8_t *rgb)
{
    return (rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 0x8000) >> 16;
}

static void blend_all(resnet_image *image, int plain, float factor)
{
    uint8_t table[256];
    for (int v = 0; v < 256; v++) table[v] = blend(plain, v, factor);
    for (size_t i = 0; i < count_pixels(image) * 3; i++) image->pixels[i] = table[image->pixels[i]];
}

void rn_colour_brightness(resnet_image *image, float factor)
{
    if (factor != 1) blend_all(image, 0, factor);
}

void rn_colour_contrast(resnet_image *image, float factor)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count_pixels(image); i++) sum += (uint64_t)luma(image->pixels + i * 3);
    const double mean = (double)sum / (double)count_pixels(image);
    if (factor != 1) blend_all(image, (int)(mean + 0.5), factor);
}

void rn_colour_saturation(resnet_image *image, float factor)
{
    if (factor == 1) return;
    uint8_t *rgb = image->pixels;
    for (size_t i = 0; i < count_pixels(image); i++, rgb += 3) {
        const int gray = luma(rgb);
        for (int c = 0; c < 3; c++) rgb[c] = blend(gray, rgb[c], factor);
    }
}

/* ImageFilter.SMOOTH at one inner value: weights 1 around 5, over 13, in float32 from the row below
 * upwards, as Pillow sums. */
static uint8_t smooth(const uint8_t *at, size_t row)
{
    const float side = 1.f / 13.f, middle = 5.f / 13.f;
    const uint8_t *below = at + row, *above = at - row;
    float sum = 0.5f;
    sum += (float)below[-3] * side + (float)below[0] * side + (float)below[3] * side;
    sum += (float)at[-3] * side + (float)at[0] * middle + (float)at[3] * side;
    sum += (float)above[-3] * side + (float)above[0] * side + (float)above[3] * side;
    return (uint8_t)(sum >= 255 ? 255 : sum);
}

resnet_status rn_colour_sharpness(resnet_image **image, float factor)
{
    const resnet_image *from = *image;
    const size_t row = from->width * 3;
    resnet_image *to = NULL;
    if (factor == 1 || from->width < 3 || from->height < 3) return RESNET_OK;
    const resnet_status status = rn_image_create(&to, from->width, from->height);
    if (status != RESNET_OK) return status;
    memcpy(to->pixels, from->pixels, row * from->height); /* the border stays */
    for (size_t y = 1; y + 1 < from->height; y++)
        for (size_t i = y * row + 3; i < (y + 1) * row - 3; i++)
            to->pixels[i] = blend(smooth(from->pixels + i, row), from->pixels[i], factor);
    resnet_image_free(*image);
    *image = to;
    return RESNET_OK;
}

/* The types of each step are Pillow's, whose C mixes float and double. */
static void rgb_to_hsv(uint8_t *hsv, const uint8_t *rgb)
{
    const uint8_t r = rgb[0], g = rgb[1], b = rgb[2];
    const uint8_t high = r > g ? (r > b ? r : b) : (g > b ? g : b);
    const uint8_t low = r < g ? (r < b ? r : b) : (g < b ? g : b);
    memcpy(hsv, (uint8_t[3]){0, 0, high}, 3);
    if (high == low) return;
    const float range = (float)(high - low);
    const float red = (float)(high - r) / range, green = (float)(high - g) / range;
    const float blue = (float)(high - b) / range, saturation = range / (float)high;
    float hue;
    if (r == high)
        hue = blue - green;
    else if (g == high)
        hue = (float)(2.0 + (double)red - (double)blue);
    else
        hue = (float)(4.0 + (double)green - (double)red);
    hue = (float)fmod((double)hue / 6.0 + 1.0, 1.0);
    hsv[0] = (uint8_t)((double)hue * 255.0);
    hsv[1] = (uint8_t)((double)saturation * 255.0);
}

static void hsv_to_rgb(uint8_t *rgb, const uint8_t *hsv)
{
    const uint8_t v = hsv[2];
    const double sixth = (double)hsv[0] * 6.0 / 255.0;
    const int sector = (int)floor(sixth);
    const float rest = (float)(sixth - (double)sector);
    const float saturation = (float)((double)hsv[1] / 255.0);
    const uint8_t p = (uint8_t)round(v * (1.0 - (double)saturation));
    const uint8_t q = (uint8_t)round(v * (1.0 - (double)(saturation * rest)));
    const uint8_t t = (uint8_t)round(v * (1.0 - (double)saturation * (1.0 - (double)rest)));
    const uint8_t sectors[6][3] = {{v, t, p}, {q, v, p}, {p, v, t},
                                   {p, q, v}, {t, p, v}, {v, p, q}};
    if (hsv[1] == 0)
        memset(rgb, v, 3);
    else
        memcpy(rgb, sectors[sector % 6], 3);
}

void rn_colour_hue(resnet_image *image, double shift)
{
    const uint8_t turn = (uint8_t)(int32_t)(shift * 255);
    uint8_t *rgb = image->pixels;
    for (size_t i = 0; i < count_pixels(image); i++, rgb += 3) {
        uint8_t hsv[3];
        rgb_to_hsv(hsv, rgb);
        hsv[0] = (uint8_t)(hsv[0] + turn);
        hsv_to_rgb(rgb, hsv);
    }
}
