/** The pictures that operands name: files, folders of them with all below, and "-" for a list on
 *  standard input, a path a line. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_PICTURE_LIST_H
#define EXAMPLES_PICTURE_LIST_H

#include <stddef.h>

typedef struct picture_list {
    char **paths; /* [n], each to be freed */
    size_t n, capacity;
} picture_list;

/** In the order of the operands; a folder's in the order of their names, files that are called like
 *  no picture, hidden ones and links to other folders left out. A folder without pictures is in the
 * list itself, and turns out to be none. Returns an exit status, and has said if standard input
 * cannot be read. */
int picture_list_fill(picture_list *self, char **operands, size_t n);
void picture_list_free(picture_list *self);

#endif
