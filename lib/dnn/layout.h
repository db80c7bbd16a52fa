/** How a tensor lies in memory, and moving it from one layout to another.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_DNN_LAYOUT_H
#define RN_DNN_LAYOUT_H

#include "dnn/engine.h"

#include <stdbool.h>

typedef struct rn_layout rn_layout;

/** Row-major [dims[0]][dims[1]][dims[2]][dims[3]]. */
resnet_status rn_layout_create_plain(rn_layout **out, const rn_engine *engine,
                                     const size_t dims[4]);
/** The engine's activations: [n][c/block][h][w][block]. */
resnet_status rn_layout_create_activation(rn_layout **out, const rn_engine *engine,
                                          const size_t dims[4]);
resnet_status rn_layout_copy(rn_layout **out, const rn_layout *layout);
void rn_layout_free(rn_layout *layout);
bool rn_layout_equal(const rn_layout *a, const rn_layout *b);
size_t rn_layout_get_size(const rn_layout *layout); /* bytes */

/** Copies a tensor from one layout to another of equal dims. */
typedef struct rn_reorder rn_reorder;
resnet_status rn_reorder_create(rn_reorder **out, const rn_layout *from, const rn_layout *to);
void rn_reorder_free(rn_reorder *reorder);
/** One thread at a time per reorder. */
resnet_status rn_reorder_run(rn_reorder *reorder, const rn_engine *engine, size_t worker,
                             const float *from, float *to);

/** Create, run and free in one. */
resnet_status rn_layout_convert(const rn_engine *engine, size_t worker,
                                const rn_layout *from_layout, const float *from,
                                const rn_layout *to_layout, float *to);

#endif
