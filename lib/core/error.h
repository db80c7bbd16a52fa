/** Failures inside the library: one line of fact and place, kept for the calling thread.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_CORE_ERROR_H
#define RN_CORE_ERROR_H

#include <resnet/error.h>
#include <stdbool.h>

/** Records the message for this thread and returns `status`. Call it once, where the cause is
 *  known; callers pass the code on with RN_TRY and leave the message alone. Text from files may be
 *  put in as it is: the line is made printable here (core/utf8.h). */
resnet_status rn_fail(resnet_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Puts "prefix: " before this thread's message; for callers that alone know the file's name. */
resnet_status rn_fail_in(resnet_status status, const char *prefix);

/** Carries a failure from a worker to the thread that waits for it. */
void rn_error_set_message(const char *message);

/** Whether `status` is one of the documented ones. */
bool rn_status_is_known(resnet_status status);
/** How many messages this thread has been given so far. */
uint64_t rn_error_count_messages(void);
/** What the host last told this thread by resnet_set_error(). */
resnet_status rn_error_get_host_status(void);
void rn_error_set_host_status(resnet_status status);

/** Leaves the enclosing function by its `done` label when `expr` fails; `status` holds the code. */
#define RN_TRY(expr)                                                                               \
    do {                                                                                           \
        status = (expr);                                                                           \
        if (status != RESNET_OK) goto done;                                                        \
    } while (0)

#endif
