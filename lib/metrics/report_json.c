/* The document that docs/metrics.md describes. Built with jansson, which owns what is put into it;
 * a NULL on the way (memory) travels up to the whole. SPDX-License-Identifier: MIT */
#include "core/json_text.h"
#include "core/mem.h"
#include "metrics/accumulator.h"
#include "metrics/areas.h"
#include "metrics/calibration.h"
#include "metrics/confusion.h"
#include "metrics/figure.h"
#include "metrics/report.h"

#include <math.h>

#define FORMAT_VERSION 1

/* Undefined and infinite figures are null: JSON has neither. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *count(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* Clean UTF-8, whatever the host called it. */
static json_t *name(const char *utf8)
{
    rn_text text = {0};
    rn_text_add_padded(&text, utf8, 0);
    json_t *json =
        text.status == RESNET_OK ? json_stringn(text.bytes ? text.bytes : "", text.size) : NULL;
    rn_text_close(&text);
    return json;
}

static json_t *figure(const resnet_metrics *metrics, const char *figure_name)
{
    rn_figure parsed;
    if (rn_figure_parse(&parsed, metrics, figure_name) != RESNET_OK) return NULL;
    return number(rn_figure_get_from_tally(&parsed, &metrics->tally, metrics->options.absent));
}

/* areas NULL: their scores were not kept. */
static json_t *row(const rn_row *row, const rn_class_areas *areas)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "precision", number(row->precision), "recall",
                     number(row->recall), "f1", number(row->f1), "auc",
                     number(areas ? areas->auc : NAN), "ap", number(areas ? areas->ap : NAN));
}

static json_t *average(const resnet_metrics *metrics, int64_t which, const rn_areas *areas,
                       const rn_class_areas *own)
{
    const rn_row mean = rn_confusion_get_average(&metrics->tally, which, metrics->options.absent);
    return row(&mean, areas->known ? own : NULL);
}

static json_t *classes(const resnet_metrics *metrics, const rn_areas *areas)
{
    json_t *list = json_array();
    for (size_t c = 0; list && c < metrics->n_classes; c++) {
        const rn_row figures = rn_confusion_get_class(&metrics->tally, c);
        json_t *item = row(&figures, areas->known ? &areas->classes[c] : NULL);
        if (json_object_set_new(item, "name", name(metrics->class_names[c])) != 0 ||
            json_object_set_new(item, "support", count(figures.support)) != 0 ||
            json_object_set_new(item, "predicted", count(figures.predicted)) != 0 ||
            json_array_append(list, item) != 0) {
            json_decref(list);
            list = NULL;
        }
        json_decref(item);
    }
    return list;
}

