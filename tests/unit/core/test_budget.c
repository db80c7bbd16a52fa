/* What reading one file may cost. SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/budget.h"

static void is_spent_once(void **state)
{
    (void)state;
    rn_budget budget = rn_budget_make(100);
    assert_ok(rn_budget_spend(&budget, 60, "header"));
    assert_ok(rn_budget_spend_array(&budget, 10, 4, "names"));
    assert_int_equal(budget.left, 0);
    assert_ok(rn_budget_spend(&budget, 0, "nothing"));
    assert_fails(rn_budget_spend(&budget, 1, "conv1.weight"), RESNET_E_UNSUPPORTED,
                 "conv1.weight: reading it would take more than the 100 bytes");
}

static void is_empty_after_too_much(void **state)
{
    (void)state;
    rn_budget budget = rn_budget_make(100);
    assert_fails(rn_budget_spend(&budget, 101, "a"), RESNET_E_UNSUPPORTED, "a");
    assert_fails(rn_budget_spend(&budget, 1, "b"), RESNET_E_UNSUPPORTED, "b");
}

static void does_not_wrap_around(void **state)
{
    (void)state;
    rn_budget budget = rn_budget_make(UINT64_MAX - 1);
    assert_fails(rn_budget_spend_array(&budget, UINT64_C(1) << 33, UINT64_C(1) << 33, "wide"),
                 RESNET_E_UNSUPPORTED, "wide");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_spent_once),
        cmocka_unit_test(is_empty_after_too_much),
        cmocka_unit_test(does_not_wrap_around),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
