/** What the parts of training share: training.c holds the state, suffix_forward.c and
 *  suffix_backward.c run the backbone's learning part, statistics.c does what lies between shards,
 *  training_memory.c its buffers, gradients.c brings shards' weight gradients together,
 * training_head.c the head. SPDX-License-Identifier: MIT */
#ifndef RN_NET_TRAINING_PRIVATE_H
#define RN_NET_TRAINING_PRIVATE_H

#include "core/arena.h"
#include "dnn/batchnorm.h"
#include "net/inference.h"
#include "net/loss.h"
#include "net/shard_plan.h"
#include "net/training.h"

#define RN_N_SHARD_PLANS 4 /* sizes of shards kept ready */

/** The tensors that learn, as long as the training lives. The tables of the other parts, which know
 *  their sizes as soon, are in its arena too. */
typedef struct rn_learnt {
    rn_arena arena;
    rn_learning_param *params;
    size_t n_params;
    float *gradients; /* of params, one after the other */
    size_t *index;    /* [net->n_params]: which of params, or net->n_params */
} rn_learnt;

/** A convolution that takes part, and its batch norm. Per-channel arrays have out_channels entries,
 *  per-shard ones [n_shards][out_channels]. */
typedef struct rn_train_conv {
    float *packed_forward, *packed_backward[2];
    float *packed_gradient; /* summed over shards */
    rn_reorder *pack_forward, *pack_backward[2], *unpack_gradient;
    double *shard_mean, *shard_m2;
    double *shard_sum_g, *shard_sum_gz;
    float *mean, *inverse_deviation, *scale, *shift; /* of this step */
    float *a, *b, *c;                                /* dz = a g + b (z - mean) + c */
} rn_train_conv;

/** The convolutions' weights as the primitives for images of one size want them. */
typedef struct rn_train_weights {
    rn_arena arena;
    rn_weight_layouts *layouts; /* [arch->n_convs], as convs */
    rn_train_conv *convs;
    float *pending_shards[2]; /* [n_shards] gradients of up to two convolutions each */
    bool are_packed;          /* they are those of the net */
} rn_train_weights;

/** Activations and their gradients, for up to `capacity` images of one size. */
typedef struct rn_train_maps {
    rn_arena arena;
    size_t capacity;
    float **z; /* [arch->n_convs]: what came out of them */
    float *stem_out;
    float **block_out; /* [arch->n_blocks] */
    unsigned char *winners;
    float *trunk[3];                /* gradients between blocks, taking turns */
    float *inner[2];                /* gradients inside a block */
    float *embedding, *d_embedding; /* [n][n_features] */
    float *linear_out[RN_ARCH_MAX_HIDDEN + 1], *linear_grad[RN_ARCH_MAX_HIDDEN + 1];
    float *hidden[RN_ARCH_MAX_HIDDEN]; /* what came out of hidden layers, activated */
    float *dropped;                    /* the classifier's inputs after dropout, [n][n_inputs] */
} rn_train_maps;

/** What one worker needs for itself. */
typedef struct rn_train_worker {
    float *y;        /* a shard's activations, made again from z where they are needed */
    float *dz;       /* a shard's gradient of z */
    float *unpacked; /* one convolution's weights, when gradients accumulate */
    float *rows;     /* [slots of the tree][widest layer's inputs]: a linear layer's gradient */
    void *scratch;
} rn_train_worker;

typedef struct rn_train_workers {
    rn_arena arena;
    rn_train_worker *items; /* one a thread */
    size_t images;          /* y and dz have room for */
    size_t scratch_size;    /* bytes */
} rn_train_workers;

/** Weight gradients of the shards on their way to their sum: up to two convolutions at a time. */
typedef struct rn_pending {
    size_t n_convs;
    size_t rows[2];
    float *shards[2]; /* [n_shards][size of the packed gradient] */
    int set;          /* which of the two buffers */
} rn_pending;

/** The batch at hand. */
typedef struct rn_train_batch {
    const float *features;
    rn_shards shards;
    const rn_shard_plan *shard_plans[RN_MAX_SHARDS];
    rn_loss_sum losses[RN_MAX_SHARDS];
    uint64_t step;
    bool accumulate;
    bool is_evaluating;   /* no dropout */
    bool is_forward_done; /* backward has all that it needs */
    float *d_map;         /* of the tap, or NULL */
    rn_pending producing; /* left by the phase at hand */
    rn_pending pending;   /* left by the phase before, being summed */
} rn_train_batch;

