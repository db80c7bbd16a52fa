/** Whether a model and a dataset speak of the same classes in the same order.
 *  SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_MATCH_CLASSES_H
#define EXAMPLES_MATCH_CLASSES_H

#include <resnet/dataset.h>
#include <resnet/model.h>

/** 1 if they do; ImageNet's classes may be called by their wnids. A model without class names
 *  matches any dataset of its number. Otherwise 0, and the first difference goes to difference, one
 *  line in `size` bytes. */
int match_classes(const resnet_model *model, const resnet_dataset *dataset, char *difference,
                  size_t size);

/** The dataset's class names; the array is to be freed, the names are the dataset's. NULL for
 *  want of memory, which has been said. */
const char **list_classes(const resnet_dataset *dataset);

#endif
