/* SPDX-License-Identifier: MIT */
#include "metrics/figure.h"

#include "core/arithmetic.h"
#include "metrics/calibration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double get_count(const rn_tally *tally)
{
    return (double)tally->count;
}

static double get_accuracy(const rn_tally *tally)
{
    return (double)rn_confusion_get_n_correct(tally) / (double)tally->count;
}

static double get_loss(const rn_tally *tally)
{
    return tally->loss / (double)tally->count;
}

static double get_clipped_loss(const rn_tally *tally)
{
    return tally->clipped_loss / (double)tally->count;
}

static double get_top_k(const rn_tally *tally, size_t k)
{
    uint64_t hits = 0;
    for (size_t rank = 0; rank < k && rank < tally->n_classes; rank++) hits += tally->ranks[rank];
    return (double)hits / (double)tally->count;
}

static double get_precision(const rn_row *row)
{
    return row->precision;
}

static double get_recall(const rn_row *row)
{
    return row->recall;
}

static double get_f1(const rn_row *row)
{
    return row->f1;
}

static double get_support(const rn_row *row)
{
    return (double)row->support;
}

static double get_predicted(const rn_row *row)
{
    return (double)row->predicted;
}

static const struct {
    const char *name;
    double (*get)(const rn_tally *tally);
} totals[] = {
    {"count", get_count},
    {"accuracy", get_accuracy},
    {"top1", get_accuracy},
    {"balanced_accuracy", rn_confusion_get_balanced_accuracy},
    {"loss", get_loss},
    {"log_loss", get_clipped_loss},
    {"kappa", rn_confusion_get_kappa},
    {"mcc", rn_confusion_get_mcc},
    {"ece", rn_calibration_get_expected_error},
    {"mce", rn_calibration_get_maximal_error},
};

static const struct {
    const char *name;
    bool has_averages;
    double (*get_part)(const rn_row *row);
    rn_area (*get_area)(const rn_ranking *ranking, const uint32_t *weights);
} parts[] = {
    {"precision", true, get_precision, NULL},
    {"recall", true, get_recall, NULL},
    {"f1", true, get_f1, NULL},
    {"support", false, get_support, NULL},
    {"predicted", false, get_predicted, NULL},
    {"auc", true, NULL, rn_ranking_get_auc},
    {"ap", true, NULL, rn_ranking_get_ap},
};

static const struct {
    const char *prefix;
    int64_t which;
} averages[] = {{"macro_", RESNET_MACRO}, {"micro_", RESNET_MICRO}, {"weighted_", RESNET_WEIGHTED}};

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static bool parse_total(rn_figure *out, const char *name)
{
    for (size_t i = 0; i < COUNT_OF(totals); i++)
        if (strcmp(name, totals[i].name) == 0) out->get_total = totals[i].get;
    return out->get_total != NULL;
}

/* "top5"; no sign, no leading zero. */
static bool parse_top_k(rn_figure *out, const char *name)
{
    if (strncmp(name, "top", 3) != 0 || name[3] < '1' || name[3] > '9') return false;
    char *end = NULL;
    out->k = (size_t)strtoull(name + 3, &end, 10);
    return *end == '\0';
}

static bool parse_part(rn_figure *out, const char *name, size_t length, bool average)
{
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (strlen(parts[i].name) != length || strncmp(name, parts[i].name, length) != 0) continue;
        if (average && !parts[i].has_averages) continue;
        out->get_part = parts[i].get_part;
        out->get_area = parts[i].get_area;
        return true;
    }
    return false;
}

static bool parse_average(rn_figure *out, const char *name)
{
    if (strcmp(name, "map") == 0) name = "macro_ap";
    for (size_t i = 0; i < COUNT_OF(averages); i++) {
        const size_t length = strlen(averages[i].prefix);
        if (strncmp(name, averages[i].prefix, length) != 0) continue;
        out->which = averages[i].which;
        return parse_part(out, name + length, strlen(name + length), true);
    }
    return false;
}

static bool parse_index(int64_t *out, const char *text, size_t length, size_t n_classes)
{
    char *end = NULL;
    if (*text < '0' || *text > '9') return false;
    const unsigned long long index = strtoull(text, &end, 10);
    if (end != text + length || index >= n_classes) return false;
    *out = (int64_t)index;
    return true;
}

static bool find_class(int64_t *out, const resnet_metrics *metrics, const char *text, size_t length)
{
    for (size_t c = 0; c < metrics->n_classes; c++) {
        const char *name = metrics->class_names[c];
        if (strlen(name) != length || memcmp(name, text, length) != 0) continue;
        *out = (int64_t)c;
        return true;
    }
    return parse_index(out, text, length, metrics->n_classes);
}

/* "f1[cat]", "auc[3]"; a class's name may hold brackets itself. */
static resnet_status parse_class(rn_figure *out, const resnet_metrics *metrics, const char *name)
{
    const char *open = strchr(name, '[');
    const size_t length = strlen(name);
    if (!open || name[length - 1] != ']' || !parse_part(out, name, (size_t)(open - name), false))
        return rn_fail(RESNET_E_INVALID, "no figure is called '%.200s'", name);
    if (find_class(&out->which, metrics, open + 1, length - 2 - (size_t)(open - name)))
        return RESNET_OK;
    return rn_fail(RESNET_E_INVALID, "'%.200s': no such class", name);
}

