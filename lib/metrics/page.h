/** The parts of the HTML report. Each writes nothing where there is nothing to show.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_METRICS_PAGE_H
#define RN_METRICS_PAGE_H

#include "metrics/accumulator.h"
#include "metrics/areas.h"
#include "metrics/report.h"

/** Decimal places of ratios on the page: one more than in the text. */
static inline int rn_page_get_digits(const resnet_report *report)
{
    return (int)report->options.digits + 1;
}

/** The ratio, or a dash if it is undefined. */
void rn_page_add_ratio(rn_text *text, const resnet_report *report, double value);

/** page_history.c: training curves. */
void rn_page_add_history(rn_text *text, const resnet_report *report);
/** page_confusion.c: heat map and the most frequent confusions. */
void rn_page_add_confusion(rn_text *text, const resnet_report *report);
/** page_classes.c: the table of classes. */
void rn_page_add_classes(rn_text *text, const resnet_report *report, const rn_areas *areas);
/** page_curves.c: ROC and precision-recall curves. */
resnet_status rn_page_add_curves(rn_text *text, const resnet_report *report, const rn_areas *areas);
/** page_calibration.c: reliability diagram and temperature. */
resnet_status rn_page_add_calibration(rn_text *text, const resnet_report *report);
/** page_mistakes.c: the worst mistakes. */
void rn_page_add_mistakes(rn_text *text, const resnet_report *report);

#endif
