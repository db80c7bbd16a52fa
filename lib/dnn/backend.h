/** oneDNN as this folder sees it; no header outside lib/dnn includes this one.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_DNN_BACKEND_H
#define RN_DNN_BACKEND_H

#include "core/error.h"

#include <dnnl.h>

#include "dnn/border.h"
#include "dnn/layout.h"
#include "kernel/kernel_table.h"

struct rn_engine {
    dnnl_engine_t engine;
    dnnl_stream_t *streams; /* one per worker */
    size_t n_workers;
    size_t channel_block;
};

/* Either oneDNN's, or weights as one of our kernels packs them. */
struct rn_layout {
    dnnl_engine_t engine; /* borrowed from the rn_engine */
    rn_md md;
    bool plain;            /* row-major */
    const rn_kernel *own;  /* whose weights they are, or NULL: md says it */
    rn_kernel_shape shape; /* with `own`: of the weights alone, the rest is 0 */
    enum rn_kernel_pass pass;
};

resnet_status rn_layout_create_md(rn_layout **out, const rn_engine *engine, rn_md_view md);
resnet_status rn_layout_create_own(rn_layout **out, const rn_kernel *own,
                                   const rn_kernel_shape *shape, enum rn_kernel_pass pass);

/** Maps a oneDNN status to ours, naming what was tried. */
resnet_status rn_backend_check(dnnl_status_t code, const char *what);

#define RN_TRY_DNNL(call, what) RN_TRY(rn_backend_check((call), (what)))

/** Blocked activations [n][c/block][h][w][block]. */
dnnl_format_tag_t rn_backend_activation_tag(size_t channel_block);

#endif
