/** What the model answers to pictures named on the command line, some at a time.
 *  SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_PICTURES_H
#define EXAMPLES_PICTURES_H

#include <resnet/error.h>
#include <stddef.h>

/** A picture; one that was not answered has an error. */
typedef struct picture {
    const char *path;
    char error[512]; /* "": the answer is there */
} picture;

/** Asks a session about the files paths [n], and writes the answers from number `first` on. */
typedef resnet_status (*picture_question)(void *user_data, const char *const *paths, size_t first,
                                          size_t n);

/** Asks about paths [n], and tells in pictures [n] which of them were not answered, since they
 *  cannot be read. Returns an exit status; EXIT_FAILED, which has been said, if it is not a
 *  picture's fault. */
int ask_about_pictures(picture *pictures, char **paths, size_t n, picture_question ask,
                       void *user_data);

#endif
