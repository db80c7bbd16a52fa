/* SPDX-License-Identifier: MIT */
#include "metrics/chart.h"
#include "metrics/page.h"

#include <math.h>
#include <string.h>

#define NARROWEST 1e-3 /* of the values: a range below this is drawn as a level line */
#define MOST_DOTS 40   /* epochs that are marked one by one */

/* What "val_loss", "train_loss" and "loss" have in common. */
static const char *get_family(const char *name)
{
    if (strncmp(name, "val_", 4) == 0) return name + 4;
    if (strncmp(name, "train_", 6) == 0) return name + 6;
    return name;
}

static bool is_related(const rn_history *a, const rn_history *b)
{
    return strcmp(get_family(a->name), get_family(b->name)) == 0;
}

static bool is_first_of_family(const resnet_report *report, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (is_related(&report->histories[i], &report->histories[index])) return false;
    return true;
}

static void stretch(rn_chart *chart, const rn_history *history)
{
    chart->x_high = fmax(chart->x_high, (double)history->count);
    for (size_t i = 0; i < history->count; i++) {
        if (!isfinite(history->values[i])) continue;
        chart->y_low = fmin(chart->y_low, history->values[i]);
        chart->y_high = fmax(chart->y_high, history->values[i]);
    }
}

/* Axes must span something, even if all values are equal or there are none; a lone epoch or value
 * then lies in the middle. */
static void settle(rn_chart *chart)
{
    if (!(chart->x_high > chart->x_low)) {
        chart->x_low -= 0.5;
        chart->x_high = chart->x_low + 1;
    }
    if (!(chart->y_high >= chart->y_low)) chart->y_low = chart->y_high = 0;
    const double range = chart->y_high - chart->y_low;
    const double largest = fmax(fabs(chart->y_low), fabs(chart->y_high));
    const bool is_flat = range <= NARROWEST * largest;
    const double margin = !is_flat ? 0.04 * range : largest > 0 ? 0.1 * largest : 0.5;
    chart->y_low -= margin;
    chart->y_high += margin;
}

static double get_value(const rn_history *history, size_t i)
{
    return isfinite(history->values[i]) ? history->values[i] : NAN;
}

static void add_line(rn_chart *chart, const rn_history *history, const char *colour)
{
    rn_chart_begin_line(chart, colour, false);
    for (size_t i = 0; i < history->count; i++)
        rn_chart_add_point(chart, (double)(i + 1), get_value(history, i));
    rn_chart_end_line(chart);
    for (size_t i = 0; i < history->count && history->count <= MOST_DOTS; i++)
        rn_chart_add_dot(chart, (double)(i + 1), get_value(history, i), colour);
}

static void add_family(rn_text *text, const resnet_report *report, const rn_history *first)
{
    rn_chart chart = {
        .text = text, .whole_x = true, .x_low = 1, .y_low = INFINITY, .y_high = -INFINITY};
    for (size_t i = 0; i < report->n_histories; i++)
        if (is_related(&report->histories[i], first)) stretch(&chart, &report->histories[i]);
    settle(&chart);
    rn_text_add(text, "<div>");
    rn_chart_begin(&chart, get_family(first->name), "epoch", "");
    size_t colour = 0;
    for (size_t i = 0; i < report->n_histories; i++)
        if (is_related(&report->histories[i], first))
            add_line(&chart, &report->histories[i], rn_chart_get_colour(colour++));
    rn_chart_end(&chart);
    rn_text_add(text, "<ul class=\"legend\">");
    colour = 0;
    for (size_t i = 0; i < report->n_histories; i++)
        if (is_related(&report->histories[i], first))
            rn_chart_add_legend(text, rn_chart_get_colour(colour++), report->histories[i].name, NAN,
                                0);
    rn_text_add(text, "</ul></div>\n");
}

void rn_page_add_history(rn_text *text, const resnet_report *report)
{
    if (report->n_histories == 0) return;
    rn_text_add(text, "<section><h2>Training</h2><div class=\"pair\">\n");
    for (size_t i = 0; i < report->n_histories; i++)
        if (is_first_of_family(report, i)) add_family(text, report, &report->histories[i]);
    rn_text_add(text, "</div></section>\n");
}
