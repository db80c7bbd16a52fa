/* One epoch: batches, steps, and what is said of them. SPDX-License-Identifier: MIT */
#include "core/callback.h"
#include "train/resume.h"
#include "train/snapshot.h"

#include <math.h>

/* Names a batch's random numbers; no two batches of a run share them. */
static uint64_t identify(uint64_t epoch, uint64_t batch)
{
    return epoch << 32 | batch;
}

static uint64_t count_steps(const resnet_trainer *t)
{
    const uint64_t n_batches = rn_supply_get_n_batches(rn_phase_get_supply(t->phase));
    return (n_batches + t->options.accumulate - 1) / t->options.accumulate;
}

resnet_status rn_trainer_ask_schedule(double *out, const resnet_trainer *t, uint64_t epoch,
                                      uint64_t step, uint64_t n_steps, double planned)
{
    const resnet_trainer_options *o = &t->phase_options;
    *out = planned;
    if (!o->on_schedule) return RESNET_OK;
    const rn_callback call = rn_callback_begin();
    const double rate = o->on_schedule(o->schedule_user_data, epoch, step, n_steps, planned);
    const resnet_status said = rn_callback_get_error(&call);
    if (said != RESNET_OK) return said;
    if (!(isfinite(rate) && rate >= 0))
        return rn_fail(RESNET_E_INVALID, "on_schedule returned %g, which is no learning rate",
                       rate);
    *out = rate;
    return RESNET_OK;
}

static resnet_status choose_rate(double *out, const resnet_trainer *t)
{
    const resnet_trainer_options *o = &t->phase_options;
    const rn_course *course = &t->course;
    const uint64_t first = t->in_head_phase ? 0 : t->options.head_epochs;
    const uint64_t n_steps = count_steps(t);
    double time = (double)(course->epoch - first);
    if (!o->schedule_by_epoch) time += (double)course->epoch_steps / (double)n_steps;
    const double planned = rn_phase_get_rate(t->phase, time, course->plateau.rate);
    return rn_trainer_ask_schedule(out, t, course->epoch, course->epoch_steps, n_steps, planned);
}

resnet_status rn_trainer_check_loss(const resnet_trainer *t, double loss)
{
    if (isfinite(loss)) return RESNET_OK;
    return rn_fail(RESNET_E_STATE,
                   "the loss is %g in step %llu (epoch %llu), at learning rate %g; %s%s", loss,
                   (unsigned long long)t->course.steps + 1, (unsigned long long)t->course.epoch + 1,
                   t->course.learning_rate,
                   t->has_saved ? "the last good checkpoint is " : "there is no checkpoint",
                   t->has_saved ? t->last_path : "");
}

static resnet_status end_step(resnet_trainer *t, uint64_t next_batch)
{
    resnet_status status;
    RN_TRY(rn_phase_step(t->phase, t->course.learning_rate));
    if (t->ema) RN_TRY(rn_ema_update(t->ema));
    t->course.batch = next_batch;
    t->course.epoch_steps++;
    t->course.steps++;
    t->has_stepped = true;
    rn_snapshot_take(t->statistics, t->model->net);
done:
    return status;
}

/* What batches of a step that is not done yet have added. */
typedef struct gathered {
    size_t n_batches, n_images;
    size_t n_correct;
    double loss; /* sum over images */
} gathered;

static resnet_status gather(resnet_trainer *t, const rn_supply_batch *batch, gathered *g)
{
    rn_step_result result;
    resnet_status status = RESNET_OK;
    if (g->n_batches == 0) RN_TRY(choose_rate(&t->course.learning_rate, t));
    RN_TRY(rn_phase_add_batch(t->phase, batch, identify(t->course.epoch, batch->number), &result));
    RN_TRY(rn_trainer_check_loss(t, result.loss));
    g->n_batches++;
    g->n_images += batch->n;
    g->n_correct += result.n_correct;
    g->loss += result.loss * (double)batch->n;
done:
    return status;
}

static bool is_checkpoint_due(const resnet_trainer *t)
{
    const uint64_t every = t->options.checkpoint_steps;
    return every > 0 && t->course.steps % every == 0;
}

static resnet_status flush(resnet_trainer *t, gathered *g, uint64_t next_batch)
{
    resnet_status status;
    RN_TRY(end_step(t, next_batch));
    rn_course_add_batch(&t->course, g->loss / (double)g->n_images, g->n_correct, g->n_images);
    rn_pace_add(&t->pace, g->n_images);
    *g = (gathered){0};
    if (is_checkpoint_due(t)) RN_TRY(rn_resume_save(t));
    status = rn_trainer_announce(t, false);
done:
    return status;
}

static resnet_status run_batches(resnet_trainer *t)
{
    rn_supply *supply = rn_phase_get_supply(t->phase);
    rn_net *net = t->model->net;
    gathered g = {0};
    rn_supply_batch batch;
    uint64_t next_batch = t->course.batch;
    resnet_status status;
    rn_phase_forget(t->phase);
    rn_snapshot_take(t->statistics, net);
    RN_TRY(rn_supply_start_epoch(supply, t->course.epoch, (size_t)t->course.batch));
    for (;;) {
        RN_TRY(rn_supply_next(supply, &batch));
        if (batch.n == 0) break;
        RN_TRY(gather(t, &batch, &g));
        next_batch = batch.number + 1;
        if (g.n_batches == t->options.accumulate) RN_TRY(flush(t, &g, next_batch));
    }
    if (g.n_batches > 0) status = flush(t, &g, next_batch);
done:
    if (status != RESNET_OK) rn_snapshot_restore(net, t->statistics);
    return status;
}

/* Nothing was shown in an epoch: nothing can be said of it, and nothing was learnt. */
static resnet_status check_shown(const resnet_trainer *t)
{
    if (t->course.n_images > 0) return RESNET_OK;
    return rn_fail(RESNET_E_FORMAT, "not one of %zu pictures could be learnt from in epoch %llu",
                   resnet_dataset_get_n_samples(t->train), (unsigned long long)t->course.epoch + 1);
}

resnet_status rn_trainer_close_epoch(resnet_trainer *t)
{
    resnet_status status;
    if (!t->is_epoch_open) return RESNET_OK;
    RN_TRY(rn_resume_save(t));
    t->is_epoch_open = false;
    status = rn_trainer_announce(t, true);
done:
    return status;
}

resnet_status rn_trainer_run_epoch(resnet_trainer *t)
{
    resnet_status status;
    t->pace = rn_pace_start();
    RN_TRY(run_batches(t));
    RN_TRY(check_shown(t));
    rn_pace_end(&t->pace);
    RN_TRY(rn_trainer_judge_epoch(t));
    t->is_epoch_open = true;
    status = rn_trainer_close_epoch(t);
done:
    return status;
}
