/* Sums by one tree are the same bits however the parts are shared out. SPDX-License-Identifier: MIT
 */
#include "../draw.h"

#include "core/tree.h"

#define MOST 70

/* Parts in place. */
static void add_in_place(void *context, rn_tree_node into, rn_tree_node from)
{
    float *parts = context;
    assert_int_equal(into.first + into.n, from.first);
    assert_true(from.n <= into.n);
    parts[into.first] += parts[from.first];
}

static float sum_in_place(const float *parts, size_t n)
{
    float own[MOST];
    memcpy(own, parts, n * sizeof *own);
    const rn_tree tree = {.context = own, .join = add_in_place};
    rn_tree_sum(&tree, n);
    return own[0];
}

/* Parts fetched into slots, `grain` at a time. */
typedef struct slots {
    const float *parts;
    size_t grain, n_slots, n_fetched;
    float values[8];
} slots;

static void fetch(void *context, rn_tree_node leaf)
{
    slots *s = context;
    assert_in_range(leaf.n, 1, s->grain);
    assert_int_equal(leaf.first, s->n_fetched); /* in order */
    assert_true(leaf.slot < s->n_slots);
    s->values[leaf.slot] = sum_in_place(s->parts + leaf.first, leaf.n);
    s->n_fetched += leaf.n;
}

static void add_slots(void *context, rn_tree_node into, rn_tree_node from)
{
    slots *s = context;
    s->values[into.slot] += s->values[from.slot];
}

static float sum_in_slots(const float *parts, size_t n, size_t grain)
{
    slots s = {.parts = parts, .grain = grain, .n_slots = rn_tree_count_slots(n)};
    const rn_tree tree = {&s, fetch, grain, add_slots};
    rn_tree_sum(&tree, n);
    assert_int_equal(s.n_fetched, n);
    return s.values[0];
}

static bool is_same(float a, float b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static void eight_parts_are_three_levels(void **state)
{
    (void)state;
    float *p = draw_floats(8, 1, -1, 1);
    const float want = ((p[0] + p[1]) + (p[2] + p[3])) + ((p[4] + p[5]) + (p[6] + p[7]));
    assert_true(is_same(sum_in_place(p, 8), want));
    assert_true(
        is_same(sum_in_place(p, 7), ((p[0] + p[1]) + (p[2] + p[3])) + ((p[4] + p[5]) + p[6])));
    assert_true(is_same(sum_in_place(p, 5), ((p[0] + p[1]) + (p[2] + p[3])) + p[4]));
    assert_true(is_same(sum_in_place(p, 1), p[0]));
    rn_free(p);
}

static void places_do_not_show(void **state)
{
    (void)state;
    float *parts = draw_floats(MOST, 2, -1, 1);
    for (size_t n = 1; n <= MOST; n++)
        for (size_t grain = 1; grain <= 8; grain *= 2)
            assert_true(is_same(sum_in_place(parts, n), sum_in_slots(parts, n, grain)));
    assert_int_equal(rn_tree_count_slots(1), 1);
    assert_int_equal(rn_tree_count_slots(2), 2);
    assert_int_equal(rn_tree_count_slots(5), 4);
    assert_int_equal(rn_tree_count_slots(64), 7);
    rn_free(parts);
}

/* Halves, quarters, ...: every rank sums its own block, and the ranks' sums are joined. */
static void ranks_do_not_show(void **state)
{
    (void)state;
    size_t n_other_orders = 0;
    for (size_t n = 1; n <= MOST; n++) {
        float *parts = draw_floats(n, 100 + n, -1, 1), one_by_one = parts[0];
        const float whole = sum_in_place(parts, n);
        for (size_t block = 1; block <= n; block *= 2) {
            float ranks[MOST];
            size_t n_ranks = 0;
            for (size_t first = 0; first < n; first += block)
                ranks[n_ranks++] =
                    sum_in_place(parts + first, first + block < n ? block : n - first);
            assert_true(is_same(sum_in_place(ranks, n_ranks), whole));
        }
        for (size_t i = 1; i < n; i++) one_by_one += parts[i];
        n_other_orders += !is_same(one_by_one, whole);
        rn_free(parts);
    }
    assert_true(n_other_orders > MOST / 2); /* the order does matter to these */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eight_parts_are_three_levels),
        cmocka_unit_test(places_do_not_show),
        cmocka_unit_test(ranks_do_not_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
