/* One page, nothing beside it: the policy in its head forbids the browser to load anything but the
 * pictures that are written into it. SPDX-License-Identifier: MIT */
#include "metrics/confusion.h"
#include "metrics/figure.h"
#include "metrics/page.h"
#include "metrics/page_style.h"

#include <resnet/version.h>

#include <inttypes.h>

static const char *get_title(const resnet_report *report)
{
    return report->title ? report->title : "Evaluation";
}

static void add_head(rn_text *text, const resnet_report *report)
{
    rn_text_add(text, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                      "img-src data:; style-src 'unsafe-inline'\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<title>");
    rn_text_add_html(text, get_title(report));
    rn_text_add(text, "</title>\n<style>\n");
    rn_text_add(text, rn_page_style);
    rn_text_add(text, "</style></head>\n<body><main>\n<h1>");
    rn_text_add_html(text, get_title(report));
    rn_text_format(text, "</h1>\n<p class=\"soft\">%" PRIu64 " samples, %zu classes</p>\n",
                   report->metrics->tally.count, report->metrics->n_classes);
}

static void add_facts(rn_text *text, const resnet_report *report)
{
    if (report->n_facts == 0) return;
    rn_text_add(text, "<dl class=\"facts\">\n");
    for (size_t i = 0; i < report->n_facts; i++) {
        rn_text_add(text, "<dt>");
        rn_text_add_html(text, report->facts[i].name);
        rn_text_add(text, "</dt><dd>");
        rn_text_add_html(text, report->facts[i].value);
        rn_text_add(text, "</dd>\n");
    }
    rn_text_add(text, "</dl>\n");
}

static void begin_tile(rn_text *text, const resnet_report *report, const char *label, double value)
{
    rn_text_add(text, "<div class=\"tile\"><b>");
    rn_page_add_ratio(text, report, value);
    rn_text_format(text, "</b>%s", label);
}

static void add_tile(rn_text *text, const resnet_report *report, const char *label, double value)
{
    begin_tile(text, report, label, value);
    rn_text_add(text, "</div>\n");
}

/* A figure of the running sums, with its interval if there is one. */
static resnet_status add_figure(rn_text *text, const resnet_report *report, const char *label,
                                const char *name)
{
    const resnet_metrics *metrics = report->metrics;
    rn_figure figure;
    rn_interval interval;
    resnet_status status;
    RN_TRY(rn_figure_parse(&figure, metrics, name));
    RN_TRY(rn_report_get_interval(&interval, report, name));
    begin_tile(text, report, label,
               rn_figure_get_from_tally(&figure, &metrics->tally, metrics->options.absent));
    if (interval.known) {
        rn_text_add(text, "<small>");
        rn_page_add_ratio(text, report, interval.low);
        rn_text_add(text, " to ");
        rn_page_add_ratio(text, report, interval.high);
        rn_text_add(text, "</small>");
    }
    rn_text_add(text, "</div>\n");
done:
    return status;
}

static resnet_status add_tiles(rn_text *text, const resnet_report *report, const rn_areas *areas)
{
    const rn_tally *tally = &report->metrics->tally;
    resnet_status status;
    rn_text_add(text, "<div class=\"tiles\">\n");
    RN_TRY(add_figure(text, report, "accuracy", "accuracy"));
    if (tally->n_classes > 5) RN_TRY(add_figure(text, report, "top-5 accuracy", "top5"));
    RN_TRY(add_figure(text, report, "macro F1", "macro_f1"));
    RN_TRY(add_figure(text, report, "loss", "loss"));
    if (areas->known) {
        add_tile(text, report, "macro AUC", areas->macro.auc);
        add_tile(text, report, "mean average precision", areas->macro.ap);
    }
    add_tile(text, report, "balanced accuracy", rn_confusion_get_balanced_accuracy(tally));
    add_tile(text, report, "Cohen's kappa", rn_confusion_get_kappa(tally));
    add_tile(text, report, "Matthews correlation", rn_confusion_get_mcc(tally));
    rn_text_add(text, "</div>\n");
done:
    return status;
}

static void add_intervals_note(rn_text *text, const resnet_report *report)
{
    const resnet_metrics *metrics = report->metrics;
    if (!report->options.n_resamples || !metrics->kept.complete) return;
    rn_text_add(text, " Ranges are ");
    rn_text_add_fixed(text, 100 * report->options.confidence, 0, 1);
    rn_text_format(text, " %% bootstrap intervals of %lu resamples.",
                   (unsigned long)report->options.n_resamples);
}

static void add_foot(rn_text *text, const resnet_report *report)
{
    rn_text_add(text, "<footer>A dash stands for a figure that is undefined or infinite.");
    add_intervals_note(text, report);
    if (!report->metrics->kept.complete)
        rn_text_add(text, " Scores were not kept, so there are no curves, areas, intervals and no "
                          "temperature.");
    rn_text_format(text, " Made by libresnet50 %s.</footer>\n</main></body></html>\n",
                   RESNET_VERSION);
}

resnet_status rn_report_write_html(rn_text *text, const resnet_report *report)
{
    rn_areas areas = {0};
    resnet_status status;
    const bool empty = report->metrics->tally.count == 0;
    RN_TRY(rn_areas_open(&areas, report->metrics));
    add_head(text, report);
    add_facts(text, report);
    if (!empty) RN_TRY(add_tiles(text, report, &areas));
    rn_page_add_history(text, report);
    if (!empty) {
        rn_page_add_confusion(text, report);
        rn_page_add_classes(text, report, &areas);
        RN_TRY(rn_page_add_curves(text, report, &areas));
        RN_TRY(rn_page_add_calibration(text, report));
        rn_page_add_mistakes(text, report);
    }
    add_foot(text, report);
done:
    rn_areas_close(&areas);
    return status;
}
