/* The calling thread's last message. SPDX-License-Identifier: MIT */
#include "core/error.h"

#include "core/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_SIZE 1024

static _Thread_local char message[MESSAGE_SIZE];
static _Thread_local uint64_t n_messages;
static _Thread_local resnet_status host_status;

resnet_status rn_fail(resnet_status status, const char *format, ...)
{
    char text[MESSAGE_SIZE]; /* the arguments may point into the old message */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    rn_error_set_message(text);
    return status;
}

resnet_status rn_fail_in(resnet_status status, const char *prefix)
{
    return rn_fail(status, "%s: %s", prefix, message);
}

void rn_error_set_message(const char *text)
{
    char line[MESSAGE_SIZE]; /* the text may be the old message */
    memcpy(message, rn_utf8_print(line, sizeof line, text), sizeof message);
    n_messages++;
}

const char *resnet_last_error(void)
{
    return message;
}

uint64_t rn_error_count_messages(void)
{
    return n_messages;
}

resnet_status rn_error_get_host_status(void)
{
    return host_status;
}

void rn_error_set_host_status(resnet_status status)
{
    host_status = status;
}

resnet_status resnet_set_error(resnet_status status, const char *text)
{
    if (!rn_status_is_known(status) || status == RESNET_OK) status = RESNET_E_INVALID;
    host_status = status;
    return rn_fail(status, "%s", text && *text ? text : resnet_status_name(status));
}

static const char *const NAMES[] = {
    "RESNET_OK",          "RESNET_E_INVALID", "RESNET_E_NOMEM",       "RESNET_E_IO",
    "RESNET_E_FORMAT",    "RESNET_E_SHAPE",   "RESNET_E_UNSUPPORTED", "RESNET_E_STATE",
    "RESNET_E_CANCELLED", "RESNET_E_BACKEND", "RESNET_E_INTERNAL",    "RESNET_E_NOT_FOUND",
    "RESNET_E_BUSY",      "RESNET_E_TIMEOUT",
};

bool rn_status_is_known(resnet_status status)
{
    const int32_t count = (int32_t)(sizeof NAMES / sizeof NAMES[0]);
    return status <= 0 && status > -count;
}

const char *resnet_status_name(resnet_status status)
{
    return rn_status_is_known(status) ? NAMES[-status] : "unknown status";
}
