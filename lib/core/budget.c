/* SPDX-License-Identifier: MIT */
#include "core/budget.h"

#include <inttypes.h>

rn_budget rn_budget_make(uint64_t bytes)
{
    return (rn_budget){bytes, bytes};
}

resnet_status rn_budget_spend(rn_budget *budget, uint64_t bytes, const char *what)
{
    if (bytes <= budget->left) {
        budget->left -= bytes;
        return RESNET_OK;
    }
    budget->left = 0;
    return rn_fail(RESNET_E_UNSUPPORTED,
                   "%s: reading it would take more than the %" PRIu64 " bytes allowed", what,
                   budget->total);
}

resnet_status rn_budget_spend_array(rn_budget *budget, uint64_t count, uint64_t size,
                                    const char *what)
{
    uint64_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) bytes = UINT64_MAX;
    return rn_budget_spend(budget, bytes, what);
}
