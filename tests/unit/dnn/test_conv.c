/* Every pass of a convolution against its definition, in every channel block.
 * SPDX-License-Identifier: MIT */
#include "blocks.h"

#include "naive_conv.h"

static const naive_conv CASES[] = {
    {2, 32, 9, 7, 48, 3, 1, 1},   {1, 16, 13, 5, 32, 3, 2, 1}, {3, 64, 7, 7, 16, 1, 1, 1},
    {2, 32, 9, 6, 32, 1, 2, 1},   {2, 3, 33, 47, 16, 7, 2, 1}, {1, 32, 1, 1, 32, 3, 1, 1},
    {2, 32, 12, 11, 32, 3, 1, 1}, {2, 32, 9, 7, 48, 3, 1, 2},  {1, 64, 8, 5, 64, 3, 2, 32},
};
#define N_CASES (sizeof CASES / sizeof *CASES)
#define DIRECT_TOLERANCE 1e-6
#define WINOGRAD_TOLERANCE 5e-5

/* One convolution with drawn tensors, plain and in the engine's layouts. */
typedef struct bench {
    naive_conv c;
    rn_engine *engine;
    size_t block;
    size_t x_count, w_count, y_count;
    rn_activation_shape x_shape, y_shape;
    float *x, *w, *y, *bias;          /* plain */
    double *wide_x, *wide_w, *wide_y; /* the same */
    float *x_blocked, *y_blocked;
} bench;

static bool is_stem(const naive_conv *c)
{
    return c->in == 3;
}

static bench make_bench(const naive_conv *c, size_t block)
{
    const size_t x_pixels = c->h * c->w, y_pixels = naive_out_h(c) * naive_out_w(c);
    bench b = {.c = *c,
               .block = block,
               .x_count = c->n * c->in * x_pixels,
               .w_count = c->out * naive_depth(c) * c->kernel * c->kernel,
               .y_count = c->n * c->out * y_pixels,
               .x_shape = {c->in, x_pixels, is_stem(c) ? 1 : block},
               .y_shape = {c->out, y_pixels, block}};
    b.engine = make_engine(block);
    b.x = draw_floats(b.x_count, 1, -1, 1);
    b.w = draw_floats(b.w_count, 2, -1, 1);
    b.y = draw_floats(b.y_count, 3, -1, 1);
    b.bias = draw_floats(c->out, 4, -5, 5);
    b.wide_x = to_doubles(b.x, b.x_count);
    b.wide_w = to_doubles(b.w, b.w_count);
    b.wide_y = to_doubles(b.y, b.y_count);
    b.x_blocked = to_blocked(b.x, c->n, b.x_shape);
    b.y_blocked = to_blocked(b.y, c->n, b.y_shape);
    return b;
}

static void free_bench(bench *b)
{
    void *const blocks[] = {b->x,      b->w,      b->y,         b->bias,     b->wide_x,
                            b->wide_w, b->wide_y, b->x_blocked, b->y_blocked};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) rn_free(blocks[i]);
    rn_engine_free(b->engine);
}

static rn_conv_settings settings_of(const bench *b, enum rn_conv_pass pass, bool winograd)
{
    return (rn_conv_settings){.pass = pass,
                              .n = b->c.n,
                              .groups = b->c.groups,
                              .in_channels = b->c.in,
                              .in_h = b->c.h,
                              .in_w = b->c.w,
                              .out_channels = b->c.out,
                              .kernel = b->c.kernel,
                              .stride = b->c.stride,
                              .winograd = winograd,
                              .plain_src = is_stem(&b->c)};
}

static rn_layout *plain_weights(const bench *b)
{
    const size_t dims[4] = {b->c.out, naive_depth(&b->c), b->c.kernel, b->c.kernel};
    rn_layout *layout = NULL;
    assert_ok(rn_layout_create_plain(&layout, b->engine, dims));
    return layout;
}

