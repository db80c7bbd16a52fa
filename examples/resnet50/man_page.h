/** Manual pages in man(7)'s language, from the tables that --help prints.
 *  SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_MAN_PAGE_H
#define EXAMPLES_MAN_PAGE_H

#include "arguments.h"

/** resnet50-COMMAND(1); the settings hold the defaults. */
void print_command_page(const command *self, const void *settings);

/** resnet50(1), which lists the commands; NULL ends them. */
void print_program_page(const command *const commands[]);

#endif
