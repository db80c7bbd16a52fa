/** The program's commands, each in the file of its name. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_COMMANDS_H
#define EXAMPLES_COMMANDS_H

#include "arguments.h"

extern const command augment_preview_command;
extern const command bench_command;
extern const command classify_command;
extern const command convert_command;
extern const command embed_command;
extern const command evaluate_command;
extern const command info_command;
extern const command scan_command;
extern const command train_command;

#endif
