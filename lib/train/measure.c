/* SPDX-License-Identifier: MIT */
#include "train/measure.h"

#include "core/mem.h"
#include "metrics/sample.h"

#include <math.h>
#include <resnet/metrics.h>
#include <string.h>

resnet_status rn_measure_open(rn_measure *out, size_t n_classes)
{
    *out = (rn_measure){.n_classes = n_classes};
    out->counts = rn_calloc(3 * n_classes, sizeof *out->counts);
    return out->counts ? RESNET_OK : RESNET_E_NOMEM;
}

void rn_measure_close(rn_measure *measure)
{
    rn_free(measure->counts);
    measure->counts = NULL;
}

void rn_measure_clear(rn_measure *measure)
{
    measure->loss = 0;
    measure->n_correct = measure->n = 0;
    memset(measure->counts, 0, 3 * measure->n_classes * sizeof *measure->counts);
}

void rn_measure_add(rn_measure *measure, const float *logits, const int32_t *labels, size_t n)
{
    const size_t n_classes = measure->n_classes;
    for (size_t i = 0; i < n; i++) {
        const rn_sample sample = rn_sample_make(logits + i * n_classes, n_classes,
                                                RESNET_SCORES_LOGITS, (uint32_t)labels[i]);
        const bool is_right = sample.predicted == sample.label;
        measure->loss += sample.loss;
        measure->n_correct += is_right;
        measure->counts[sample.label] += is_right;
        measure->counts[n_classes + sample.label]++;
        measure->counts[2 * n_classes + sample.predicted]++;
    }
    measure->n += n;
}

/* The F1 of a class is 2 right / (labels + predictions). */
static double average_f1(const rn_measure *measure)
{
    const size_t n_classes = measure->n_classes;
    double sum = 0;
    uint64_t n_occurring = 0;
    for (size_t c = 0; c < n_classes; c++) {
        const uint64_t seen = measure->counts[n_classes + c] + measure->counts[2 * n_classes + c];
        if (seen == 0) continue;
        sum += 2 * (double)measure->counts[c] / (double)seen;
        n_occurring++;
    }
    return sum / (double)n_occurring;
}

rn_figures rn_measure_get(const rn_measure *measure)
{
    const double n = (double)measure->n;
    if (measure->n == 0) return (rn_figures){(double)NAN, (double)NAN, (double)NAN};
    return (rn_figures){measure->loss / n, (double)measure->n_correct / n, average_f1(measure)};
}
