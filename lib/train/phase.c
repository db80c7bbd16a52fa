/* SPDX-License-Identifier: MIT */
#include "train/phase.h"

#include "core/mem.h"
#include "train/freeze.h"
#include "train/head_validation.h"

struct rn_phase {
    rn_phase_settings settings;
    rn_training *training;
    rn_optimizer *optimizer;
    rn_supply *supply;
    rn_head_validation *head_validation; /* NULL unless the head alone learns */
    rn_schedule schedule;
    double pending;     /* weight of the batches since the last step */
    double last_weight; /* of the last batch: gradients lie in memory as means in its units */
    double scale;
};

/* ---- creation ---- */

static rn_training_settings training_settings(const rn_phase *phase, const bool *frozen)
{
    const resnet_trainer_options *o = phase->settings.options;
    return (rn_training_settings){
        .n_shards = o->n_shards,
        .bn_momentum = o->bn_momentum,
        .seed = o->seed,
        .winograd = true,
        .frozen = frozen,
        .keep_statistics = o->batch_norm == RESNET_BATCH_NORM_STORED,
    };
}

static const bool *get_frozen(const rn_phase *phase)
{
    return rn_training_get_frozen(phase->training);
}

static bool trains_head_only(const rn_phase *phase)
{
    return rn_freeze_is_whole(get_frozen(phase), phase->settings.model->net->arch);
}

static rn_optimizer_settings optimizer_settings(const resnet_trainer_options *o)
{
    rn_optimizer_settings settings = {
        .kind = o->optimizer,
        .nesterov = o->nesterov != 0,
        .decoupled_decay = o->decoupled_decay != 0,
        .exempt_vectors = o->exempt_vectors != 0,
        .weight_decay = (double)o->weight_decay,
        .momentum = (double)o->momentum,
        .beta1 = (double)o->beta1,
        .beta2 = (double)o->beta2,
        .epsilon = (double)o->epsilon,
        .trust = (double)o->trust_coefficient,
        .clips = o->clip_norm >= 0,
        .clip_norm = (double)o->clip_norm,
    };
    _Static_assert(RN_OPTIMIZER_N_STAGES == RESNET_N_STAGES, "a rate per stage");
    for (size_t i = 0; i < RESNET_N_STAGES; i++) settings.stage_multipliers[i] = o->stage_rates[i];
    return settings;
}

static rn_schedule make_schedule(const resnet_trainer_options *o)
{
    rn_schedule schedule = {
        .kind = o->schedule,
        .base_rate = (double)o->learning_rate,
        .warmup = (double)o->warmup_epochs,
        .warmup_start = (double)o->warmup_start,
        .gamma = (double)o->gamma,
        .step_size = (double)o->step_epochs,
        .length = (double)o->n_epochs - (double)o->warmup_epochs,
        .min_rate = (double)o->min_learning_rate,
    };
    _Static_assert(RN_SCHEDULE_MAX_MILESTONES == RESNET_MAX_MILESTONES, "room for all milestones");
    while (schedule.n_milestones < RESNET_MAX_MILESTONES &&
           o->milestones[schedule.n_milestones] >= 0) {
        schedule.milestones[schedule.n_milestones] = (double)o->milestones[schedule.n_milestones];
        schedule.n_milestones++;
    }
    return schedule;
}

/* A batch of one image says nothing of a batch norm's variance: where batches of two leave one
 * over, it is left out. */
static bool leaves_one_over(const rn_phase *phase)
{
    const rn_phase_settings *settings = &phase->settings;
    const size_t n = resnet_dataset_get_n_samples(settings->train);
    return !trains_head_only(phase) && settings->options->batch_size == 2 && n > 2 && n % 2 == 1;
}

static rn_loader_options loader_options(const rn_phase *phase)
{
    const rn_phase_settings *settings = &phase->settings;
    const resnet_trainer_options *o = settings->options;
    rn_loader_options loader = rn_loader_default_options();
    loader.batch = o->batch_size;
    loader.n_workers = o->n_loaders ? o->n_loaders : rn_pool_get_n_threads(settings->pool);
    loader.prefetch = 3; /* one of them is in our hands */
    loader.cache_bytes = o->cache_bytes;
    loader.seed = o->seed;
    loader.order = o->balance == RESNET_BALANCE_SAMPLE ? RN_ORDER_BALANCED : RN_ORDER_SHUFFLED;
    loader.drop_last = leaves_one_over(phase);
    loader.share_last = true;
    loader.log = settings->log;
    return loader;
}

static rn_supply_settings supply_settings(const rn_phase *phase, const resnet_dataset *dataset)
{
    const rn_phase_settings *settings = &phase->settings;
    const resnet_trainer_options *o = settings->options;
    return (rn_supply_settings){
        .dataset = dataset,
        .recipe = &settings->model->recipe,
        .training = phase->training,
        .net = settings->model->net,
        .frozen = get_frozen(phase),
        .loader = loader_options(phase),
        .n_views = o->n_views,
        .augment = settings->augment,
        .feature_budget = o->cache_bytes,
        .feature_file = o->feature_file,
        .cancel = settings->cancel,
    };
}

