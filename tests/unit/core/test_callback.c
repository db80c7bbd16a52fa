/* What a host's callback answers becomes a documented status with its cause.
 * SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/callback.h"

static void documented_statuses_pass(void **state)
{
    (void)state;
    for (resnet_status given = RESNET_E_INTERNAL; given < 0; given++) {
        (void)rn_fail(RESNET_E_IO, "an older failure");
        const rn_callback call = rn_callback_begin();
        assert_fails(rn_callback_end(&call, given, "the callback"), given,
                     resnet_status_name(given));
        assert_null(strstr(resnet_last_error(), "older"));
    }
    const rn_callback call = rn_callback_begin();
    assert_ok(rn_callback_end(&call, RESNET_OK, "the callback"));
}

static void other_numbers_become_a_documented_status(void **state)
{
    (void)state;
    const int32_t strangers[] = {1, 42, -99, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        const rn_callback call = rn_callback_begin();
        assert_fails(rn_callback_end(&call, strangers[i], "the callback"), RESNET_E_INVALID,
                     "which is no status");
    }
}

static void a_callback_says_why(void **state)
{
    (void)state;
    const rn_callback call = rn_callback_begin();
    const resnet_status given = resnet_set_error(RESNET_E_IO, "tape 7 is\nnot mounted");
    assert_int_equal(given, RESNET_E_IO);
    assert_fails(rn_callback_end(&call, given, "the callback"), RESNET_E_IO, "tape 7 is");
    assert_null(strchr(resnet_last_error(), '\n'));
    assert_int_equal(resnet_set_error(RESNET_OK, "no failure"), RESNET_E_INVALID);
    assert_int_equal(resnet_set_error(5, NULL), RESNET_E_INVALID);
    assert_string_equal(resnet_last_error(), "RESNET_E_INVALID");
}

static void stopping_keeps_its_cause(void **state)
{
    (void)state;
    rn_callback call = rn_callback_begin();
    assert_ok(rn_callback_stop(&call, 0, "stopped"));
    assert_fails(rn_callback_stop(&call, 1, "stopped at %d", 3), RESNET_E_CANCELLED,
                 "stopped at 3");
    call = rn_callback_begin();
    (void)rn_fail(RESNET_E_NOMEM, "a failure that the callback has dealt with");
    assert_fails(rn_callback_stop(&call, -1, "stopped"), RESNET_E_CANCELLED, "stopped");
    call = rn_callback_begin();
    (void)resnet_set_error(RESNET_E_STATE, "ValueError: no GPU");
    assert_fails(rn_callback_stop(&call, 1, "stopped"), RESNET_E_STATE, "ValueError: no GPU");
    call = rn_callback_begin(); /* what was said in an earlier call is past */
    assert_fails(rn_callback_stop(&call, 1, "stopped"), RESNET_E_CANCELLED, "stopped");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documented_statuses_pass),
        cmocka_unit_test(other_numbers_become_a_documented_status),
        cmocka_unit_test(a_callback_says_why),
        cmocka_unit_test(stopping_keeps_its_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
