/** cancel.h: how one thread asks another's long call to stop.
 *
 *      #include <resnet/resnet.h>
 *      #include <signal.h>
 *      static resnet_cancel_token *token;
 *      static void interrupt(int number)
 *      {
 *          (void)number;
 *          resnet_cancel_token_cancel(token);
 *      }
 *      int main(void)
 *      {
 *          resnet_evaluate_options options;
 *          if (resnet_cancel_token_create(&token) != RESNET_OK ||
 *              resnet_evaluate_options_init(&options, sizeof options) != RESNET_OK) return 1;
 *          options.cancel = token;
 *          signal(SIGINT, interrupt);
 *          resnet_cancel_token_free(token);
 *          return 0;
 *      }
 *
 *  SPDX-License-Identifier: MIT */
#ifndef RESNET_CANCEL_H
#define RESNET_CANCEL_H

#include <resnet/error.h>
#include <resnet/export.h>

RESNET_BEGIN_DECLS

/** A wish to stop, once made seen by every call that was given the token, until it is taken back.
 *  Thread-safety: any-thread.  Since: 0.1 */
typedef struct resnet_cancel_token resnet_cancel_token;

/** One that is not cancelled. INVALID, NOMEM. Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_cancel_token_create(resnet_cancel_token **out);

/** Frees it; NULL is fine. Calls that were given it must have returned.  Since: 0.1 */
RESNET_API void resnet_cancel_token_free(resnet_cancel_token *token);

/** Calls that are given the token return CANCELLED soon; NULL is fine.
 *  Thread-safety: any-thread, also a signal handler.  Since: 0.1 */
RESNET_API void resnet_cancel_token_cancel(resnet_cancel_token *token);

/** Makes it as new. Thread-safety: any-thread, also a signal handler.  Since: 0.1 */
RESNET_API void resnet_cancel_token_reset(resnet_cancel_token *token);

/** 1 or 0; 0 for NULL. Thread-safety: any-thread, also a signal handler.  Since: 0.1 */
RESNET_API int32_t resnet_cancel_token_is_cancelled(const resnet_cancel_token *token);

RESNET_END_DECLS

#endif
