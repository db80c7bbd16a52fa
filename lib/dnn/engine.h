/** oneDNN's engine, with a stream per worker of a pool. SPDX-License-Identifier: MIT */
#ifndef RN_DNN_ENGINE_H
#define RN_DNN_ENGINE_H

#include "core/error.h"

typedef struct rn_engine rn_engine;

/** Makes oneDNN run single-threaded on the calling thread, and only there; the on_start of every
 *  pool whose workers touch lib/dnn. */
void rn_engine_start_thread(void);
/** The same on a thread that is not ours, and how it was before, for rn_engine_leave_thread(). */
int rn_engine_enter_thread(void);
void rn_engine_leave_thread(int before);

/** On a worker started so, like everything that makes primitives: oneDNN looks at the thread's team
 *  size when it plans. */
resnet_status rn_engine_create(rn_engine **out, size_t n_workers);
void rn_engine_free(rn_engine *engine);

/** Channels that lie together in activations, [n][c/block][h][w][block]: 16 with AVX-512, 8 with
 *  AVX2, 1 (plain nchw) elsewhere. The channels of one image's slice are contiguous in all three.
 */
size_t rn_engine_get_channel_block(const rn_engine *engine);

/** "oneDNN 2.6.3, avx512_core": version and instruction set, for people. */
const char *rn_engine_describe(char *text, size_t size);

#endif
