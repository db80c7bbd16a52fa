/* SPDX-License-Identifier: MIT */
#include "image/pixels.h"

#include <string.h>

/* Where each colour lies within a pixel. */
struct layout {
    size_t size;
    size_t red, green, blue;
};

static const struct layout layouts[] = {
    [RESNET_PIXELS_RGB] = {3, 0, 1, 2},  [RESNET_PIXELS_BGR] = {3, 2, 1, 0},
    [RESNET_PIXELS_RGBA] = {4, 0, 1, 2}, [RESNET_PIXELS_BGRA] = {4, 2, 1, 0},
    [RESNET_PIXELS_GRAY] = {1, 0, 0, 0},
};
#define N_LAYOUTS ((int32_t)(sizeof layouts / sizeof layouts[0]))

size_t rn_pixels_size(int32_t layout)
{
    return layout >= 0 && layout < N_LAYOUTS ? layouts[layout].size : 0;
}

static void pick_colours(uint8_t *out, const uint8_t *in, size_t count, const struct layout *l)
{
    for (size_t i = 0; i < count; i++, in += l->size, out += 3) {
        const uint8_t red = in[l->red], green = in[l->green], blue = in[l->blue];
        out[0] = red;
        out[1] = green;
        out[2] = blue;
    }
}

static uint8_t blend(unsigned colour, unsigned alpha, unsigned background)
{
    return (uint8_t)((colour * alpha + background * (255 - alpha) + 127) / 255);
}

static void blend_colours(uint8_t *out, const uint8_t *in, size_t count, const struct layout *l,
                          uint32_t background)
{
    const unsigned red = background >> 16, green = background >> 8 & 0xFF, blue = background & 0xFF;
    for (size_t i = 0; i < count; i++, in += 4, out += 3) {
        out[0] = blend(in[l->red], in[3], red);
        out[1] = blend(in[l->green], in[3], green);
        out[2] = blend(in[l->blue], in[3], blue);
    }
}

void rn_pixels_to_rgb(uint8_t *out_rgb, const uint8_t *in, size_t count, int32_t layout,
                      const resnet_image_options *options)
{
    const struct layout *l = &layouts[layout];
    if (layout == RESNET_PIXELS_RGB)
        memcpy(out_rgb, in, count * 3);
    else if (l->size == 4 && options->alpha == RESNET_ALPHA_BLEND)
        blend_colours(out_rgb, in, count, l, options->background_rgb);
    else
        pick_colours(out_rgb, in, count, l);
}

static uint8_t ink_to_light(unsigned ink, unsigned light)
{
    return (uint8_t)(light - (ink * light + 127) / 255);
}

void rn_pixels_cmyk_to_rgb(uint8_t *out_rgb, const uint8_t *in_inverted, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t *in = in_inverted + i * 4;
        for (size_t c = 0; c < 3; c++) out_rgb[i * 3 + c] = ink_to_light(255u - in[c], in[3]);
    }
}

static resnet_status check_pixels(const void *pixels, size_t width, size_t height, size_t *stride,
                                  int32_t layout, uint64_t max_pixels)
{
    const size_t size = rn_pixels_size(layout);
    if (!size) return rn_fail(RESNET_E_INVALID, "layout: %d is not a RESNET_PIXELS_*", layout);
    if (!pixels) return rn_fail(RESNET_E_INVALID, "pixels_hwc: NULL");
    const resnet_status status = rn_image_check_size(width, height, max_pixels);
    if (status != RESNET_OK) return status;
    size_t row = 0;
    if (__builtin_mul_overflow(width, size, &row) || (*stride && *stride < row))
        return rn_fail(RESNET_E_INVALID, "stride: %zu bytes is less than a row of %zu pixels",
                       *stride, width);
    if (!*stride) *stride = row;
    return RESNET_OK;
}

resnet_status resnet_image_from_pixels(resnet_image **out, const void *pixels_hwc, size_t width,
                                       size_t height, size_t stride, int32_t layout,
                                       const resnet_image_options *options)
{
    resnet_image_options ours;
    resnet_image *image = NULL;
    resnet_status status = RESNET_OK;
    if (!out) return rn_fail(RESNET_E_INVALID, "out: NULL");
    RN_TRY(rn_image_options_read(&ours, options));
    RN_TRY(check_pixels(pixels_hwc, width, height, &stride, layout, ours.max_pixels));
    RN_TRY(rn_image_create(&image, width, height));
    for (size_t y = 0; y < height; y++)
        rn_pixels_to_rgb(image->pixels + y * width * 3, (const uint8_t *)pixels_hwc + y * stride,
                         width, layout, &ours);
    *out = image;
done:
    return status;
}
