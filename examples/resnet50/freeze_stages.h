/** The words of --freeze. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_FREEZE_STAGES_H
#define EXAMPLES_FREEZE_STAGES_H

#include "arguments.h"

extern const choice freeze_stages[];

#endif
