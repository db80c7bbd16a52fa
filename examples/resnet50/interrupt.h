/** Ctrl-C and its kin, heard as a wish to end what is at hand. A second one ends the program as
 *  ever. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_INTERRUPT_H
#define EXAMPLES_INTERRUPT_H

#include <resnet/trainer.h>

/** From now on SIGINT, SIGTERM and SIGHUP are heard, but for those that were ignored already: those
 *  stay so, as nohup and shells that start a job in the background mean it. They also cancel the
 *  trainer, unless it is NULL. */
void interrupt_catch(resnet_trainer *trainer);

/** From now on they end the program. */
void interrupt_release(void);

/** Whether one has come since they were first caught. */
int interrupt_came(void);

/** A resnet_progress_callback that cancels once one has come. */
int32_t interrupt_tell(void *user_data, const resnet_progress *now);

#endif
