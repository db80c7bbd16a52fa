/* Convolution by its definition,
 *      y[n][o][i][j] = sum over c, a, b of w[o][c][a][b] x[n][c][i s + a - p][j s + b - p],
 * every pass as the sum that one element is, in double. Slow, and there for every shape.
 * SPDX-License-Identifier: MIT */
#include "kernel/kernel_table.h"

#include <stdint.h>
#include <string.h>

/* One tensor of activations. */
typedef struct map {
    size_t channels, h, w, block;
} map;

static map get_in(const rn_kernel_shape *s)
{
    return (map){s->in_channels, s->in_h, s->in_w, s->in_block};
}

static map get_out(const rn_kernel_shape *s)
{
    return (map){s->out_channels, s->out_h, s->out_w, s->out_block};
}

static size_t count_blocks(const map *m)
{
    return (m->channels + m->block - 1) / m->block;
}

static size_t locate(const map *m, size_t n, size_t c, size_t i, size_t j)
{
    return (((n * count_blocks(m) + c / m->block) * m->h + i) * m->w + j) * m->block + c % m->block;
}

static size_t locate_weight(const rn_kernel_shape *s, size_t o, size_t c, size_t a, size_t b)
{
    return ((o * (s->in_channels / s->groups) + c) * s->size + a) * s->size + b;
}

/* The input row that output row i takes with the kernel's row a; beyond the last one if it lies in
 * the padding, above or below. */
static size_t input_at(size_t i, size_t a, size_t stride, size_t pad)
{
    return i * stride + a - pad;
}

/* One output: c counts within the group of o. */
static double sum_forward(const rn_kernel_shape *s, const float *x, const float *w, size_t n,
                          size_t o, size_t i, size_t j)
{
    const map in = get_in(s);
    const size_t depth = s->in_channels / s->groups,
                 first = o / (s->out_channels / s->groups) * depth;
    double sum = 0;
    for (size_t c = 0; c < depth; c++)
        for (size_t a = 0; a < s->size; a++)
            for (size_t b = 0; b < s->size; b++) {
                const size_t h = input_at(i, a, s->stride, s->pad_h);
                const size_t v = input_at(j, b, s->stride, s->pad_w);
                if (h >= in.h || v >= in.w) continue;
                sum += (double)w[locate_weight(s, o, c, a, b)] *
                       (double)x[locate(&in, n, first + c, h, v)];
            }
    return sum;
}

/* The output row that takes input row h with the kernel's row a, if there is one. */
static bool find_output(size_t *i, size_t h, size_t a, size_t stride, size_t pad, size_t out_h)
{
    const size_t at = h + pad - a; /* wraps around below 0 */
    *i = at / stride;
    return h + pad >= a && at % stride == 0 && *i < out_h;
}

static double sum_backward_data(const rn_kernel_shape *s, const float *dy, const float *w, size_t n,
                                size_t c, size_t h, size_t v)
{
    const map out = get_out(s);
    const size_t depth = s->in_channels / s->groups, width = s->out_channels / s->groups;
    double sum = 0;
    for (size_t o = c / depth * width; o < (c / depth + 1) * width; o++)
        for (size_t a = 0; a < s->size; a++)
            for (size_t b = 0; b < s->size; b++) {
                size_t i, j;
                if (!find_output(&i, h, a, s->stride, s->pad_h, out.h) ||
                    !find_output(&j, v, b, s->stride, s->pad_w, out.w))
                    continue;
                sum += (double)w[locate_weight(s, o, c % depth, a, b)] *
                       (double)dy[locate(&out, n, o, i, j)];
            }
    return sum;
}

