/* One value a channel, average or largest, and back. SPDX-License-Identifier: MIT */
#include "blocks.h"

#include "dnn/global_pool.h"

#define N 3
#define CHANNELS 48

static void matches_its_definition(void **state)
{
    (void)state;
    const size_t pixel_counts[] = {1, 2, 49};
    for (size_t k = 0; k < 3 * N_BLOCKS * 2; k++) {
        const bool max = k % 2;
        const size_t pixels = pixel_counts[k / 2 % 3], block = BLOCKS[k / 6];
        const size_t count = N * CHANNELS * pixels;
        const rn_activation_shape shape = {CHANNELS, pixels, block};
        const rn_batchnorm_shape pool = {N, CHANNELS, pixels, block};
        float *x = draw_floats(count, 1, -2, -1), *dy = draw_floats(N * CHANNELS, 2, -1, 1);
        double want[N * CHANNELS] = {0}, *want_dx = make_doubles(count);
        for (size_t lane = 0; lane < N * CHANNELS; lane++) {
            size_t best = 0;
            for (size_t p = 0; p < pixels; p++) {
                if (x[lane * pixels + p] > x[lane * pixels + best]) best = p;
                want[lane] += (double)x[lane * pixels + p] / (double)pixels;
                want_dx[lane * pixels + p] = max ? 0 : (double)dy[lane] / (double)pixels;
            }
            if (!max) continue;
            want[lane] = (double)x[lane * pixels + best];
            want_dx[lane * pixels + best] = (double)dy[lane];
        }
        float *blocked = to_blocked(x, N, shape), y[N * CHANNELS], *dx = make_floats(count);
        for (size_t i = 0; i < N * CHANNELS; i++) y[i] = 99;
        rn_global_pool_forward(&pool, max, 16, 32, blocked, y);
        for (size_t i = 0; i < N * CHANNELS; i++)
            assert_int_equal(y[i] == 99, i % CHANNELS < 16 || i % CHANNELS >= 32);
        rn_global_pool_forward(&pool, max, 0, 16, blocked, y);
        rn_global_pool_forward(&pool, max, 32, CHANNELS, blocked, y);
        assert_close("forward", y, want, N * CHANNELS, 1e-6);
        rn_global_pool_backward(&pool, max, blocked, dy, dx);
        float *plain = to_plain(dx, N, shape);
        assert_close("backward", plain, want_dx, count, 1e-6);
        rn_free(x);
        rn_free(dy);
        rn_free(want_dx);
        rn_free(blocked);
        rn_free(dx);
        rn_free(plain);
    }
}

static void the_first_of_equals_gets_the_gradient(void **state)
{
    (void)state;
    const rn_batchnorm_shape pool = {1, 1, 4, 1};
    const float x[4] = {1, 5, 5, 5}, dy = 3;
    float dx[4];
    rn_global_pool_backward(&pool, true, x, &dy, dx);
    assert_true(dx[0] == 0 && dx[1] == 3 && dx[2] == 0 && dx[3] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_its_definition),
        cmocka_unit_test(the_first_of_equals_gets_the_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
