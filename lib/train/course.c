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
        .plateau = rn_plateau_start(0),
        .best = rn_watch_start(),
        .stop = rn_watch_start(),
    };
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
