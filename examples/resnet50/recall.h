/** What a model was taught of the pictures at hand. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_RECALL_H
#define EXAMPLES_RECALL_H

#include <resnet/dataset.h>
#include <resnet/model.h>
#include <resnet/trainer.h>

/** Starts as {0}. */
typedef struct recall {
    int is_there;     /* the model says, and knows some of these */
    uint8_t *samples; /* RESNET_SAMPLE_* of each, when it is */
    size_t n[3];      /* pictures of each RESNET_SAMPLE_* */
} recall;

/** By the names that the model kept; where it kept none, by `learnt`, the pictures that it learnt
 * of this very list (NULL: not known). Returns an exit status and has said what is wrong. */
int recall_open(recall *out, const resnet_model *model, const resnet_dataset *dataset,
                const resnet_dataset *learnt);
void recall_close(recall *self);

/** A dataset of those of one kind, of which there is one at least, in their order. */
resnet_status recall_cut(resnet_dataset **out, const recall *self, const resnet_dataset *dataset,
                         uint8_t kind);

#endif
