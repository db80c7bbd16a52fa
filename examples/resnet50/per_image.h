/** Each picture's label and prediction, as CSV. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_PER_IMAGE_H
#define EXAMPLES_PER_IMAGE_H

#include "arguments.h"

#include <resnet/dataset.h>
#include <resnet/model.h>

/** Classifies the whole dataset and writes a line per picture: path, label, predicted,
 *  right (1 or 0), probability of the prediction, probability of the label, learnt (1 or 0 as in
 *  learnt [n_samples], empty if that is NULL). Returns an exit status and has said what is wrong.
 */
int save_per_image(const common_settings *settings, const resnet_model *model,
                   const resnet_dataset *dataset, const unsigned char *learnt, const char *path);

#endif
