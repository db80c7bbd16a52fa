/* What the host is told while training goes on. SPDX-License-Identifier: MIT */
#include "train/history.h"
#include "train/tensorboard.h"
#include "train/trainer.h"

#include <math.h>

static resnet_progress make_progress(const resnet_trainer *t, bool epoch_done)
{
    const rn_course *course = &t->course;
    const uint64_t n_batches = rn_supply_get_n_batches(rn_phase_get_supply(t->phase));
    const uint64_t n_steps = (n_batches + t->options.accumulate - 1) / t->options.accumulate;
    const uint64_t step = epoch_done ? n_steps : course->epoch_steps;
    const double epochs_after =
        (double)(rn_trainer_get_n_epochs(t) - course->epoch) - (epoch_done ? 0 : 1);
    return (resnet_progress){
        .struct_size = sizeof(resnet_progress),
        .epoch = course->epoch - epoch_done,
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
        .epoch_done = epoch_done,
    };
}

resnet_status rn_trainer_announce(resnet_trainer *t, bool epoch_done)
{
    bool stop = false;
    if (t->options.on_progress) {
        const resnet_progress progress = make_progress(t, epoch_done);
        stop = t->options.on_progress(t->options.progress_user_data, &progress) != 0;
    }
    if (atomic_exchange(&t->cancelled, false)) stop = true;
    if (!stop) return RESNET_OK;
    return rn_fail(RESNET_E_CANCELLED, "training was cancelled after step %llu",
                   (unsigned long long)t->course.steps);
}

/* ---- files ---- */

resnet_status rn_trainer_start_history(resnet_trainer *t)
{
    const resnet_trainer_options *o = &t->options;
    resnet_status status = RESNET_OK;
    if (o->history_csv) RN_TRY(rn_history_start(o->history_csv, RN_HISTORY_CSV, t->course.epoch));
    if (o->history_jsonl)
        RN_TRY(rn_history_start(o->history_jsonl, RN_HISTORY_JSONL, t->course.epoch));
    if (o->tensorboard_folder && !t->tensorboard_path)
        status = rn_tensorboard_start(&t->tensorboard_path, o->tensorboard_folder);
done:
    return status;
}

resnet_status rn_trainer_add_history(resnet_trainer *t)
{
    const resnet_trainer_options *o = &t->options;
    const rn_history_record record = {
        .epoch = t->course.epoch,
        .step = t->course.steps,
        .learning_rate = t->course.learning_rate,
        .loss = rn_course_get_loss(&t->course),
        .accuracy = rn_course_get_accuracy(&t->course),
        .val_loss = t->course.val_loss,
        .val_accuracy = t->course.val_accuracy,
        .images_per_second = rn_pace_get_rate(&t->pace),
        .seconds = rn_pace_get_seconds(&t->pace),
    };
    resnet_status status = RESNET_OK;
    if (o->history_csv) RN_TRY(rn_history_add(o->history_csv, RN_HISTORY_CSV, &record));
    if (o->history_jsonl) RN_TRY(rn_history_add(o->history_jsonl, RN_HISTORY_JSONL, &record));
    if (t->tensorboard_path) status = rn_tensorboard_add(t->tensorboard_path, &record);
done:
    return status;
}
