/* SPDX-License-Identifier: MIT */
#include "class_map.h"

#include "match_classes.h"
#include "open_model.h"
#include "output.h"

#include <resnet/labels.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONE (-1)

/* The model's class that a name means; NONE for none or for several. */
typedef int64_t (*class_rule)(const resnet_model *model, const char *name);

static int64_t find_by_name(const resnet_model *model, const char *name)
{
    int64_t found = NONE;
    for (size_t i = 0; i < resnet_model_get_n_classes(model); i++) {
        if (strcmp(resnet_model_get_class_name(model, i), name) != 0) continue;
        if (found != NONE) return NONE;
        found = (int64_t)i;
    }
    return found;
}

static int has_imagenets_size(const resnet_model *model)
{
    return resnet_model_get_n_classes(model) == RESNET_IMAGENET_N_CLASSES;
}

/* A wnid where the model has ImageNet's names, or such a name where it has wnids. One without names
 * that has as many classes has them in ImageNet's order. */
static int64_t find_by_wnid(const resnet_model *model, const char *name)
{
    int32_t index;
    if (resnet_imagenet_find(&index, name) != RESNET_OK) return NONE;
    const int is_wnid = strcmp(resnet_imagenet_get_wnid((size_t)index), name) == 0;
    if (!is_wnid) return find_by_name(model, resnet_imagenet_get_wnid((size_t)index));
    const char *imagenet_name = resnet_imagenet_get_name((size_t)index);
    const char *known = resnet_model_get_class_name(model, (size_t)index);
    if (known && strcmp(known, imagenet_name) == 0) return index; /* two names are there twice */
    if (known && !*known && has_imagenets_size(model)) return index;
    return find_by_name(model, imagenet_name);
}

static int64_t find_by_index(const resnet_model *model, const char *name)
{
    const size_t length = strlen(name);
    if (length == 0 || length > 9 || strspn(name, "0123456789") != length) return NONE;
    const long index = strtol(name, NULL, 10);
    return (size_t)index < resnet_model_get_n_classes(model) ? index : NONE;
}

/* Maps every class, each to another one; the first that has none goes to *missing. */
static int map_all(uint32_t *labels, const resnet_model *model, const resnet_dataset *dataset,
                   class_rule find, const char **missing)
{
    unsigned char *taken = allocate(resnet_model_get_n_classes(model), 1);
    const size_t n = resnet_dataset_get_n_classes(dataset);
    size_t c = 0;
    for (; taken && c < n; c++) {
        *missing = resnet_dataset_get_class_name(dataset, c);
        const int64_t found = find(model, *missing);
        if (found == NONE || taken[found]) break;
        taken[found] = 1;
        labels[c] = (uint32_t)found;
    }
    free(taken);
    return c == n;
}

static const char *choose_rule(uint32_t *labels, const resnet_model *model,
                               const resnet_dataset *dataset, const char **missing)
{
    static const struct {
        const char *name;
        class_rule find;
    } rules[] = {{"name", find_by_name}, {"wnid", find_by_wnid}, {"index", find_by_index}};
    const char *other;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (map_all(labels, model, dataset, rules[i].find, i ? &other : missing))
            return rules[i].name;
    return NULL;
}

/* The model's names; for one without, numbers. */
static char **list_model_classes(const resnet_model *model)
{
    const size_t n = resnet_model_get_n_classes(model);
    char **names = allocate(n, sizeof *names);
    for (size_t i = 0; names && i < n; i++) {
        char buffer[32];
        names[i] = copy_text(class_name(model, i, buffer, sizeof buffer));
    }
    return names;
}

static int relabel(resnet_dataset **dataset, const resnet_model *model, const uint32_t *labels)
{
    const size_t n = resnet_model_get_n_classes(model);
    char **names = list_model_classes(model);
    resnet_dataset *relabelled = NULL;
    if (!names) return EXIT_FAILED;
    const resnet_status status =
        resnet_dataset_relabel(&relabelled, *dataset, (const char *const *)names, n, labels);
    for (size_t i = 0; i < n; i++) free(names[i]);
    free(names);
    if (status != RESNET_OK) return say_last_error();
    resnet_dataset_free(*dataset);
    *dataset = relabelled;
    return 0;
}

static int say_mismatch(const resnet_model *model, const resnet_dataset *dataset,
                        const char *missing, const char *path)
{
    const size_t n_data = resnet_dataset_get_n_classes(dataset);
    const size_t n_model = resnet_model_get_n_classes(model);
    return say_error("%s: the model has %zu classes, the data %zu; its \"%s\" is none of the "
                     "model's by name, wnid or index",
                     path, n_model, n_data, missing);
}

int map_dataset(resnet_dataset **dataset, class_map *out, const resnet_model *model,
                const char *path)
{
    char difference[512];
    const char *missing = "";
    const size_t n = resnet_dataset_get_n_classes(*dataset);
    *out = (class_map){n, resnet_model_get_n_classes(model), 1, "order"};
    if (match_classes(model, *dataset, difference, sizeof difference)) return 0;
    uint32_t *labels = allocate(n, sizeof *labels);
    out->rule = labels ? choose_rule(labels, model, *dataset, &missing) : NULL;
    out->is_same = 0;
    const int status = ran_out_of_memory() ? EXIT_FAILED
                       : out->rule         ? relabel(dataset, model, labels)
                                           : say_mismatch(model, *dataset, missing, path);
    free(labels);
    return status;
}
