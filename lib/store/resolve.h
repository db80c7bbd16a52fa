/** From the tensors of any container to a ResNet-50's weights. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_RESOLVE_H
#define RN_STORE_RESOLVE_H

#include "store/raw.h"

/** Recognises the naming convention, checks every shape against set->arch, and reads every
 *  tensor in canonical layout. Only a head may be missing. Nothing may be left over that could
 *  change the result; what is foreign to a complete ResNet-50 is set aside, with a remark. Of
 *  averaged weights and those they are of, `averaged` (RN_AVERAGED_*) says which.
 *  SHAPE or UNSUPPORTED with the first tensor that does not fit named; FORMAT, NOMEM. Takes the
 *  container's info over into the weights. */
resnet_status rn_raw_resolve(rn_weights **out, rn_raw_set *set, int32_t averaged);

#endif
