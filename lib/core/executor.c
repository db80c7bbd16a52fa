/* SPDX-License-Identifier: MIT */
#include "core/executor.h"

#include "core/options.h"

#define FIRST_SIZE 32 /* of the first release */

RN_ASSERT_ABI(resnet_executor, 32);

static const resnet_executor DEFAULTS = {.struct_size = sizeof(resnet_executor)};

resnet_status resnet_executor_init(resnet_executor *executor, size_t size)
{
    return rn_options_write(executor, size, &DEFAULTS, sizeof DEFAULTS, FIRST_SIZE,
                            "resnet_executor");
}

resnet_status rn_executor_read(resnet_executor *out, const resnet_executor *theirs)
{
    resnet_executor ours = DEFAULTS;
    const resnet_status status =
        rn_options_read(&ours, sizeof ours, FIRST_SIZE, theirs, "resnet_executor");
    if (status != RESNET_OK) return status;
    if (theirs && !ours.run) return rn_fail(RESNET_E_INVALID, "resnet_executor: run is NULL");
    if (ours.is_concurrent > 1 || ours.reserved)
        return rn_fail(RESNET_E_INVALID, "resnet_executor: is_concurrent is 0 or 1, reserved is 0");
    *out = ours;
    return RESNET_OK;
}
