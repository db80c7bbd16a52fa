/* SPDX-License-Identifier: MIT */
#include "metrics/confusion.h"
#include "metrics/page.h"

#include <inttypes.h>
#include <math.h>

#define MAX_OPEN 40  /* classes; beyond that the table is folded away, */
#define N_HARDEST 20 /* and so many are shown */

typedef struct rn_class_table {
    rn_text *text;
    const resnet_report *report;
    const rn_areas *areas;
} rn_class_table;

static void add_header(rn_text *text)
{
    rn_text_add(text, "<div class=\"wide\"><table><tr><th>Class</th><th>Precision</th><th>Recall"
                      "</th><th>F1</th><th>AUC</th><th>Average precision</th><th>Support</th>"
                      "</tr>\n");
}

/* A number with a bar of its size behind. */
static void add_bar(const rn_class_table *table, double value)
{
    rn_text_add(table->text, "<td class=\"bar\" style=\"--share:");
    rn_text_add_fixed(table->text, 100 * value, 0, 1);
    rn_text_add(table->text, "%\">");
    rn_page_add_ratio(table->text, table->report, value);
    rn_text_add(table->text, "</td>");
}

static void add_ratio(const rn_class_table *table, double value)
{
    rn_text_add(table->text, "<td>");
    rn_page_add_ratio(table->text, table->report, value);
    rn_text_add(table->text, "</td>");
}

static void add_row(const rn_class_table *table, const char *name, const rn_row *row,
                    const rn_class_areas *areas)
{
    rn_text_add_html(table->text, name);
    rn_text_add(table->text, "</td>");
    add_bar(table, row->precision);
    add_bar(table, row->recall);
    add_bar(table, row->f1);
    add_ratio(table, table->areas->known ? areas->auc : NAN);
    add_ratio(table, table->areas->known ? areas->ap : NAN);
    rn_text_format(table->text, "<td>%" PRIu64 "</td></tr>\n", row->support);
}

static void add_class(const rn_class_table *table, size_t c)
{
    const resnet_metrics *metrics = table->report->metrics;
    const rn_row row = rn_confusion_get_class(&metrics->tally, c);
    rn_text_add(table->text, "<tr><td>");
    add_row(table, metrics->class_names[c], &row,
            table->areas->known ? &table->areas->classes[c] : NULL);
}

static void add_average(const rn_class_table *table, const char *name, int64_t which,
                        const rn_class_areas *areas)
{
    const resnet_metrics *metrics = table->report->metrics;
    const rn_row row = rn_confusion_get_average(&metrics->tally, which, metrics->options.absent);
    rn_text_format(table->text, "<tr class=\"mean%s\"><td>", which == RESNET_MACRO ? " first" : "");
    add_row(table, name, &row, areas);
}

static void add_averages(const rn_class_table *table)
{
    add_average(table, "macro average", RESNET_MACRO, &table->areas->macro);
    add_average(table, "micro average", RESNET_MICRO, &table->areas->micro);
    add_average(table, "weighted average", RESNET_WEIGHTED, &table->areas->weighted);
    rn_text_add(table->text, "</table></div>\n");
}

static void add_whole(const rn_class_table *table)
{
    add_header(table->text);
    for (size_t c = 0; c < table->report->metrics->n_classes; c++) add_class(table, c);
    add_averages(table);
}

/* Classes with samples by ascending F1, of equals the first; how many there are. */
static size_t find_hardest(size_t hardest[N_HARDEST], const rn_tally *tally)
{
    size_t n = 0;
    for (size_t c = 0; c < tally->n_classes; c++) {
        const double f1 = rn_confusion_get_class(tally, c).f1;
        size_t at = n;
        while (at > 0 && f1 < rn_confusion_get_class(tally, hardest[at - 1]).f1) at--;
        if (tally->labelled[c] == 0 || at == N_HARDEST) continue;
        if (n < N_HARDEST) n++;
        for (size_t k = n - 1; k > at; k--) hardest[k] = hardest[k - 1];
        hardest[at] = c;
    }
    return n;
}

static void add_folded(const rn_class_table *table)
{
    size_t hardest[N_HARDEST];
    const size_t n = find_hardest(hardest, &table->report->metrics->tally);
    rn_text_format(table->text, "<p class=\"soft\">The %zu with the lowest F1.</p>\n", n);
    add_header(table->text);
    for (size_t i = 0; i < n; i++) add_class(table, hardest[i]);
    add_averages(table);
    rn_text_format(table->text, "<details><summary>All %zu classes</summary>\n",
                   table->report->metrics->n_classes);
    add_whole(table);
    rn_text_add(table->text, "</details>\n");
}

void rn_page_add_classes(rn_text *text, const resnet_report *report, const rn_areas *areas)
{
    const rn_class_table table = {text, report, areas};
    rn_text_add(text, "<section><h2>Classes</h2>\n");
    if (report->metrics->n_classes > MAX_OPEN)
        add_folded(&table);
    else
        add_whole(&table);
    rn_text_add(text, "</section>\n");
}
