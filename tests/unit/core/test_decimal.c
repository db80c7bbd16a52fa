/* Numbers as text that no locale changes. SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/decimal.h"

static void sets_one_point_whatever_stood_there(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"0.5", "0.5"},
        {"0,5", "0.5"},
        {"  -12\xd9\xab"
         "25",
         "  -12.25"}, /* U+066B, two bytes */
        {"1\xe2\x80\xa4"
         "5e-07",
         "1.5e-07"}, /* three */
        {"1e+06", "1e+06"},
        {"-nan", "-nan"},
        {"inf", "inf"},
        {"7", "7"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char number[32];
        strcpy(number, CASES[i][0]);
        rn_decimal_set_point(number);
        assert_string_equal(number, CASES[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_one_point_whatever_stood_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