struct rn_training {
    rn_net *net;
    rn_pool *pool;
    rn_engine *engine;
    rn_inference *prefix; /* NULL when nothing is frozen, and remade when values changed */
    rn_training_settings settings;
    rn_learning learning;
    rn_learnt learnt;

    /* for images of one size */
    size_t height, width;
    rn_geometry geometry;
    rn_shard_plan *plans[RN_N_SHARD_PLANS]; /* most recently used first */
    rn_train_weights weights;
    rn_train_maps maps;
    rn_train_workers workers;

    rn_train_batch batch;
};

static inline rn_span rn_shard_get_span(const rn_training *t, size_t shard)
{
    return rn_shards_get_span(&t->batch.shards, shard);
}

/** The k-th part of a shard that one call of convolution `row` takes. */
static inline rn_span rn_shard_get_call(const rn_training *t, size_t row, size_t shard, size_t k)
{
    const size_t per_call = t->batch.shard_plans[shard]->rows[row].per_call;
    return (rn_span){rn_shard_get_span(t, shard).first + k * per_call, per_call};
}

static inline size_t rn_shard_count_calls(const rn_training *t, size_t row, size_t shard)
{
    return t->batch.shard_plans[shard]->n / t->batch.shard_plans[shard]->rows[row].per_call;
}

/** Where an image's map starts in a buffer of [n] maps. */
static inline size_t rn_span_offset(rn_span span, const rn_map *map)
{
    return span.first * rn_map_count(map);
}

/** The gradient of row `param`, or NULL when it does not learn. */
float *rn_training_gradient_of(const rn_training *t, size_t param);

/** A phase of convolution `row`: `task` runs for each shard, while the gradients pending from the
 * phase before are summed. */
typedef resnet_status (*rn_shard_task)(rn_training *t, size_t row, size_t shard, size_t worker);
resnet_status rn_training_run_phase(rn_training *t, rn_shard_task task, size_t row);

/* training_memory.c: each carves one arena, and leaves nothing where there was no memory for all. */
/** The mask of what is frozen, params and the tables, all zero. */
resnet_status rn_memory_for_learnt(rn_training *t);
/** For the layouts there are. */
resnet_status rn_memory_for_weights(rn_training *t);
/** For that many, if there is no room for them yet. */
resnet_status rn_memory_for_images(rn_training *t, size_t n);
resnet_status rn_memory_for_workers(rn_training *t, size_t images, size_t scratch_size);
/** All but the first. */
void rn_memory_free_size(rn_training *t);

/* statistics.c */
/** Whether that batch norm runs on stored statistics. */
bool rn_statistics_are_kept(const rn_training *t, size_t row);
/** Adds a call's outputs to its shard's moments; the shard's first call starts them. */
void rn_statistics_collect(rn_training *t, size_t row, size_t shard, rn_span span);
void rn_statistics_finish(rn_training *t, size_t row);
void rn_statistics_finish_backward(rn_training *t, size_t row);
rn_batchnorm_shape rn_statistics_shape(const rn_training *t, size_t row, size_t n);

/* gradients.c */
resnet_status rn_gradients_pack_weights(rn_training *t);
/** Says which convolutions (up to two) the phase to come leaves gradients of; frozen ones are
 * passed over. */
void rn_gradients_expect(rn_training *t, size_t n_convs, const size_t *rows);
/** Where a shard of that phase leaves the gradient of a convolution's weights. */
float *rn_gradients_get_shard(const rn_training *t, size_t row, size_t shard);
/** Tasks that sum what is pending, and one of them. */
size_t rn_gradients_count_sums(const rn_training *t);
void rn_gradients_sum(const rn_training *t, size_t task);
resnet_status rn_gradients_unpack(rn_training *t);

/* suffix_forward.c, suffix_backward.c, training_head.c */
resnet_status rn_suffix_forward(rn_training *t);
resnet_status rn_suffix_backward(rn_training *t);
/** y = the activation behind convolution `row`, made from z. */
void rn_suffix_activate(const rn_training *t, size_t row, rn_span span, float *y);
/** A block's input for those images. */
const float *rn_suffix_get_input(const rn_training *t, size_t block, rn_span span);
/** Where a shard of the stem's pool keeps which pixels won. */
void *rn_suffix_get_winners(const rn_training *t, size_t shard);
resnet_status rn_head_forward(rn_training *t);
/** The loss, and its gradient where rn_head_get_d_logits() is. */
resnet_status rn_head_measure(rn_training *t, const rn_target *target, rn_step_result *out);
resnet_status rn_head_backward(rn_training *t);
/** [n][n_classes] */
const float *rn_head_get_logits(const rn_training *t);
float *rn_head_get_d_logits(const rn_training *t);

#endif
