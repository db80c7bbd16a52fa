/* Each kernel of lib/kernel against its plain twin, on every shape of a list and some drawn ones
 * that it says it fits, and the twin against arithmetic done by hand.
 * SPDX-License-Identifier: MIT */
#include "../draw.h"

#include "kernel/kernel_table.h"

#define TOLERANCE 2e-5 /* of the largest element; Winograd's transforms cost two digits */
#define GUARD 64       /* floats behind every tensor that nobody may touch */
#define UNTOUCHED 12345.0f
#define N_DRAWN 24

typedef struct tensors {
    float *x, *w, *dy, *bias; /* what is read */
    float *y, *want;          /* what is written, by the kernel and by its twin */
    size_t in_count, out_count, w_count;
} tensors;

static size_t count_map(size_t n, size_t channels, size_t block, size_t h, size_t w)
{
    return n * ((channels + block - 1) / block) * block * h * w;
}

/* Zeros where channels do not fill their block. */
static float *draw_map(size_t n, size_t channels, size_t block, size_t h, size_t w, uint64_t seed)
{
    const size_t n_blocks = (channels + block - 1) / block, plane = h * w * block;
    float *map = draw_floats(n * n_blocks * plane, seed, -1, 1);
    for (size_t i = 0; i < n * n_blocks * plane; i++)
        if (i / plane % n_blocks * block + i % block >= channels) map[i] = 0;
    return map;
}

static tensors make_tensors(const rn_kernel_shape *s, uint64_t seed)
{
    tensors t = {
        .in_count = count_map(s->n, s->in_channels, s->in_block, s->in_h, s->in_w),
        .out_count = count_map(s->n, s->out_channels, s->out_block, s->out_h, s->out_w),
        .w_count = s->out_channels * (s->in_channels / s->groups) * s->size * s->size,
    };
    t.x = draw_map(s->n, s->in_channels, s->in_block, s->in_h, s->in_w, seed);
    t.dy = draw_map(s->n, s->out_channels, s->out_block, s->out_h, s->out_w, seed + 1);
    t.w = draw_floats(t.w_count, seed + 2, -1, 1);
    t.bias = draw_floats(s->out_channels, seed + 3, -5, 5);
    return t;
}

static void free_tensors(tensors *t)
{
    rn_free(t->x);
    rn_free(t->w);
    rn_free(t->dy);
    rn_free(t->bias);
}

/* A buffer of that many floats, the same for both, with a guard behind it. */
static float *make_result(size_t count, uint64_t seed)
{
    float *result = draw_floats(count + GUARD, seed, -1, 1);
    for (size_t i = 0; i < GUARD; i++) result[count + i] = UNTOUCHED;
    return result;
}

static void check_guard(const float *result, size_t count)
{
    for (size_t i = 0; i < GUARD; i++) assert_true(result[count + i] == UNTOUCHED);
}

static void run_kernel(const rn_kernel *kernel, const rn_kernel_shape *s, enum rn_kernel_pass pass,
                       rn_kernel_call call, const float *w)
{
    const size_t w_count = kernel->get_weights_size(s) / sizeof(float);
    const size_t scratch_count = kernel->get_scratch_size(s, pass) / sizeof(float);
    float *packed = make_result(w_count, 9), *scratch = make_result(scratch_count, 10);
    for (size_t i = 0; i < scratch_count; i++) scratch[i] = NAN; /* whatever was there before */
    kernel->pack(s, pass, w, packed);
    check_guard(packed, w_count);
    call.with = packed;
    call.scratch = scratch;
    kernel->run(s, pass, &call);
    check_guard(scratch, scratch_count);
    rn_free(packed);
    rn_free(scratch);
}

static void check_like_twin(const rn_kernel *kernel, const rn_kernel_shape *s,
                            enum rn_kernel_pass pass, const tensors *t, bool bias, bool sum,
                            bool relu)
{
    const bool forward = pass == RN_KERNEL_FORWARD;
    const size_t count = forward ? t->out_count : t->in_count;
    float *got = make_result(count, 5), *twin = make_result(count, 5);
    rn_kernel_call call = {
        .from = forward ? t->x : t->dy, .bias = bias ? t->bias : NULL, .sum = sum, .relu = relu};
    call.to = got;
    run_kernel(kernel, s, pass, call, t->w);
    call.to = twin;
    run_kernel(&RN_KERNEL_PLAIN, s, pass, call, t->w);
    check_guard(got, count);
    double *want = to_doubles(twin, count);
    assert_close(kernel->name, got, want, count, TOLERANCE);
    rn_free(got);
    rn_free(twin);
    rn_free(want);
}

