/* The growing text. SPDX-License-Identifier: MIT */
#include "golden_case.h"

#include "core/mem.h"
#include "metrics/text_buffer.h"

#include <locale.h>

static void check(rn_text *text, const char *expected)
{
    rn_text_add_bytes(text, "", 1);
    assert_ok(text->status);
    assert_string_equal(text->bytes, expected);
    rn_text_close(text);
}

static void cleans_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *given, *clean;
        size_t characters;
    } cases[] = {
        {"", "", 0},
        {"cat", "cat", 3},
        {"t\xc3\xbc", "t\xc3\xbc", 2},
        {"\xe2\x82\xac\xf0\x9f\x90\x95", "\xe2\x82\xac\xf0\x9f\x90\x95", 2},
        {"a\xffz", "a\xef\xbf\xbdz", 3},
        {"\xc3", "\xef\xbf\xbd", 1},
        {"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd", 2},
        {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd", 2},                                 /* overlong */
        {"\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 3},                 /* overlong */
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 3},                 /* surrogate */
        {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 4}, /* too high */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rn_text text = {0};
        assert_int_equal(rn_text_count_characters(cases[i].given), cases[i].characters);
        rn_text_add_padded(&text, cases[i].given, 0);
        check(&text, cases[i].clean);
    }
}

static void pads_by_characters(void **state)
{
    (void)state;
    rn_text text = {0};
    rn_text_add_padded(&text, "t\xc3\xbc", 4);
    rn_text_add_padded(&text, "longer", 4);
    check(&text, "  t\xc3\xbclonger");
}

static void escapes_html(void **state)
{
    (void)state;
    rn_text text = {0};
    rn_text_add_html(&text, "<b class=\"x\">'&'\xff");
    check(&text, "&lt;b class=&quot;x&quot;&gt;&#39;&amp;&#39;\xef\xbf\xbd");
}

static void writes_base64(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"}; /* RFC 4648, chapter 10 */
    for (size_t size = 0; size <= 6; size++) {
        rn_text text = {0};
        rn_text_add_base64(&text, "foobar", size);
        check(&text, expected[size]);
    }
    rn_text text = {0};
    rn_text_add_base64(&text, "\xff\xfe\xfb\x00\xff", 5);
    check(&text, "//77AP8=");
}

static void writes_numbers_alike_everywhere(void **state)
{
    (void)state;
    setlocale(LC_ALL, "de_DE.UTF-8"); /* whether there is one or not */
    rn_text text = {0};
    rn_text_add_fixed(&text, 0.125, 9, 2);
    rn_text_add_fixed(&text, -1234567.5, 0, 1);
    rn_text_add_fixed(&text, 2, 4, 0);
    rn_text_add_fixed(&text, NAN, 5, 1);
    setlocale(LC_ALL, "C");
    check(&text, "     0.12-1234567.5   2  nan");
}

static void remembers_running_out_of_memory(void **state)
{
    (void)state;
    rn_text text = {0};
    rn_text_add(&text, "kept");
    rn_mem_fail_at(1);
    for (int i = 0; i < 1000; i++) rn_text_format(&text, "%d ", i);
    rn_mem_fail_at(0);
    assert_int_equal(text.status, RESNET_E_NOMEM);
    assert_memory_equal(text.bytes, "kept", 4);
    rn_text_close(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cleans_utf8),
        cmocka_unit_test(pads_by_characters),
        cmocka_unit_test(escapes_html),
        cmocka_unit_test(writes_base64),
        cmocka_unit_test(writes_numbers_alike_everywhere),
        cmocka_unit_test(remembers_running_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
