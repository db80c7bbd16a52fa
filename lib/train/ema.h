/** The exponential moving average of a network's values, statistics included: what is evaluated and
 *  kept in place of the last step's. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_EMA_H
#define RN_TRAIN_EMA_H

#include "core/pool.h"
#include "net/params.h"

typedef struct rn_ema rn_ema;

/** Starts from the values as they are; borrows net and pool. */
resnet_status rn_ema_create(rn_ema **out, rn_net *net, rn_pool *pool, double decay);
void rn_ema_free(rn_ema *ema);
/** average = decay x average + (1 - decay) x value. */
resnet_status rn_ema_update(rn_ema *ema);
/** Exchanges the network's values and the average; twice is as before. */
void rn_ema_swap(rn_ema *ema);
/** The average, net->arena_count floats; for checkpoints. */
float *rn_ema_get_values(rn_ema *ema);

#endif
