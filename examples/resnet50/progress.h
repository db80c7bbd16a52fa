/** Training told as it goes: a live line on a terminal, a line an epoch elsewhere, both on standard
 *  error; and a history for the JSON document. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_PROGRESS_H
#define EXAMPLES_PROGRESS_H

#include <jansson.h>
#include <resnet/trainer.h>

typedef struct progress_teller {
    int is_terminal;
    double last_line;  /* when the live line was last drawn, in s */
    double last_epoch; /* when the last epoch ended, or the first began, in s */
    uint64_t n_steps;  /* done so far in this run */
    json_t *epochs;    /* grows by one object an epoch */
} progress_teller;

void progress_begin(progress_teller *self);

/** A resnet_progress_callback; user_data is a progress_teller. */
int32_t progress_tell(void *user_data, const resnet_progress *now);

/** Moves past the live line, before something else is said. */
void progress_end(const progress_teller *self);

#endif
