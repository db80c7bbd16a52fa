/* SPDX-License-Identifier: MIT */
#include "train/course.h"

#include <math.h>

rn_course rn_course_start(void)
{
    return (rn_course){
        .loss = NAN,
        .accuracy = NAN,
        .val_loss = NAN,
        .val_accuracy = NAN,
        .val_macro_f1 = NAN,
        .plateau = rn_plateau_start(0),
        .best = rn_watch_start(),
        .stop = rn_watch_start(),
    };
}

#define FIELD(name)                                                                                \
    {                                                                                              \
#name, offsetof(rn_course, name)                                                           \
    }

static const rn_course_field FIELDS[] = {
    FIELD(epoch),
    FIELD(batch),
    FIELD(epoch_steps),
    FIELD(steps),
    FIELD(is_stopped),
    FIELD(loss_sum),
    FIELD(n_correct),
    FIELD(n_images),
    FIELD(learning_rate),
    FIELD(loss),
    FIELD(accuracy),
    FIELD(val_loss),
    FIELD(val_accuracy),
    FIELD(val_macro_f1),
    FIELD(plateau.watch.best),
    FIELD(plateau.watch.best_epoch),
    FIELD(plateau.watch.n_bad),
    FIELD(plateau.rate),
    FIELD(plateau.n_cooling),
    FIELD(n_reductions),
    FIELD(best.best),
    FIELD(best.best_epoch),
    FIELD(best.n_bad),
    FIELD(stop.best),
    FIELD(stop.best_epoch),
    FIELD(stop.n_bad),
};
_Static_assert(sizeof FIELDS / sizeof *FIELDS == sizeof(rn_course) / 8, "each field has a name");

const rn_course_field *rn_course_list_fields(size_t *out_n)
{
    *out_n = sizeof FIELDS / sizeof *FIELDS;
    return FIELDS;
}

void rn_course_add_batch(rn_course *course, double loss, size_t n_correct, size_t n_images)
{
    course->loss_sum += loss * (double)n_images;
    course->n_correct += n_correct;
    course->n_images += n_images;
}

double rn_course_get_loss(const rn_course *course)
{
    return course->n_images ? course->loss_sum / (double)course->n_images : (double)NAN;
}

double rn_course_get_accuracy(const rn_course *course)
{
    return course->n_images ? (double)course->n_correct / (double)course->n_images : (double)NAN;
}

void rn_course_end_epoch(rn_course *course)
{
    course->loss = rn_course_get_loss(course);
    course->accuracy = rn_course_get_accuracy(course);
    course->loss_sum = 0;
    course->n_correct = course->n_images = 0;
    course->batch = course->epoch_steps = 0;
    course->epoch++;
}
