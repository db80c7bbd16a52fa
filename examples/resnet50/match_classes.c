/* SPDX-License-Identifier: MIT */
#include "match_classes.h"

#include "output.h"

#include <resnet/labels.h>

#include <stdio.h>
#include <string.h>

static int is_same(const resnet_model *model, size_t index, const char *name)
{
    const char *known = resnet_model_get_class_name(model, index);
    const char *wnid = resnet_imagenet_get_wnid(index);
    const char *imagenet_name = resnet_imagenet_get_name(index);
    if (!*known || strcmp(known, name) == 0) return 1;
    return wnid && strcmp(known, imagenet_name) == 0 && strcmp(wnid, name) == 0;
}

int match_classes(const resnet_model *model, const resnet_dataset *dataset, char *difference,
                  size_t size)
{
    const size_t n = resnet_dataset_get_n_classes(dataset);
    if (n != resnet_model_get_n_classes(model)) {
        snprintf(difference, size, "the model has %zu classes, the data %zu",
                 resnet_model_get_n_classes(model), n);
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        const char *name = resnet_dataset_get_class_name(dataset, i);
        if (is_same(model, i, name)) continue;
        snprintf(difference, size, "class %zu is \"%s\" to the model, \"%s\" in the data", i,
                 resnet_model_get_class_name(model, i), name);
        return 0;
    }
    return 1;
}

const char **list_classes(const resnet_dataset *dataset)
{
    const size_t n = resnet_dataset_get_n_classes(dataset);
    const char **names = allocate(n, sizeof *names);
    for (size_t i = 0; names && i < n; i++) names[i] = resnet_dataset_get_class_name(dataset, i);
    return names;
}