static void check_shape(const rn_kernel *kernel, const rn_kernel_shape *s, uint64_t seed)
{
    tensors t = make_tensors(s, seed);
    const uint64_t kind = seed % 8;
    if (kernel->fits(s, RN_KERNEL_FORWARD))
        check_like_twin(kernel, s, RN_KERNEL_FORWARD, &t, kind & 4, kind & 2, kind & 1);
    if (kernel->fits(s, RN_KERNEL_BACKWARD_DATA))
        check_like_twin(kernel, s, RN_KERNEL_BACKWARD_DATA, &t, false, false, false);
    free_tensors(&t);
}

static rn_kernel_shape make_shape(size_t n, size_t in, size_t out, size_t h, size_t w, size_t pad_h,
                                  size_t block)
{
    return (rn_kernel_shape){.n = n,
                             .groups = 1,
                             .size = 3,
                             .stride = 1,
                             .pad_h = pad_h,
                             .pad_w = 1,
                             .in_channels = in * block,
                             .in_h = h,
                             .in_w = w,
                             .in_block = block,
                             .out_channels = out * block,
                             .out_h = h + 2 * pad_h - 2,
                             .out_w = w,
                             .out_block = block};
}

/* Shapes of the network's kinds: whole tiles, broken ones, maps smaller than a tile, an odd number
 * of blocks, more tiles than are at work at once, strips that bring their own border. */
static const size_t SHAPES[][6] = {
    {1, 1, 1, 8, 8, 1},  {2, 2, 3, 7, 7, 1},   {1, 3, 1, 1, 1, 1}, {1, 1, 2, 3, 2, 1},
    {3, 2, 2, 14, 9, 1}, {1, 1, 1, 57, 31, 1}, {2, 2, 2, 6, 5, 0}, {1, 4, 1, 9, 28, 1},
};
#define N_SHAPES (sizeof SHAPES / sizeof *SHAPES)

static rn_kernel_shape draw_shape(size_t block, uint64_t k)
{
    rn_rng rng = rn_rng_make(2015, RN_RNG_SAMPLE, k, 0);
    size_t v[6];
    for (size_t i = 0; i < 6; i++) v[i] = (size_t)rn_rng_below(&rng, 5);
    const size_t pad = rn_rng_below(&rng, 2);
    return make_shape(1 + v[0] % 2, 1 + v[1] % 3, 1 + v[2] % 3, v[3] * 2 + v[4] + 3 - 2 * pad,
                      v[4] * 2 + v[5] + 1, pad, block);
}

/* The block of channels that a kernel works with; 0: it does not run on this processor. */
static size_t find_block(const rn_kernel *kernel)
{
    for (size_t block = 16; block > 1; block /= 2) {
        const rn_kernel_shape any = make_shape(1, 1, 1, 8, 8, 1, block);
        if (kernel->fits(&any, RN_KERNEL_FORWARD)) return block;
    }
    return 0;
}

static void each_matches_its_twin(void **state)
{
    (void)state;
    for (size_t i = 0; i < RN_N_KERNELS; i++) {
        const rn_kernel *kernel = RN_KERNELS[i];
        const size_t block = kernel == &RN_KERNEL_PLAIN ? 0 : find_block(kernel);
        if (block == 0) print_message("%s: not compared\n", kernel->name);
        for (size_t k = 0; block > 0 && k < N_SHAPES + N_DRAWN; k++) {
            const size_t *v = SHAPES[k % N_SHAPES];
            const rn_kernel_shape shape =
                k < N_SHAPES ? make_shape(v[0], v[1], v[2], v[3], v[4], v[5], block)
                             : draw_shape(block, k);
            check_shape(kernel, &shape, k);
        }
    }
}