static double sum_backward_weights(const rn_kernel_shape *s, const float *x, const float *dy,
                                   size_t o, size_t c, size_t a, size_t b)
{
    const map in = get_in(s), out = get_out(s);
    double sum = 0;
    for (size_t n = 0; n < s->n; n++)
        for (size_t i = 0; i < out.h; i++)
            for (size_t j = 0; j < out.w; j++) {
                const size_t h = input_at(i, a, s->stride, s->pad_h);
                const size_t v = input_at(j, b, s->stride, s->pad_w);
                if (h >= in.h || v >= in.w) continue;
                sum += (double)x[locate(&in, n, c, h, v)] * (double)dy[locate(&out, n, o, i, j)];
            }
    return sum;
}

static void forward(const rn_kernel_shape *s, const rn_kernel_call *call)
{
    const map out = get_out(s);
    float *y = call->to;
    for (size_t n = 0; n < s->n; n++)
        for (size_t o = 0; o < count_blocks(&out) * out.block; o++)
            for (size_t i = 0; i < out.h; i++)
                for (size_t j = 0; j < out.w; j++) {
                    float *at = y + locate(&out, n, o, i, j);
                    double sum = 0;
                    if (o < out.channels) {
                        sum = sum_forward(s, call->from, call->with, n, o, i, j);
                        if (call->bias) sum += (double)call->bias[o];
                        if (call->sum) sum += (double)*at;
                        if (call->relu && sum < 0) sum = 0; /* NaN stays */
                    }
                    *at = (float)sum;
                }
}

static void backward_data(const rn_kernel_shape *s, const rn_kernel_call *call)
{
    const map in = get_in(s);
    float *dx = call->to;
    for (size_t n = 0; n < s->n; n++)
        for (size_t c = 0; c < count_blocks(&in) * in.block; c++)
            for (size_t h = 0; h < in.h; h++)
                for (size_t v = 0; v < in.w; v++)
                    dx[locate(&in, n, c, h, v)] =
                        c < in.channels
                            ? (float)sum_backward_data(s, call->from, call->with, n, c, h, v)
                            : 0;
}

static void backward_weights(const rn_kernel_shape *s, const rn_kernel_call *call)
{
    const size_t depth = s->in_channels / s->groups, width = s->out_channels / s->groups;
    float *dw = call->to;
    for (size_t o = 0; o < s->out_channels; o++)
        for (size_t c = 0; c < depth; c++)
            for (size_t a = 0; a < s->size; a++)
                for (size_t b = 0; b < s->size; b++)
                    dw[locate_weight(s, o, c, a, b)] = (float)sum_backward_weights(
                        s, call->from, call->with, o, o / width * depth + c, a, b);
}

static bool fits(const rn_kernel_shape *shape, enum rn_kernel_pass pass)
{
    (void)shape, (void)pass;
    return true;
}

static size_t count_weights(const rn_kernel_shape *s)
{
    return s->out_channels * (s->in_channels / s->groups) * s->size * s->size;
}

static size_t get_weights_size(const rn_kernel_shape *s)
{
    return count_weights(s) * sizeof(float);
}

static void pack(const rn_kernel_shape *s, enum rn_kernel_pass pass, const float *plain,
                 void *packed)
{
    (void)pass;
    memcpy(packed, plain, get_weights_size(s));
}

static void unpack(const rn_kernel_shape *s, const void *packed, float *plain)
{
    memcpy(plain, packed, get_weights_size(s));
}

static size_t get_scratch_size(const rn_kernel_shape *shape, enum rn_kernel_pass pass)
{
    (void)shape, (void)pass;
    return 0;
}

static void run(const rn_kernel_shape *shape, enum rn_kernel_pass pass, const rn_kernel_call *call)
{
    static void (*const PASSES[])(const rn_kernel_shape *, const rn_kernel_call *) = {
        forward, backward_data, backward_weights};
    PASSES[pass](shape, call);
}

const rn_kernel RN_KERNEL_PLAIN = {.name = "plain",
                                   .dtype = RN_DTYPE_F32,
                                   .fits = fits,
                                   .get_weights_size = get_weights_size,
                                   .pack = pack,
                                   .unpack = unpack,
                                   .get_scratch_size = get_scratch_size,
                                   .run = run};
