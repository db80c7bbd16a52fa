/** What options a command has, its own and the common ones, and what is told of each in its help, its
 *  manual page and a shell's completion. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_OPTION_TABLES_H
#define EXAMPLES_OPTION_TABLES_H

#include "arguments.h"

#define N_TABLES (MAX_OWN_TABLES + 4)

/** A walk over the options of a command. */
typedef struct option_walk {
    const option_row *tables[N_TABLES];
    size_t table, row;
} option_walk;

/** `for (option_walk walk = walk_options(command); (row = next_option(&walk));)` */
option_walk walk_options(const command *self);

/** The next option, the command's own ones first; NULL after the last. */
const option_row *next_option(option_walk *self);

/** The value an option has in the settings that hold the defaults, as text; "" where there is none,
 *  or where somebody else decides, which the option's help then says. */
#define MAX_DEFAULT 64
const char *default_text(char text[MAX_DEFAULT], const option_row *row, const void *settings);

/** Whether the option's argument is a file or a folder. */
int names_file(const option_row *row);

/** The i-th word that the option may be given; NULL after the last, and for other kinds. */
const char *option_word(const option_row *row, size_t i);

#endif
