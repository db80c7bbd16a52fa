/** Which of a model's classes the classes of a dataset are. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_CLASS_MAP_H
#define EXAMPLES_CLASS_MAP_H

#include <resnet/dataset.h>
#include <resnet/model.h>

typedef struct class_map {
    size_t n_data, n_model;
    int is_same;      /* the same classes in the same order */
    const char *rule; /* what they were matched by: "order", "name", "wnid" or "index" */
} class_map;

/** Brings a dataset with some of the model's classes, in any order, to all of them: each by the
 *  same rule, its name, its wnid or its index. *dataset may be replaced. Returns an exit status and
 *  has said which class the model does not have. */
int map_dataset(resnet_dataset **dataset, class_map *out, const resnet_model *model,
                const char *path);

#endif
