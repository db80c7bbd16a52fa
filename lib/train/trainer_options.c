/* SPDX-License-Identifier: MIT */
#include "train/trainer_options.h"

#include "core/arithmetic.h"
#include "core/mem.h"
#include "core/options.h"
#include "image/views.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

RN_ASSERT_ABI(resnet_trainer_options, 400);
RN_ASSERT_ABI(resnet_progress, 144);
RN_ASSERT_ABI(resnet_evaluate_options, 80);

/* of the first release */
#define FIRST_SIZE 400
#define FIRST_EVALUATE_SIZE 64

#define OWN (-1.0F) /* somebody else's choice: the optimiser's, the augmentation's, nobody's */

static resnet_trainer_options default_options(void)
{
    _Static_assert(RESNET_MAX_MILESTONES == 8, "a default for each");
    return (resnet_trainer_options){
        .struct_size = sizeof(resnet_trainer_options),
        .n_epochs = 10,
        .batch_size = 32,
        .n_shards = 8,
        .mixup_alpha = OWN,
        .cutmix_alpha = OWN,
        .learning_rate = OWN,
        .momentum = OWN,
        .weight_decay = OWN,
        .beta1 = 0.9F,
        .beta2 = OWN,
        .clip_norm = OWN,
        .epsilon = 1e-8F,
        .bn_momentum = 0.1F,
        .trust_coefficient = 0.001F,
        .accumulate = 1,
        .stage_rates = {1, 1, 1, 1, 1, 1},
        .gamma = 0.1F,
        .step_epochs = 30,
        .milestones = {OWN, OWN, OWN, OWN, OWN, OWN, OWN, OWN},
        .plateau_patience = 10,
        .plateau_min_delta = 1e-4F,
        .head_learning_rate = 1e-3F,
        .stop_patience = RESNET_NEVER,
        .cache_bytes = UINT64_C(1) << 30,
    };
}

resnet_status resnet_trainer_options_init(resnet_trainer_options *options, size_t size)
{
    const resnet_trainer_options defaults = default_options();
    return rn_options_write(options, size, &defaults, sizeof defaults, FIRST_SIZE,
                            "resnet_trainer_options");
}

/* ---- checks ---- */

typedef struct range {
    const char *name;
    double value, low, high; /* inclusive */
} range;

static resnet_status check_ranges(const range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(ranges[i].value >= ranges[i].low && ranges[i].value <= ranges[i].high))
            return rn_fail(RESNET_E_INVALID, "%s is %g, outside %g to %g", ranges[i].name,
                           ranges[i].value, ranges[i].low, ranges[i].high);
    return RESNET_OK;
}

#define MOST 1e30             /* finite, and no bound otherwise */
#define BELOW_ONE 0.999999999 /* what "< 1" means for a float */
#define ABOVE_ZERO 1e-30
#define RANGE(field, low, high)                                                                    \
    {                                                                                              \
#field, (double)o->field, low, high                                                        \
    }

static resnet_status check_work(const resnet_trainer_options *o)
{
    const range ranges[] = {
        RANGE(n_epochs, 0, 1e9),
        RANGE(batch_size, 1, 1e6),
        RANGE(n_threads, 0, 4096),
        RANGE(n_shards, 1, 64),
        RANGE(n_loaders, 0, 4096),
        RANGE(freeze, RESNET_FREEZE_NONE, RESNET_FREEZE_ALL),
        RANGE(bn_momentum, 0, 1),
        RANGE(accumulate, 1, 1e6),
        RANGE(label_smoothing, 0, BELOW_ONE),
        RANGE(balance, RESNET_BALANCE_NONE, RESNET_BALANCE_SAMPLE),
        RANGE(head_epochs, 0, 1e9),
        RANGE(head_learning_rate, 0, MOST),
        RANGE(ema_decay, 0, BELOW_ONE),
        RANGE(batch_norm, RESNET_BATCH_NORM_AUTO, RESNET_BATCH_NORM_STORED),
    };
    return check_ranges(ranges, sizeof ranges / sizeof *ranges);
}

static resnet_status check_optimizer(const resnet_trainer_options *o)
{
    const range ranges[] = {
        RANGE(optimizer, RESNET_OPTIMIZER_SGD, RESNET_OPTIMIZER_LARS),
        RANGE(learning_rate, 0, MOST),
        RANGE(momentum, 0, BELOW_ONE),
        RANGE(weight_decay, 0, MOST),
        RANGE(beta1, 0, BELOW_ONE),
        RANGE(beta2, 0, BELOW_ONE),
        RANGE(epsilon, 0, MOST),
        RANGE(trust_coefficient, 0, MOST),
    };
    resnet_status status;
    RN_TRY(check_ranges(ranges, sizeof ranges / sizeof *ranges));
    for (size_t i = 0; i < RESNET_N_STAGES; i++)
        RN_TRY(check_ranges(&(range){"stage_rates", (double)o->stage_rates[i], 0, MOST}, 1));
done:
    return status;
}

