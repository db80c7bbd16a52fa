/* SPDX-License-Identifier: MIT */
#include "data/dataset.h"

#include "core/arithmetic.h"
#include "core/mem.h"

#include <string.h>

resnet_status rn_dataset_wrap(resnet_dataset **out, rn_source *source)
{
    resnet_dataset *dataset = rn_calloc(1, sizeof *dataset);
    if (!dataset) return RESNET_E_NOMEM;
    dataset->source = source;
    dataset->n = source->names.n;
    *out = dataset;
    return RESNET_OK;
}

resnet_dataset *rn_dataset_retain(const resnet_dataset *dataset)
{
    resnet_dataset *shared = (resnet_dataset *)dataset; /* its count is not part of what it is */
    if (shared) rn_users_add(&shared->users);
    return shared;
}

void resnet_dataset_free(resnet_dataset *dataset)
{
    if (!dataset || !rn_users_leave(&dataset->users)) return;
    rn_source_release(dataset->source);
    rn_free(dataset->samples);
    rn_free(dataset);
}

size_t resnet_dataset_get_n_samples(const resnet_dataset *dataset)
{
    return dataset ? dataset->n : 0;
}

size_t resnet_dataset_get_n_classes(const resnet_dataset *dataset)
{
    return dataset ? dataset->source->classes.n : 0;
}

const char *resnet_dataset_get_class_name(const resnet_dataset *dataset, size_t index)
{
    if (index >= resnet_dataset_get_n_classes(dataset)) return NULL;
    return rn_strings_get(&dataset->source->classes, index);
}

const char *resnet_dataset_get_path(const resnet_dataset *dataset, size_t index)
{
    if (index >= resnet_dataset_get_n_samples(dataset)) return NULL;
    return rn_strings_get(&dataset->source->names, (size_t)rn_dataset_get_id(dataset, index));
}

int32_t resnet_dataset_get_label(const resnet_dataset *dataset, size_t index)
{
    if (index >= resnet_dataset_get_n_samples(dataset)) return RESNET_UNLABELLED;
    return dataset->source->labels[rn_dataset_get_id(dataset, index)];
}

size_t resnet_dataset_get_n_ignored(const resnet_dataset *dataset)
{
    return dataset ? dataset->source->n_ignored : 0;
}

size_t resnet_dataset_get_n_foreign(const resnet_dataset *dataset)
{
    return dataset ? dataset->source->n_foreign : 0;
}

uint32_t resnet_dataset_has_parts(const resnet_dataset *dataset)
{
    return dataset && dataset->source->has_parts;
}

resnet_status resnet_dataset_load_image(resnet_image **out, const resnet_dataset *dataset,
                                        size_t index)
{
    RN_OWN_ARITHMETIC;
    if (!out || !dataset) return rn_fail(RESNET_E_INVALID, "resnet_dataset_load_image: NULL");
    if (index >= dataset->n)
        return rn_fail(RESNET_E_INVALID, "resnet_dataset_load_image: sample %zu of %zu", index,
                       dataset->n);
    rn_picture picture = {NULL, NULL};
    const uint64_t id = rn_dataset_get_id(dataset, index);
    const resnet_status status = rn_source_read(&picture, dataset->source, (size_t)id, 0);
    if (status != RESNET_OK) return status;
    if (picture.owned) {
        *out = picture.owned;
        return RESNET_OK;
    }
    return resnet_image_crop(out, picture.image, 0, 0, resnet_image_get_width(picture.image),
                             resnet_image_get_height(picture.image)); /* a copy */
}

static resnet_status check_room(const resnet_dataset *dataset, const void *room, size_t capacity,
                                const char *function)
{
    if (!dataset || !room) return rn_fail(RESNET_E_INVALID, "%s: NULL", function);
    if (capacity >= dataset->source->classes.n) return RESNET_OK;
    return rn_fail(RESNET_E_INVALID, "%s: room for %zu of %zu classes", function, capacity,
                   dataset->source->classes.n);
}

static void count_classes(uint64_t *counts, const resnet_dataset *dataset)
{
    memset(counts, 0, dataset->source->classes.n * sizeof *counts);
    for (size_t i = 0; i < dataset->n; i++) {
        const int32_t label = dataset->source->labels[rn_dataset_get_id(dataset, i)];
        if (label != RESNET_UNLABELLED) counts[label]++;
    }
}

resnet_status resnet_dataset_copy_class_counts(uint64_t *out, size_t capacity,
                                               const resnet_dataset *dataset)
{
    const resnet_status status =
        check_room(dataset, out, capacity, "resnet_dataset_copy_class_counts");
    if (status == RESNET_OK) count_classes(out, dataset);
    return status;
}

resnet_status resnet_dataset_copy_class_weights(float *out, size_t capacity,
                                                const resnet_dataset *dataset)
{
    RN_OWN_ARITHMETIC;
    const resnet_status status =
        check_room(dataset, out, capacity, "resnet_dataset_copy_class_weights");
    if (status != RESNET_OK) return status;
    const size_t n_classes = dataset->source->classes.n;
    uint64_t *counts = rn_alloc(n_classes, sizeof *counts);
    if (!counts) return RESNET_E_NOMEM;
    count_classes(counts, dataset);
    uint64_t n_labelled = 0, n_present = 0;
    for (size_t c = 0; c < n_classes; c++) {
        n_labelled += counts[c];
        n_present += counts[c] > 0;
    }
    for (size_t c = 0; c < n_classes; c++)
        out[c] =
            counts[c] ? (float)((double)n_labelled / ((double)n_present * (double)counts[c])) : 0;
    rn_free(counts);
    return RESNET_OK;
}

resnet_status rn_dataset_group(rn_dataset_groups *out, const resnet_dataset *dataset)
{
    const size_t n_groups = dataset->source->classes.n + 1;
    rn_dataset_groups groups = {rn_alloc(dataset->n, sizeof *groups.members),
                                rn_calloc(n_groups + 1, sizeof *groups.starts), n_groups};
    if (!groups.members || !groups.starts) {
        rn_dataset_groups_clear(&groups);
        return RESNET_E_NOMEM;
    }
    /* A counting sort: sizes, then starts, then places; the starts end up one group on. */
    for (size_t i = 0; i < dataset->n; i++) {
        const int32_t label = resnet_dataset_get_label(dataset, i);
        const size_t group = label < 0 ? n_groups - 1 : (size_t)label;
        if (group + 2 <= n_groups) groups.starts[group + 2]++;
    }
    for (size_t g = 2; g <= n_groups; g++) groups.starts[g] += groups.starts[g - 1];
    for (size_t i = 0; i < dataset->n; i++) {
        const int32_t label = resnet_dataset_get_label(dataset, i);
        const size_t group = label < 0 ? n_groups - 1 : (size_t)label;
        groups.members[groups.starts[group + 1]++] = i;
    }
    *out = groups;
    return RESNET_OK;
}

void rn_dataset_groups_clear(rn_dataset_groups *groups)
{
    rn_free(groups->members);
    rn_free(groups->starts);
    *groups = (rn_dataset_groups){0};
}
