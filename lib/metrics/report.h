/** The handle of a report and its three writers. SPDX-License-Identifier: MIT */
#ifndef RN_METRICS_REPORT_H
#define RN_METRICS_REPORT_H

#include <resnet/metrics.h>

#include "metrics/text_buffer.h"

#include <stdbool.h>

/** A training curve. */
typedef struct rn_history {
    char *name;
    double *values; /* [count] */
    size_t count;
} rn_history;

/** Something that a reader must know of what was measured. */
typedef struct rn_fact {
    char *name;
    char *value;
} rn_fact;

/** What to show of a sample. */
typedef struct rn_exhibit {
    uint64_t id;
    char *caption;     /* may be NULL */
    const char *media; /* "image/png", or NULL: no picture */
    void *bytes;
    size_t bytes_size;
} rn_exhibit;

struct resnet_report {
    resnet_metrics *metrics; /* held */
    resnet_report_options options;
    char *title;
    rn_fact *facts;
    size_t n_facts;
    rn_history *histories;
    size_t n_histories;
    rn_exhibit *pictures;
    size_t n_pictures;
};

/** NULL if nothing was said of this sample. */
const rn_exhibit *rn_report_find_picture(const resnet_report *report, uint64_t id);

/** The interval of a figure; false without resampling, scores or samples. */
typedef struct rn_interval {
    bool known;
    double low, high;
} rn_interval;
resnet_status rn_report_get_interval(rn_interval *out, const resnet_report *report,
                                     const char *name);

resnet_status rn_report_write_text(rn_text *text, const resnet_report *report);
resnet_status rn_report_write_json(rn_text *text, const resnet_report *report);
resnet_status rn_report_write_html(rn_text *text, const resnet_report *report);

#endif
