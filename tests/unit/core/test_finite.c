/* Numbers that are numbers. SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/finite.h"

#include <float.h>
#include <math.h>

static void finds_one_wherever_it_is(void **state)
{
    (void)state;
    static const float BAD[] = {NAN, -NAN, INFINITY, -INFINITY};
    float values[67];
    for (size_t n = 0; n < 67; n++) values[n] = n % 2 ? FLT_MAX : -FLT_MIN / 2;
    for (size_t n = 0; n <= 67; n++) assert_true(rn_all_finite(values, n));
    for (size_t at = 0; at < 67; at++)
        for (size_t b = 0; b < 4; b++) {
            const float kept = values[at];
            values[at] = BAD[b];
            assert_false(rn_all_finite(values, 67));
            assert_true(rn_all_finite(values, at));
            values[at] = kept;
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_one_wherever_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
