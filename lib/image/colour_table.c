/* Changes that map each value by a table, the same for all channels or one for each.
 * SPDX-License-Identifier: MIT */
#include "image/colour.h"

#include <math.h>

struct tables {
    uint8_t map[3][256];
};

static void apply_tables(resnet_image *image, const struct tables *tables)
{
    uint8_t *rgb = image->pixels;
    for (size_t i = 0; i < image->width * image->height; i++, rgb += 3)
        for (int c = 0; c < 3; c++) rgb[c] = tables->map[c][rgb[c]];
}

static void apply_table(resnet_image *image, const uint8_t map[256])
{
    for (size_t i = 0; i < image->width * image->height * 3; i++)
        image->pixels[i] = map[image->pixels[i]];
}

void rn_colour_posterize(resnet_image *image, int bits)
{
    uint8_t map[256];
    for (int v = 0; v < 256; v++) map[v] = (uint8_t)(v & ~((1 << (8 - bits)) - 1));
    apply_table(image, map);
}

void rn_colour_solarize(resnet_image *image, double threshold)
{
    uint8_t map[256];
    for (int v = 0; v < 256; v++) map[v] = (uint8_t)(v < threshold ? v : 255 - v);
    apply_table(image, map);
}

static void count_values(size_t counts[3][256], const resnet_image *image)
{
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < 256; v++) counts[c][v] = 0;
    const uint8_t *rgb = image->pixels;
    for (size_t i = 0; i < image->width * image->height; i++, rgb += 3)
        for (int c = 0; c < 3; c++) counts[c][rgb[c]]++;
}

static int find_lowest(const size_t counts[256])
{
    int v = 0;
    while (v < 255 && !counts[v]) v++;
    return v;
}

static int find_highest(const size_t counts[256])
{
    int v = 255;
    while (v > 0 && !counts[v]) v--;
    return v;
}

static void stretch(uint8_t map[256], const size_t counts[256])
{
    const int low = find_lowest(counts), high = find_highest(counts);
    const double scale = high > low ? 255.0 / (high - low) : 1;
    const double offset = high > low ? -low * scale : 0;
    for (int v = 0; v < 256; v++) {
        const int stretched = (int)(v * scale + offset);
        map[v] = (uint8_t)(stretched < 0 ? 0 : stretched > 255 ? 255 : stretched);
    }
}

void rn_colour_autocontrast(resnet_image *image)
{
    size_t counts[3][256];
    struct tables tables;
    count_values(counts, image);
    for (int c = 0; c < 3; c++) stretch(tables.map[c], counts[c]);
    apply_tables(image, &tables);
}

/* As many pixels to each of 255 steps, not counting those of the highest value. */
static void level(uint8_t map[256], const size_t counts[256], size_t n_pixels)
{
    const size_t step = (n_pixels - counts[find_highest(counts)]) / 255;
    size_t sum = step / 2;
    for (int v = 0; v < 256; v++) {
        const size_t levelled = step ? sum / step : (size_t)v;
        map[v] = (uint8_t)(levelled > 255 ? 255 : levelled);
        sum += counts[v];
    }
}

void rn_colour_equalize(resnet_image *image)
{
    size_t counts[3][256];
    struct tables tables;
    count_values(counts, image);
    for (int c = 0; c < 3; c++) level(tables.map[c], counts[c], image->width * image->height);
    apply_tables(image, &tables);
}

void rn_colour_channel_shift(resnet_image *image, double shift)
{
    size_t counts[3][256];
    uint8_t map[256];
    count_values(counts, image);
    for (int v = 0; v < 256; v++) counts[0][v] += counts[1][v] + counts[2][v];
    const double low = find_lowest(counts[0]), high = find_highest(counts[0]);
    for (int v = 0; v < 256; v++) map[v] = (uint8_t)lrint(fmin(fmax(v + shift, low), high));
    apply_table(image, map);
}
