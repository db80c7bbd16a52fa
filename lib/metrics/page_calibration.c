/* SPDX-License-Identifier: MIT */
#include "metrics/calibration.h"
#include "metrics/chart.h"
#include "metrics/page.h"

#include <inttypes.h>
#include <stdio.h>

#define BAR_COLOUR "#7fabd6"
#define COUNT_COLOUR "#b9c2cd"
#define IDEAL_COLOUR "#8b96a3"

static uint64_t get_fullest(const rn_tally *tally)
{
    uint64_t fullest = 1;
    for (size_t b = 0; b < tally->n_bins; b++)
        if (tally->bins[b].count > fullest) fullest = tally->bins[b].count;
    return fullest;
}

static void add_bars(rn_chart *chart, const rn_tally *tally, bool accuracies)
{
    const double width = 1.0 / (double)tally->n_bins;
    for (size_t b = 0; b < tally->n_bins; b++) {
        const rn_bin *bin = &tally->bins[b];
        char tooltip[32];
        if (bin->count == 0) continue;
        snprintf(tooltip, sizeof tooltip, "%" PRIu64 " samples", bin->count);
        rn_chart_add_bar(chart, (double)b * width, (double)(b + 1) * width,
                         accuracies ? (double)bin->correct / (double)bin->count
                                    : (double)bin->count,
                         accuracies ? BAR_COLOUR : COUNT_COLOUR, tooltip);
    }
}

static void add_reliability(rn_text *text, const rn_tally *tally)
{
    rn_chart chart = {.text = text, .x_high = 1, .y_high = 1};
    rn_text_add(text, "<div>");
    rn_chart_begin(&chart, "Reliability", "confidence: probability of the prediction", "accuracy");
    add_bars(&chart, tally, true);
    rn_chart_begin_line(&chart, IDEAL_COLOUR, true);
    rn_chart_add_point(&chart, 0, 0);
    rn_chart_add_point(&chart, 1, 1);
    rn_chart_end_line(&chart);
    rn_chart_end(&chart);
    rn_text_add(text, "</div>\n");
}

static void add_counts(rn_text *text, const rn_tally *tally)
{
    rn_chart chart = {.text = text, .x_high = 1, .y_high = 1.05 * (double)get_fullest(tally)};
    rn_text_add(text, "<div>");
    rn_chart_begin(&chart, "Confidence", "probability of the prediction", "samples");
    add_bars(&chart, tally, false);
    rn_chart_end(&chart);
    rn_text_add(text, "</div>\n");
}

static resnet_status add_temperature(rn_text *text, const resnet_report *report)
{
    const resnet_metrics *metrics = report->metrics;
    double temperature, loss, ece;
    if (!metrics->kept.complete) return RESNET_OK;
    const resnet_status status = resnet_metrics_fit_temperature(&temperature, &loss, &ece, metrics);
    if (status != RESNET_OK) return status;
    if (rn_temperature_is_bound(temperature)) {
        rn_text_add(text,
                    " No temperature makes the loss of these samples least, so none is told.");
        return RESNET_OK;
    }
    rn_text_add(text, " Dividing the logits by the temperature ");
    rn_page_add_ratio(text, report, temperature);
    rn_text_add(text, " would make it ");
    rn_page_add_ratio(text, report, ece);
    rn_text_add(text, " and the loss ");
    rn_page_add_ratio(text, report, loss);
    rn_text_add(text, ", on these very samples.");
    return RESNET_OK;
}

resnet_status rn_page_add_calibration(rn_text *text, const resnet_report *report)
{
    const rn_tally *tally = &report->metrics->tally;
    rn_text_add(text,
                "<section><h2>Calibration</h2><p class=\"soft\">Where the bars meet the dashed "
                "line, a probability means what it says. The expected calibration error is ");
    rn_page_add_ratio(text, report, rn_calibration_get_expected_error(tally));
    rn_text_add(text, ".");
    const resnet_status status = add_temperature(text, report);
    if (status != RESNET_OK) return status;
    rn_text_add(text, "</p><div class=\"pair\">\n");
    add_reliability(text, tally);
    add_counts(text, tally);
    rn_text_add(text, "</div></section>\n");
    return RESNET_OK;
}