static resnet_status check_schedule(const resnet_trainer_options *o)
{
    const range ranges[] = {
        RANGE(schedule, RESNET_SCHEDULE_CONSTANT, RESNET_SCHEDULE_PLATEAU),
        RANGE(warmup_epochs, 0, 1e9),
        RANGE(warmup_start, 0, 1),
        RANGE(gamma, 0, 1),
        RANGE(step_epochs, ABOVE_ZERO, MOST),
        RANGE(min_learning_rate, 0, MOST),
        RANGE(monitor, RESNET_MONITOR_AUTO, RESNET_MONITOR_VAL_MACRO_F1),
        RANGE(plateau_min_delta, 0, MOST),
        RANGE(stop_min_delta, 0, MOST),
    };
    resnet_status status;
    RN_TRY(check_ranges(ranges, sizeof ranges / sizeof *ranges));
    double least = 0;
    for (size_t i = 0; i < RESNET_MAX_MILESTONES && o->milestones[i] != OWN; i++) {
        RN_TRY(check_ranges(&(range){"milestones", (double)o->milestones[i], least, MOST}, 1));
        least = (double)o->milestones[i];
    }
done:
    return status;
}

/* Those of which -1 is no number of their range but means what OWN says. */
static resnet_status check_own(const resnet_trainer_options *o)
{
    const range ranges[] = {
        RANGE(mixup_alpha, 0, 1e6),
        RANGE(cutmix_alpha, 0, 1e6),
        RANGE(clip_norm, 0, MOST),
    };
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (ranges[i].value != (double)OWN) RN_TRY(check_ranges(&ranges[i], 1));
done:
    return status;
}

/* A switch is 0 or 1: anything else is a slip. */
static resnet_status check_switches(const resnet_trainer_options *o)
{
    const range ranges[] = {
        RANGE(allow_random_features, 0, 1), RANGE(decoupled_decay, 0, 1),
        RANGE(exempt_vectors, 0, 1),        RANGE(nesterov, 0, 1),
        RANGE(schedule_by_epoch, 0, 1),     RANGE(plateau_absolute, 0, 1),
        RANGE(restore_best, 0, 1),          RANGE(resume, 0, 1),
    };
    return check_ranges(ranges, sizeof ranges / sizeof *ranges);
}

static resnet_status check_rest(const resnet_trainer_options *o)
{
    if (o->resume && !o->checkpoint_folder)
        return rn_fail(RESNET_E_INVALID, "resume needs checkpoint_folder");
    if ((o->n_class_weights > 0) != (o->class_weights != NULL))
        return rn_fail(RESNET_E_INVALID,
                       "n_class_weights is %u, but "
                       "class_weights is %s",
                       (unsigned)o->n_class_weights, o->class_weights ? "set" : "NULL");
    for (size_t i = 0; i < o->n_class_weights; i++)
        if (!(o->class_weights[i] >= 0 && isfinite(o->class_weights[i])))
            return rn_fail(RESNET_E_INVALID, "class_weights[%zu] is %g", i,
                           (double)o->class_weights[i]);
    return RESNET_OK;
}

/* ---- the optimisers' own ---- */

static void fill_own(resnet_trainer_options *o)
{
    static const struct {
        float rate, momentum, decay, beta2;
    } own[] = {
        [RESNET_OPTIMIZER_SGD] = {0.01F, 0.9F, 1e-4F, 0.999F},
        [RESNET_OPTIMIZER_ADAM] = {0.001F, 0, 0, 0.999F},
        [RESNET_OPTIMIZER_ADAMW] = {0.001F, 0, 0.01F, 0.999F},
        [RESNET_OPTIMIZER_RMSPROP] = {0.01F, 0, 0, 0.99F},
        [RESNET_OPTIMIZER_LARS] = {1, 0.9F, 1e-4F, 0.999F},
    };
    if (o->optimizer < RESNET_OPTIMIZER_SGD || o->optimizer > RESNET_OPTIMIZER_LARS) return;
    if (o->learning_rate == OWN) o->learning_rate = own[o->optimizer].rate;
    if (o->momentum == OWN) o->momentum = own[o->optimizer].momentum;
    if (o->weight_decay == OWN) o->weight_decay = own[o->optimizer].decay;
    if (o->beta2 == OWN) o->beta2 = own[o->optimizer].beta2;
}

resnet_trainer_options rn_trainer_options_for_head(const resnet_trainer_options *options)
{
    const resnet_trainer_options defaults = default_options();
    resnet_trainer_options head = *options;
    head.freeze = RESNET_FREEZE_ALL;
    head.train_last = 0;
    head.freeze_names = NULL;
    head.optimizer = RESNET_OPTIMIZER_ADAM;
    head.learning_rate = options->head_learning_rate;
    head.momentum = defaults.momentum;
    head.weight_decay = defaults.weight_decay;
    head.beta1 = defaults.beta1;
    head.beta2 = defaults.beta2;
    head.epsilon = defaults.epsilon;
    head.schedule = RESNET_SCHEDULE_CONSTANT;
    head.warmup_epochs = 0;
    for (size_t i = 0; i < RESNET_N_STAGES; i++) head.stage_rates[i] = 1;
    fill_own(&head);
    return head;
}

