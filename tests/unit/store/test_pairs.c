/* Texts under keys. SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/mem.h"
#include "store/pairs.h"

static void keeps_one_text_per_key_in_order(void **state)
{
    (void)state;
    rn_pairs pairs = {0}, copy = {0};
    assert_ok(rn_pairs_set(&pairs, "b", "2"));
    assert_ok(rn_pairs_set(&pairs, "c", "3"));
    assert_ok(rn_pairs_set(&pairs, "a", "1"));
    assert_ok(rn_pairs_set(&pairs, "b", "two"));
    assert_int_equal(pairs.count, 3);
    for (size_t i = 0; i < 3; i++) assert_int_equal(pairs.items[i].key[0], "abc"[i]);
    assert_string_equal(rn_pairs_get(&pairs, "b"), "two");
    assert_null(rn_pairs_get(&pairs, "d"));
    assert_ok(rn_pairs_copy(&copy, &pairs));
    assert_ok(rn_pairs_set(&pairs, "a", NULL));
    assert_ok(rn_pairs_set(&pairs, "a", NULL));
    assert_int_equal(pairs.count, 2);
    assert_string_equal(rn_pairs_get(&copy, "a"), "1");
    rn_pairs_clear(&copy);
    rn_pairs_clear(&pairs);
}

static void refuses_what_could_not_be_saved(void **state)
{
    (void)state;
    rn_pairs pairs = {0};
    char key[RN_PAIRS_MAX_KEY + 2], *value = rn_alloc(RN_PAIRS_MAX_VALUE + 2, 1);
    assert_non_null(value);
    memset(key, 'k', sizeof key);
    key[sizeof key - 1] = '\0';
    memset(value, 'v', RN_PAIRS_MAX_VALUE + 1);
    value[RN_PAIRS_MAX_VALUE + 1] = '\0';
    assert_fails(rn_pairs_set(&pairs, "", "x"), RESNET_E_INVALID, "empty");
    assert_fails(rn_pairs_set(&pairs, "\xff", "x"), RESNET_E_INVALID, "UTF-8");
    assert_fails(rn_pairs_set(&pairs, "k", "\xc3"), RESNET_E_INVALID, "k is not UTF-8");
    assert_fails(rn_pairs_set(&pairs, key, "x"), RESNET_E_INVALID, "256 bytes, above 255");
    assert_fails(rn_pairs_set(&pairs, "k", value), RESNET_E_INVALID, "above 1048576");
    for (int i = 0; i < RN_PAIRS_MAX; i++) {
        snprintf(key, sizeof key, "%d", i);
        assert_ok(rn_pairs_set(&pairs, key, ""));
    }
    assert_fails(rn_pairs_set(&pairs, "one more", ""), RESNET_E_INVALID, "more than 1024");
    assert_ok(rn_pairs_set(&pairs, "7", "seven"));
    assert_int_equal(pairs.count, RN_PAIRS_MAX);
    rn_pairs_clear(&pairs);
    rn_free(value);
}

static void a_failed_set_changes_nothing(void **state)
{
    (void)state;
    rn_pairs pairs = {0};
    assert_ok(rn_pairs_set(&pairs, "a", "1"));
    for (uint64_t k = 1; k <= 3; k++) {
        rn_mem_fail_at(k);
        assert_int_equal(rn_pairs_set(&pairs, "b", "2"), RESNET_E_NOMEM);
        rn_mem_fail_at(0);
        assert_int_equal(pairs.count, 1);
    }
    rn_mem_fail_at(2);
    assert_int_equal(rn_pairs_set(&pairs, "a", "2"), RESNET_E_NOMEM);
    rn_mem_fail_at(0);
    assert_string_equal(rn_pairs_get(&pairs, "a"), "1");
    rn_pairs_clear(&pairs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_one_text_per_key_in_order),
        cmocka_unit_test(refuses_what_could_not_be_saved),
        cmocka_unit_test(a_failed_set_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
