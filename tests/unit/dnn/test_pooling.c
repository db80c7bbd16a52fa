/* The stem's max pool against its definition. SPDX-License-Identifier: MIT */
#include "blocks.h"

#include "dnn/pooling.h"

#define N 2
#define CHANNELS 16

typedef struct pool_case {
    size_t h, w;
    bool padded;
} pool_case;

static const pool_case CASES[] = {
    {16, 16, true}, {17, 24, true}, {16, 16, false}, {17, 24, false}, {3, 3, false}, {3, 4, true},
};
#define N_CASES (sizeof CASES / sizeof *CASES)

/* Where in a plane the largest pixel of a window lies; the first of equal ones. */
static size_t find_largest(const pool_case *c, const float *plane, size_t i, size_t j)
{
    size_t best = SIZE_MAX;
    for (size_t a = 0; a < 3; a++)
        for (size_t b = 0; b < 3; b++) {
            const size_t h = 2 * i + a - c->padded, w = 2 * j + b - c->padded;
            if (h >= c->h || w >= c->w) continue;
            if (best == SIZE_MAX || plane[h * c->w + w] > plane[best]) best = h * c->w + w;
        }
    return best;
}

static void check_case(const pool_case *c, size_t block, bool training)
{
    rn_engine *engine = make_engine(block);
    rn_pooling *pooling = NULL;
    const rn_pooling_settings settings = {.n = N,
                                          .channels = CHANNELS,
                                          .in_h = c->h,
                                          .in_w = c->w,
                                          .padded = c->padded,
                                          .training = training};
    const size_t out_h = rn_pooling_out_size(c->h, c->padded);
    const size_t out_w = rn_pooling_out_size(c->w, c->padded);
    const size_t in = c->h * c->w, out = out_h * out_w, planes = N * CHANNELS;
    const rn_activation_shape x_shape = {CHANNELS, in, block}, y_shape = {CHANNELS, out, block};
    /* all below zero, so that padding with zeros would show */
    float *x = draw_floats(planes * in, 1, -2, -1), *dy = draw_floats(planes * out, 2, -1, 1);
    double *want = make_doubles(planes * out), *want_dx = make_doubles(planes * in);
    for (size_t p = 0; p < planes; p++)
        for (size_t i = 0; i < out; i++) {
            const size_t best = find_largest(c, x + p * in, i / out_w, i % out_w);
            want[p * out + i] = (double)x[p * in + best];
            want_dx[p * in + best] += (double)dy[p * out + i];
        }
    assert_ok(rn_pooling_create(&pooling, engine, &settings));
    assert_int_equal(rn_pooling_get_winners_size(pooling) > 0, training);
    void *winners = rn_alloc(rn_pooling_get_winners_size(pooling), 1);
    void *scratch = rn_alloc(rn_pooling_get_scratch_size(pooling), 1);
    float *x_blocked = to_blocked(x, N, x_shape), *y_blocked = make_floats(planes * out);
    assert_ok(
        rn_pooling_forward(pooling, 0, x_blocked, y_blocked, training ? winners : NULL, scratch));
    float *y = to_plain(y_blocked, N, y_shape);
    assert_close("forward", y, want, planes * out, 0);
    if (training) {
        float *dy_blocked = to_blocked(dy, N, y_shape),
              *dx_blocked = draw_floats(planes * in, 3, 7, 8);
        assert_ok(rn_pooling_backward(pooling, 1, dx_blocked, dy_blocked, winners, scratch));
        float *dx = to_plain(dx_blocked, N, x_shape);
        assert_close("backward", dx, want_dx, planes * in, 1e-6);
        rn_free(dy_blocked);
        rn_free(dx_blocked);
        rn_free(dx);
    }
    void *const blocks[] = {x, dy, want, want_dx, winners, scratch, x_blocked, y_blocked, y};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) rn_free(blocks[i]);
    rn_pooling_free(pooling);
    rn_engine_free(engine);
}

static void matches_its_definition(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_CASES * N_BLOCKS; k++)
        for (int training = 0; training < 2; training++)
            check_case(&CASES[k / N_BLOCKS], BLOCKS[k % N_BLOCKS], training);
}

static void knows_its_sizes(void **state)
{
    (void)state;
    assert_int_equal(rn_pooling_out_size(112, true), 56);
    assert_int_equal(rn_pooling_out_size(112, false), 55);
    assert_int_equal(rn_pooling_out_size(113, true), 57);
    assert_int_equal(rn_pooling_out_size(113, false), 56);
    assert_int_equal(rn_pooling_out_size(16, true), 8);
    rn_pooling_free(NULL);
}

static void out_of_memory(void **state)
{
    (void)state;
    rn_engine *engine = make_engine(16);
    const rn_pooling_settings settings = {
        .n = N, .channels = CHANNELS, .in_h = 16, .in_w = 16, .padded = true, .training = true};
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status != RESNET_OK; k++) {
        rn_pooling *pooling = NULL;
        rn_mem_fail_at(k);
        status = rn_pooling_create(&pooling, engine, &settings);
        rn_mem_fail_at(0);
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
        rn_pooling_free(pooling);
    }
    rn_engine_free(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_its_definition),
        cmocka_unit_test(knows_its_sizes),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
