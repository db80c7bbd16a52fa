/** The parts that data without any are cut into. SPDX-License-Identifier: MIT */
#ifndef RN_DATA_SPLIT_H
#define RN_DATA_SPLIT_H

#include "data/dataset.h"

/** A whole source, or one side of a seeded stratified split of it, as its options' seed and
 *  val_fraction say. UNSUPPORTED for TEST, INVALID when there is nothing in it. The source passes
 *  to *out on success. */
resnet_status rn_dataset_wrap_part(resnet_dataset **out, rn_source *source, int32_t part);

#endif
