/** What a host's callback answers, brought to the library's terms. Every callback that may fail or
 *  stop the work is called between these two:
 *      const rn_callback call = rn_callback_begin();
 *      const resnet_status status = rn_callback_end(&call, read(user_data, &image, index), "...");
 *  SPDX-License-Identifier: MIT */
#ifndef RN_CORE_CALLBACK_H
#define RN_CORE_CALLBACK_H

#include "core/error.h"

typedef struct rn_callback {
    uint64_t n_messages; /* of this thread, before the call */
} rn_callback;

rn_callback rn_callback_begin(void);

/** For callbacks that return a status: one of the documented ones passes, any other becomes
 *  INVALID. The message is what the callback left, by resnet_set_error() or by a call of the
 * library that failed in it; if nothing, that `who` returned that status. */
resnet_status rn_callback_end(const rn_callback *call, resnet_status returned, const char *who);

/** For callbacks that return non-zero to stop: OK for 0; else what resnet_set_error() was told in
 *  it, with its message; else CANCELLED with the message of `format`. */
resnet_status rn_callback_stop(const rn_callback *call, int32_t returned, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** For callbacks that return no status: what resnet_set_error() was told in it, or OK. */
resnet_status rn_callback_get_error(const rn_callback *call);

#endif
