/** Each picture's label and prediction, as CSV. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_PER_IMAGE_H
#define EXAMPLES_PER_IMAGE_H

#include "measured.h"

/** Classifies all that is measured and writes a line per picture: path, label, predicted,
 *  right (1 or 0), probability of the prediction, probability of the label, learnt (1 or 0,
 *  empty where that is not known). Returns an exit status and has said what is wrong.
 */
int save_per_image(const common_settings *settings, const resnet_model *model, const measured *what,
                   const char *path);

#endif
