/* The end of an epoch: evaluation, and what follows from the monitored figure.
 * SPDX-License-Identifier: MIT */
#include "train/resume.h"

#include <string.h>

static int32_t get_monitor(const resnet_trainer *t)
{
    if (t->options.monitor != RESNET_MONITOR_AUTO) return t->options.monitor;
    return t->validation ? RESNET_MONITOR_VAL_LOSS : RESNET_MONITOR_LOSS;
}

static double get_figure(const resnet_trainer *t)
{
    switch (get_monitor(t)) {
    case RESNET_MONITOR_LOSS:
        return rn_course_get_loss(&t->course);
    case RESNET_MONITOR_ACCURACY:
        return rn_course_get_accuracy(&t->course);
    case RESNET_MONITOR_VAL_LOSS:
        return t->course.val_loss;
    default:
        return t->course.val_accuracy;
    }
}

static rn_watch_settings watch_settings(const resnet_trainer *t, double min_delta, bool relative)
{
    const int32_t monitor = get_monitor(t);
    return (rn_watch_settings){
        .higher_is_better =
            monitor == RESNET_MONITOR_ACCURACY || monitor == RESNET_MONITOR_VAL_ACCURACY,
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

static resnet_status validate(resnet_trainer *t)
{
    if (!t->validator) return RESNET_OK;
    const rn_pace pace = rn_pace_start();
    double *loss = &t->course.val_loss, *accuracy = &t->course.val_accuracy;
    const resnet_status status = rn_phase_has_validation(t->phase)
                                     ? rn_phase_validate(t->phase, loss, accuracy)
                                     : rn_validation_measure(t->validator, loss, accuracy);
    t->validation_seconds = rn_pace_get_seconds(&pace);
    return status;
}

static resnet_status keep_if_best(resnet_trainer *t)
{
    const rn_net *net = t->model->net;
    const rn_watch_settings settings = watch_settings(t, 0, false);
    const bool is_best = rn_watch_see(&t->course.best, &settings, get_figure(t), t->course.epoch);
    if (is_best && t->best_values)
        memcpy(t->best_values, net->arena, net->arena_count * sizeof(float));
    return is_best ? rn_resume_save_best(t) : RESNET_OK;
}

static void reduce_rate(resnet_trainer *t)
{
    const rn_plateau_settings settings = plateau_settings(t);
    if (t->in_head_phase || t->options.schedule != RESNET_SCHEDULE_PLATEAU) return;
    if (rn_plateau_see(&t->course.plateau, &settings, get_figure(t), t->course.epoch))
        rn_log_line(&t->log, RESNET_LOG_INFO, "epoch %llu: learning rate reduced to %g",
                    (unsigned long long)t->course.epoch, t->course.plateau.rate);
}

/* Early stopping ends the phase at hand: the run, or the head's phase before the rest. */
static void stop_early(resnet_trainer *t)
{
    const rn_watch_settings settings = watch_settings(t, (double)t->options.stop_min_delta, false);
    rn_course *course = &t->course;
    rn_watch_see(&course->stop, &settings, get_figure(t), course->epoch);
    if (t->options.stop_patience == 0 || course->stop.n_bad < t->options.stop_patience) return;
    rn_log_line(&t->log, RESNET_LOG_INFO, "epoch %llu: stopped, the best was epoch %llu",
                (unsigned long long)course->epoch, (unsigned long long)course->stop.best_epoch);
    if (t->in_head_phase)
        course->epoch = t->options.head_epochs - 1;
    else
        course->is_stopped = 1;
}

resnet_status rn_trainer_judge_epoch(resnet_trainer *t)
{
    resnet_status status;
    if (t->ema) rn_ema_swap(t->ema);
    status = validate(t);
    if (status == RESNET_OK) status = keep_if_best(t);
    if (t->ema) {
        rn_ema_swap(t->ema);
        rn_training_values_changed(rn_phase_get_training(t->phase));
    }
    if (status != RESNET_OK) return status;
    status = rn_trainer_add_history(t);
    reduce_rate(t);
    stop_early(t);
    rn_course_end_epoch(&t->course);
    if (t->course.epoch == t->options.head_epochs) t->course.stop = rn_watch_start();
    return status;
}
