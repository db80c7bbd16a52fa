/* A few rows of weights serve a few images while both are in the registers.
 * SPDX-License-Identifier: MIT */
#include "dnn/linear.h"

#include "dnn/vector.h"

#include <string.h>

#define LANES 16
#define TILE 4 /* images, and outputs, at once */
#define WIDE (TILE * LANES)

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));

RN_INLINE float sum_lanes(const lanes *vector)
{
    float sums[LANES];
    memcpy(sums, vector, sizeof sums);
    for (size_t half = LANES / 2; half > 0; half /= 2)
        for (size_t l = 0; l < half; l++) sums[l] += sums[l + half];
    return sums[0];
}

/* y[i][o] = dot(x[i], w[o]) + b[o] for a tile of n_images by n_rows, constants at each call. Each
 * dot is summed in the same order in every tile. */
RN_INLINE void tile(const rn_linear_shape *s, const float *x, const float *w, const float *b,
                    float *y, size_t n_images, size_t n_rows)
{
    lanes sums[TILE][TILE] = {{{0}}};
    size_t k = 0;
    for (; k + LANES <= s->n_inputs; k += LANES) {
        lanes in[TILE], weights;
        for (size_t i = 0; i < n_images; i++) memcpy(&in[i], x + i * s->n_inputs + k, sizeof *in);
        for (size_t o = 0; o < n_rows; o++) {
            memcpy(&weights, w + o * s->n_inputs + k, sizeof weights);
            for (size_t i = 0; i < n_images; i++) sums[i][o] += in[i] * weights;
        }
    }
    for (size_t i = 0; i < n_images; i++)
        for (size_t o = 0; o < n_rows; o++) {
            float sum = sum_lanes(&sums[i][o]);
            for (size_t t = k; t < s->n_inputs; t++)
                sum += x[i * s->n_inputs + t] * w[o * s->n_inputs + t];
            y[i * s->n_outputs + o] = sum + b[o];
        }
}

RN_INLINE void tile_rows(const rn_linear_shape *s, const float *x, const float *w, const float *b,
                         float *y, size_t n_rows)
{
    size_t i = 0;
    for (; i + TILE <= s->n; i += TILE)
        tile(s, x + i * s->n_inputs, w, b, y + i * s->n_outputs, TILE, n_rows);
    for (; i < s->n; i++) tile(s, x + i * s->n_inputs, w, b, y + i * s->n_outputs, 1, n_rows);
}

RN_CLONES void rn_linear_forward(const rn_linear_shape *s, size_t first, size_t last,
                                 const float *x, const float *w, const float *b, float *y)
{
    size_t o = first;
    for (; o + TILE <= last; o += TILE) tile_rows(s, x, w + o * s->n_inputs, b + o, y + o, TILE);
    for (; o < last; o++) tile_rows(s, x, w + o * s->n_inputs, b + o, y + o, 1);
}

/* to += factor * from */
RN_INLINE void add_scaled(float *restrict to, float factor, const float *restrict from,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) to[i] += factor * from[i];
}

RN_CLONES void rn_linear_backward_data(const rn_linear_shape *s, const float *dy, const float *w,
                                       float *dx)
{
    memset(dx, 0, s->n * s->n_inputs * sizeof *dx);
    for (size_t o = 0; o < s->n_outputs; o++)
        for (size_t i = 0; i < s->n; i++)
            add_scaled(dx + i * s->n_inputs, dy[i * s->n_outputs + o], w + o * s->n_inputs,
                       s->n_inputs);
}

/* Inputs [k, k + WIDE) of one output's dw = sum dy[i] x[i], kept in registers over the images. */
RN_INLINE void sum_images(const rn_linear_shape *s, size_t k, const float *x, const float *dy,
                          float *dw)
{
    lanes sums[TILE] = {{0}};
    for (size_t i = 0; i < s->n; i++)
        for (size_t t = 0; t < TILE; t++) {
            lanes in;
            memcpy(&in, x + i * s->n_inputs + k + t * LANES, sizeof in);
            sums[t] += dy[i * s->n_outputs] * in;
        }
    memcpy(dw + k, sums, sizeof sums);
}

/* The same of inputs [k, n_inputs). */
RN_INLINE void sum_last(const rn_linear_shape *s, size_t k, const float *x, const float *dy,
                        float *dw)
{
    memset(dw + k, 0, (s->n_inputs - k) * sizeof *dw);
    for (size_t i = 0; i < s->n; i++)
        add_scaled(dw + k, dy[i * s->n_outputs], x + i * s->n_inputs + k, s->n_inputs - k);
}

RN_CLONES void rn_linear_backward_weights(const rn_linear_shape *s, size_t first, size_t last,
                                          const float *x, const float *dy, float *dw, float *db)
{
    for (size_t o = first; o < last; o++) {
        size_t k = 0;
        for (; k + WIDE <= s->n_inputs; k += WIDE)
            sum_images(s, k, x, dy + o, dw + o * s->n_inputs);
        sum_last(s, k, x, dy + o, dw + o * s->n_inputs);
        db[o] = 0;
        for (size_t i = 0; i < s->n; i++) db[o] += dy[i * s->n_outputs + o];
    }
}
