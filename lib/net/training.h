/** Forward and backward through the part of the network that learns. A step is
 *      features = prefix(images)      frozen layers, the folded inference graph; may be cached
 *      gradient(features, target)     the rest, keeping what backward needs
 *  and then an optimiser moves the values of rn_training_get_params().
 *  SPDX-License-Identifier: MIT */
#ifndef RN_NET_TRAINING_H
#define RN_NET_TRAINING_H

#include "core/pool.h"
#include "net/params.h"

typedef struct rn_training rn_training;

typedef struct rn_training_settings {
    size_t n_shards;    /* parts of a batch; decides the bits of sums */
    float bn_momentum;  /* share of the new batch in the running statistics */
    uint64_t seed;      /* dropout */
    bool winograd;      /* allowed where it is faster */
    const bool *frozen; /* [arch->n_convs]: which keep weights and batch norm; copied. NULL: none */
    bool keep_statistics; /* batch norms run on stored statistics; gamma and beta still learn */
    bool freeze_head;
    bool has_tap; /* rn_training_backward() gives the gradient of the map before block `tap` */
    size_t tap;   /* 0 to arch->n_blocks: blocks before that map; the prefix ends there at most */
} rn_training_settings;

/** What a batch should come out as. */
typedef struct rn_target {
    const int32_t *labels;      /* [n] */
    const float *soft;          /* [n][n_classes] instead of labels, or NULL */
    const float *class_weights; /* [n_classes], or NULL for 1 */
    float label_smoothing;      /* [0, 1), as torch.nn.CrossEntropyLoss */
} rn_target;

/** What a step found; loss as torch.nn.CrossEntropyLoss(reduction="mean"). */
typedef struct rn_step_result {
    double loss;
    size_t n_correct; /* of labels, or of soft's largest */
} rn_step_result;

/** A learning tensor: move `values` by `gradient`. */
typedef struct rn_learning_param {
    const rn_param *param;
    float *values;
    float *gradient;
} rn_learning_param;

/** Borrows net and pool. Memory for activations is made at the first batch of a shape. */
resnet_status rn_training_create(rn_training **out, rn_net *net, rn_pool *pool,
                                 const rn_training_settings *settings);
void rn_training_free(rn_training *training);

/** Floats per image between prefix and rest, for images of height x width; 3 x height x width when
 *  nothing is frozen. */
size_t rn_training_count_features(const rn_training *training, size_t height, size_t width);
/** features: [n][count_features]. With nothing frozen features are the images: pass those on and
 *  don't call this. */
resnet_status rn_training_run_prefix(rn_training *training, const float *images_nchw, size_t n,
                                     size_t height, size_t width, float *features);

/** Forward, loss, backward; fills (or with `accumulate` adds to) the gradients, and moves the
 * running statistics of the batch norms that learn. Dropout draws by (seed, step, sample). */
resnet_status rn_training_run(rn_training *training, const float *features, size_t n, size_t height,
                              size_t width, const rn_target *target, uint64_t step, bool accumulate,
                              rn_step_result *out);

/** What the mean over a batch's losses is divided by: the sum of its labels' class weights, or n.
 */
double rn_training_weigh(const rn_training *training, const rn_target *target, size_t n);

/** Logits [n][n_classes] of features in evaluation mode: no dropout, and neither gradients nor
 *  statistics are touched. STATE if a batch norm would run on the batch's statistics: those networks
 *  are evaluated by rn_inference. */
resnet_status rn_training_evaluate(float *out_logits, rn_training *training, const float *features,
                                   size_t n, size_t height, size_t width);

/** Back through the last rn_training_run() or rn_training_evaluate(), whose features are still there,
 *  from any gradient of the logits [n][n_classes]; several times if wanted. Fills the gradients of
 *  what learns, and if d_map is not NULL that of the map at the settings' tap, [n][c][h][w]. STATE if
 *  values changed since, or without a tap. */
resnet_status rn_training_backward(rn_training *training, const float *d_logits, float *d_map);

/** Which convolutions keep weights and batch norm, [arch->n_convs]. */
const bool *rn_training_get_frozen(const rn_training *training);
/** The tensors that learn, in the network's order. */
const rn_learning_param *rn_training_get_params(const rn_training *training, size_t *out_count);
/** To be called after the values were moved. */
void rn_training_values_changed(rn_training *training);

#endif
