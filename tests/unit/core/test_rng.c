/* Counter-based random numbers. Known values keep old runs and goldens reproducible: they are
 * SplitMix64 as Python's unbounded integers compute it. SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/rng.h"

static void known_values(void **state)
{
    (void)state;
    rn_rng zero = rn_rng_make(0, RN_RNG_INIT, 0, 0);
    rn_rng other = rn_rng_make(42, RN_RNG_DROPOUT, 7, 123456789);
    assert_true(rn_rng_u64(&zero) == UINT64_C(0x5b662e3ed46260ef));
    assert_true(rn_rng_u64(&zero) == UINT64_C(0x7b4841cbabd672c6));
    assert_true(rn_rng_u64(&other) == UINT64_C(0x1a8281c08191cc67));
    assert_true(rn_rng_u64(&other) == UINT64_C(0x5f4d616e3ca06625));
}

static void streams_differ(void **state)
{
    (void)state;
    const rn_rng streams[] = {
        rn_rng_make(0, RN_RNG_INIT, 0, 0),    rn_rng_make(1, RN_RNG_INIT, 0, 0),
        rn_rng_make(0, RN_RNG_SHUFFLE, 0, 0), rn_rng_make(0, RN_RNG_INIT, 1, 0),
        rn_rng_make(0, RN_RNG_INIT, 0, 1),    rn_rng_make(0, RN_RNG_INIT, 1, 1),
    };
    const size_t n_streams = sizeof streams / sizeof *streams;
    for (size_t i = 0; i < n_streams; i++)
        for (size_t k = 0; k < i; k++) {
            rn_rng a = streams[i], b = streams[k];
            assert_true(rn_rng_u64(&a) != rn_rng_u64(&b));
        }
}

static void a_copy_draws_the_same(void **state)
{
    (void)state;
    rn_rng a = rn_rng_make(5, RN_RNG_AUGMENT, 6, 7);
    (void)rn_rng_u64(&a);
    rn_rng b = a;
    assert_true(rn_rng_normal(&a) == rn_rng_normal(&b));
    assert_true(rn_rng_below(&a, 10) == rn_rng_below(&b, 10));
}

/* Chi-squared over 16 cells with 15 degrees of freedom: above 45 once in 10,000. */
static void uniform_is_flat(void **state)
{
    (void)state;
    const size_t n = 160000;
    for (uint64_t stream = 0; stream < 4; stream++) {
        rn_rng rng = rn_rng_make(1, RN_RNG_SAMPLE, stream, 0);
        double counts[16] = {0}, chi_squared = 0;
        for (size_t i = 0; i < n; i++) {
            const double u = rn_rng_uniform(&rng);
            assert_true(u >= 0 && u < 1);
            counts[(size_t)(u * 16)]++;
        }
        for (size_t c = 0; c < 16; c++)
            chi_squared += (counts[c] - n / 16.0) * (counts[c] - n / 16.0) / (n / 16.0);
        assert_true(chi_squared < 45);
    }
}

static void below_reaches_all_and_no_more(void **state)
{
    (void)state;
    rn_rng rng = rn_rng_make(2, RN_RNG_SAMPLE, 0, 0);
    size_t counts[7] = {0};
    for (size_t i = 0; i < 7000; i++) counts[rn_rng_below(&rng, 7)]++;
    for (size_t c = 0; c < 7; c++) assert_in_range(counts[c], 850, 1150);
    for (size_t i = 0; i < 100; i++) assert_int_equal(rn_rng_below(&rng, 1), 0);
    const uint64_t large = (UINT64_C(1) << 63) + 1;
    for (size_t i = 0; i < 1000; i++) assert_true(rn_rng_below(&rng, large) < large);
}

static void normal_has_its_moments(void **state)
{
    (void)state;
    const size_t n = 200000;
    double sums[4] = {0};
    rn_rng rng = rn_rng_make(3, RN_RNG_INIT, 0, 0);
    for (size_t i = 0; i < n; i++) {
        const double x = rn_rng_normal(&rng);
        assert_true(isfinite(x));
        for (int p = 1; p <= 4; p++) sums[p - 1] += pow(x, p) / (double)n;
    }
    assert_true(fabs(sums[0]) < 0.01);
    assert_true(fabs(sums[1] - 1) < 0.02);
    assert_true(fabs(sums[2]) < 0.04);
    assert_true(fabs(sums[3] - 3) < 0.1);
}

static void shuffles(void **state)
{
    (void)state;
    enum { COUNT = 10 };
    double position_sum[COUNT] = {0};
    for (uint64_t round = 0; round < 2000; round++) {
        uint64_t indices[COUNT];
        bool seen[COUNT] = {false};
        for (uint64_t i = 0; i < COUNT; i++) indices[i] = i;
        rn_rng rng = rn_rng_make(4, RN_RNG_SHUFFLE, round, 0);
        rn_rng_shuffle(&rng, indices, COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            assert_false(seen[indices[i]]);
            seen[indices[i]] = true;
            position_sum[indices[i]] += (double)i / 2000;
        }
    }
    for (size_t i = 0; i < COUNT; i++) assert_true(fabs(position_sum[i] - 4.5) < 0.3);
    rn_rng rng = rn_rng_make(4, RN_RNG_SHUFFLE, 0, 0);
    uint64_t one = 77;
    rn_rng_shuffle(&rng, &one, 1);
    rn_rng_shuffle(&rng, NULL, 0);
    assert_int_equal(one, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(streams_differ),
        cmocka_unit_test(a_copy_draws_the_same),
        cmocka_unit_test(uniform_is_flat),
        cmocka_unit_test(below_reaches_all_and_no_more),
        cmocka_unit_test(normal_has_its_moments),
        cmocka_unit_test(shuffles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
