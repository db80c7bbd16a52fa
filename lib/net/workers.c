/* SPDX-License-Identifier: MIT */
#include "net/workers.h"

#include "dnn/engine.h"

resnet_status rn_workers_create(rn_pool **out, size_t n_threads)
{
    return rn_pool_create(out, n_threads, rn_engine_start_thread);
}

resnet_status rn_workers_create_hosted(rn_pool **out, size_t n_threads,
                                       const resnet_executor *executor)
{
    static const rn_pool_visit VISIT = {rn_engine_enter_thread, rn_engine_leave_thread};
    return rn_pool_create_hosted(out, n_threads, executor, &VISIT);
}

const char *rn_workers_describe(char *text, size_t size)
{
    return rn_engine_describe(text, size);
}
