/** Optimisers: how gradients become new values, with torch.optim's formulas.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_OPTIMIZER_H
#define RN_TRAIN_OPTIMIZER_H

#include "core/pool.h"
#include "net/training.h"

#define RN_OPTIMIZER_N_STAGES (RN_STAGE_HEAD + 1)

typedef struct rn_optimizer rn_optimizer;

typedef struct rn_optimizer_settings {
    int32_t kind; /* RESNET_OPTIMIZER_* */
    bool nesterov;
    bool decoupled_decay; /* values shrink by lr x decay; else decay x value joins the gradient */
    bool exempt_vectors;  /* no decay for biases and batch norms */
    double weight_decay;
    double momentum;
    double beta1, beta2; /* Adam's; beta2 is RMSprop's alpha too */
    double epsilon;
    double trust; /* LARS's coefficient */
    bool clips;
    double clip_norm; /* the most that the norm of all gradients together may be, if `clips` */
    float stage_multipliers[RN_OPTIMIZER_N_STAGES]; /* of the learning rate; 0 leaves a stage be */
} rn_optimizer_settings;

/** Borrows the pool and what the params point to; copies the rest. */
resnet_status rn_optimizer_create(rn_optimizer **out, const rn_learning_param *params,
                                  size_t n_params, rn_pool *pool,
                                  const rn_optimizer_settings *settings);
void rn_optimizer_free(rn_optimizer *optimizer);

/** Moves the values by gradient_scale x gradients. Equal bits for any number of threads;
 *  allocates nothing. */
resnet_status rn_optimizer_step(rn_optimizer *optimizer, double learning_rate,
                                double gradient_scale);

/** gradients *= factor. */
resnet_status rn_optimizer_scale_gradients(rn_optimizer *optimizer, double factor);

/** Euclidean norm of the last step's scaled gradients before clipping; 0 when neither clipping nor
 *  LARS asked for it. */
double rn_optimizer_get_gradient_norm(const rn_optimizer *optimizer);

/** Steps done; bias corrections depend on it. */
uint64_t rn_optimizer_get_n_steps(const rn_optimizer *optimizer);
void rn_optimizer_set_n_steps(rn_optimizer *optimizer, uint64_t n_steps);

/** State that a checkpoint keeps: an array per slot and learning tensor. */
typedef struct rn_optimizer_array {
    const char *slot;  /* torch's name, "exp_avg" */
    const char *param; /* "layer4.0.conv1.weight" */
    float *values;     /* to read, and to fill when resuming */
    size_t count;
} rn_optimizer_array;
size_t rn_optimizer_get_n_arrays(const rn_optimizer *optimizer);
rn_optimizer_array rn_optimizer_get_array(const rn_optimizer *optimizer, size_t index);

#endif
