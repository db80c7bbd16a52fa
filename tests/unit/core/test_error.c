/* Messages of the calling thread. SPDX-License-Identifier: MIT */
#include "../check.h"

#include <pthread.h>

static void keeps_the_last_message(void **state)
{
    (void)state;
    assert_int_equal(rn_fail(RESNET_E_SHAPE, "%s has %d", "fc", 3), RESNET_E_SHAPE);
    assert_string_equal(resnet_last_error(), "fc has 3");
    assert_int_equal(rn_fail_in(RESNET_E_IO, "a.h5"), RESNET_E_IO);
    assert_string_equal(resnet_last_error(), "a.h5: fc has 3");
}

static void may_quote_itself(void **state)
{
    (void)state;
    rn_error_set_message("inner");
    (void)rn_fail(RESNET_E_IO, "outer %s", resnet_last_error());
    assert_string_equal(resnet_last_error(), "outer inner");
    rn_error_set_message(resnet_last_error());
    assert_string_equal(resnet_last_error(), "outer inner");
}

static void cuts_what_is_too_long(void **state)
{
    (void)state;
    char text[5000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)rn_fail(RESNET_E_IO, "%s", text);
    const size_t length = strlen(resnet_last_error());
    assert_in_range(length, 500, sizeof text - 2);
    for (int i = 0; i < 5; i++) (void)rn_fail_in(RESNET_E_IO, text);
    assert_int_equal(strlen(resnet_last_error()), length);
}

static void *fail_elsewhere(void *unused)
{
    (void)unused;
    const bool empty = resnet_last_error()[0] == '\0';
    (void)rn_fail(RESNET_E_IO, "elsewhere");
    return empty && strcmp(resnet_last_error(), "elsewhere") == 0 ? "fine" : NULL;
}

static void threads_have_their_own(void **state)
{
    (void)state;
    pthread_t thread;
    void *result = NULL;
    rn_error_set_message("here");
    assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_non_null(result);
    assert_string_equal(resnet_last_error(), "here");
}

static void every_status_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(resnet_status_name(RESNET_OK), "RESNET_OK");
    assert_string_equal(resnet_status_name(RESNET_E_INVALID), "RESNET_E_INVALID");
    assert_string_equal(resnet_status_name(RESNET_E_INTERNAL), "RESNET_E_INTERNAL");
    assert_string_equal(resnet_status_name(RESNET_E_NOT_FOUND), "RESNET_E_NOT_FOUND");
    assert_int_equal(RESNET_E_NOT_FOUND, -11); /* numbers are for ever */
    const resnet_status strangers[] = {1, 77, RESNET_E_NOT_FOUND - 1, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        assert_non_null(resnet_status_name(strangers[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_last_message),  cmocka_unit_test(may_quote_itself),
        cmocka_unit_test(cuts_what_is_too_long),   cmocka_unit_test(threads_have_their_own),
        cmocka_unit_test(every_status_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
