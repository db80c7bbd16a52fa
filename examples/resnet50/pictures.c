/* SPDX-License-Identifier: MIT */
#include "pictures.h"

#include "parallel.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Folders get here that cannot be read, or have no pictures (picture_list.h). */
static void explain(picture *one)
{
    DIR *folder = opendir(one->path);
    const int is_closed = !folder && errno == EACCES;
    if (folder || is_closed)
        snprintf(one->error, sizeof one->error, "%s: %s", one->path,
                 folder ? "a folder without pictures" : strerror(EACCES));
    else
        snprintf(one->error, sizeof one->error, "%s", resnet_last_error());
    if (folder) closedir(folder);
}

static void load_picture(void *user_data, size_t index)
{
    picture *one = (picture *)user_data + index;
    if (resnet_image_load(&one->image, one->path, NULL) != RESNET_OK) explain(one);
}

void load_pictures(picture *pictures, char **paths, size_t n, size_t n_threads)
{
    for (size_t i = 0; i < n; i++) pictures[i] = (picture){.path = paths[i]};
    run_parallel(load_picture, pictures, n, n_threads);
}

void free_pictures(picture *pictures, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        resnet_image_free(pictures[i].image);
        pictures[i].image = NULL;
    }
}

size_t list_images(resnet_image **images, const picture *pictures, size_t n)
{
    size_t n_images = 0;
    for (size_t i = 0; i < n; i++)
        if (pictures[i].image) images[n_images++] = pictures[i].image;
    return n_images;
}
