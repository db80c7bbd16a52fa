/** What the bits of a run depend on from its first step on, besides the values that a checkpoint
 *  keeps: options, recipe, augmentation, frozen layers, classes and samples. A checkpoint has them
 *  by name, so that a run that would go on otherwise is told the first that differs, and so that a
 *  fact which a later release adds leaves older checkpoints readable. SPDX-License-Identifier: MIT
 */
#ifndef RN_TRAIN_FACTS_H
#define RN_TRAIN_FACTS_H

#include "store/checkpoint.h"

struct resnet_trainer;

typedef struct rn_facts rn_facts;

/** Of a trainer whose options are complete; looks at the samples' files. NOMEM, INVALID. */
resnet_status rn_facts_create(rn_facts **out, const struct resnet_trainer *trainer);
void rn_facts_free(rn_facts *facts);

/** Borrowed by the checkpoint until it is written. */
resnet_status rn_facts_add(rn_checkpoint *checkpoint, const rn_facts *facts);
/** INVALID naming the first fact that differs; UNSUPPORTED for a checkpoint of a later release that
 *  depends on a fact unknown here, or of one before facts had names. What may or may not differ is
 *  warned of in the trainer's log. */
resnet_status rn_facts_check(const rn_checkpoint *checkpoint, const rn_facts *facts);

#endif
