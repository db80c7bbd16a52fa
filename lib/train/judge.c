/* The end of an epoch: evaluation, and what follows from the monitored figure.
 * SPDX-License-Identifier: MIT */
#include "train/resume.h"

#include <math.h>
#include <string.h>

int32_t rn_trainer_get_monitor(const resnet_trainer *t)
{
    if (t->options.monitor != RESNET_MONITOR_AUTO) return t->options.monitor;
    return t->validation ? RESNET_MONITOR_VAL_LOSS : RESNET_MONITOR_LOSS;
}

static double get_figure(const resnet_trainer *t, const rn_course *course)
{
    switch (rn_trainer_get_monitor(t)) {
    case RESNET_MONITOR_LOSS:
        return rn_course_get_loss(course);
    case RESNET_MONITOR_ACCURACY:
        return rn_course_get_accuracy(course);
    case RESNET_MONITOR_VAL_LOSS:
        return course->val_loss;
    case RESNET_MONITOR_VAL_MACRO_F1:
        return course->val_macro_f1;
    default:
        return course->val_accuracy;
    }
}

static rn_watch_settings watch_settings(const resnet_trainer *t, double min_delta, bool relative)
{
    const int32_t monitor = rn_trainer_get_monitor(t);
    return (rn_watch_settings){
        .higher_is_better = monitor != RESNET_MONITOR_LOSS && monitor != RESNET_MONITOR_VAL_LOSS,
        .relative = relative,
        .min_delta = min_delta,
    };
}

static rn_plateau_settings plateau_settings(const resnet_trainer *t)
{
    const resnet_trainer_options *o = &t->options;
    return (rn_plateau_settings){
        .watch = watch_settings(t, (double)o->plateau_min_delta, !o->plateau_absolute),
        .factor = (double)o->gamma,
        .patience = o->plateau_patience,
        .cooldown = o->plateau_cooldown,
        .min_rate = (double)o->min_learning_rate,
    };
}

static resnet_status validate(resnet_trainer *t, rn_course *course)
{
    if (!t->validator) return RESNET_OK;
    const rn_pace pace = rn_pace_start();
    rn_figures figures;
    const resnet_status status = rn_phase_has_validation(t->phase)
                                     ? rn_phase_validate(&figures, t->phase)
                                     : rn_validation_measure(&figures, t->validator);
    if (status != RESNET_OK) return status;
    if (isnan(figures.accuracy))
        return rn_fail(RESNET_E_FORMAT, "not one of %zu validation pictures could be read",
                       resnet_dataset_get_n_samples(t->validation));
    course->val_loss = figures.loss;
    course->val_accuracy = figures.accuracy;
    course->val_macro_f1 = figures.macro_f1;
    t->validation_seconds = rn_pace_get_seconds(&pace);
    return RESNET_OK;
}

static resnet_status keep_if_best(resnet_trainer *t, rn_course *course)
{
    const rn_net *net = t->model->net;
    const rn_watch_settings settings = watch_settings(t, 0, false);
    if (!rn_watch_see(&course->best, &settings, get_figure(t, course), course->epoch))
        return RESNET_OK;
    if (t->best_values) memcpy(t->best_values, net->arena, net->arena_count * sizeof(float));
    t->events |= RESNET_EVENT_BEST;
    return rn_resume_save_best(t);
}

static void reduce_rate(resnet_trainer *t, rn_course *course)
{
    const rn_plateau_settings settings = plateau_settings(t);
    if (t->in_head_phase || t->options.schedule != RESNET_SCHEDULE_PLATEAU) return;
    if (!rn_plateau_see(&course->plateau, &settings, get_figure(t, course), course->epoch)) return;
    course->n_reductions++;
    t->events |= RESNET_EVENT_RATE_REDUCED;
    rn_log_line(&t->log, RESNET_LOG_INFO, "epoch %llu: learning rate reduced to %g",
                (unsigned long long)course->epoch + 1, course->plateau.rate);
}

/* Early stopping ends the phase at hand: the run, or the head's phase before the rest. */
static void stop_early(resnet_trainer *t, rn_course *course)
{
    const rn_watch_settings settings = watch_settings(t, (double)t->options.stop_min_delta, false);
    const uint64_t patience = t->options.stop_patience > 0 ? t->options.stop_patience : 1;
    rn_watch_see(&course->stop, &settings, get_figure(t, course), course->epoch);
    if (t->options.stop_patience == RESNET_NEVER || course->stop.n_bad < patience) return;
    t->events |= RESNET_EVENT_STOPPED;
    rn_log_line(&t->log, RESNET_LOG_INFO, "epoch %llu: %s stopped, the best was epoch %llu",
                (unsigned long long)course->epoch + 1,
                t->in_head_phase ? "the head's phase" : "training",
                (unsigned long long)course->stop.best_epoch + 1);
    if (t->in_head_phase)
        course->epoch = t->options.head_epochs - 1;
    else
        course->is_stopped = 1;
}

/* What is evaluated is what would be kept: the averages, if there are any. */
static resnet_status look(resnet_trainer *t, rn_course *course)
{
    if (t->ema) rn_ema_swap(t->ema);
    resnet_status status = validate(t, course);
    if (status == RESNET_OK) status = keep_if_best(t, course);
    if (t->ema) {
        rn_ema_swap(t->ema);
        rn_training_values_changed(rn_phase_get_training(t->phase));
    }
    return status;
}

/* On failure the course is as before, so that a repeated fit judges the epoch once more. */
resnet_status rn_trainer_judge_epoch(resnet_trainer *t)
{
    rn_course course = t->course;
    t->events = 0;
    const resnet_status status = look(t, &course);
    if (status != RESNET_OK) return status;
    rn_trainer_add_to_journal(t, &course);
    reduce_rate(t, &course);
    stop_early(t, &course);
    rn_course_end_epoch(&course);
    if (course.epoch == t->options.head_epochs) course.stop = rn_watch_start();
    t->course = course;
    return RESNET_OK;
}