/* The drawn weights as the convolution wants them. */
static float *pack_weights(const bench *b, const rn_conv *conv)
{
    rn_layout *plain = plain_weights(b);
    const rn_layout *wanted = rn_conv_get_weights_layout(conv);
    float *packed = make_floats(rn_layout_get_size(wanted) / sizeof(float));
    assert_ok(rn_layout_convert(b->engine, 1, plain, b->w, wanted, packed));
    rn_layout_free(plain);
    return packed;
}

static void *make_scratch(const rn_conv *conv)
{
    void *scratch = rn_alloc(rn_conv_get_scratch_size(conv), 1);
    assert_non_null(scratch);
    return scratch;
}

static void forward(const rn_conv *conv, float *y, const float *x, const float *w,
                    const float *bias)
{
    void *scratch = make_scratch(conv);
    assert_ok(rn_conv_forward(conv, 1, y, x, w, bias, scratch));
    rn_free(scratch);
}

static double tolerance_of(const rn_conv *conv)
{
    return rn_conv_is_winograd(conv) ? WINOGRAD_TOLERANCE : DIRECT_TOLERANCE;
}

static void check_inference(const bench *b, bool winograd, bool relu, bool sum)
{
    rn_conv *conv = NULL;
    rn_conv_settings settings = settings_of(b, RN_CONV_INFERENCE, winograd);
    settings.relu = relu;
    settings.sum = sum;
    assert_ok(rn_conv_create(&conv, b->engine, &settings));
    float *packed = pack_weights(b, conv), *dst = to_blocked(b->y, b->c.n, b->y_shape);
    forward(conv, dst, b->x_blocked, packed, b->bias);
    double *want = make_doubles(b->y_count);
    const size_t pixels = b->y_shape.pixels;
    naive_conv_forward(&b->c, b->wide_x, b->wide_w, want);
    for (size_t i = 0; i < b->y_count; i++) {
        want[i] += (double)b->bias[i / pixels % b->c.out] + (sum ? b->wide_y[i] : 0);
        if (relu && want[i] < 0) want[i] = 0;
    }
    float *got = to_plain(dst, b->c.n, b->y_shape);
    assert_close("inference", got, want, b->y_count, tolerance_of(conv));
    rn_free(packed);
    rn_free(dst);
    rn_free(want);
    rn_free(got);
    rn_conv_free(conv);
}

static void check_forward(const bench *b, bool winograd)
{
    rn_conv *conv = NULL;
    const rn_conv_settings settings = settings_of(b, RN_CONV_FORWARD, winograd);
    assert_ok(rn_conv_create(&conv, b->engine, &settings));
    float *packed = pack_weights(b, conv), *dst = make_floats(b->y_count);
    double *want = make_doubles(b->y_count);
    forward(conv, dst, b->x_blocked, packed, NULL);
    naive_conv_forward(&b->c, b->wide_x, b->wide_w, want);
    float *got = to_plain(dst, b->c.n, b->y_shape);
    assert_close("forward", got, want, b->y_count, tolerance_of(conv));
    rn_free(packed);
    rn_free(dst);
    rn_free(want);
    rn_free(got);
    rn_conv_free(conv);
}

static void check_backward_data(const bench *b, bool winograd)
{
    rn_conv *conv = NULL;
    const rn_conv_settings settings = settings_of(b, RN_CONV_BACKWARD_DATA, winograd);
    assert_ok(rn_conv_create(&conv, b->engine, &settings));
    float *packed = pack_weights(b, conv), *dx = draw_floats(b->x_count, 9, 7, 8);
    double *want = make_doubles(b->x_count);
    void *scratch = make_scratch(conv);
    assert_ok(rn_conv_backward_data(conv, 1, dx, b->y_blocked, packed, scratch));
    rn_free(scratch);
    naive_conv_backward_data(&b->c, b->wide_y, b->wide_w, want);
    float *got = to_plain(dx, b->c.n, b->x_shape);
    assert_close("backward data", got, want, b->x_count, tolerance_of(conv));
    rn_free(packed);
    rn_free(dx);
    rn_free(want);
    rn_free(got);
    rn_conv_free(conv);
}

