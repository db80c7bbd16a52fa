/* Lists of strings and what text may be. SPDX-License-Identifier: MIT */
#include "core/mem.h"
#include "data/strings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void keeps_sorts_and_finds(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"b", "", "a\xff", "a", "ab", "B"};
    static const char *const SORTED[] = {"", "B", "a", "ab", "a\xff", "b"};
    rn_strings strings = {0};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(rn_strings_add(&strings, TEXTS[i], strlen(TEXTS[i])), RESNET_OK);
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
    assert_int_equal(rn_strings_add(&strings, "one", 3), RESNET_OK);
    static char large[1000];
    memset(large, 'x', sizeof large);
    rn_mem_fail_at(1);
    assert_int_equal(rn_strings_add(&strings, large, sizeof large), RESNET_E_NOMEM);
    rn_mem_fail_at(0);
    assert_int_equal(strings.n, 1);
    assert_string_equal(rn_strings_get(&strings, 0), "one");
    rn_strings_clear(&strings);
}

static void knows_utf8(void **state)
{
    (void)state;
    static const char *const GOOD[] = {"",
                                       "plain",
                                       "caf\xc3\xa9",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const BAD[] = {
        "caf\xe9",          /* Latin-1 */
        "\x80",             /* begins in the middle */
        "\xc3",             /* ends in the middle */
        "\xe2\x82",         /* likewise */
        "\xc0\xaf",         /* overlong */
        "\xe0\x9f\xbf",     /* overlong */
        "\xf0\x8f\xbf\xbf", /* overlong */
        "\xed\xa0\x80",     /* a surrogate */
        "\xf4\x90\x80\x80", /* beyond U+10FFFF */
        "\xf8\x88\x80\x80\x80",
        "\xff",
    };
    for (size_t i = 0; i < sizeof GOOD / sizeof GOOD[0]; i++) assert_true(rn_text_is_utf8(GOOD[i]));
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) assert_false(rn_text_is_utf8(BAD[i]));
}

static void escapes_within_its_room(void **state)
{
    (void)state;
    char out[64];
    assert_string_equal(rn_text_escape(out, sizeof out, "a\xe9\n\x7f~"), "a\\xe9\\x0a\\x7f~");
    for (size_t size = 1; size < 12; size++) {
        memset(out, '#', sizeof out);
        rn_text_escape(out, size, "\x01\x02\x03");
        assert_true(strlen(out) < size);
        assert_int_equal(out[size], '#');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_sorts_and_finds),
        cmocka_unit_test(a_failed_add_changes_nothing),
        cmocka_unit_test(knows_utf8),
        cmocka_unit_test(escapes_within_its_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
