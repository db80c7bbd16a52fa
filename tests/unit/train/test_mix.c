/* Mixup and CutMix: shares, rectangles, targets; the Beta distribution's moments.
 * SPDX-License-Identifier: MIT */
#include "golden.h"

#include "train/mix.h"

#define N 3
#define SIZE 8
#define COUNT (3 * SIZE * SIZE)

static void fill(float *images)
{
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < COUNT; j++) images[i * COUNT + j] = (float)(i + 1);
}

static void test_beta(void **state)
{
    (void)state;
    const double alphas[] = {0.2, 1, 3};
    for (size_t a = 0; a < 3; a++) {
        double sum = 0, squares = 0;
        const size_t n = 20000;
        rn_rng rng = rn_rng_make(1, RN_RNG_MIX, a, 0);
        for (size_t i = 0; i < n; i++) {
            const double x = rn_mix_draw_beta(&rng, alphas[a]);
            assert_true(x >= 0 && x <= 1);
            sum += x;
            squares += (x - 0.5) * (x - 0.5);
        }
        assert_near(sum / n, 0.5, 0.03, "mean");
        assert_near(squares / n, 1 / (4 * (2 * alphas[a] + 1)), 0.05, "variance");
    }
}

static void test_mixup(void **state)
{
    (void)state;
    static float images[N * COUNT], mixed[N * COUNT];
    fill(images);
    const rn_mix mix = {.own = 0.75};
    rn_mix_images(&mix, images, N, SIZE, SIZE, mixed);
    assert_true(mixed[0] == 0.75F * 1 + 0.25F * 3);
    assert_true(mixed[COUNT] == 0.75F * 2 + 0.25F * 1);
    assert_true(mixed[3 * COUNT - 1] == 0.75F * 3 + 0.25F * 2);
}

static void test_targets(void **state)
{
    (void)state;
    const uint32_t labels[N] = {2, 0, 0};
    float soft[N * 4];
    const rn_mix mix = {.own = 0.75};
    const float expected[N * 4] = {0.25F, 0, 0.75F, 0, 0.75F, 0, 0.25F, 0, 1, 0, 0, 0};
    rn_mix_targets(&mix, labels, N, 4, soft);
    assert_memory_equal(soft, expected, sizeof soft);
}

static void test_cutmix_share_is_the_area(void **state)
{
    (void)state;
    static float images[N * COUNT], mixed[N * COUNT];
    fill(images);
    const rn_mix_settings settings = {.cutmix_alpha = 1, .seed = 5};
    size_t n_partial = 0;
    for (uint64_t number = 0; number < 100; number++) {
        const rn_mix mix = rn_mix_draw(&settings, 3, number, SIZE, SIZE);
        assert_true(mix.cut);
        rn_mix_images(&mix, images, N, SIZE, SIZE, mixed);
        size_t n_own = 0;
        for (size_t i = 0; i < COUNT; i++) n_own += mixed[i] == images[i];
        assert_near((double)n_own / COUNT, mix.own, 1e-12, "share");
        n_partial += mix.own > 0 && mix.own < 1;
    }
    assert_true(n_partial > 50);
}

static void test_both_take_turns_and_repeat(void **state)
{
    (void)state;
    const rn_mix_settings settings = {.mixup_alpha = 0.4, .cutmix_alpha = 1, .seed = 5};
    size_t n_cut = 0;
    for (uint64_t number = 0; number < 200; number++) {
        const rn_mix mix = rn_mix_draw(&settings, 1, number, 32, 48);
        const rn_mix again = rn_mix_draw(&settings, 1, number, 32, 48);
        assert_true(mix.own == again.own && mix.cut == again.cut);
        n_cut += mix.cut;
    }
    assert_in_range(n_cut, 70, 130);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_beta),
        cmocka_unit_test(test_mixup),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_cutmix_share_is_the_area),
        cmocka_unit_test(test_both_take_turns_and_repeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
