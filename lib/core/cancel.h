/** A wish to stop, looked at between two pieces of work. SPDX-License-Identifier: MIT */
#ifndef RN_CORE_CANCEL_H
#define RN_CORE_CANCEL_H

#include "core/error.h"

#include <resnet/cancel.h>
#include <stdatomic.h>

struct resnet_cancel_token {
    atomic_bool is_cancelled;
};

/** CANCELLED if the token (NULL: none) is: "`what` was cancelled". */
resnet_status rn_cancel_check(const resnet_cancel_token *token, const char *what);

#endif
