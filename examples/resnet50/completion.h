/** What completes the program's command line in a shell, from the tables that --help prints.
 *  SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_COMPLETION_H
#define EXAMPLES_COMPLETION_H

#include "arguments.h"

/** Prints the script for "bash", "zsh" or "fish"; NULL ends the commands. Returns an exit status and
 *  has said what is wrong. */
int print_completion(const char *shell, const command *const commands[]);

#endif