static json_t *counts(const uint64_t *values, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(list, count(values[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *confusion(const rn_tally *tally)
{
    json_t *rows = json_array();
    for (size_t c = 0; c < tally->n_classes; c++)
        if (json_array_append_new(
                rows, counts(tally->confusion + c * tally->n_classes, tally->n_classes)) != 0) {
            json_decref(rows);
            return NULL;
        }
    return rows;
}

static json_t *bins(const rn_tally *tally)
{
    json_t *list = json_array();
    for (size_t b = 0; b < tally->n_bins; b++) {
        const rn_bin *bin = &tally->bins[b];
        const double n = bin->count ? (double)bin->count : NAN;
        json_t *item =
            json_pack("{s:o, s:o, s:o}", "count", count(bin->count), "confidence",
                      number(bin->confidence / n), "accuracy", number((double)bin->correct / n));
        if (json_array_append_new(list, item) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static resnet_status add(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) == 0) return RESNET_OK;
    return rn_fail(RESNET_E_NOMEM, "out of memory: JSON report");
}

static resnet_status add_calibration(json_t *document, const resnet_metrics *metrics)
{
    double temperature = NAN, loss = NAN, ece = NAN;
    resnet_status status = RESNET_OK;
    if (metrics->kept.complete && metrics->tally.count > 0)
        RN_TRY(resnet_metrics_fit_temperature(&temperature, &loss, &ece, metrics));
    if (rn_temperature_is_bound(temperature)) temperature = loss = ece = NAN;
    status = add(document, "calibration",
                 json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "ece", figure(metrics, "ece"), "mce",
                           figure(metrics, "mce"), "bins", bins(&metrics->tally), "temperature",
                           number(temperature), "loss_at_temperature", number(loss),
                           "ece_at_temperature", number(ece)));
done:
    return status;
}

static resnet_status add_intervals(json_t *document, const resnet_report *report)
{
    static const char *const names[] = {"accuracy", "macro_f1", "loss"};
    json_t *figures = json_object();
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        rn_interval interval;
        RN_TRY(rn_report_get_interval(&interval, report, names[i]));
        if (interval.known)
            RN_TRY(add(figures, names[i],
                       json_pack("[o, o]", number(interval.low), number(interval.high))));
    }
    if (json_object_size(figures) > 0)
        status = add(document, "intervals",
                     json_pack("{s:f, s:o, s:o, s:O}", "confidence", report->options.confidence,
                               "resamples", count(report->options.n_resamples), "seed",
                               count(report->options.seed), "figures", figures));
done:
    json_decref(figures);
    return status;
}

static json_t *mistakes(const rn_mistakes *worst)
{
    json_t *list = json_array();
    for (size_t i = 0; i < worst->count; i++) {
        const rn_mistake *mistake = &worst->items[i];
        json_t *item = json_pack("{s:o, s:o, s:o, s:f, s:f}", "id", count(mistake->id), "label",
                                 count(mistake->label), "predicted", count(mistake->predicted),
                                 "label_probability", mistake->label_probability,
                                 "predicted_probability", mistake->predicted_probability);
        if (json_array_append_new(list, item) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *histories(const resnet_report *report)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < report->n_histories; i++) {
        const rn_history *history = &report->histories[i];
        json_t *values = json_array();
        for (size_t k = 0; k < history->count; k++)
            if (json_array_append_new(values, number(history->values[k])) != 0) {
                json_decref(values);
                values = NULL;
            }
        json_t *item = json_pack("{s:o, s:o}", "name", name(history->name), "values", values);
        if (json_array_append_new(list, item) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

static resnet_status add_facts(json_t *document, const resnet_report *report)
{
    json_t *facts = json_object();
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < report->n_facts; i++)
        RN_TRY(add(facts, report->facts[i].name, name(report->facts[i].value)));
    return add(document, "about", facts);
done:
    json_decref(facts);
    return status;
}

static resnet_status add_totals(json_t *document, const resnet_metrics *metrics)
{
    static const char *const names[] = {
        "accuracy", "balanced_accuracy", "loss", "log_loss", "kappa", "mcc"};
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        RN_TRY(add(document, names[i], figure(metrics, names[i])));
    if (metrics->n_classes > 5) RN_TRY(add(document, "top5", figure(metrics, "top5")));
done:
    return status;
}

static resnet_status add_all(json_t *document, const resnet_report *report, const rn_areas *areas)
{
    const resnet_metrics *metrics = report->metrics;
    resnet_status status;
    RN_TRY(add(document, "format", json_string("resnet-metrics")));
    RN_TRY(add(document, "version", count(FORMAT_VERSION)));
    if (report->title) RN_TRY(add(document, "title", name(report->title)));
    if (report->n_facts > 0) RN_TRY(add_facts(document, report));
    RN_TRY(add(document, "count", count(metrics->tally.count)));
    RN_TRY(add(document, "n_classes", count(metrics->n_classes)));
    RN_TRY(add_totals(document, metrics));
    RN_TRY(add(document, "macro", average(metrics, RESNET_MACRO, areas, &areas->macro)));
    RN_TRY(add(document, "micro", average(metrics, RESNET_MICRO, areas, &areas->micro)));
    RN_TRY(add(document, "weighted", average(metrics, RESNET_WEIGHTED, areas, &areas->weighted)));
    RN_TRY(add_intervals(document, report));
    RN_TRY(add(document, "classes", classes(metrics, areas)));
    RN_TRY(add(document, "confusion", confusion(&metrics->tally)));
    RN_TRY(add_calibration(document, metrics));
    RN_TRY(add(document, "mistakes", mistakes(&metrics->mistakes)));
    if (report->n_histories > 0) RN_TRY(add(document, "history", histories(report)));
done:
    return status;
}

resnet_status rn_report_write_json(rn_text *text, const resnet_report *report)
{
    rn_areas areas = {0};
    json_t *document = json_object();
    char *bytes = NULL;
    resnet_status status;
    RN_TRY(rn_areas_open(&areas, report->metrics));
    RN_TRY(add_all(document, report, &areas));
    RN_TRY(rn_json_dump(&bytes, document, RN_JSON_DOUBLE_DIGITS, "report"));
    rn_text_add(text, bytes);
    rn_text_add(text, "\n");
done:
    rn_free(bytes);
    json_decref(document);
    rn_areas_close(&areas);
    return status;
}
