/** Threads that may run the network: those of a pool, each made ready for lib/dnn.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_NET_WORKERS_H
#define RN_NET_WORKERS_H

#include "core/pool.h"

/** n_threads 0: as many as this process may use. */
resnet_status rn_workers_create(rn_pool **out, size_t n_threads);
/** On the host's threads. */
resnet_status rn_workers_create_hosted(rn_pool **out, size_t n_threads,
                                       const resnet_executor *executor);

/** "oneDNN 2.6.3, avx512_core": what they calculate with, for people. */
const char *rn_workers_describe(char *text, size_t size);

#endif
