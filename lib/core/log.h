/** Formats a line and hands it to the host's callback. SPDX-License-Identifier: MIT */
#ifndef RN_CORE_LOG_H
#define RN_CORE_LOG_H

#include <resnet/log.h>

typedef struct rn_log {
    resnet_log_callback callback; /* NULL: silent */
    void *user_data;
} rn_log;

void rn_log_line(const rn_log *log, int32_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
