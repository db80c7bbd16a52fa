/* C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern neural networks", 2017.
 * SPDX-License-Identifier: MIT */
#include "metrics/calibration.h"

#include "core/arithmetic.h"
#include "metrics/accumulator.h"

#include <math.h>

/* Of a bin's samples, |correct - confidence| summed. */
static double get_gap(const rn_bin *bin)
{
    return fabs((double)bin->correct - bin->confidence);
}

double rn_calibration_get_expected_error(const rn_tally *tally)
{
    double sum = 0;
    for (size_t b = 0; b < tally->n_bins; b++) sum += get_gap(&tally->bins[b]);
    return sum / (double)tally->count;
}

double rn_calibration_get_maximal_error(const rn_tally *tally)
{
    double most = 0;
    for (size_t b = 0; b < tally->n_bins; b++) {
        const rn_bin *bin = &tally->bins[b];
        if (bin->count) most = fmax(most, get_gap(bin) / (double)bin->count);
    }
    return most;
}

resnet_status resnet_metrics_copy_reliability(uint64_t *out_counts, double *out_confidences,
                                              double *out_accuracies, size_t capacity,
                                              size_t *out_count, const resnet_metrics *metrics)
{
    RN_OWN_ARITHMETIC;
    if (!out_count || !metrics)
        return rn_fail(RESNET_E_INVALID, "resnet_metrics_copy_reliability: NULL");
    const size_t n_bins = metrics->tally.n_bins;
    for (size_t b = 0; b < n_bins && b < capacity; b++) {
        const rn_bin *bin = &metrics->tally.bins[b];
        const double count = bin->count ? (double)bin->count : NAN;
        if (out_counts) out_counts[b] = bin->count;
        if (out_confidences) out_confidences[b] = bin->confidence / count;
        if (out_accuracies) out_accuracies[b] = (double)bin->correct / count;
    }
    *out_count = n_bins;
    return RESNET_OK;
}
