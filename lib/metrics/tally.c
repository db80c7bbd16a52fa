/* SPDX-License-Identifier: MIT */
#include "metrics/tally.h"

#include "core/mem.h"

#include <float.h>
#include <math.h>
#include <string.h>

resnet_status rn_tally_open(rn_tally *out, size_t n_classes, size_t n_bins)
{
    rn_tally tally = {.n_classes = n_classes, .n_bins = n_bins};
    tally.confusion = rn_calloc(n_classes * n_classes, sizeof *tally.confusion);
    tally.labelled = rn_calloc(n_classes, sizeof *tally.labelled);
    tally.predicted = rn_calloc(n_classes, sizeof *tally.predicted);
    tally.ranks = rn_calloc(n_classes, sizeof *tally.ranks);
    tally.bins = rn_calloc(n_bins, sizeof *tally.bins);
    *out = tally;
    if (tally.confusion && tally.labelled && tally.predicted && tally.ranks && tally.bins)
        return RESNET_OK;
    rn_tally_close(out);
    return RESNET_E_NOMEM;
}

void rn_tally_close(rn_tally *tally)
{
    rn_free(tally->confusion);
    rn_free(tally->labelled);
    rn_free(tally->predicted);
    rn_free(tally->ranks);
    rn_free(tally->bins);
    *tally = (rn_tally){0};
}

void rn_tally_clear(rn_tally *tally)
{
    const size_t n = tally->n_classes;
    tally->count = 0;
    tally->loss = 0;
    tally->clipped_loss = 0;
    memset(tally->confusion, 0, n * n * sizeof *tally->confusion);
    memset(tally->labelled, 0, n * sizeof *tally->labelled);
    memset(tally->predicted, 0, n * sizeof *tally->predicted);
    memset(tally->ranks, 0, n * sizeof *tally->ranks);
    memset(tally->bins, 0, tally->n_bins * sizeof *tally->bins);
}

/* Edges as NumPy's linspace(0, 1, n_bins + 1) rounds them. */
static size_t find_bin(double confidence, size_t n_bins)
{
    const double width = 1.0 / (double)n_bins;
    size_t bin = (size_t)(confidence / width);
    if (bin >= n_bins) bin = n_bins - 1;
    while (bin > 0 && confidence <= (double)bin * width) bin--;
    while (bin + 1 < n_bins && confidence > (double)(bin + 1) * width) bin++;
    return bin;
}

static double clipped_loss(double probability)
{
    return -log(fmin(fmax(probability, DBL_EPSILON), 1 - DBL_EPSILON));
}

void rn_tally_add(rn_tally *tally, const rn_sample *sample, uint64_t times)
{
    const double weight = (double)times;
    rn_bin *bin = &tally->bins[find_bin(sample->predicted_probability, tally->n_bins)];
    tally->count += times;
    tally->loss += weight * sample->loss;
    tally->clipped_loss += weight * clipped_loss(sample->label_probability);
    tally->confusion[sample->label * tally->n_classes + sample->predicted] += times;
    tally->labelled[sample->label] += times;
    tally->predicted[sample->predicted] += times;
    tally->ranks[sample->rank] += times;
    bin->count += times;
    bin->correct += sample->label == sample->predicted ? times : 0;
    bin->confidence += weight * sample->predicted_probability;
}

static void add_counts(uint64_t *to, const uint64_t *from, size_t count)
{
    for (size_t i = 0; i < count; i++) to[i] += from[i];
}

void rn_tally_merge(rn_tally *tally, const rn_tally *other)
{
    const size_t n = tally->n_classes;
    tally->count += other->count;
    tally->loss += other->loss;
    tally->clipped_loss += other->clipped_loss;
    add_counts(tally->confusion, other->confusion, n * n);
    add_counts(tally->labelled, other->labelled, n);
    add_counts(tally->predicted, other->predicted, n);
    add_counts(tally->ranks, other->ranks, n);
    for (size_t b = 0; b < tally->n_bins; b++) {
        tally->bins[b].count += other->bins[b].count;
        tally->bins[b].correct += other->bins[b].correct;
        tally->bins[b].confidence += other->bins[b].confidence;
    }
}
