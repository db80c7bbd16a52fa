/* Linear layers on the embedding, the loss, and back. Layers are cut by outputs, so that no two
 * tasks add to the same number; what the images of a batch are summed to is summed shard by shard.
 * SPDX-License-Identifier: MIT */
#include "net/training_private.h"

#include "core/rng.h"
#include "core/tree.h"
#include "dnn/linear.h"
#include "dnn/nonlinear.h"
#include "dnn/vector.h"

#include <string.h>

#define MAX_TASKS 16

/* One layer's work, shared out. */
typedef struct layer {
    rn_training *t;
    size_t index;
    rn_linear_shape shape;
    const float *x;
    float *y, *dy, *dx;
    size_t n_tasks;
} layer;

static bool drops_inputs(const rn_training *t, size_t index)
{
    return index + 1 == t->net->n_linears && t->net->settings.dropout > 0 &&
           !t->batch.is_evaluating;
}

/* What a layer gets, before dropout. */
static const float *get_input(const rn_training *t, size_t index)
{
    if (index > 0) return t->maps.hidden[index - 1];
    return t->learning.has_maps ? t->maps.embedding : t->batch.features;
}

static layer get_layer(rn_training *t, size_t index)
{
    const rn_linear_params *p = &t->net->linears[index];
    layer l = {.t = t,
               .index = index,
               .shape = {t->batch.shards.n, p->n_inputs, p->n_outputs},
               .x = get_input(t, index),
               .y = t->maps.linear_out[index],
               .dy = t->maps.linear_grad[index],
               .dx = index > 0 ? t->maps.linear_grad[index - 1] : t->maps.d_embedding,
               .n_tasks = p->n_outputs < MAX_TASKS ? p->n_outputs : MAX_TASKS};
    if (drops_inputs(t, index)) l.x = t->maps.dropped;
    return l;
}

static void get_range(const layer *l, size_t task, size_t *first, size_t *last)
{
    *first = task * l->shape.n_outputs / l->n_tasks;
    *last = (task + 1) * l->shape.n_outputs / l->n_tasks;
}

static resnet_status forward_outputs(void *context, size_t task, size_t worker)
{
    const layer *l = context;
    const rn_net *net = l->t->net;
    const rn_linear_params *p = &net->linears[l->index];
    size_t first, last;
    (void)worker;
    get_range(l, task, &first, &last);
    rn_linear_forward(&l->shape, first, last, l->x, rn_net_get_values(net, p->weight),
                      rn_net_get_values(net, p->bias), l->y);
    return RESNET_OK;
}

/* Each input of the last layer is dropped with probability p, the others grow by 1 / (1 - p):
 * Srivastava et al., "Dropout", 2014, inverted as torch and Keras have it. Drawn by the image's
 * place in the whole batch, whatever shard it is in. */
static void scale_by_mask(const rn_training *t, const float *from, float *to)
{
    const size_t n_inputs = t->net->linears[t->net->n_linears - 1].n_inputs;
    const float dropout = t->net->settings.dropout;
    for (size_t i = 0; i < t->batch.shards.n; i++) {
        rn_rng rng = rn_rng_make(t->settings.seed, RN_RNG_DROPOUT, t->batch.step, i);
        for (size_t k = 0; k < n_inputs; k++) {
            const bool drop = rn_rng_uniform(&rng) < (double)dropout;
            to[i * n_inputs + k] = drop ? 0 : from[i * n_inputs + k] / (1 - dropout);
        }
    }
}

resnet_status rn_head_forward(rn_training *t)
{
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < t->net->n_linears; i++) {
        layer l = get_layer(t, i);
        if (drops_inputs(t, i)) scale_by_mask(t, get_input(t, i), t->maps.dropped);
        RN_TRY(rn_pool_run(t->pool, l.n_tasks, forward_outputs, &l));
        if (i < t->net->settings.n_hidden)
            rn_nonlinear_forward(&t->net->settings.activations[i], l.y, t->maps.hidden[i],
                                 l.shape.n * l.shape.n_outputs);
    }
done:
    return status;
}

#define SUM_SLOTS 7 /* rn_tree_count_slots(RN_MAX_SHARDS) */
_Static_assert(RN_MAX_SHARDS <= 1 << (SUM_SLOTS - 1), "slots for all shards");

/* One output's gradients, of its weights and its bias, in the slots of the tree. */
typedef struct output_sum {
    const layer *l;
    size_t output;
    float *weights[SUM_SLOTS]; /* [n_inputs] each */
    float biases[SUM_SLOTS];
} output_sum;

static void fetch_output(void *context, rn_tree_node leaf)
{
    output_sum *sum = context;
    const layer *l = sum->l;
    const rn_span span = rn_shard_get_span(l->t, leaf.first);
    const rn_linear_shape part = {span.n, l->shape.n_inputs, l->shape.n_outputs};
    rn_linear_backward_weights(&part, 0, 1, l->x + span.first * part.n_inputs,
                               l->dy + span.first * part.n_outputs + sum->output,
                               sum->weights[leaf.slot], &sum->biases[leaf.slot]);
}

RN_CLONES static void add(float *restrict to, const float *restrict from, size_t count)
{
    for (size_t i = 0; i < count; i++) to[i] += from[i];
}

