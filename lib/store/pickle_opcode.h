/** What a pickle tells the machine to do. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_PICKLE_OPCODE_H
#define RN_STORE_PICKLE_OPCODE_H

#include "store/pickle.h"

/** From the machine's next byte to the pickle's end, which leaves the root. FORMAT, UNSUPPORTED,
 *  NOMEM. */
resnet_status rn_pickle_run(rn_pickle *machine);

#endif