static resnet_status open_supplies(rn_phase *phase)
{
    const rn_phase_settings *settings = &phase->settings;
    resnet_status status;
    if (!settings->train) return RESNET_OK;
    const rn_supply_settings train = supply_settings(phase, settings->train);
    RN_TRY(rn_supply_create(&phase->supply, &train));
    if (!settings->validation || !trains_head_only(phase)) return RESNET_OK;
    const rn_supply_settings validation = supply_settings(phase, settings->validation);
    status = rn_head_validation_create(&phase->head_validation, &validation);
done:
    return status;
}

static resnet_status create_training(rn_phase *phase)
{
    resnet_status status;
    bool *frozen = NULL;
    rn_net *net = phase->settings.model->net;
    RN_TRY(rn_freeze_choose(&frozen, phase->settings.options, net));
    const rn_training_settings settings = training_settings(phase, frozen);
    status = rn_training_create(&phase->training, net, phase->settings.pool, &settings);
done:
    rn_free(frozen);
    return status;
}

resnet_status rn_phase_create(rn_phase **out, const rn_phase_settings *settings)
{
    rn_phase *phase = rn_calloc(1, sizeof *phase);
    if (!phase) return RESNET_E_NOMEM;
    phase->settings = *settings;
    phase->schedule = make_schedule(settings->options);
    phase->scale = 1;
    resnet_status status;
    RN_TRY(create_training(phase));
    const rn_optimizer_settings optimizer = optimizer_settings(settings->options);
    size_t n_params = 0;
    const rn_learning_param *params = rn_training_get_params(phase->training, &n_params);
    RN_TRY(rn_optimizer_create(&phase->optimizer, params, n_params, settings->pool, &optimizer));
    RN_TRY(open_supplies(phase));
    *out = phase;
    phase = NULL;
done:
    rn_phase_free(phase);
    return status;
}

void rn_phase_free(rn_phase *phase)
{
    if (!phase) return;
    rn_head_validation_free(phase->head_validation);
    rn_supply_free(phase->supply);
    rn_optimizer_free(phase->optimizer);
    rn_training_free(phase->training);
    rn_free(phase);
}

/* ---- steps ---- */

resnet_status rn_phase_add_batch(rn_phase *phase, const rn_supply_batch *batch, uint64_t ident,
                                 rn_step_result *out)
{
    const rn_target target = {
        .labels = batch->labels,
        .soft = batch->soft,
        .class_weights = phase->settings.class_weights,
        .label_smoothing = phase->settings.options->label_smoothing,
    };
    const double weight = rn_training_weigh(phase->training, &target, batch->n);
    const bool accumulate = phase->pending > 0;
    resnet_status status;
    if (accumulate && weight != phase->last_weight)
        RN_TRY(rn_optimizer_scale_gradients(phase->optimizer, phase->last_weight / weight));
    RN_TRY(rn_training_run(phase->training, batch->features, batch->n, batch->height, batch->width,
                           &target, ident, accumulate, out));
    phase->pending += weight;
    phase->last_weight = weight;
    return RESNET_OK;
done:
    phase->pending = 0; /* what was gathered is lost */
    return status;
}

resnet_status rn_phase_step(rn_phase *phase, double learning_rate)
{
    phase->scale = phase->last_weight / phase->pending;
    phase->pending = 0;
    const resnet_status status = rn_optimizer_step(phase->optimizer, learning_rate, phase->scale);
    if (!trains_head_only(phase)) phase->settings.model->net->is_random = false;
    rn_training_values_changed(phase->training);
    return status;
}

bool rn_phase_has_validation(const rn_phase *phase)
{
    return phase->head_validation != NULL;
}

resnet_status rn_phase_validate(rn_figures *out, rn_phase *phase)
{
    return rn_head_validation_measure(out, phase->head_validation);
}

void rn_phase_forget(rn_phase *phase)
{
    phase->pending = 0;
}

double rn_phase_get_rate(const rn_phase *phase, double time, double plateau)
{
    const bool warm = time >= phase->schedule.warmup;
    if (warm && phase->schedule.kind == RESNET_SCHEDULE_PLATEAU) return plateau;
    return rn_schedule_get_rate(&phase->schedule, time);
}

bool rn_phase_has_prefix(const rn_phase *phase)
{
    return get_frozen(phase)[0];
}

rn_training *rn_phase_get_training(const rn_phase *phase)
{
    return phase->training;
}

rn_optimizer *rn_phase_get_optimizer(const rn_phase *phase)
{
    return phase->optimizer;
}

rn_supply *rn_phase_get_supply(const rn_phase *phase)
{
    return phase->supply;
}

double rn_phase_get_gradient_scale(const rn_phase *phase)
{
    return phase->scale;
}
