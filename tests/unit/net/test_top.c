/* The best k of a row against a plain sort. SPDX-License-Identifier: MIT */
#include "../draw.h"

#include "net/top.h"

#include <stdlib.h>

static const float *sorted_by;

static int compare(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    const bool x_is_number = !isnan(sorted_by[x]), y_is_number = !isnan(sorted_by[y]);
    if (x_is_number != y_is_number) return x_is_number ? -1 : 1;
    if (x_is_number && sorted_by[x] != sorted_by[y]) return sorted_by[x] > sorted_by[y] ? -1 : 1;
    return x < y ? -1 : x > y;
}

static void check_all_k(const float *logits, size_t n)
{
    int32_t *sorted = malloc(n * sizeof *sorted), *best = malloc(n * sizeof *best);
    assert_true(sorted && best);
    for (size_t i = 0; i < n; i++) sorted[i] = (int32_t)i;
    sorted_by = logits;
    qsort(sorted, n, sizeof *sorted, compare);
    for (size_t k = 1; k <= n; k++) {
        rn_top_choose(best, k, logits, n);
        assert_memory_equal(best, sorted, k * sizeof *best);
    }
    free(sorted);
    free(best);
}

static void equals_a_sort(void **state)
{
    (void)state;
    for (size_t n = 1; n < 40; n++) {
        float *logits = draw_floats(n, n, -2, 2);
        check_all_k(logits, n);
        for (size_t i = 0; i < n; i++) logits[i] = (float)round((double)logits[i]); /* many equal */
        check_all_k(logits, n);
        rn_free(logits);
    }
}

static void what_is_no_number_comes_last(void **state)
{
    (void)state;
    const float logits[6] = {NAN, 1, NAN, INFINITY, -INFINITY, 1}, none[4] = {NAN, NAN, NAN, NAN};
    check_all_k(logits, 6);
    check_all_k(none, 4);
}

/* An insertion into a sorted list would take 5e11 comparisons. */
static void all_of_a_million_take_no_time(void **state)
{
    (void)state;
    enum { N = 1000000 };
    float *logits = malloc(N * sizeof *logits);
    int32_t *best = malloc(N * sizeof *best);
    assert_true(logits && best);
    for (size_t i = 0; i < N; i++) logits[i] = (float)i;
    rn_top_choose(best, N, logits, N);
    for (size_t i = 0; i < N; i++) assert_int_equal(best[i], N - 1 - i);
    free(logits);
    free(best);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_a_sort),
        cmocka_unit_test(what_is_no_number_comes_last),
        cmocka_unit_test(all_of_a_million_take_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
