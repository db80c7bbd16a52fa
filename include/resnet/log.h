/** log.h: what the library has to say while it works. It writes to no stream of its own: a host
 *  that wants to hear passes a callback in the options of the handle it creates.
 *
 *      #include <resnet/trainer.h>
 *      #include <stdio.h>
 *      static void hear(void *user_data, int32_t level, const char *message)
 *      {
 *          (void)user_data;
 *          fprintf(stderr, "[%d] %s\n", (int)level, message);
 *      }
 *      int main(void)
 *      {
 *          resnet_trainer_options options;
 *          if (resnet_trainer_options_init(&options, sizeof options) != RESNET_OK) return 1;
 *          options.log = hear;
 *          return 0;
 *      }
 *
 *  SPDX-License-Identifier: MIT */
#ifndef RESNET_LOG_H
#define RESNET_LOG_H

#include <resnet/export.h>

#define RESNET_LOG_ERROR 0
#define RESNET_LOG_WARNING 1
#define RESNET_LOG_INFO 2
#define RESNET_LOG_DEBUG 3

RESNET_BEGIN_DECLS

/** Receives one formatted line without a newline. `level` is one of RESNET_LOG_*. May be called
 *  from any thread of the library, one call at a time per handle.  Since: 0.1 */
typedef void (*resnet_log_callback)(void *user_data, int32_t level, const char *message);

RESNET_END_DECLS

#endif
