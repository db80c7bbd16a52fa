/** oneDNN as this folder sees it; no header outside lib/dnn includes this one.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_DNN_BACKEND_H
#define RN_DNN_BACKEND_H

#include "core/error.h"

#include <dnnl.h>

#include "dnn/border.h"

struct rn_engine {
    dnnl_engine_t engine;
    dnnl_stream_t *streams; /* one per worker */
    size_t n_workers;
    size_t channel_block;
};

struct rn_layout {
    dnnl_engine_t engine; /* borrowed from the rn_engine */
    rn_md md;
};

/** Maps a oneDNN status to ours, naming what was tried. */
resnet_status rn_backend_check(dnnl_status_t code, const char *what);

#define RN_TRY_DNNL(call, what) RN_TRY(rn_backend_check((call), (what)))

/** Blocked activations [n][c/block][h][w][block]. */
dnnl_format_tag_t rn_backend_activation_tag(size_t channel_block);

#endif
