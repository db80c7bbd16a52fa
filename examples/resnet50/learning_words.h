/** The words of --freeze and --optimizer. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_LEARNING_WORDS_H
#define EXAMPLES_LEARNING_WORDS_H

#include "arguments.h"

extern const choice freeze_stages[];
extern const choice optimizers[];

#endif
