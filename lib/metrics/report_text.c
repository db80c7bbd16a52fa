/* The layout of scikit-learn's classification_report. SPDX-License-Identifier: MIT */
#include "metrics/accumulator.h"
#include "metrics/confusion.h"
#include "metrics/report.h"

#include <inttypes.h>
#include <string.h>

#define WIDEST_AVERAGE "weighted avg"

typedef struct rn_table {
    size_t width; /* of names */
    int digits;
} rn_table;

static bool is_listed(const resnet_metrics *metrics, size_t c)
{
    return rn_confusion_counts(&metrics->tally, c, metrics->options.absent);
}

static rn_table lay_out(const resnet_report *report)
{
    const resnet_metrics *metrics = report->metrics;
    rn_table table = {.width = strlen(WIDEST_AVERAGE), .digits = (int)report->options.digits};
    if (table.width < report->options.digits) table.width = report->options.digits;
    for (size_t c = 0; c < metrics->n_classes; c++) {
        const size_t length = rn_text_count_characters(metrics->class_names[c]);
        if (is_listed(metrics, c) && length > table.width) table.width = length;
    }
    return table;
}

static void add_ratio(rn_text *text, const rn_table *table, double value)
{
    rn_text_add(text, " ");
    rn_text_add_fixed(text, value, 9, table->digits);
}

static void add_row(rn_text *text, const rn_table *table, const char *name, const rn_row *row)
{
    rn_text_add_padded(text, name, table->width);
    rn_text_add(text, " ");
    add_ratio(text, table, row->precision);
    add_ratio(text, table, row->recall);
    add_ratio(text, table, row->f1);
    rn_text_format(text, " %9" PRIu64 "\n", row->support);
}

static void add_accuracy(rn_text *text, const rn_table *table, const rn_row *micro)
{
    rn_text_add_padded(text, "accuracy", table->width);
    rn_text_format(text, " %20s", "");
    add_ratio(text, table, micro->f1);
    rn_text_format(text, " %9" PRIu64 "\n", micro->support);
}

resnet_status rn_report_write_text(rn_text *text, const resnet_report *report)
{
    const resnet_metrics *metrics = report->metrics;
    const rn_tally *tally = &metrics->tally;
    const int32_t absent = metrics->options.absent;
    const rn_table table = lay_out(report);
    rn_text_add_padded(text, "", table.width);
    rn_text_format(text, "  %9s %9s %9s %9s\n\n", "precision", "recall", "f1-score", "support");
    for (size_t c = 0; c < metrics->n_classes; c++) {
        const rn_row row = rn_confusion_get_class(tally, c);
        if (is_listed(metrics, c)) add_row(text, &table, metrics->class_names[c], &row);
    }
    const rn_row micro = rn_confusion_get_average(tally, RESNET_MICRO, absent);
    const rn_row macro = rn_confusion_get_average(tally, RESNET_MACRO, absent);
    const rn_row weighted = rn_confusion_get_average(tally, RESNET_WEIGHTED, absent);
    rn_text_add(text, "\n");
    add_accuracy(text, &table, &micro);
    add_row(text, &table, "macro avg", &macro);
    add_row(text, &table, WIDEST_AVERAGE, &weighted);
    return RESNET_OK;
}
