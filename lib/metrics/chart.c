/* SPDX-License-Identifier: MIT */
#include "metrics/chart.h"

#include <math.h>

/* The plot within the picture, px. */
#define WIDTH 480
#define HEIGHT 340
#define LEFT 62.0
#define RIGHT 468.0
#define TOP 34.0
#define BOTTOM 292.0

#define SMALLEST_STEP 0.5 /* px */
#define WIDEST_LABEL 6    /* characters that there is room for beside the y axis */

const char *rn_chart_get_colour(size_t index)
{
    static const char *const colours[] = {"#2f6fb0", "#d9722e", "#3a9b6b", "#b3476b", "#7a5db5",
                                          "#8a6d3b", "#2aa1b3", "#c2a11e", "#5f6b7a", "#d45087"};
    return colours[index % (sizeof colours / sizeof *colours)];
}

static double get_x(const rn_chart *chart, double x)
{
    return LEFT + (x - chart->x_low) / (chart->x_high - chart->x_low) * (RIGHT - LEFT);
}

static double get_y(const rn_chart *chart, double y)
{
    return BOTTOM - (y - chart->y_low) / (chart->y_high - chart->y_low) * (BOTTOM - TOP);
}

/* 1, 2 or 5 times a power of ten, four to nine of which fit in `span`. */
static double get_tick_step(double span)
{
    const double power = pow(10, floor(log10(span / 4)));
    const double share = span / 4 / power;
    return power * (share >= 5 ? 5 : share >= 2 ? 2 : 1);
}

/* In steps; never -0, which would be shown with its sign. */
static double get_first_tick(double low, double step)
{
    return ceil(low / step - 1e-9) + 0.0;
}

static int get_tick_digits(double step)
{
    const double digits = ceil(-log10(step) - 1e-9);
    return digits > 0 ? (int)digits : 0;
}

/* How the numbers along an axis are written: divided by 10^exponent, which the axis then names,
 * when they would be too wide otherwise. */
typedef struct scale {
    double step;
    int exponent;
    int digits;
} scale;

static scale get_scale(double low, double high, bool whole)
{
    scale s = {.step = get_tick_step(high - low)};
    if (whole) s.step = fmax(1, s.step);
    const int magnitude = (int)floor(log10(fmax(fabs(low), fabs(high))) + 1e-9);
    s.digits = get_tick_digits(s.step);
    const int width = (magnitude > 0 ? magnitude : 0) + 1 + (s.digits ? 1 + s.digits : 0);
    if (width <= WIDEST_LABEL) return s;
    s.exponent = magnitude;
    s.digits = get_tick_digits(s.step / pow(10, magnitude));
    return s;
}

static void add_attribute(rn_text *text, const char *name, double value)
{
    rn_text_format(text, " %s=\"", name);
    rn_text_add_fixed(text, value, 0, 1);
    rn_text_add(text, "\"");
}

static void add_line(rn_text *text, double x1, double y1, double x2, double y2)
{
    rn_text_add(text, "<line");
    add_attribute(text, "x1", x1);
    add_attribute(text, "y1", y1);
    add_attribute(text, "x2", x2);
    add_attribute(text, "y2", y2);
    rn_text_add(text, "/>");
}

static void begin_label(rn_text *text, const char *class_name, double x, double y)
{
    rn_text_format(text, "<text class=\"%s\"", class_name);
    add_attribute(text, "x", x);
    add_attribute(text, "y", y);
    rn_text_add(text, ">");
}

static void add_tick_label(const rn_chart *chart, const char *class_name, double x, double y,
                           const scale *s, double value)
{
    begin_label(chart->text, class_name, x, y);
    rn_text_add_fixed(chart->text, value / pow(10, s->exponent), 0, s->digits);
    rn_text_add(chart->text, "</text>");
}

/* "×1e-5" where an axis ends. */
static void add_exponent(const rn_chart *chart, const char *class_name, double x, double y,
                         const scale *s)
{
    if (s->exponent == 0) return;
    begin_label(chart->text, class_name, x, y);
    rn_text_format(chart->text,
                   "\xc3\x97"
                   "1e%d</text>",
                   s->exponent);
}

static void add_x_ticks(const rn_chart *chart)
{
    const scale s = get_scale(chart->x_low, chart->x_high, chart->whole_x);
    for (double i = get_first_tick(chart->x_low, s.step);
         i * s.step <= chart->x_high + 1e-9 * s.step; i++) {
        const double x = get_x(chart, i * s.step);
        add_line(chart->text, x, TOP, x, BOTTOM);
        add_tick_label(chart, "mid", x, BOTTOM + 16, &s, i * s.step);
    }
    add_exponent(chart, "end", RIGHT, BOTTOM + 30, &s);
}

