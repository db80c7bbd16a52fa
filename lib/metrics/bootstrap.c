/* Each resample is a count per sample of how often it was drawn, so that nothing is copied and
 * rankings are sorted once. SPDX-License-Identifier: MIT */
#include "metrics/figure.h"

#include "core/arithmetic.h"
#include "core/mem.h"
#include "core/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RESAMPLES 1000000

typedef struct rn_bootstrap {
    const resnet_metrics *metrics;
    const rn_figure *figure;
    uint64_t seed;
    size_t n_resamples;
    uint32_t *draws; /* [count]: how often each sample was drawn */
    double *values;  /* [n_resamples] */
} rn_bootstrap;

static void draw(const rn_bootstrap *bootstrap, size_t resample)
{
    const size_t count = bootstrap->metrics->kept.count;
    rn_rng rng = rn_rng_make(bootstrap->seed, RN_RNG_BOOTSTRAP, resample, 0);
    memset(bootstrap->draws, 0, count * sizeof *bootstrap->draws);
    for (size_t i = 0; i < count; i++) bootstrap->draws[rn_rng_below(&rng, count)]++;
}

static double tally_resample(const rn_bootstrap *bootstrap, rn_tally *tally,
                             const rn_sample *samples)
{
    const size_t count = bootstrap->metrics->kept.count;
    rn_tally_clear(tally);
    for (size_t i = 0; i < count; i++)
        if (bootstrap->draws[i]) rn_tally_add(tally, &samples[i], bootstrap->draws[i]);
    return rn_figure_get_from_tally(bootstrap->figure, tally, bootstrap->metrics->options.absent);
}

static resnet_status resample_tallies(const rn_bootstrap *bootstrap)
{
    const rn_kept *kept = &bootstrap->metrics->kept;
    rn_tally tally = {0};
    rn_sample *samples = rn_alloc(kept->count, sizeof *samples);
    resnet_status status = RESNET_E_NOMEM;
    if (!samples) goto done;
    RN_TRY(rn_tally_open(&tally, kept->n_classes, bootstrap->metrics->tally.n_bins));
    for (size_t i = 0; i < kept->count; i++) samples[i] = rn_kept_get_sample(kept, i);
    for (size_t r = 0; r < bootstrap->n_resamples; r++) {
        draw(bootstrap, r);
        bootstrap->values[r] = tally_resample(bootstrap, &tally, samples);
    }
done:
    rn_tally_close(&tally);
    rn_free(samples);
    return status;
}

/* One class's ranking at a time: all of them together may not fit. */
static resnet_status resample_areas(const rn_bootstrap *bootstrap)
{
    const rn_figure *figure = bootstrap->figure;
    const resnet_metrics *metrics = bootstrap->metrics;
    const rn_figure_range range = rn_figure_get_range(figure, metrics->n_classes);
    rn_ranking ranking = {0};
    rn_area_mean *means = rn_calloc(bootstrap->n_resamples, sizeof *means);
    resnet_status status = RESNET_E_NOMEM;
    if (!means) goto done;
    for (int64_t which = range.first; which < range.last; which++) {
        RN_TRY(rn_ranking_open(&ranking, &metrics->kept, which));
        for (size_t r = 0; r < bootstrap->n_resamples; r++) {
            draw(bootstrap, r);
            rn_area_mean_add(&means[r], figure->get_area(&ranking, bootstrap->draws), figure->which,
                             metrics->options.absent);
        }
        rn_ranking_close(&ranking);
    }
    for (size_t r = 0; r < bootstrap->n_resamples; r++)
        bootstrap->values[r] = rn_area_mean_get(&means[r]);
done:
    rn_ranking_close(&ranking);
    rn_free(means);
    return status;
}

static int compare_doubles(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;
    return a < b ? -1 : a > b;
}

/* Sorts the defined values to the front; how many there are. */
static size_t sort_defined(double *values, size_t count)
{
    size_t defined = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i])) values[defined++] = values[i];
    qsort(values, defined, sizeof *values, compare_doubles);
    return defined;
}

static double get_quantile(const double *sorted, size_t count, double share)
{
    if (count == 0) return NAN;
    const double at = share * (double)(count - 1);
    const size_t below = (size_t)at;
    const double part = at - (double)below;
    if (part == 0 || sorted[below] == sorted[below + 1]) return sorted[below]; /* infinite, maybe */
    return sorted[below] + part * (sorted[below + 1] - sorted[below]);
}

static resnet_status check_interval(const rn_figure *figure, const resnet_metrics *metrics,
                                    size_t n_resamples, double confidence)
{
    if (figure->temperature)
        return rn_fail(RESNET_E_INVALID, "no intervals are computed of the temperature");
    if (n_resamples < 1 || n_resamples > MAX_RESAMPLES)
        return rn_fail(RESNET_E_INVALID, "bootstrap: %zu resamples, not 1 to %d", n_resamples,
                       MAX_RESAMPLES);
    if (!(confidence > 0 && confidence < 1))
        return rn_fail(RESNET_E_INVALID, "bootstrap: confidence %g, not between 0 and 1",
                       confidence);
    if (metrics->tally.count == 0) return rn_fail(RESNET_E_INVALID, "bootstrap: no samples");
    return rn_kept_require(&metrics->kept, "an interval");
}

resnet_status resnet_metrics_copy_interval(double *out_low, double *out_high,
                                           const resnet_metrics *metrics, const char *name,
                                           size_t n_resamples, double confidence, uint64_t seed)
{
    RN_OWN_ARITHMETIC;
    rn_figure figure;
    rn_bootstrap bootstrap = {metrics, &figure, seed, n_resamples, NULL, NULL};
    resnet_status status;
    if (!out_low || !out_high || !metrics || !name)
        return rn_fail(RESNET_E_INVALID, "resnet_metrics_copy_interval: NULL");
    RN_TRY(rn_figure_parse(&figure, metrics, name));
    RN_TRY(check_interval(&figure, metrics, n_resamples, confidence));
    bootstrap.draws = rn_alloc(metrics->kept.count, sizeof *bootstrap.draws);
    bootstrap.values = rn_alloc(n_resamples, sizeof *bootstrap.values);
    status = RESNET_E_NOMEM;
    if (!bootstrap.draws || !bootstrap.values) goto done;
    RN_TRY(figure.get_area ? resample_areas(&bootstrap) : resample_tallies(&bootstrap));
    const size_t defined = sort_defined(bootstrap.values, n_resamples);
    *out_low = get_quantile(bootstrap.values, defined, (1 - confidence) / 2);
    *out_high = get_quantile(bootstrap.values, defined, (1 + confidence) / 2);
done:
    rn_free(bootstrap.draws);
    rn_free(bootstrap.values);
    return status;
}
