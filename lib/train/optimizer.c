/* All tensors are cut into chunks once; a step is one job over the chunks, and every rule is
 * elementwise, so who takes which chunk cannot be seen in the values. Norms are summed per chunk
 * and then in the chunks' order. SPDX-License-Identifier: MIT */
#include "train/optimizer.h"

#include "core/mem.h"
#include "train/optimizer_rules.h"

#include <math.h>
#include <resnet/trainer.h>
#include <string.h>

#define CHUNK ((size_t)32768) /* floats */
#define MAX_SLOTS 2

typedef struct chunk {
    size_t tensor;
    size_t start, count; /* floats within the tensor */
} chunk;

typedef struct tensor {
    rn_learning_param learning;
    float *slots[MAX_SLOTS];
    double decay; /* weight decay, 0 if exempt */
    double multiplier;
    bool adaptive; /* has a LARS rate of its own */
    rn_rule_scalars scalars;
} tensor;

struct rn_optimizer {
    rn_optimizer_settings settings;
    rn_rule rule;
    size_t n_slots;
    const char *slot_names[MAX_SLOTS];
    rn_pool *pool;
    tensor *tensors;
    size_t n_tensors;
    chunk *chunks;
    size_t n_chunks;
    double *gradient_squares; /* [n_chunks] */
    double *value_squares;    /* [n_chunks] */
    float *arena;             /* the slots of all tensors */
    float factor;             /* of scale_chunk */
    double gradient_norm;
    uint64_t n_steps;
};

/* ---- creation ---- */

static void choose_rule(rn_optimizer *o)
{
    const bool momentum = o->settings.momentum != 0;
    switch (o->settings.kind) {
    case RESNET_OPTIMIZER_ADAM:
    case RESNET_OPTIMIZER_ADAMW:
        o->rule = rn_rule_adam;
        o->slot_names[o->n_slots++] = "exp_avg";
        o->slot_names[o->n_slots++] = "exp_avg_sq";
        return;
    case RESNET_OPTIMIZER_RMSPROP:
        o->rule = momentum ? rn_rule_rmsprop_momentum : rn_rule_rmsprop;
        o->slot_names[o->n_slots++] = "square_avg";
        break;
    case RESNET_OPTIMIZER_LARS:
        o->rule = rn_rule_lars;
        o->slot_names[o->n_slots++] = "momentum_buffer";
        return;
    default:
        o->rule = momentum ? rn_rule_sgd_momentum : rn_rule_sgd;
    }
    if (momentum) o->slot_names[o->n_slots++] = "momentum_buffer";
}

static size_t count_chunks(size_t count)
{
    return (count + CHUNK - 1) / CHUNK;
}

static resnet_status allocate(rn_optimizer *o, const rn_learning_param *params)
{
    size_t n_floats = 0;
    for (size_t i = 0; i < o->n_tensors; i++) {
        n_floats += o->n_slots * rn_align_floats(params[i].param->count);
        o->n_chunks += count_chunks(params[i].param->count);
    }
    o->tensors = rn_calloc(o->n_tensors, sizeof *o->tensors);
    o->chunks = rn_calloc(o->n_chunks, sizeof *o->chunks);
    o->gradient_squares = rn_calloc(o->n_chunks, sizeof *o->gradient_squares);
    o->value_squares = rn_calloc(o->n_chunks, sizeof *o->value_squares);
    o->arena = rn_calloc(n_floats, sizeof *o->arena);
    const bool all = o->tensors && o->chunks && o->gradient_squares && o->value_squares && o->arena;
    return all ? RESNET_OK : RESNET_E_NOMEM;
}

static bool is_vector(enum rn_param_kind kind)
{
    return kind != RN_PARAM_CONV_WEIGHT && kind != RN_PARAM_LINEAR_WEIGHT;
}

