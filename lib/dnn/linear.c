/* A row of weights serves several images while it is in the registers.
 * SPDX-License-Identifier: MIT */
#include "dnn/linear.h"

#include "dnn/vector.h"

#include <string.h>

#define LANES 16
#define IMAGES 4 /* at once */

RN_INLINE float sum_lanes(const float *lanes)
{
    float sums[LANES];
    memcpy(sums, lanes, sizeof sums);
    for (size_t half = LANES / 2; half > 0; half /= 2)
        for (size_t l = 0; l < half; l++) sums[l] += sums[l + half];
    return sums[0];
}

/* y[i] = dot(x[i], w) + b for `count` images, a constant at each call */
RN_INLINE void dots(const float *restrict x, const float *restrict w, float b, size_t n_inputs,
                    size_t n_outputs, float *y, size_t count)
{
    float lanes[IMAGES][LANES] = {{0}};
    size_t k = 0;
    for (; k + LANES <= n_inputs; k += LANES)
        for (size_t i = 0; i < count; i++)
            for (size_t l = 0; l < LANES; l++) lanes[i][l] += x[i * n_inputs + k + l] * w[k + l];
    for (size_t i = 0; i < count; i++) {
        float sum = sum_lanes(lanes[i]);
        for (size_t t = k; t < n_inputs; t++) sum += x[i * n_inputs + t] * w[t];
        y[i * n_outputs] = sum + b;
    }
}

RN_CLONES void rn_linear_forward(const rn_linear_shape *s, size_t first, size_t last,
                                 const float *x, const float *w, const float *b, float *y)
{
    for (size_t o = first; o < last; o++) {
        const float *row = w + o * s->n_inputs;
        size_t i = 0;
        for (; i + IMAGES <= s->n; i += IMAGES)
            dots(x + i * s->n_inputs, row, b[o], s->n_inputs, s->n_outputs,
                 y + i * s->n_outputs + o, IMAGES);
        for (; i < s->n; i++)
            dots(x + i * s->n_inputs, row, b[o], s->n_inputs, s->n_outputs,
                 y + i * s->n_outputs + o, 1);
    }
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

RN_CLONES void rn_linear_backward_weights(const rn_linear_shape *s, size_t first, size_t last,
                                          const float *x, const float *dy, float *dw, float *db)
{
    for (size_t o = first; o < last; o++)
        for (size_t i = 0; i < s->n; i++) {
            const float g = dy[i * s->n_outputs + o];
            add_scaled(dw + o * s->n_inputs, g, x + i * s->n_inputs, s->n_inputs);
            db[o] += g;
        }
}
