/* SPDX-License-Identifier: MIT */
#include "evaluation.h"

#include "output.h"

#include <math.h>
#include <stdlib.h>

double figure(const resnet_metrics *metrics, const char *name)
{
    double value = 0;
    return resnet_metrics_get(&value, metrics, name) == RESNET_OK ? value : (double)NAN;
}

static resnet_status print_report(const resnet_report *report)
{
    size_t size = 0;
    resnet_status status = resnet_report_copy(NULL, 0, &size, report, RESNET_REPORT_TEXT);
    char *text = allocate(size + 1, 1);
    if (!text) return RESNET_E_NOMEM;
    if (status == RESNET_OK)
        status = resnet_report_copy(text, size + 1, &size, report, RESNET_REPORT_TEXT);
    if (status == RESNET_OK) tell_text(text);
    free(text);
    return status;
}

int print_evaluation(const resnet_metrics *metrics)
{
    resnet_report *report = NULL;
    resnet_status status = resnet_report_create(&report, metrics, NULL);
    if (status == RESNET_OK) status = print_report(report);
    resnet_report_free(report);
    if (status != RESNET_OK) return say_last_error();
    tell_line("%s", "");
    tell_line("accuracy %.2f %%, top 5 %.2f %%, loss %.4f, %s", 100 * figure(metrics, "top1"),
              100 * figure(metrics, "top5"), figure(metrics, "loss"),
              count_of(resnet_metrics_get_count(metrics), "image"));
    return 0;
}

static json_t *describe_class(const resnet_metrics *metrics, size_t index)
{
    json_t *description = json_object();
    resnet_metrics_row row;
    if (resnet_metrics_copy_row(&row, sizeof row, metrics, (int64_t)index)) return description;
    json_put(description, "name", json_text(resnet_metrics_get_class_name(metrics, index)));
    json_put(description, "precision", json_figure(row.precision));
    json_put(description, "recall", json_figure(row.recall));
    json_put(description, "f1", json_figure(row.f1));
    json_put(description, "support", json_integer((json_int_t)row.support));
    return description;
}

static json_t *describe_confusion(const resnet_metrics *metrics)
{
    const size_t n = resnet_metrics_get_n_classes(metrics);
    const uint64_t *counts = resnet_metrics_get_confusion(metrics);
    json_t *rows = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_array();
        for (size_t j = 0; j < n; j++) json_push(row, json_integer((json_int_t)counts[i * n + j]));
        json_push(rows, row);
    }
    return rows;
}

json_t *describe_evaluation(const resnet_metrics *metrics)
{
    static const char *const names[] = {"top1",
                                        "top5",
                                        "loss",
                                        "balanced_accuracy",
                                        "macro_precision",
                                        "macro_recall",
                                        "macro_f1",
                                        "macro_auc",
                                        "map",
                                        "kappa",
                                        "mcc",
                                        "ece"};
    const size_t n = resnet_metrics_get_n_classes(metrics);
    json_t *description = json_object();
    json_put(description, "images", json_integer((json_int_t)resnet_metrics_get_count(metrics)));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        json_put(description, names[i], json_figure(figure(metrics, names[i])));
    json_t *classes = json_array(), *per_class = json_array();
    for (size_t i = 0; i < n; i++) {
        json_push(classes, json_text(resnet_metrics_get_class_name(metrics, i)));
        json_push(per_class, describe_class(metrics, i));
    }
    json_put(description, "classes", classes);
    json_put(description, "per_class", per_class);
    json_put(description, "confusion_matrix", describe_confusion(metrics));
    return description;
}
