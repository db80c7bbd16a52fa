/** The folded network, ready to run images: batch norms in the weights, ReLU and sums in the
 *  convolutions, one arena. SPDX-License-Identifier: MIT */
#ifndef RN_NET_INFERENCE_H
#define RN_NET_INFERENCE_H

#include "core/pool.h"
#include "net/params.h"

typedef struct rn_inference rn_inference;

/** What comes out. */
enum rn_output {
    RN_OUTPUT_STAGE_0 = 0, /* feature maps after a stage, [n][c][h][w] */
    RN_OUTPUT_STAGE_4 = 4,
    RN_OUTPUT_EMBEDDING = 5, /* [n][2048] */
    RN_OUTPUT_LOGITS = 6     /* [n][n_classes] */
};

typedef struct rn_inference_settings {
    bool winograd;     /* allowed where it is faster */
    size_t max_plans;  /* shapes kept; the least recently used gives way */
    bool blocked_maps; /* feature maps stay in the engine's layout */
} rn_inference_settings;

/** Takes the net's weights as they are now; borrows the pool, whose workers were started with
 *  rn_engine_start_thread. */
resnet_status rn_inference_create(rn_inference **out, const rn_net *net, rn_pool *pool,
                                  const rn_inference_settings *settings);
void rn_inference_free(rn_inference *inference);

/** Compiles for that shape. */
resnet_status rn_inference_prepare(rn_inference *inference, size_t n, size_t height, size_t width);
/** Floats per image of an output, and with shape_chw its dims (1s for vectors). */
size_t rn_inference_count_output(const rn_inference *inference, size_t height, size_t width,
                                 enum rn_output output, size_t shape_chw[3]);
/** out: [n][count_output]. */
resnet_status rn_inference_run(rn_inference *inference, const float *images_nchw, size_t n,
                               size_t height, size_t width, enum rn_output output, float *out);

#endif