static void fill_tensors(rn_optimizer *o, const rn_learning_param *params)
{
    const rn_optimizer_settings *settings = &o->settings;
    float *slot = o->arena;
    chunk *next = o->chunks;
    for (size_t i = 0; i < o->n_tensors; i++) {
        const rn_param *param = params[i].param;
        tensor *t = &o->tensors[i];
        t->learning = params[i];
        t->decay = settings->exempt_vectors && is_vector(param->kind) ? 0 : settings->weight_decay;
        t->multiplier = (double)settings->stage_multipliers[param->stage];
        t->adaptive = settings->kind == RESNET_OPTIMIZER_LARS && !is_vector(param->kind);
        for (size_t s = 0; s < o->n_slots; s++, slot += rn_align_floats(param->count))
            t->slots[s] = slot;
        for (size_t start = 0; start < param->count; start += CHUNK) {
            const size_t left = param->count - start;
            *next++ = (chunk){i, start, left < CHUNK ? left : CHUNK};
        }
    }
}

resnet_status rn_optimizer_create(rn_optimizer **out, const rn_learning_param *params,
                                  size_t n_params, rn_pool *pool,
                                  const rn_optimizer_settings *settings)
{
    rn_optimizer *o = rn_calloc(1, sizeof *o);
    if (!o) return RESNET_E_NOMEM;
    o->settings = *settings;
    o->pool = pool;
    o->n_tensors = n_params;
    choose_rule(o);
    const resnet_status status = allocate(o, params);
    if (status != RESNET_OK) {
        rn_optimizer_free(o);
        return status;
    }
    fill_tensors(o, params);
    *out = o;
    return RESNET_OK;
}

void rn_optimizer_free(rn_optimizer *optimizer)
{
    if (!optimizer) return;
    rn_free(optimizer->arena);
    rn_free(optimizer->value_squares);
    rn_free(optimizer->gradient_squares);
    rn_free(optimizer->chunks);
    rn_free(optimizer->tensors);
    rn_free(optimizer);
}

/* ---- norms ---- */

static resnet_status sum_chunk(void *context, size_t task, size_t worker)
{
    (void)worker;
    rn_optimizer *o = context;
    const chunk *c = &o->chunks[task];
    const tensor *t = &o->tensors[c->tensor];
    o->gradient_squares[task] = rn_rule_sum_squares(t->learning.gradient + c->start, c->count);
    if (t->adaptive)
        o->value_squares[task] = rn_rule_sum_squares(t->learning.values + c->start, c->count);
    return RESNET_OK;
}

/* 1, or what brings the norm down to clip_norm: torch.nn.utils.clip_grad_norm_. */
static double clip_factor(rn_optimizer *o, double gradient_scale)
{
    double squares = 0;
    for (size_t i = 0; i < o->n_chunks; i++) squares += o->gradient_squares[i];
    o->gradient_norm = sqrt(squares) * fabs(gradient_scale);
    const double limit = o->settings.clip_norm;
    const double factor = limit / (o->gradient_norm + 1e-6);
    return o->settings.clips && factor < 1 ? factor : 1;
}

/* The local rate of algorithm 1: trust x |w| / (|g| + decay x |w|); 1 where a norm is 0. */
static double trust_ratio(const rn_optimizer *o, size_t first_chunk, const tensor *t, double scale)
{
    double gradient = 0, values = 0;
    const size_t end = first_chunk + count_chunks(t->learning.param->count);
    for (size_t i = first_chunk; i < end; i++) {
        gradient += o->gradient_squares[i];
        values += o->value_squares[i];
    }
    gradient = sqrt(gradient) * fabs(scale);
    values = sqrt(values);
    if (gradient == 0 || values == 0) return 1;
    return o->settings.trust * values / (gradient + t->decay * values);
}

/* ---- a step ---- */

