/** What stands beside a complete ResNet-50 in a torch file: projection heads, queues, detectors,
 * loss buffers; and which of it is the classifier's. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_FOREIGN_H
#define RN_STORE_FOREIGN_H

#include "store/recognise.h"

/** Marks as used, and remarks on, what cannot change the result; leaves the head's tensors and what
 *  could change it, for others to take or refuse. UNSUPPORTED for a normalisation, which would
 *  change it from outside. */
resnet_status rn_foreign_set_aside(rn_raw_set *set, const rn_naming *naming);

#endif
