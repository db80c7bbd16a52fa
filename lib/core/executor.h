/** The caller's executor, checked. SPDX-License-Identifier: MIT */
#ifndef RN_CORE_EXECUTOR_H
#define RN_CORE_EXECUTOR_H

#include "core/error.h"

#include <resnet/executor.h>

/** `run` is NULL for NULL. INVALID. */
resnet_status rn_executor_read(resnet_executor *out, const resnet_executor *theirs);

#endif
