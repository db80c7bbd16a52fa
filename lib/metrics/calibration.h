/** Whether probabilities mean what they say. SPDX-License-Identifier: MIT */
#ifndef RN_METRICS_CALIBRATION_H
#define RN_METRICS_CALIBRATION_H

#include "metrics/kept.h"
#include "metrics/tally.h"

#include <stdbool.h>

/** The mean over samples, and the maximum over bins, of |accuracy - confidence| of a bin. */
double rn_calibration_get_expected_error(const rn_tally *tally);
double rn_calibration_get_maximal_error(const rn_tally *tally);

/** Whether a fitted temperature is an end of the range that it was looked for in: then the loss has
 *  no least, and the number means nothing. */
bool rn_temperature_is_bound(double temperature);

#endif
