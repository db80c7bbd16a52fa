/* SPDX-License-Identifier: MIT */
#include "core/log.h"

#include <stdarg.h>
#include <stdio.h>

void rn_log_line(const rn_log *log, int32_t level, const char *format, ...)
{
    if (!log->callback) return;
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    log->callback(log->user_data, level, line);
}
