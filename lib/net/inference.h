/** The folded network, ready to run images: batch norms in the weights, ReLU and sums in the
 *  convolutions, one arena. SPDX-License-Identifier: MIT */
#ifndef RN_NET_INFERENCE_H
#define RN_NET_INFERENCE_H

#include "core/cancel.h"
#include "core/pool.h"
#include "net/observer.h"
#include "net/params.h"

typedef struct rn_inference rn_inference;

/** What comes out. */
enum rn_tap_kind {
    RN_TAP_MAP,       /* the feature map after `n_blocks` blocks, [n][c][h][w]; 0: after the stem */
    RN_TAP_EMBEDDING, /* [n][n_features] */
    RN_TAP_LOGITS     /* [n][n_classes] */
};

typedef struct rn_tap {
    enum rn_tap_kind kind;
    size_t n_blocks; /* MAP: at most arch->n_blocks */
} rn_tap;

typedef struct rn_inference_settings {
    bool winograd;     /* allowed where it is faster */
    size_t max_plans;  /* shapes kept; the least recently used gives way */
    bool blocked_maps; /* feature maps stay in the engine's layout */
    bool whole;        /* no image is shared by several threads, so that one alone has the bits that
                          * it has among others */
    enum rn_dtype dtype; /* of weights and feature maps; F32 is what there are kernels for */
    const rn_observer *observer; /* sees every convolution; then no image is cut into parts, so that
                                   * it sees whole maps. NULL: nobody */
    const resnet_cancel_token *cancel; /* looked at before each layer; NULL: never */
} rn_inference_settings;

/** Takes the net's weights as they are now; borrows the pool, which rn_workers_create() made. */
resnet_status rn_inference_create(rn_inference **out, const rn_net *net, rn_pool *pool,
                                  const rn_inference_settings *settings);
/** For an owner who knows that the values it was made from are still the same. */
void rn_inference_accept_changes(rn_inference *inference);
void rn_inference_free(rn_inference *inference);

/** Compiles for that shape. */
resnet_status rn_inference_prepare(rn_inference *inference, size_t n, size_t height, size_t width);
/** Floats per image of an output, and with shape_chw its dims (1s for vectors). */
size_t rn_inference_count_output(const rn_inference *inference, size_t height, size_t width,
                                 rn_tap tap, size_t shape_chw[3]);
/** An image's output does not depend on the others of its batch, on their number or on that of the
 *  threads; only a batch of one image is computed in parts, for several threads to share, which
 *  round otherwise, unless `whole`. out: [n][count_output]. CANCELLED once the settings' flag is set; `out` is then of no use. */
resnet_status rn_inference_run(rn_inference *inference, const float *images_nchw, size_t n,
                               size_t height, size_t width, rn_tap tap, float *out);

#endif
