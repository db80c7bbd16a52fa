/* SPDX-License-Identifier: MIT */
#include "core/callback.h"

#include <stdarg.h>
#include <stdio.h>

#define LINE_SIZE 256

rn_callback rn_callback_begin(void)
{
    rn_error_set_host_status(RESNET_OK);
    return (rn_callback){rn_error_count_messages()};
}

resnet_status rn_callback_end(const rn_callback *call, resnet_status returned, const char *who)
{
    if (returned == RESNET_OK) return RESNET_OK;
    const bool is_known = rn_status_is_known(returned);
    const resnet_status status = is_known ? returned : RESNET_E_INVALID;
    if (rn_error_count_messages() != call->n_messages) return status;
    if (is_known) return rn_fail(status, "%s returned %s", who, resnet_status_name(returned));
    return rn_fail(status, "%s returned %d, which is no status", who, (int)returned);
}

resnet_status rn_callback_get_error(const rn_callback *call)
{
    return rn_error_count_messages() == call->n_messages ? RESNET_OK : rn_error_get_host_status();
}

resnet_status rn_callback_stop(const rn_callback *call, int32_t returned, const char *format, ...)
{
    if (returned == 0) return RESNET_OK;
    const resnet_status said = rn_callback_get_error(call);
    if (said != RESNET_OK) return said;
    char line[LINE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    return rn_fail(RESNET_E_CANCELLED, "%s", line);
}
