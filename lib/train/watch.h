/** Watches one figure of each epoch: what its best was, and for how long it has not improved. The
 *  plateau schedule, early stopping and the best checkpoint are made of it.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_WATCH_H
#define RN_TRAIN_WATCH_H

#include <stdbool.h>
#include <stdint.h>

typedef struct rn_watch_settings {
    bool higher_is_better;
    bool relative;    /* min_delta is a share of the best so far */
    double min_delta; /* smaller changes are no improvement; >= 0 */
} rn_watch_settings;

/** Plain data: a checkpoint keeps it as it is. */
typedef struct rn_watch {
    double best; /* NaN before the first figure */
    uint64_t best_epoch;
    uint64_t n_bad; /* figures since the last improvement, or since whoever acts on it reset it */
} rn_watch;

rn_watch rn_watch_start(void);
/** Whether `figure` improves on the best; NaN never does. torch's ReduceLROnPlateau.is_better. */
bool rn_watch_see(rn_watch *watch, const rn_watch_settings *settings, double figure,
                  uint64_t epoch);

typedef struct rn_plateau_settings {
    rn_watch_settings watch;
    double factor;     /* of the rate, at each reduction */
    uint64_t patience; /* bad epochs that are borne */
    uint64_t cooldown; /* epochs after a reduction that do not count */
    double min_rate;
} rn_plateau_settings;

/** torch.optim.lr_scheduler.ReduceLROnPlateau. Plain data, too. */
typedef struct rn_plateau {
    rn_watch watch;
    double rate; /* now */
    uint64_t n_cooling;
} rn_plateau;

rn_plateau rn_plateau_start(double rate);
/** Takes the figure of an epoch; whether the rate was reduced. */
bool rn_plateau_see(rn_plateau *plateau, const rn_plateau_settings *settings, double figure,
                    uint64_t epoch);

#endif
