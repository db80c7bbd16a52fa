/* Draws a small picture set to try training on: shapes on busy grounds, JPEG and PNG mixed.
 *
 *      draw-shapes FOLDER [TRAIN-PER-CLASS [VAL-PER-CLASS]]
 *
 * makes FOLDER/train/CLASS, FOLDER/val/CLASS and FOLDER/unseen, the last with one picture a class
 * that is neither learnt from nor measured on. The same numbers give the same pictures.
 * SPDX-License-Identifier: MIT */
#include "canvas.h"
#include "shape.h"
#include "write_jpeg.h"

#include <resnet/image.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_SIDE 112
#define MIN_SIDE 80

static int fail(const char *path, const char *reason)
{
    fprintf(stderr, "draw-shapes: %s: %s\n", path, reason);
    return 1;
}

static int make_folder(const char *path)
{
    return mkdir(path, 0777) && errno != EEXIST ? fail(path, strerror(errno)) : 0;
}

static int write_png(const canvas *picture, const char *path)
{
    resnet_image *image = NULL;
    resnet_status status =
        resnet_image_from_pixels(&image, picture->pixels, (size_t)picture->width,
                                 (size_t)picture->height, 0, RESNET_PIXELS_RGB, NULL);
    if (status == RESNET_OK) status = resnet_image_save_png(image, path);
    resnet_image_free(image);
    return status == RESNET_OK ? 0 : fail(path, resnet_last_error());
}

/* Picture `number` of a class; `part` keeps the random numbers of the folders apart. */
static int draw(const char *stem, int shape, int part, int number)
{
    static uint8_t pixels[MAX_SIDE * MAX_SIDE * 3];
    char path[PATH_MAX];
    dice random = {.state = ((uint64_t)part * N_SHAPES + (uint64_t)shape) << 32 | (uint64_t)number};
    canvas picture = {.width = MIN_SIDE + roll_below(&random, MAX_SIDE - MIN_SIDE),
                      .height = MIN_SIDE + roll_below(&random, MAX_SIDE - MIN_SIDE),
                      .pixels = pixels};
    paint(&picture, shape, &random);
    const int is_png = number % 3 == 0;
    snprintf(path, sizeof path, "%s.%s", stem, is_png ? "png" : "jpg");
    if (is_png) return write_png(&picture, path);
    return write_jpeg(&picture, path, 70 + roll_below(&random, 26)) ? fail(path, strerror(errno))
                                                                    : 0;
}

static int draw_class(const char *folder, int shape, int part, int n)
{
    char path[PATH_MAX / 2], stem[PATH_MAX - 16];
    snprintf(path, sizeof path, "%s/%s", folder, shape_name(shape));
    int status = make_folder(path);
    for (int i = 0; i < n && !status; i++) {
        snprintf(stem, sizeof stem, "%s/%s-%04d", path, shape_name(shape), i);
        status = draw(stem, shape, part, i);
    }
    return status;
}

static int draw_part(const char *folder, const char *name, int part, int n)
{
    char path[PATH_MAX / 4];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int status = make_folder(path);
    for (int shape = 0; shape < N_SHAPES && !status; shape++)
        status = draw_class(path, shape, part, n);
    return status;
}

static int draw_unseen(const char *folder, int part)
{
    char path[PATH_MAX / 4], stem[PATH_MAX - 16];
    snprintf(path, sizeof path, "%s/unseen", folder);
    int status = make_folder(path);
    for (int shape = 0; shape < N_SHAPES && !status; shape++) {
        snprintf(stem, sizeof stem, "%s/%s", path, shape_name(shape));
        status = draw(stem, shape, part, shape);
    }
    return status;
}

int main(int argc, char **argv)
{
    const int n_train = argc > 2 ? atoi(argv[2]) : 200;
    const int n_val = argc > 3 ? atoi(argv[3]) : 50;
    if (argc < 2 || argc > 4 || n_train < 1 || n_val < 1 || argv[1][0] == '-') {
        fprintf(stderr, "usage: draw-shapes FOLDER [TRAIN-PER-CLASS [VAL-PER-CLASS]]\n");
        return 2;
    }
    return make_folder(argv[1]) || draw_part(argv[1], "train", 0, n_train) ||
           draw_part(argv[1], "val", 1, n_val) || draw_unseen(argv[1], 2);
}
