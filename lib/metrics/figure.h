/** Figures by their names: see resnet_metrics_get(). SPDX-License-Identifier: MIT */
#ifndef RN_METRICS_FIGURE_H
#define RN_METRICS_FIGURE_H

#include "metrics/accumulator.h"
#include "metrics/confusion.h"
#include "metrics/ranking.h"

/** A name understood. Exactly one of the ways to compute it is set; the first three need running
 *  sums only, the others kept scores. */
typedef struct rn_figure {
    int64_t which;                         /* a class, or RESNET_MACRO, _MICRO, _WEIGHTED */
    size_t k;                              /* top-k accuracy */
    double (*get_total)(const rn_tally *); /* of all samples */
    double (*get_part)(const rn_row *);    /* of row `which` */
    rn_area (*get_area)(const rn_ranking *, const uint32_t *weights); /* of curve `which` */
    bool temperature;
} rn_figure;

/** INVALID: an unknown name or class. */
resnet_status rn_figure_parse(rn_figure *out, const resnet_metrics *metrics, const char *name);

/** A figure that needs running sums only; NaN of no samples. */
double rn_figure_get_from_tally(const rn_figure *figure, const rn_tally *tally, int32_t absent);

/** The rankings that an area needs are those of classes first to last - 1, or the micro one. */
typedef struct rn_figure_range {
    int64_t first, last;
} rn_figure_range;
rn_figure_range rn_figure_get_range(const rn_figure *figure, size_t n_classes);

/** A mean of areas as `which` and `absent` demand. */
typedef struct rn_area_mean {
    double sum;
    double weight;
} rn_area_mean;
void rn_area_mean_add(rn_area_mean *mean, rn_area area, int64_t which, int32_t absent);
double rn_area_mean_get(const rn_area_mean *mean);

/** Any figure of all that was added. */
resnet_status rn_figure_get(double *out, const rn_figure *figure, const resnet_metrics *metrics);

#endif