resnet_status rn_figure_parse(rn_figure *out, const resnet_metrics *metrics, const char *name)
{
    rn_figure figure = {.temperature = strcmp(name, "temperature") == 0};
    resnet_status status = RESNET_OK;
    if (!figure.temperature && !parse_total(&figure, name) && !parse_top_k(&figure, name) &&
        !parse_average(&figure, name)) {
        figure = (rn_figure){0};
        status = parse_class(&figure, metrics, name);
    }
    if (status == RESNET_OK) *out = figure;
    return status;
}

double rn_figure_get_from_tally(const rn_figure *figure, const rn_tally *tally, int32_t absent)
{
    if (tally->count == 0 && figure->get_total != get_count) return NAN;
    if (figure->get_total) return figure->get_total(tally);
    if (figure->k) return get_top_k(tally, figure->k);
    const rn_row row = figure->which >= 0 ? rn_confusion_get_class(tally, (size_t)figure->which)
                                          : rn_confusion_get_average(tally, figure->which, absent);
    return figure->get_part(&row);
}

rn_figure_range rn_figure_get_range(const rn_figure *figure, size_t n_classes)
{
    if (figure->which == RESNET_MACRO || figure->which == RESNET_WEIGHTED)
        return (rn_figure_range){0, (int64_t)n_classes};
    return (rn_figure_range){figure->which, figure->which + 1};
}

/* A class without samples has no weight; when skipped, neither has one whose area is undefined. */
void rn_area_mean_add(rn_area_mean *mean, rn_area area, int64_t which, int32_t absent)
{
    const bool average = which == RESNET_MACRO || which == RESNET_WEIGHTED;
    double weight = which == RESNET_WEIGHTED ? area.positives : 1;
    if (average && absent == RESNET_ABSENT_SKIP && (area.positives == 0 || isnan(area.value)))
        weight = 0;
    if (weight > 0) mean->sum += weight * area.value;
    mean->weight += weight;
}

double rn_area_mean_get(const rn_area_mean *mean)
{
    return mean->weight > 0 ? mean->sum / mean->weight : NAN;
}

static resnet_status get_area(double *out, const rn_figure *figure, const resnet_metrics *metrics)
{
    const rn_figure_range range = rn_figure_get_range(figure, metrics->n_classes);
    rn_area_mean mean = {0};
    for (int64_t which = range.first; which < range.last; which++) {
        rn_ranking ranking;
        const resnet_status status = rn_ranking_open(&ranking, &metrics->kept, which);
        if (status != RESNET_OK) return status;
        rn_area_mean_add(&mean, figure->get_area(&ranking, NULL), figure->which,
                         metrics->options.absent);
        rn_ranking_close(&ranking);
    }
    *out = rn_area_mean_get(&mean);
    return RESNET_OK;
}

resnet_status rn_figure_get(double *out, const rn_figure *figure, const resnet_metrics *metrics)
{
    const bool from_tally = !figure->get_area && !figure->temperature;
    if (from_tally) {
        *out = rn_figure_get_from_tally(figure, &metrics->tally, metrics->options.absent);
        return RESNET_OK;
    }
    const resnet_status status = rn_kept_require(&metrics->kept, "this figure");
    if (status != RESNET_OK) return status;
    if (metrics->tally.count == 0) {
        *out = NAN;
        return RESNET_OK;
    }
    if (figure->get_area) return get_area(out, figure, metrics);
    return resnet_metrics_fit_temperature(out, NULL, NULL, metrics);
}

const char *resnet_metrics_get_figure_name(size_t index)
{
    static const char *const NAMES[] = {
        "count",
        "accuracy",
        "top1",
        "top5",
        "balanced_accuracy",
        "loss",
        "log_loss",
        "kappa",
        "mcc",
        "ece",
        "mce",
        "precision[]",
        "recall[]",
        "f1[]",
        "support[]",
        "predicted[]",
        "macro_precision",
        "micro_precision",
        "weighted_precision",
        "macro_recall",
        "micro_recall",
        "weighted_recall",
        "macro_f1",
        "micro_f1",
        "weighted_f1",
        "auc[]",
        "macro_auc",
        "micro_auc",
        "weighted_auc",
        "ap[]",
        "macro_ap",
        "map",
        "micro_ap",
        "weighted_ap",
        "temperature",
    };
    return index < COUNT_OF(NAMES) ? NAMES[index] : NULL;
}

resnet_status resnet_metrics_get(double *out, const resnet_metrics *metrics, const char *name)
{
    RN_OWN_ARITHMETIC;
    rn_figure figure;
    resnet_status status;
    if (!out || !metrics || !name) return rn_fail(RESNET_E_INVALID, "resnet_metrics_get: NULL");
    RN_TRY(rn_figure_parse(&figure, metrics, name));
    RN_TRY(rn_figure_get(out, &figure, metrics));
done:
    return status;
}
