/** How fast it goes, and how long it will take. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_PACE_H
#define RN_TRAIN_PACE_H

#include <stddef.h>
#include <stdint.h>

/** Of one epoch; start one for each. */
typedef struct rn_pace {
    double started; /* s, monotonic */
    double ended;   /* likewise; 0 while it goes on */
    uint64_t n_images, n_steps;
} rn_pace;

rn_pace rn_pace_start(void);
/** Counts a step of n_images. */
void rn_pace_add(rn_pace *pace, size_t n_images);
/** What comes after no longer counts. */
void rn_pace_end(rn_pace *pace);
double rn_pace_get_seconds(const rn_pace *pace);
/** Images a second; 0 before the first step. */
double rn_pace_get_rate(const rn_pace *pace);
/** Seconds until n_steps are done of which `step` are, and then `more` whole epochs of n_steps; NaN
 *  before the first step. */
double rn_pace_estimate(const rn_pace *pace, uint64_t step, uint64_t n_steps, double more);

#endif
