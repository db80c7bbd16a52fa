/* SPDX-License-Identifier: MIT */
#include "train/watch.h"

#include <math.h>

rn_watch rn_watch_start(void)
{
    return (rn_watch){.best = NAN};
}

static bool is_better(const rn_watch *watch, const rn_watch_settings *settings, double figure)
{
    if (isnan(figure)) return false;
    if (isnan(watch->best)) return true;
    const double sign = settings->higher_is_better ? 1 : -1;
    const double margin =
        settings->relative ? settings->min_delta * fabs(watch->best) : settings->min_delta;
    return sign * figure > sign * watch->best + margin;
}

bool rn_watch_see(rn_watch *watch, const rn_watch_settings *settings, double figure, uint64_t epoch)
{
    if (!is_better(watch, settings, figure)) {
        watch->n_bad++;
        return false;
    }
    *watch = (rn_watch){figure, epoch, 0};
    return true;
}

rn_plateau rn_plateau_start(double rate)
{
    return (rn_plateau){.watch = rn_watch_start(), .rate = rate};
}

bool rn_plateau_see(rn_plateau *plateau, const rn_plateau_settings *settings, double figure,
                    uint64_t epoch)
{
    rn_watch_see(&plateau->watch, &settings->watch, figure, epoch);
    if (plateau->n_cooling > 0) {
        plateau->n_cooling--;
        plateau->watch.n_bad = 0;
    }
    if (plateau->watch.n_bad <= settings->patience) return false;
    plateau->n_cooling = settings->cooldown;
    plateau->watch.n_bad = 0;
    const double reduced = fmax(plateau->rate * settings->factor, settings->min_rate);
    if (plateau->rate - reduced <= 1e-8) return false; /* torch's eps: too small to matter */
    plateau->rate = reduced;
    return true;
}