static void join_outputs(void *context, rn_tree_node into, rn_tree_node from)
{
    output_sum *sum = context;
    add(sum->weights[into.slot], sum->weights[from.slot], sum->l->shape.n_inputs);
    sum->biases[into.slot] += sum->biases[from.slot];
}

/* The gradients of one output: summed where they belong, or beside it to be added. */
static void backward_output(output_sum *sum, float *rows, float *dw, float *db)
{
    const rn_training *t = sum->l->t;
    const size_t n_inputs = sum->l->shape.n_inputs;
    const rn_tree tree = {.context = sum, .leaf = fetch_output, .join = join_outputs};
    for (size_t slot = 0; slot < rn_tree_count_slots(t->batch.shards.count); slot++)
        sum->weights[slot] = rows + slot * n_inputs;
    if (!t->batch.accumulate) sum->weights[0] = dw;
    rn_tree_sum(&tree, t->batch.shards.count);
    if (t->batch.accumulate) add(dw, sum->weights[0], n_inputs);
    *db = sum->biases[0] + (t->batch.accumulate ? *db : 0);
}

static resnet_status backward_outputs(void *context, size_t task, size_t worker)
{
    const layer *l = context;
    const rn_training *t = l->t;
    const rn_linear_params *p = &t->net->linears[l->index];
    float *dw = rn_training_gradient_of(t, p->weight), *db = rn_training_gradient_of(t, p->bias);
    output_sum sum = {.l = l};
    size_t last;
    for (get_range(l, task, &sum.output, &last); sum.output < last; sum.output++)
        backward_output(&sum, t->workers.items[worker].rows, dw + sum.output * p->n_inputs,
                        db + sum.output);
    return RESNET_OK;
}

static resnet_status backward_shard(void *context, size_t shard, size_t worker)
{
    const layer *l = context;
    const rn_training *t = l->t;
    const rn_span span = rn_shard_get_span(t, shard);
    const rn_linear_shape part = {span.n, l->shape.n_inputs, l->shape.n_outputs};
    (void)worker;
    rn_linear_backward_data(&part, l->dy + span.first * part.n_outputs,
                            rn_net_get_values(t->net, t->net->linears[l->index].weight),
                            l->dx + span.first * part.n_inputs);
    return RESNET_OK;
}

resnet_status rn_head_backward(rn_training *t)
{
    resnet_status status = RESNET_OK;
    for (size_t i = t->net->n_linears; i-- > 0;) {
        layer l = get_layer(t, i);
        if (!t->settings.freeze_head) RN_TRY(rn_pool_run(t->pool, l.n_tasks, backward_outputs, &l));
        if (i == 0 && !t->learning.has_maps) break;
        RN_TRY(rn_pool_run(t->pool, t->batch.shards.count, backward_shard, &l));
        if (drops_inputs(t, i)) scale_by_mask(t, l.dx, l.dx);
        if (i > 0)
            rn_nonlinear_backward(&t->net->settings.activations[i - 1], t->maps.linear_out[i - 1],
                                  l.dx, l.shape.n * l.shape.n_inputs);
    }
done:
    return status;
}

/* ---- the loss ---- */

const float *rn_head_get_logits(const rn_training *t)
{
    return t->maps.linear_out[t->net->n_linears - 1];
}

float *rn_head_get_d_logits(const rn_training *t)
{
    return t->maps.linear_grad[t->net->n_linears - 1];
}

static void join_losses(void *context, rn_tree_node into, rn_tree_node from)
{
    rn_loss_sum *sums = context;
    sums[into.first].weight += sums[from.first].weight;
    sums[into.first].loss += sums[from.first].loss;
    sums[into.first].n_correct += sums[from.first].n_correct;
}

static rn_loss_sum sum_losses(const rn_shards *shards, rn_loss_sum sums[])
{
    const rn_tree tree = {.context = sums, .join = join_losses};
    rn_tree_sum(&tree, shards->count);
    return sums[0];
}

double rn_training_weigh(const rn_training *t, const rn_target *target, size_t n)
{
    const rn_shards shards = rn_shards_cut(n, t->settings.n_shards);
    rn_loss_sum sums[RN_MAX_SHARDS];
    for (size_t s = 0; s < shards.count; s++)
        sums[s] = (rn_loss_sum){.weight = rn_target_weigh(target, rn_shards_get_span(&shards, s))};
    return sum_losses(&shards, sums).weight;
}

typedef struct loss_job {
    rn_training *t;
    const rn_target *target;
    double weight;
} loss_job;

static resnet_status run_loss(void *context, size_t shard, size_t worker)
{
    const loss_job *job = context;
    rn_training *t = job->t;
    (void)worker;
    rn_cross_entropy(rn_head_get_logits(t), rn_shard_get_span(t, shard), t->net->settings.n_classes,
                     job->target, job->weight, rn_head_get_d_logits(t), &t->batch.losses[shard]);
    return RESNET_OK;
}

resnet_status rn_head_measure(rn_training *t, const rn_target *target, rn_step_result *out)
{
    loss_job job = {t, target, rn_training_weigh(t, target, t->batch.shards.n)};
    const resnet_status status = rn_pool_run(t->pool, t->batch.shards.count, run_loss, &job);
    if (status != RESNET_OK) return status;
    const rn_loss_sum sum = sum_losses(&t->batch.shards, t->batch.losses);
    *out = (rn_step_result){sum.loss / job.weight, sum.n_correct};
    return RESNET_OK;
}
