/* Text from elsewhere. SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/log.h"
#include "core/utf8.h"

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
    for (size_t i = 0; i < sizeof GOOD / sizeof GOOD[0]; i++)
        assert_true(rn_utf8_is_valid(GOOD[i]));
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) assert_false(rn_utf8_is_valid(BAD[i]));
}

static void measures_characters(void **state)
{
    (void)state;
    assert_int_equal(rn_utf8_measure("a"), 1);
    assert_int_equal(rn_utf8_measure("\xc3\xa9"), 2);
    assert_int_equal(rn_utf8_measure("\xe2\x82\xac!"), 3);
    assert_int_equal(rn_utf8_measure("\xf0\x9f\x90\x95"), 4);
    assert_int_equal(rn_utf8_measure("\xe9"), 0);
}

static void prints_one_line(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"t\xc3\xbcr", "t\xc3\xbcr"},
        {"a\nb\r\tc", "a\\x0ab\\x0d\\x09c"},
        {"\x1b[2J", "\\x1b[2J"},
        {"\x7f \xe9", "\\x7f \\xe9"},
        {"\xc2\x9b"
         "31m",
         "\\xc2\\x9b31m"}, /* a terminal's CSI in one character */
        {"\xe2\x80\xae"
         "gpj",
         "\\xe2\\x80\\xaegpj"},              /* writes from right to left */
        {"\xe2\x80\xa8", "\\xe2\\x80\\xa8"}, /* a separator of lines */
        {"C:\\x", "C:\\x"},
    };
    char out[64];
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        assert_string_equal(rn_utf8_print(out, sizeof out, CASES[i][0]), CASES[i][1]);
}

static void cuts_between_characters(void **state)
{
    (void)state;
    char out[64];
    for (size_t size = 1; size < 16; size++) {
        memset(out, '#', sizeof out);
        rn_utf8_print(out, size, "\x01\xe2\x82\xac\x03\xf0\x9f\x90\x95");
        assert_true(strlen(out) < size);
        assert_int_equal(out[size], '#');
        assert_true(rn_utf8_is_valid(out));
        assert_true(strlen(out) % 4 == 0 ||
                    strlen(out) % 4 == 3); /* \xNN whole, or with the euro */
    }
}

static void keep_line(void *user_data, int32_t level, const char *message)
{
    (void)level;
    snprintf(user_data, 64, "%s", message);
}

static void messages_and_logs_are_one_line(void **state)
{
    (void)state;
    char line[64] = "";
    const rn_log log = {keep_line, line};
    (void)rn_fail(RESNET_E_FORMAT, "class \"%s\"", "cat\n\x1b[31m");
    assert_string_equal(resnet_last_error(), "class \"cat\\x0a\\x1b[31m\"");
    (void)rn_fail_in(RESNET_E_FORMAT, "a\nb.h5");
    assert_string_equal(resnet_last_error(), "a\\x0ab.h5: class \"cat\\x0a\\x1b[31m\"");
    rn_error_set_message("one\ntwo");
    assert_string_equal(resnet_last_error(), "one\\x0atwo");
    rn_log_line(&log, RESNET_LOG_INFO, "%s", "x\ny");
    assert_string_equal(line, "x\\x0ay");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_utf8),
        cmocka_unit_test(measures_characters),
        cmocka_unit_test(prints_one_line),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(messages_and_logs_are_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
