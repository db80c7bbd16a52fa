/* What the host is told while training goes on. SPDX-License-Identifier: MIT */
#include "core/callback.h"
#include "core/options.h"
#include "train/trainer.h"

#include <math.h>

RN_ASSERT_ABI(resnet_fit_summary, 120);

#define FIRST_SUMMARY_SIZE 120 /* of the first release */

/* The best epoch as people count, or 0. */
static uint64_t get_best_epoch(const rn_course *course)
{
    return isnan(course->best.best) ? 0 : course->best.best_epoch + 1;
}

static resnet_progress make_progress(const resnet_trainer *t, bool epoch_done)
{
    const rn_course *course = &t->course;
    const uint64_t n_batches = rn_supply_get_n_batches(rn_phase_get_supply(t->phase));
    const uint64_t n_steps = (n_batches + t->options.accumulate - 1) / t->options.accumulate;
    const uint64_t step = epoch_done ? n_steps : course->epoch_steps;
    const double epochs_after =
        (double)(rn_trainer_get_n_epochs(t) - course->epoch) - (epoch_done ? 0 : 1);
    const bool is_reduced = epoch_done && t->events & RESNET_EVENT_RATE_REDUCED;
    return (resnet_progress){
        .struct_size = sizeof(resnet_progress),
        .epoch = course->epoch + !epoch_done,
        .n_epochs = rn_trainer_get_n_epochs(t),
        .step = step,
        .n_steps = n_steps,
        .loss = epoch_done ? course->loss : rn_course_get_loss(course),
        .accuracy = epoch_done ? course->accuracy : rn_course_get_accuracy(course),
        .learning_rate = course->learning_rate,
        .images_per_second = rn_pace_get_rate(&t->pace),
        .seconds_left = rn_pace_estimate(&t->pace, step, n_steps, epochs_after) +
                        (epochs_after + !epoch_done) * t->validation_seconds,
        .val_loss = course->val_loss,
        .val_accuracy = course->val_accuracy,
        .val_macro_f1 = course->val_macro_f1,
        .best_value = course->best.best,
        .best_epoch = get_best_epoch(course),
        .reduced_rate = is_reduced ? course->plateau.rate : (double)NAN,
        .events = epoch_done ? t->events : 0,
        .epoch_done = epoch_done,
    };
}

resnet_status rn_trainer_announce(resnet_trainer *t, bool epoch_done)
{
    if (!t->options.on_progress) return RESNET_OK;
    const resnet_progress progress = make_progress(t, epoch_done);
    const rn_callback call = rn_callback_begin();
    return rn_callback_stop(&call, t->options.on_progress(t->options.progress_user_data, &progress),
                            "training was cancelled after step %llu",
                            (unsigned long long)t->course.steps);
}

resnet_status resnet_trainer_copy_summary(resnet_fit_summary *out, size_t size,
                                          const resnet_trainer *t)
{
    if (!out || !t) return rn_fail(RESNET_E_INVALID, "resnet_trainer_copy_summary: NULL argument");
    const rn_course *course = &t->course;
    const resnet_fit_summary summary = {
        .struct_size = sizeof summary,
        .n_epochs = course->epoch,
        .n_planned_epochs = rn_trainer_get_n_epochs(t),
        .n_steps = course->steps,
        .best_epoch = get_best_epoch(course),
        .best_value = course->best.best,
        .loss = course->loss,
        .accuracy = course->accuracy,
        .val_loss = course->val_loss,
        .val_accuracy = course->val_accuracy,
        .val_macro_f1 = course->val_macro_f1,
        .learning_rate = course->learning_rate,
        .n_reductions = course->n_reductions,
        .restored_epoch = t->holds_final && t->best_values ? get_best_epoch(course) : 0,
        .monitor = rn_trainer_get_monitor(t),
        .stop_reason = t->stop_reason,
    };
    return rn_options_write(out, size, &summary, sizeof summary, FIRST_SUMMARY_SIZE,
                            "resnet_fit_summary");
}

/* ---- files ---- */

resnet_status rn_trainer_start_journal(resnet_trainer *t)
{
    const resnet_trainer_options *o = &t->options;
    t->journal.log = t->log;
    return rn_journal_start(&t->journal, o->history_csv, o->history_jsonl, o->tensorboard_folder,
                            t->course.epoch + 1);
}

void rn_trainer_add_to_journal(resnet_trainer *t, const rn_course *course)
{
    const rn_history_record record = {
        .epoch = course->epoch + 1,
        .step = course->steps,
        .learning_rate = course->learning_rate,
        .loss = rn_course_get_loss(course),
        .accuracy = rn_course_get_accuracy(course),
        .val_loss = course->val_loss,
        .val_accuracy = course->val_accuracy,
        .val_macro_f1 = course->val_macro_f1,
        .images_per_second = rn_pace_get_rate(&t->pace),
        .seconds = rn_pace_get_seconds(&t->pace),
    };
    rn_journal_add(&t->journal, &record);
}
