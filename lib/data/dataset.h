/** A dataset: some of a source's samples, in an order. SPDX-License-Identifier: MIT */
#ifndef RN_DATA_DATASET_H
#define RN_DATA_DATASET_H

#include "core/users.h"
#include "data/source.h"

struct resnet_dataset {
    rn_users users;
    rn_source *source;
    size_t n;
    uint64_t *samples; /* n numbers of the source's samples; NULL: all, in order */
};

/** For handles that read a dataset, which resnet_dataset_free() gives back; NULL for NULL. */
resnet_dataset *rn_dataset_retain(const resnet_dataset *dataset);

/** Makes the source's samples a dataset; the source passes to it on success. */
resnet_status rn_dataset_wrap(resnet_dataset **out, rn_source *source);

/** The source's number for sample `index`: the same in every subset. */
static inline uint64_t rn_dataset_get_id(const resnet_dataset *dataset, size_t index)
{
    return dataset->samples ? dataset->samples[index] : index;
}

/** Samples by class: those of class c are members[starts[c]] to members[starts[c + 1]], unlabelled
 *  ones come last, as a class of their own. Each is an index into the dataset, ascending. */
typedef struct rn_dataset_groups {
    uint64_t *members;
    size_t *starts;  /* n_groups + 1 */
    size_t n_groups; /* n_classes + 1 */
} rn_dataset_groups;
resnet_status rn_dataset_group(rn_dataset_groups *out, const resnet_dataset *dataset);
void rn_dataset_groups_clear(rn_dataset_groups *groups);

#endif
