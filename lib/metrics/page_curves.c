/* Both charts are drawn at once, since a curve of each comes from one sorted ranking.
 * SPDX-License-Identifier: MIT */
#include "metrics/chart.h"
#include "metrics/page.h"
#include "metrics/ranking.h"

#include <math.h>

#define MAX_CURVES 8 /* classes drawn; of more, those with the least AUC */
#define MACRO_POINTS 1000

#define MICRO_COLOUR "#1d2733"
#define MACRO_COLOUR "#8b96a3"

/* A chart that is being drawn, and its legend. */
typedef struct rn_panel {
    rn_text drawing;
    rn_text legend;
    rn_chart chart;
} rn_panel;

typedef struct rn_curve_pair {
    const resnet_report *report;
    const rn_areas *areas;
    rn_panel roc;
    rn_panel precision_recall;
} rn_curve_pair;

static void open_panel(rn_panel *panel, const char *title, const char *x_label, const char *y_label)
{
    *panel = (rn_panel){.chart = {.x_low = 0, .x_high = 1, .y_low = 0, .y_high = 1}};
    panel->chart.text = &panel->drawing;
    rn_chart_begin(&panel->chart, title, x_label, y_label);
}

static void close_panel(rn_panel *panel)
{
    rn_text_close(&panel->drawing);
    rn_text_close(&panel->legend);
}

static void add_panel(rn_text *text, rn_panel *panel)
{
    rn_chart_end(&panel->chart);
    rn_text_add(text, "<div>");
    rn_text_add_bytes(text, panel->drawing.bytes, panel->drawing.size);
    rn_text_add(text, "<ul class=\"legend\">");
    rn_text_add_bytes(text, panel->legend.bytes, panel->legend.size);
    rn_text_add(text, "</ul></div>\n");
    if (panel->drawing.status != RESNET_OK) text->status = panel->drawing.status;
    if (panel->legend.status != RESNET_OK) text->status = panel->legend.status;
}

static void draw_roc(rn_chart *chart, const rn_ranking *ranking, double positives)
{
    const double negatives = (double)ranking->count - positives;
    size_t at = 0;
    rn_cut cut = {0};
    rn_chart_add_point(chart, 0, 0);
    while (rn_ranking_next(ranking, &at, &cut, NULL))
        rn_chart_add_point(chart, cut.false_positives / negatives, cut.true_positives / positives);
    rn_chart_add_point(chart, 1, 1);
}

/* In steps: a precision holds for all recall that it adds. */
static void draw_precision_recall(rn_chart *chart, const rn_ranking *ranking, double positives)
{
    size_t at = 0;
    rn_cut cut = {0};
    double last = 0;
    while (rn_ranking_next(ranking, &at, &cut, NULL)) {
        const double precision = cut.true_positives / (cut.true_positives + cut.false_positives);
        rn_chart_add_point(chart, last, precision);
        last = cut.true_positives / positives;
        rn_chart_add_point(chart, last, precision);
    }
}

static resnet_status draw_pair(rn_curve_pair *pair, int64_t which, const char *colour,
                               const char *name, const rn_class_areas *areas)
{
    const int digits = rn_page_get_digits(pair->report);
    rn_ranking ranking;
    const resnet_status status = rn_ranking_open(&ranking, &pair->report->metrics->kept, which);
    if (status != RESNET_OK) return status;
    const double positives = rn_ranking_get_ap(&ranking, NULL).positives;
    rn_chart_begin_line(&pair->roc.chart, colour, false);
    draw_roc(&pair->roc.chart, &ranking, positives);
    rn_chart_end_line(&pair->roc.chart);
    rn_chart_add_legend(&pair->roc.legend, colour, name, areas->auc, digits);
    rn_chart_begin_line(&pair->precision_recall.chart, colour, false);
    draw_precision_recall(&pair->precision_recall.chart, &ranking, positives);
    rn_chart_end_line(&pair->precision_recall.chart);
    rn_chart_add_legend(&pair->precision_recall.legend, colour, name, areas->ap, digits);
    rn_ranking_close(&ranking);
    return RESNET_OK;
}

static resnet_status draw_macro(rn_curve_pair *pair)
{
    double x[MACRO_POINTS], y[MACRO_POINTS];
    size_t count = 0;
    rn_chart *chart = &pair->roc.chart;
    const resnet_status status = resnet_metrics_copy_roc(x, y, NULL, MACRO_POINTS, &count,
                                                         pair->report->metrics, RESNET_MACRO);
    if (status != RESNET_OK) return status;
    rn_chart_begin_line(chart, MACRO_COLOUR, true);
    for (size_t i = 0; i < count; i++) rn_chart_add_point(chart, x[i], y[i]);
    rn_chart_end_line(chart);
    rn_chart_add_legend(&pair->roc.legend, MACRO_COLOUR, "macro average", pair->areas->macro.auc,
                        rn_page_get_digits(pair->report));
    return RESNET_OK;
}

/* The classes whose AUC is least, of equals the first; how many there are. */
static size_t find_lowest(size_t lowest[MAX_CURVES], const rn_areas *areas, size_t n_classes)
{
    size_t n = 0;
    for (size_t c = 0; c < n_classes; c++) {
        size_t at = n;
        while (at > 0 && areas->classes[c].auc < areas->classes[lowest[at - 1]].auc) at--;
        if (isnan(areas->classes[c].auc) || at == MAX_CURVES) continue;
        if (n < MAX_CURVES) n++;
        for (size_t k = n - 1; k > at; k--) lowest[k] = lowest[k - 1];
        lowest[at] = c;
    }
    return n;
}

static resnet_status draw_all(rn_curve_pair *pair)
{
    const resnet_metrics *metrics = pair->report->metrics;
    size_t lowest[MAX_CURVES];
    const size_t n = find_lowest(lowest, pair->areas, metrics->n_classes);
    resnet_status status;
    for (size_t i = 0; i < n; i++)
        RN_TRY(draw_pair(pair, (int64_t)lowest[i], rn_chart_get_colour(i),
                         metrics->class_names[lowest[i]], &pair->areas->classes[lowest[i]]));
    RN_TRY(draw_pair(pair, RESNET_MICRO, MICRO_COLOUR, "micro average", &pair->areas->micro));
    RN_TRY(draw_macro(pair));
done:
    return status;
}

resnet_status rn_page_add_curves(rn_text *text, const resnet_report *report, const rn_areas *areas)
{
    rn_curve_pair pair = {.report = report, .areas = areas};
    resnet_status status = RESNET_OK;
    if (!areas->known) return RESNET_OK;
    open_panel(&pair.roc, "ROC curves, one class against the rest", "false positive rate",
               "true positive rate");
    open_panel(&pair.precision_recall, "Precision-recall curves", "recall", "precision");
    RN_TRY(draw_all(&pair));
    rn_text_add(text, "<section><h2>Thresholds</h2><p class=\"soft\">The figures are areas under "
                      "the curves");
    if (report->metrics->n_classes > MAX_CURVES)
        rn_text_format(text, ". Of %zu classes, the %d with the least area under the ROC curve",
                       report->metrics->n_classes, MAX_CURVES);
    rn_text_add(text, ".</p><div class=\"pair\">\n");
    add_panel(text, &pair.roc);
    add_panel(text, &pair.precision_recall);
    rn_text_add(text, "</div></section>\n");
done:
    close_panel(&pair.roc);
    close_panel(&pair.precision_recall);
    return status;
}
