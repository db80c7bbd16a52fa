/** A line or bar chart as inline SVG. SPDX-License-Identifier: MIT */
#ifndef RN_METRICS_CHART_H
#define RN_METRICS_CHART_H

#include "metrics/text_buffer.h"

#include <stdbool.h>

/** Colours told apart by colour-blind readers too; index any number. */
const char *rn_chart_get_colour(size_t index);

typedef struct rn_chart {
    rn_text *text;
    double x_low, x_high, y_low, y_high; /* what the axes span */
    bool whole_x;          /* x counts things, so it is ticked at whole numbers only */
    bool drawing;          /* within a line */
    double last_x, last_y; /* px, where the line is */
} rn_chart;

/** Frame, grid and labels. The four bounds are set by the caller; low < high. `title` and the
 * labels may be any UTF-8. */
void rn_chart_begin(rn_chart *chart, const char *title, const char *x_label, const char *y_label);
void rn_chart_end(rn_chart *chart);

/** A line from point to point; steps too small to see are left out, NaN makes a gap. */
void rn_chart_begin_line(rn_chart *chart, const char *colour, bool dashed);
void rn_chart_add_point(rn_chart *chart, double x, double y);
void rn_chart_end_line(rn_chart *chart);

/** A mark at a point, so that one alone is seen; none at NaN. */
void rn_chart_add_dot(rn_chart *chart, double x, double y, const char *colour);

/** From (x_low, 0) to (x_high, y). */
void rn_chart_add_bar(rn_chart *chart, double x_low, double x_high, double y, const char *colour,
                      const char *tooltip);

/** A line of the legend, which is HTML beneath the chart; `value` NaN is left out. */
void rn_chart_add_legend(rn_text *text, const char *colour, const char *name, double value,
                         int digits);

#endif