static void check_backward_weights(const bench *b, bool winograd)
{
    rn_conv *conv = NULL;
    const rn_conv_settings settings = settings_of(b, RN_CONV_BACKWARD_WEIGHTS, winograd);
    assert_ok(rn_conv_create(&conv, b->engine, &settings));
    const rn_layout *layout = rn_conv_get_weights_layout(conv);
    float *packed = draw_floats(rn_layout_get_size(layout) / sizeof(float), 9, 7, 8);
    float *got = make_floats(b->w_count);
    double *want = make_doubles(b->w_count);
    void *scratch = make_scratch(conv);
    assert_ok(rn_conv_backward_weights(conv, 1, packed, b->x_blocked, b->y_blocked, scratch));
    rn_free(scratch);
    rn_layout *plain = plain_weights(b);
    assert_ok(rn_layout_convert(b->engine, 0, layout, packed, plain, got));
    naive_conv_backward_weights(&b->c, b->wide_x, b->wide_y, want);
    assert_close("backward weights", got, want, b->w_count, tolerance_of(conv));
    rn_layout_free(plain);
    rn_free(packed);
    rn_free(got);
    rn_free(want);
    rn_conv_free(conv);
}

static void inference_matches(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_CASES * N_BLOCKS; k++) {
        bench b = make_bench(&CASES[k / N_BLOCKS], BLOCKS[k % N_BLOCKS]);
        for (int kind = 0; kind < 8; kind++) check_inference(&b, kind & 4, kind & 2, kind & 1);
        free_bench(&b);
    }
}

static void training_matches(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_CASES * N_BLOCKS; k++) {
        bench b = make_bench(&CASES[k / N_BLOCKS], BLOCKS[k % N_BLOCKS]);
        for (int winograd = 0; winograd < 2; winograd++) {
            check_forward(&b, winograd);
            check_backward_weights(&b, winograd);
            if (!is_stem(&b.c)) check_backward_data(&b, winograd);
        }
        free_bench(&b);
    }
}

/* A last, smaller shard works on the weights that were packed for the others, whichever algorithm
 * either of them uses. */
static void takes_the_layout_of_another(void **state)
{
    (void)state;
    const enum rn_conv_pass passes[] = {RN_CONV_FORWARD, RN_CONV_BACKWARD_DATA,
                                        RN_CONV_BACKWARD_WEIGHTS};
    for (size_t k = 0; k < 3 * 4; k++) {
        bench b = make_bench(&CASES[6], BLOCKS[0]);
        rn_conv *first = NULL, *second = NULL;
        rn_conv_settings settings = settings_of(&b, passes[k % 3], k / 3 & 1);
        assert_ok(rn_conv_create(&first, b.engine, &settings));
        settings.n = 1;
        settings.winograd = k / 3 & 2;
        settings.weights = rn_conv_get_weights_layout(first);
        assert_ok(rn_conv_create(&second, b.engine, &settings));
        assert_true(
            rn_layout_equal(rn_conv_get_weights_layout(first), rn_conv_get_weights_layout(second)));
        rn_conv_free(second);
        rn_conv_free(first);
        free_bench(&b);
    }
}

/* What oneDNN's kernels are not asked for falls to ours. */
static void takes_our_own_for_groups(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_CASES; k++) {
        bench b = make_bench(&CASES[k], BLOCKS[0]);
        rn_conv *conv = NULL;
        const rn_conv_settings settings = settings_of(&b, RN_CONV_FORWARD, false);
        assert_ok(rn_conv_create(&conv, b.engine, &settings));
        assert_string_equal(rn_conv_get_kernel_name(conv),
                            b.c.groups > 1 ? "plain" : "oneDNN direct");
        rn_conv_free(conv);
        free_bench(&b);
    }
}

/* Where oneDNN has no Winograd there is ours, but not in training's forward, whose packed weights
 * the direct kernels share. */