static void set_scalars(rn_optimizer *o, tensor *t, double rate, double scale)
{
    const rn_optimizer_settings *settings = &o->settings;
    const bool decoupled = settings->decoupled_decay || settings->kind == RESNET_OPTIMIZER_ADAMW;
    const bool adam = o->rule == rn_rule_adam;
    const double first = adam ? 1 - pow(settings->beta1, (double)o->n_steps) : 1;
    const double second = adam ? 1 - pow(settings->beta2, (double)o->n_steps) : 1;
    t->scalars = (rn_rule_scalars){
        .rate = (float)(rate / first),
        .scale = (float)scale,
        .shrink = decoupled ? (float)(1 - rate * t->decay) : 1,
        .l2 = decoupled ? 0 : (float)t->decay,
        .momentum = (float)settings->momentum,
        .nesterov = settings->nesterov,
        .beta2 = (float)settings->beta2,
        .fresh1 = (float)(1 - settings->beta1),
        .fresh2 = (float)(1 - settings->beta2),
        .second_correction = (float)sqrt(second),
        .epsilon = (float)settings->epsilon,
    };
}

static void prepare_tensors(rn_optimizer *o, double learning_rate, double scale)
{
    size_t first_chunk = 0;
    for (size_t i = 0; i < o->n_tensors; i++) {
        tensor *t = &o->tensors[i];
        double rate = learning_rate * t->multiplier;
        if (t->adaptive) rate *= trust_ratio(o, first_chunk, t, scale);
        set_scalars(o, t, rate, scale);
        first_chunk += count_chunks(t->learning.param->count);
    }
}

static float *at(float *slot, size_t start)
{
    return slot ? slot + start : NULL;
}

static resnet_status update_chunk(void *context, size_t task, size_t worker)
{
    (void)worker;
    const rn_optimizer *o = context;
    const chunk *c = &o->chunks[task];
    const tensor *t = &o->tensors[c->tensor];
    if (t->multiplier == 0) return RESNET_OK;
    o->rule(&t->scalars, c->count, t->learning.gradient + c->start, t->learning.values + c->start,
            at(t->slots[0], c->start), at(t->slots[1], c->start));
    return RESNET_OK;
}

resnet_status rn_optimizer_step(rn_optimizer *o, double learning_rate, double gradient_scale)
{
    resnet_status status;
    double scale = gradient_scale;
    o->gradient_norm = 0;
    if (o->settings.clips || o->settings.kind == RESNET_OPTIMIZER_LARS) {
        RN_TRY(rn_pool_run(o->pool, o->n_chunks, sum_chunk, o));
        scale *= clip_factor(o, gradient_scale);
    }
    o->n_steps++;
    prepare_tensors(o, learning_rate, scale);
    status = rn_pool_run(o->pool, o->n_chunks, update_chunk, o);
done:
    return status;
}

static resnet_status scale_chunk(void *context, size_t task, size_t worker)
{
    (void)worker;
    const rn_optimizer *o = context;
    const chunk *c = &o->chunks[task];
    float *gradient = o->tensors[c->tensor].learning.gradient + c->start;
    const float factor = o->factor;
    for (size_t i = 0; i < c->count; i++) gradient[i] *= factor;
    return RESNET_OK;
}

resnet_status rn_optimizer_scale_gradients(rn_optimizer *optimizer, double factor)
{
    optimizer->factor = (float)factor;
    return rn_pool_run(optimizer->pool, optimizer->n_chunks, scale_chunk, optimizer);
}

/* ---- what it knows ---- */

double rn_optimizer_get_gradient_norm(const rn_optimizer *optimizer)
{
    return optimizer->gradient_norm;
}

uint64_t rn_optimizer_get_n_steps(const rn_optimizer *optimizer)
{
    return optimizer->n_steps;
}

void rn_optimizer_set_n_steps(rn_optimizer *optimizer, uint64_t n_steps)
{
    optimizer->n_steps = n_steps;
}

size_t rn_optimizer_get_n_arrays(const rn_optimizer *optimizer)
{
    return optimizer->n_tensors * optimizer->n_slots;
}

rn_optimizer_array rn_optimizer_get_array(const rn_optimizer *optimizer, size_t index)
{
    const tensor *t = &optimizer->tensors[index / optimizer->n_slots];
    const size_t slot = index % optimizer->n_slots;
    return (rn_optimizer_array){optimizer->slot_names[slot], t->learning.param->name,
                                t->slots[slot], t->learning.param->count};
}