static void add_y_ticks(const rn_chart *chart)
{
    const scale s = get_scale(chart->y_low, chart->y_high, false);
    for (double i = get_first_tick(chart->y_low, s.step);
         i * s.step <= chart->y_high + 1e-9 * s.step; i++) {
        const double y = get_y(chart, i * s.step);
        add_line(chart->text, LEFT, y, RIGHT, y);
        add_tick_label(chart, "end", LEFT - 7, y + 4, &s, i * s.step);
    }
    add_exponent(chart, "end", LEFT - 7, TOP - 8, &s);
}

static void add_label(rn_text *text, const char *class_name, double x, double y, const char *words)
{
    begin_label(text, class_name, x, y);
    rn_text_add_html(text, words);
    rn_text_add(text, "</text>");
}

void rn_chart_begin(rn_chart *chart, const char *title, const char *x_label, const char *y_label)
{
    rn_text *text = chart->text;
    rn_text_format(text, "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\">", WIDTH, HEIGHT);
    add_label(text, "title", LEFT, TOP - 14, title);
    rn_text_add(text, "<g class=\"grid\">");
    add_x_ticks(chart);
    add_y_ticks(chart);
    rn_text_add(text, "</g>");
    add_label(text, "mid", (LEFT + RIGHT) / 2, BOTTOM + 38, x_label);
    rn_text_format(text, "<g transform=\"rotate(-90 13 %d)\">", (int)((TOP + BOTTOM) / 2));
    add_label(text, "mid", 13, (TOP + BOTTOM) / 2, y_label);
    rn_text_add(text, "</g>\n");
}

void rn_chart_end(rn_chart *chart)
{
    rn_text_add(chart->text, "</svg>\n");
}

void rn_chart_begin_line(rn_chart *chart, const char *colour, bool dashed)
{
    rn_text_format(chart->text, "<path class=\"line\" stroke=\"%s\"%s d=\"", colour,
                   dashed ? " stroke-dasharray=\"5 4\"" : "");
    chart->drawing = false;
}

static void add_step(rn_chart *chart, double x, double y)
{
    rn_text_add(chart->text, chart->drawing ? "L" : "M");
    rn_text_add_fixed(chart->text, x, 0, 1);
    rn_text_add(chart->text, " ");
    rn_text_add_fixed(chart->text, y, 0, 1);
    chart->drawing = true;
    chart->last_x = x;
    chart->last_y = y;
}

void rn_chart_add_point(rn_chart *chart, double x, double y)
{
    if (isnan(x) || isnan(y)) {
        chart->drawing = false;
        return;
    }
    const double px = get_x(chart, x);
    const double py = get_y(chart, y);
    const bool near =
        fabs(px - chart->last_x) < SMALLEST_STEP && fabs(py - chart->last_y) < SMALLEST_STEP;
    if (!chart->drawing || !near) add_step(chart, px, py);
}

void rn_chart_end_line(rn_chart *chart)
{
    rn_text_add(chart->text, "\"/>\n");
}

void rn_chart_add_dot(rn_chart *chart, double x, double y, const char *colour)
{
    if (isnan(x) || isnan(y)) return;
    rn_text_format(chart->text, "<circle r=\"3\" fill=\"%s\"", colour);
    add_attribute(chart->text, "cx", get_x(chart, x));
    add_attribute(chart->text, "cy", get_y(chart, y));
    rn_text_add(chart->text, "/>\n");
}

void rn_chart_add_bar(rn_chart *chart, double x_low, double x_high, double y, const char *colour,
                      const char *tooltip)
{
    const double left = get_x(chart, x_low);
    const double top = get_y(chart, y);
    rn_text_format(chart->text, "<rect fill=\"%s\"", colour);
    add_attribute(chart->text, "x", left);
    add_attribute(chart->text, "y", top);
    add_attribute(chart->text, "width", fmax(get_x(chart, x_high) - left - 1, 0.5));
    add_attribute(chart->text, "height", fmax(get_y(chart, 0) - top, 0));
    rn_text_format(chart->text, "><title>%s</title></rect>\n", tooltip);
}

void rn_chart_add_legend(rn_text *text, const char *colour, const char *name, double value,
                         int digits)
{
    rn_text_format(text, "<li><i style=\"background:%s\"></i>", colour);
    rn_text_add_html(text, name);
    if (!isnan(value)) {
        rn_text_add(text, " <b>");
        rn_text_add_fixed(text, value, 0, digits);
        rn_text_add(text, "</b>");
    }
    rn_text_add(text, "</li>\n");
}