static void takes_our_own_winograd(void **state)
{
    (void)state;
    const enum rn_conv_pass passes[] = {RN_CONV_INFERENCE, RN_CONV_BACKWARD_DATA, RN_CONV_FORWARD};
    const rn_kernel_shape any = {.groups = 1,
                                 .size = 3,
                                 .stride = 1,
                                 .in_channels = 8,
                                 .in_block = 8,
                                 .out_channels = 8,
                                 .out_block = 8};
    if (!RN_KERNEL_WINOGRAD_AVX2.fits(&any, RN_KERNEL_FORWARD)) skip(); /* another processor */
    for (size_t k = 0; k < 3; k++) {
        bench b = make_bench(&CASES[6], 8);
        rn_conv *conv = NULL;
        const rn_conv_settings settings = settings_of(&b, passes[k], true);
        assert_ok(rn_conv_create(&conv, b.engine, &settings));
        assert_string_equal(rn_conv_get_kernel_name(conv),
                            k < 2 ? "Winograd AVX2" : "oneDNN direct");
        rn_conv_free(conv);
        free_bench(&b);
    }
}

static void refuses_types_without_a_kernel(void **state)
{
    (void)state;
    bench b = make_bench(&CASES[0], BLOCKS[0]);
    for (int dtype = RN_DTYPE_F64; dtype <= RN_DTYPE_OTHER; dtype++) {
        rn_conv *conv = NULL;
        rn_conv_settings settings = settings_of(&b, RN_CONV_INFERENCE, false);
        settings.dtype = (enum rn_dtype)dtype;
        assert_fails(rn_conv_create(&conv, b.engine, &settings), RESNET_E_UNSUPPORTED,
                     rn_dtype_name(settings.dtype));
        assert_null(conv);
    }
    free_bench(&b);
}

/* Packed for one of ours they are of no use to oneDNN. */
static void refuses_weights_of_another_kernel(void **state)
{
    (void)state;
    bench b = make_bench(&CASES[7], BLOCKS[0]);
    rn_conv *conv = NULL, *other = NULL;
    rn_reorder *reorder = NULL;
    rn_conv_settings settings = settings_of(&b, RN_CONV_FORWARD, false);
    assert_ok(rn_conv_create(&conv, b.engine, &settings));
    settings.groups = 1;
    assert_ok(rn_conv_create(&other, b.engine, &settings));
    const rn_layout *own = rn_conv_get_weights_layout(conv);
    const rn_layout *foreign = rn_conv_get_weights_layout(other);
    assert_false(rn_layout_equal(own, foreign));
    assert_fails(rn_reorder_create(&reorder, own, foreign), RESNET_E_UNSUPPORTED, "'plain'");
    settings.groups = b.c.groups;
    settings.weights = foreign;
    rn_conv_free(conv);
    conv = NULL;
    assert_fails(rn_conv_create(&conv, b.engine, &settings), RESNET_E_UNSUPPORTED, "no kernel");
    assert_null(conv);
    rn_conv_free(other);
    free_bench(&b);
}

static void out_of_memory(void **state)
{
    (void)state;
    const naive_conv *const cases[] = {&CASES[0], &CASES[7], &CASES[6]};
    for (size_t i = 0; i < 3; i++) { /* oneDNN's, ours, one after another that cannot */
        bench b = make_bench(cases[i], BLOCKS[i == 2]);
        const rn_conv_settings settings = settings_of(&b, RN_CONV_INFERENCE, i == 2);
        resnet_status status = RESNET_E_NOMEM;
        for (uint64_t k = 1; status != RESNET_OK; k++) {
            rn_conv *conv = NULL;
            rn_mem_fail_at(k);
            status = rn_conv_create(&conv, b.engine, &settings);
            rn_mem_fail_at(0);
            if (status != RESNET_OK) assert_fails(status, RESNET_E_NOMEM, "out of memory");
            rn_conv_free(conv);
        }
        free_bench(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inference_matches),
        cmocka_unit_test(training_matches),
        cmocka_unit_test(takes_the_layout_of_another),
        cmocka_unit_test(takes_our_own_for_groups),
        cmocka_unit_test(takes_our_own_winograd),
        cmocka_unit_test(refuses_types_without_a_kernel),
        cmocka_unit_test(refuses_weights_of_another_kernel),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
