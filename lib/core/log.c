/* SPDX-License-Identifier: MIT */
#include "core/log.h"

#include "core/utf8.h"

#include <stdarg.h>
#include <stdio.h>

void rn_log_line(const rn_log *log, int32_t level, const char *format, ...)
{
    if (!log->callback) return;
    char text[1024], line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    log->callback(log->user_data, level, rn_utf8_print(line, sizeof line, text));
}
