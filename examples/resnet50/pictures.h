/** Pictures named on the command line, decoded a handful at a time by several threads.
 *  SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_PICTURES_H
#define EXAMPLES_PICTURES_H

#include <resnet/image.h>
#include <stddef.h>

/** A picture; one that cannot be read has no image, but an error. */
typedef struct picture {
    const char *path;
    resnet_image *image; /* NULL on error */
    char error[512];
} picture;

/** Decodes the pictures at paths[0..n). */
void load_pictures(picture *pictures, char **paths, size_t n, size_t n_threads);
void free_pictures(picture *pictures, size_t n);

/** Collects the images that are there, and returns how many. */
size_t list_images(resnet_image **images, const picture *pictures, size_t n);

#endif