/* ---- copies ---- */

#define N_TEXTS 7

static void list_texts(resnet_trainer_options *o, const char **texts[N_TEXTS])
{
    const char **const fields[N_TEXTS] = {&o->feature_file,      &o->augment,
                                          &o->checkpoint_folder, &o->history_csv,
                                          &o->history_jsonl,     &o->tensorboard_folder,
                                          &o->freeze_names};
    memcpy(texts, fields, sizeof fields);
}

/* Replaces what is borrowed by copies; on failure some fields are NULL, the others copies. */
static resnet_status copy_borrowed(resnet_trainer_options *o)
{
    const char **texts[N_TEXTS];
    bool all = true;
    list_texts(o, texts);
    for (size_t i = 0; i < N_TEXTS; i++) {
        if (!*texts[i]) continue;
        *texts[i] = rn_strdup(*texts[i]);
        all = all && *texts[i];
    }
    if (o->class_weights) {
        float *weights = rn_alloc(o->n_class_weights, sizeof *weights);
        if (weights) memcpy(weights, o->class_weights, o->n_class_weights * sizeof *weights);
        o->class_weights = weights;
        all = all && weights;
    }
    return all ? RESNET_OK : RESNET_E_NOMEM;
}

void rn_trainer_options_close(resnet_trainer_options *options)
{
    const char **texts[N_TEXTS];
    list_texts(options, texts);
    for (size_t i = 0; i < N_TEXTS; i++) {
        rn_free((void *)*texts[i]);
        *texts[i] = NULL;
    }
    rn_free((void *)options->class_weights);
    options->class_weights = NULL;
}

resnet_status rn_trainer_options_open(resnet_trainer_options *out,
                                      const resnet_trainer_options *theirs)
{
    resnet_trainer_options options = default_options();
    resnet_status status;
    RN_TRY(rn_options_read(&options, sizeof options, FIRST_SIZE, theirs, "resnet_trainer_options"));
    fill_own(&options);
    RN_TRY(check_work(&options));
    RN_TRY(check_optimizer(&options));
    RN_TRY(check_schedule(&options));
    RN_TRY(check_own(&options));
    RN_TRY(check_switches(&options));
    RN_TRY(check_rest(&options));
    status = copy_borrowed(&options);
    if (status != RESNET_OK)
        rn_trainer_options_close(&options);
    else
        *out = options;
done:
    return status;
}

float resnet_scale_learning_rate(float rate, uint32_t batch_size, uint32_t base_batch_size)
{
    RN_OWN_ARITHMETIC;
    return base_batch_size ? rate * (float)batch_size / (float)base_batch_size : 0;
}

const char *resnet_monitor_name(int32_t monitor)
{
    static const char *const names[] = {
        [RESNET_MONITOR_AUTO] = "auto",
        [RESNET_MONITOR_LOSS] = "loss",
        [RESNET_MONITOR_ACCURACY] = "accuracy",
        [RESNET_MONITOR_VAL_LOSS] = "val_loss",
        [RESNET_MONITOR_VAL_ACCURACY] = "val_accuracy",
        [RESNET_MONITOR_VAL_MACRO_F1] = "val_macro_f1",
    };
    const int32_t n = sizeof names / sizeof *names;
    return monitor >= 0 && monitor < n ? names[monitor] : "";
}

/* ---- evaluation's ---- */

static const resnet_evaluate_options EVALUATE_DEFAULTS = {
    .struct_size = sizeof(resnet_evaluate_options), .batch_size = 32, .views = RESNET_VIEWS_ONE};

resnet_status resnet_evaluate_options_init(resnet_evaluate_options *options, size_t size)
{
    return rn_options_write(options, size, &EVALUATE_DEFAULTS, sizeof EVALUATE_DEFAULTS,
                            FIRST_EVALUATE_SIZE, "resnet_evaluate_options");
}

resnet_status rn_evaluate_options_read(resnet_evaluate_options *out,
                                       const resnet_evaluate_options *theirs)
{
    resnet_evaluate_options options = EVALUATE_DEFAULTS;
    resnet_status status;
    RN_TRY(rn_options_read(&options, sizeof options, FIRST_EVALUATE_SIZE, theirs,
                           "resnet_evaluate_options"));
    const resnet_evaluate_options *o = &options;
    const range ranges[] = {
        RANGE(batch_size, 1, 1e6),
        RANGE(n_threads, 0, 4096),
        RANGE(n_loaders, 0, 4096),
    };
    RN_TRY(check_ranges(ranges, sizeof ranges / sizeof *ranges));
    RN_TRY(rn_views_check(o->views));
    *out = options;
done:
    return status;
}
