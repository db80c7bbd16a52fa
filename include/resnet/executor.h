/** executor.h: the host's own threads in place of the library's.
 *
 *      #include <resnet/resnet.h>
 *      static int32_t run_here(void *user_data, uint64_t n_tasks, resnet_task task, void *context)
 *      {
 *          (void)user_data;
 *          for (uint64_t i = 0; i < n_tasks; i++) task(context, i); // or on threads of a pool
 *          return 0;
 *      }
 *      int main(void)
 *      {
 *          resnet_executor executor;
 *          resnet_session_options options;
 *          if (resnet_executor_init(&executor, sizeof executor) != RESNET_OK) return 1;
 *          if (resnet_session_options_init(&options, sizeof options) != RESNET_OK) return 1;
 *          executor.run = run_here;
 *          options.executor = &executor;
 *          return 0;
 *      }
 *
 *  Results are the same bits as on the library's own threads. SPDX-License-Identifier: MIT */
#ifndef RESNET_EXECUTOR_H
#define RESNET_EXECUTOR_H

#include <resnet/error.h>
#include <resnet/export.h>

RESNET_BEGIN_DECLS

/** The library's work: task number `task` of the job that `context` stands for. It returns nothing
 *  and throws nothing. Since: 0.1 */
typedef void (*resnet_task)(void *context, uint64_t task);

/** Calls task(context, i) once for each i in [0, n_tasks), in any order and on any threads, also the
 *  calling one, and returns when all of them have returned; then 0. Anything else means that not all
 *  could be run, and fails the library's call with BACKEND. Jobs of one handle come one at a time,
 *  those of several handles at once. While a task runs, its thread's rounding mode and oneDNN's team
 *  size are the library's; both are put back. Since: 0.1 */
typedef int32_t (*resnet_parallel_callback)(void *user_data, uint64_t n_tasks, resnet_task task,
                                            void *context);

/** Fill with resnet_executor_init(). Copied by the call that takes it; `run` and `user_data` are used
 *  until the handle is freed. Fields are only ever appended. */
typedef struct resnet_executor {
    uint64_t struct_size;         /**< bytes; written by init */
    resnet_parallel_callback run; /**< must be set */
    void *user_data;              /**< for `run` */
    uint32_t is_concurrent;       /**< 1 promises that all tasks of a job run at the same time, so
                                       that they may wait for each other: one image is then shared
                                       by up to four of them. A promise that is not kept hangs.
                                       Default 0: they wait for nothing */
    uint32_t reserved;            /**< 0 */
} resnet_executor;

/** Writes defaults to *executor, never more than size bytes. Pass sizeof *executor. INVALID.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_executor_init(resnet_executor *executor,
                                                               size_t size);

RESNET_END_DECLS

#endif
