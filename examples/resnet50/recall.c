/* SPDX-License-Identifier: MIT */
#include "recall.h"

#include "output.h"

#include <stdlib.h>
#include <string.h>

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void mark_by_path(uint8_t *samples, const resnet_dataset *dataset,
                         const resnet_dataset *learnt)
{
    const size_t n = resnet_dataset_get_n_samples(dataset);
    const size_t n_paths = resnet_dataset_get_n_samples(learnt);
    const char **paths = allocate(n_paths, sizeof *paths);
    for (size_t i = 0; i < n_paths; i++) paths[i] = resnet_dataset_get_path(learnt, i);
    qsort(paths, n_paths, sizeof *paths, compare_paths);
    for (size_t i = 0; i < n; i++) {
        const char *path = resnet_dataset_get_path(dataset, i);
        samples[i] = bsearch(&path, paths, n_paths, sizeof *paths, compare_paths)
                         ? RESNET_SAMPLE_LEARNT
                         : RESNET_SAMPLE_HELD_OUT;
    }
    free(paths);
}

int recall_open(recall *out, const resnet_model *model, const resnet_dataset *dataset,
                const resnet_dataset *learnt)
{
    const size_t n = resnet_dataset_get_n_samples(dataset);
    out->samples = allocate(n, 1);
    const resnet_status status = resnet_model_copy_learnt(out->samples, n, model, dataset);
    if (status != RESNET_OK && status != RESNET_E_NOT_FOUND) return say_last_error();
    if (status == RESNET_E_NOT_FOUND && !learnt) return 0;
    if (status == RESNET_E_NOT_FOUND) mark_by_path(out->samples, dataset, learnt);
    for (size_t i = 0; i < n; i++) out->n[out->samples[i]]++;
    out->is_there = out->n[RESNET_SAMPLE_NEW] < n;
    return 0;
}

void recall_close(recall *self)
{
    free(self->samples);
    self->samples = NULL;
}

resnet_status recall_cut(resnet_dataset **out, const recall *self, const resnet_dataset *dataset,
                         uint8_t kind)
{
    size_t n = 0;
    uint64_t *indices = allocate(self->n[kind], sizeof *indices);
    for (size_t i = 0; i < resnet_dataset_get_n_samples(dataset); i++)
        if (self->samples[i] == kind) indices[n++] = i;
    const resnet_status status = resnet_dataset_subset(out, dataset, indices, n);
    free(indices);
    return status;
}
