/** Which residual network a file's tensors make, from their names and shapes: depth, groups and
 *  widths. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_FAMILY_H
#define RN_STORE_FAMILY_H

#include "store/recognise.h"

#define RN_FAMILY_TEXT_SIZE 96

/** The deepest network whose convolutions are all there, each of its shape, for rn_arch_free(); NULL
 *  if there is none. NOMEM. */
resnet_status rn_family_recognise(rn_arch **out, const rn_naming *naming, const rn_raw_set *set);

/** "ResNet-101", "Wide ResNet-50-2", "ResNeXt-50 32x4d". */
void rn_family_describe(char text[RN_FAMILY_TEXT_SIZE], const rn_arch *arch);

/** What other network than the set's own this is, in words; whether it is one that is known. NOMEM
 *  counts as none. */
bool rn_family_describe_other(char text[RN_FAMILY_TEXT_SIZE], const rn_naming *naming,
                              const rn_raw_set *set);

#endif
