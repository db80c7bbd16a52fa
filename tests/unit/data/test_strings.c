/* Lists of strings and what text may be. SPDX-License-Identifier: MIT */
#include "check.h"

#include "core/mem.h"
#include "data/strings.h"

#include <stdint.h>

#include <string.h>

static void keeps_sorts_and_finds(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"b", "", "a\xff", "a", "ab", "B"};
    static const char *const SORTED[] = {"", "B", "a", "ab", "a\xff", "b"};
    rn_strings strings = {0};
    for (size_t i = 0; i < 6; i++) assert_ok(rn_strings_add(&strings, TEXTS[i], strlen(TEXTS[i])));
    rn_strings_sort(&strings);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(rn_strings_get(&strings, i), SORTED[i]);
        assert_int_equal(rn_strings_find_sorted(&strings, SORTED[i]), i);
    }
    assert_int_equal(rn_strings_find_sorted(&strings, "aa"), 6);
    rn_strings_empty(&strings);
    assert_int_equal(strings.n, 0);
    assert_int_equal(rn_strings_find_sorted(&strings, ""), 0);
    rn_strings_clear(&strings);
}

static void a_failed_add_changes_nothing(void **state)
{
    (void)state;
    rn_strings strings = {0};
    assert_ok(rn_strings_add(&strings, "one", 3));
    static char large[1000];
    memset(large, 'x', sizeof large);
    rn_mem_fail_at(1);
    assert_int_equal(rn_strings_add(&strings, large, sizeof large), RESNET_E_NOMEM);
    rn_mem_fail_at(0);
    assert_int_equal(strings.n, 1);
    assert_string_equal(rn_strings_get(&strings, 0), "one");
    rn_strings_clear(&strings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_sorts_and_finds),
        cmocka_unit_test(a_failed_add_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
