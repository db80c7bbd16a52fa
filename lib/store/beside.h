/** Preprocessing that hubs keep in a file of its own beside the weights. SPDX-License-Identifier:
 * MIT
 */
#ifndef RN_STORE_BESIDE_H
#define RN_STORE_BESIDE_H

#include "store/weights.h"

/** For torch's families, whose files do not say: takes the recipe from preprocessor_config.json
 *  (transformers) or config.json (timm) in the folder of `path`, and remarks on it; remarks as well
 *  on what no recipe can say, whereupon the family's recipe stays. NOMEM. */
resnet_status rn_beside_read(rn_weights_info *info, const char *path);

#endif