/* An image's output is the same bits whatever the images beside it. */
static void images_do_not_see_each_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < RN_N_KERNELS; i++) {
        const size_t block = find_block(RN_KERNELS[i]);
        if (block == 0) continue;
        const rn_kernel_shape all = make_shape(5, 2, 3, 13, 10, 1, block);
        rn_kernel_shape one = all;
        one.n = 1;
        tensors t = make_tensors(&all, 1);
        float *together = make_result(t.out_count, 5), *alone = make_result(t.out_count, 6);
        run_kernel(RN_KERNELS[i], &all, RN_KERNEL_FORWARD,
                   (rn_kernel_call){.to = together, .from = t.x, .bias = t.bias}, t.w);
        for (size_t k = 0; k < all.n; k++)
            run_kernel(RN_KERNELS[i], &one, RN_KERNEL_FORWARD,
                       (rn_kernel_call){.to = alone + k * t.out_count / all.n,
                                        .from = t.x + k * t.in_count / all.n,
                                        .bias = t.bias},
                       t.w);
        assert_memory_equal(together, alone, t.out_count * sizeof(float));
        rn_free(together);
        rn_free(alone);
        free_tensors(&t);
    }
}

/* What a NaN touches is NaN, through the ReLU too, and only that. */
static void nan_is_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < RN_N_KERNELS; i++) {
        const size_t block = find_block(RN_KERNELS[i]);
        if (block == 0) continue;
        const rn_kernel_shape s = make_shape(2, 1, 1, 9, 9, 1, block);
        tensors t = make_tensors(&s, 1);
        t.x[0] = NAN;
        float *y = make_result(t.out_count, 5);
        run_kernel(RN_KERNELS[i], &s, RN_KERNEL_FORWARD,
                   (rn_kernel_call){.to = y, .from = t.x, .relu = true}, t.w);
        for (size_t c = 0; c < block; c++) assert_true(isnan(y[c]));
        for (size_t k = t.out_count / 2; k < t.out_count; k++) assert_false(isnan(y[k]));
        rn_free(y);
        free_tensors(&t);
    }
}

/* One product each, by hand: 1x1, two groups, stride 2, channels that do not fill their block. */
static void plain_by_hand(void **state)
{
    (void)state;
    const rn_kernel_shape s = {.n = 1,
                               .groups = 2,
                               .size = 1,
                               .stride = 2,
                               .in_channels = 4,
                               .in_h = 1,
                               .in_w = 3,
                               .in_block = 8,
                               .out_channels = 2,
                               .out_h = 1,
                               .out_w = 2,
                               .out_block = 4};
    float x[3 * 8] = {1, 2, 3, 4, 0, 0, 0, 0, 9, 9, 9, 9, 0, 0, 0, 0, 5, 6, 7, 8};
    const float w[4] = {1, 10, 100, 1000}, bias[2] = {0.5f, -5000};
    float y[8], want[8] = {21.5f, -700, 0, 0, 65.5f, 3700, 0, 0};
    RN_KERNEL_PLAIN.run(&s, RN_KERNEL_FORWARD,
                        &(rn_kernel_call){.to = y, .from = x, .with = w, .bias = bias});
    assert_memory_equal(y, want, sizeof y);
    const float dy[8] = {1, 2, 0, 0, 3, 4, 0, 0};
    const float dx[24] = {1, 10, 200, 2000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 30, 400, 4000};
    const float dw[4] = {1 * 1 + 3 * 5, 1 * 2 + 3 * 6, 2 * 3 + 4 * 7, 2 * 4 + 4 * 8};
    float got[24], got_w[4];
    RN_KERNEL_PLAIN.run(&s, RN_KERNEL_BACKWARD_DATA,
                        &(rn_kernel_call){.to = got, .from = dy, .with = w});
    assert_memory_equal(got, dx, sizeof dx);
    RN_KERNEL_PLAIN.run(&s, RN_KERNEL_BACKWARD_WEIGHTS,
                        &(rn_kernel_call){.to = got_w, .from = x, .with = dy});
    assert_memory_equal(got_w, dw, sizeof dw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_matches_its_twin),
        cmocka_unit_test(images_do_not_see_each_other),
        cmocka_unit_test(nan_is_seen),
        cmocka_unit_test(plain_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
