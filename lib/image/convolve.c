/* SPDX-License-Identifier: MIT */
#include "image/convolve.h"

static uint8_t clip(int32_t sum)
{
    const int32_t value = sum >> RN_FILTER_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

#define HALF (1 << (RN_FILTER_BITS - 1))

static void convolve_row(uint8_t *out, const uint8_t *in, size_t origin, const rn_filter *filter)
{
    const int32_t *weights = filter->weights;
    for (size_t i = 0; i < filter->n_out; i++, out += 3, weights += filter->n_taps) {
        const uint8_t *pixel = in + (filter->starts[i] - origin) * 3;
        int32_t red = HALF, green = HALF, blue = HALF;
        for (size_t t = 0; t < filter->n_taps; t++, pixel += 3) {
            red += pixel[0] * weights[t];
            green += pixel[1] * weights[t];
            blue += pixel[2] * weights[t];
        }
        out[0] = clip(red);
        out[1] = clip(green);
        out[2] = clip(blue);
    }
}

/* In pieces, so that the sums stay in registers or at least nearby. */
#define PIECE 64

static void convolve_column(uint8_t *out, const uint8_t *rows, size_t stride, size_t size,
                            const int32_t *weights, size_t n_taps)
{
    for (size_t x = 0; x < size; x += PIECE) {
        const size_t count = size - x < PIECE ? size - x : PIECE;
        int32_t sums[PIECE];
        for (size_t i = 0; i < count; i++) sums[i] = HALF;
        for (size_t t = 0; t < n_taps; t++)
            for (size_t i = 0; i < count; i++) sums[i] += rows[t * stride + x + i] * weights[t];
        for (size_t i = 0; i < count; i++) out[x + i] = clip(sums[i]);
    }
}

const rn_convolve rn_convolve_plain = {convolve_row, convolve_column};

const rn_convolve *rn_convolve_get_best(void)
{
    const rn_convolve *fast = rn_convolve_get_avx2();
    return fast ? fast : &rn_convolve_plain;
}
