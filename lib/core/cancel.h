/** A flag that another thread sets to have work stop. SPDX-License-Identifier: MIT */
#ifndef RN_CORE_CANCEL_H
#define RN_CORE_CANCEL_H

#include "core/error.h"

#include <stdatomic.h>

/** CANCELLED if the flag is there (NULL: never) and set. */
static inline resnet_status rn_cancel_check(const atomic_bool *cancelled)
{
    if (!cancelled || !atomic_load(cancelled)) return RESNET_OK;
    return rn_fail(RESNET_E_CANCELLED, "the run was cancelled");
}

#endif
