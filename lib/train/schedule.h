/** The learning rate over time. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_SCHEDULE_H
#define RN_TRAIN_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#define RN_SCHEDULE_MAX_MILESTONES 8

/** All times are in one unit, the caller's; epochs, with fractions where steps count. */
typedef struct rn_schedule {
    int32_t kind;                                  /* RESNET_SCHEDULE_* */
    double base_rate;                              /* what the factors below multiply */
    double warmup;                                 /* time of the linear warm-up; 0: none */
    double warmup_start;                           /* factor at time 0 */
    double gamma;                                  /* step, multi-step, exponential */
    double step_size;                              /* step */
    double milestones[RN_SCHEDULE_MAX_MILESTONES]; /* multi-step, counted from the warm-up's end */
    size_t n_milestones;
    double length;   /* cosine: time from the warm-up's end to the lowest rate */
    double min_rate; /* cosine's lowest */
} rn_schedule;

/** The rate at `time`: torch.optim.lr_scheduler's LinearLR, followed as by SequentialLR by StepLR,
 *  MultiStepLR, ExponentialLR or CosineAnnealingLR in closed form. PLATEAU is constant here: the
 *  factor of train/plateau.h comes on top. */
double rn_schedule_get_rate(const rn_schedule *schedule, double time);

#endif
