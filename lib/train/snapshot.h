/** Running statistics kept aside. Forward passes move them before a step is done, so a step that is
 *  not finished must put them back. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_SNAPSHOT_H
#define RN_TRAIN_SNAPSHOT_H

#include "net/params.h"

/** How many floats the net's statistics are. */
size_t rn_snapshot_count(const rn_net *net);
/** Copies them to values [rn_snapshot_count()], in the network's order. */
void rn_snapshot_take(float *values, const rn_net *net);
/** And back. */
void rn_snapshot_restore(rn_net *net, const float *values);

#endif
