/** Did you mean ...? The candidate that a mistyped word is nearest to.
 *  SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_SUGGESTION_H
#define EXAMPLES_SUGGESTION_H

#include <stddef.h>

typedef struct suggestion {
    const char *word, *best;
    size_t distance; /* of best */
    char question[64];
} suggestion;

suggestion suggestion_begin(const char *word);
void suggestion_offer(suggestion *self, const char *candidate);
/** "; did you mean BEST?", or "" if none is near enough. */
const char *suggestion_ask(suggestion *self);

#endif
