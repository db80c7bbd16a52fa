/* Temperature scaling: the one number T by which dividing all logits makes the mean cross-entropy
 * least. In 1 / T the loss is convex, so its derivative has one zero, which Newton's steps find,
 * kept inside a shrinking bracket. Source: Guo et al., as in calibration.c.
 * SPDX-License-Identifier: MIT */
#include "metrics/accumulator.h"
#include "metrics/calibration.h"

#include "core/arithmetic.h"
#include "core/mem.h"

#include <float.h>
#include <math.h>

#define MAX_TEMPERATURE 1000.0
#define MAX_STEPS 200

/* The loss at some 1 / T, summed over samples, and its two derivatives in 1 / T. */
typedef struct rn_slope {
    double loss;
    double first;
    double second;
} rn_slope;

/* A probability's logarithm does for its logit. */
static double get_logit(const rn_kept *kept, size_t i, size_t c)
{
    const double score = kept->scores[i * kept->n_classes + c];
    return kept->kind == RESNET_SCORES_LOGITS ? score : log(fmax(score, FLT_MIN));
}

/* z [n_classes] are the logits; mean and variance are of z under softmax(z / T). */
static void add_sample(rn_slope *slope, const double *z, size_t n_classes, uint32_t label,
                       double inverse)
{
    double highest = z[0];
    double scale = 0, mean = 0, square = 0;
    for (size_t c = 1; c < n_classes; c++) highest = fmax(highest, z[c]);
    for (size_t c = 0; c < n_classes; c++) {
        const double below = z[c] - highest;
        const double weight = exp(inverse * below);
        scale += weight;
        mean += weight * below;
        square += weight * below * below;
    }
    mean /= scale;
    square /= scale;
    slope->loss += log(scale) + inverse * (highest - z[label]);
    slope->first += mean + highest - z[label];
    slope->second += square - mean * mean;
}

static rn_slope get_slope(const rn_kept *kept, double *z, double inverse)
{
    rn_slope slope = {0};
    for (size_t i = 0; i < kept->count; i++) {
        for (size_t c = 0; c < kept->n_classes; c++) z[c] = get_logit(kept, i, c);
        add_sample(&slope, z, kept->n_classes, kept->labels[i], inverse);
    }
    return slope;
}

/* Leaves *slope at the answer. */
static double find_inverse(rn_slope *slope, const rn_kept *kept, double *z)
{
    double low = 1 / MAX_TEMPERATURE;
    double high = MAX_TEMPERATURE;
    double inverse = 1;
    for (int step = 0; step < MAX_STEPS; step++) {
        *slope = get_slope(kept, z, inverse);
        if (slope->first > 0)
            high = inverse;
        else
            low = inverse;
        double next = inverse - slope->first / slope->second;
        if (!(next > low && next < high)) next = sqrt(low * high);
        if (fabs(next - inverse) <= 1e-12 * inverse) break;
        inverse = next;
    }
    return inverse;
}

/* The expected calibration error with all logits multiplied by `inverse`. */
static resnet_status get_error_at(double *out, const rn_kept *kept, size_t n_bins, double inverse)
{
    rn_tally tally;
    const resnet_status status = rn_tally_open(&tally, kept->n_classes, n_bins);
    if (status != RESNET_OK) return status;
    for (size_t i = 0; i < kept->count; i++) {
        rn_sample sample = rn_kept_get_sample(kept, i);
        const double highest = get_logit(kept, i, sample.predicted);
        double scale = 0;
        for (size_t c = 0; c < kept->n_classes; c++)
            scale += exp(inverse * (get_logit(kept, i, c) - highest));
        sample.predicted_probability = 1 / scale;
        rn_tally_add(&tally, &sample, 1);
    }
    *out = rn_calibration_get_expected_error(&tally);
    rn_tally_close(&tally);
    return RESNET_OK;
}

bool rn_temperature_is_bound(double temperature)
{
    return temperature >= MAX_TEMPERATURE * (1 - 1e-6) ||
           temperature <= (1 + 1e-6) / MAX_TEMPERATURE;
}

resnet_status resnet_metrics_fit_temperature(double *out_temperature, double *out_loss,
                                             double *out_ece, const resnet_metrics *metrics)
{
    RN_OWN_ARITHMETIC;
    double *z = NULL;
    double ece = 0;
    rn_slope slope;
    resnet_status status;
    if (!out_temperature || !metrics)
        return rn_fail(RESNET_E_INVALID, "resnet_metrics_fit_temperature: NULL");
    RN_TRY(rn_kept_require(&metrics->kept, "a temperature"));
    if (metrics->kept.count == 0)
        return rn_fail(RESNET_E_INVALID, "resnet_metrics_fit_temperature: no samples");
    z = rn_alloc(metrics->n_classes, sizeof *z);
    if (!z) return RESNET_E_NOMEM;
    const double inverse = find_inverse(&slope, &metrics->kept, z);
    if (out_ece) RN_TRY(get_error_at(&ece, &metrics->kept, metrics->tally.n_bins, inverse));
    *out_temperature = 1 / inverse;
    if (out_loss) *out_loss = slope.loss / (double)metrics->kept.count;
    if (out_ece) *out_ece = ece;
done:
    rn_free(z);
    return status;
}
