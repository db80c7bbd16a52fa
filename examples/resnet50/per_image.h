/** Each picture's label and prediction, as CSV, while the pictures are measured.
 *  SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_PER_IMAGE_H
#define EXAMPLES_PER_IMAGE_H

#include "measured.h"
#include "output_file.h"

#include <resnet/predict.h>

/** Zero, with the other two set, is a table that nobody asked for. */
typedef struct per_image {
    const measured *what;
    const resnet_model *model;
    output_file *file;
} per_image;

/** Opens the file, unless `path` is NULL. Returns an exit status and has said what is wrong. */
int per_image_open(per_image *self, const char *path);

/** A resnet_scores_callback, of a per_image: a line per picture: path, label, predicted, right (1 or
 *  0), probability of the prediction, probability of the label, learnt (1 or 0, empty where that is
 *  not known). */
int32_t per_image_write(void *self, const resnet_scores *scores);

/** Keeps the file or throws it away. Returns an exit status. */
int per_image_close(per_image *self, int keep);

#endif
