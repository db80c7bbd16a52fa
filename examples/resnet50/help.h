/** What --help prints. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_HELP_H
#define EXAMPLES_HELP_H

#include "arguments.h"

/** The settings hold the defaults. */
void print_help(const command *self, const void *settings);

#endif
