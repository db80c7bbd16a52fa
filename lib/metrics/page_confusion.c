/* SPDX-License-Identifier: MIT */
#include "metrics/page.h"

#include <inttypes.h>
#include <math.h>

#define MAX_CELLS 48    /* a side; neighbouring classes beyond that share a cell */
#define MAX_NUMBERED 20 /* a side; beyond that cells hold no numbers */
#define N_PAIRS 12      /* confusions listed */
#define LABEL_LENGTH 20 /* characters of a name that are shown */

/* Classes are shown `step` to a cell. */
typedef struct rn_grid {
    const resnet_metrics *metrics;
    size_t n_cells;
    size_t step;
    int cell;   /* px */
    int margin; /* px for names, left and above */
} rn_grid;

/* Room for the longest name as far as it is shown; none if cells have no names. */
static int get_margin(const resnet_metrics *metrics, size_t step)
{
    size_t longest = 4;
    if (step > 1) return 4;
    for (size_t c = 0; c < metrics->n_classes; c++) {
        const size_t length = rn_text_count_characters(metrics->class_names[c]);
        if (length > longest) longest = length;
    }
    return 16 + 7 * (int)(longest > LABEL_LENGTH ? LABEL_LENGTH + 1 : longest);
}

static rn_grid lay_out(const resnet_metrics *metrics)
{
    rn_grid grid = {.metrics = metrics};
    grid.step = (metrics->n_classes + MAX_CELLS - 1) / MAX_CELLS;
    grid.n_cells = (metrics->n_classes + grid.step - 1) / grid.step;
    grid.cell = (int)fmax(13, fmin(46, 600.0 / (double)grid.n_cells));
    grid.margin = get_margin(metrics, grid.step);
    return grid;
}

static size_t get_end(const rn_grid *grid, size_t cell)
{
    const size_t end = (cell + 1) * grid->step;
    return end < grid->metrics->n_classes ? end : grid->metrics->n_classes;
}

static uint64_t sum_cell(const rn_grid *grid, size_t row, size_t column)
{
    const rn_tally *tally = &grid->metrics->tally;
    uint64_t sum = 0;
    for (size_t i = row * grid->step; i < get_end(grid, row); i++)
        for (size_t j = column * grid->step; j < get_end(grid, column); j++)
            sum += tally->confusion[i * tally->n_classes + j];
    return sum;
}

static uint64_t sum_labelled(const rn_grid *grid, size_t row)
{
    uint64_t sum = 0;
    for (size_t i = row * grid->step; i < get_end(grid, row); i++)
        sum += grid->metrics->tally.labelled[i];
    return sum;
}

static void add_range(rn_text *text, const rn_grid *grid, size_t cell)
{
    rn_text_add_html(text, grid->metrics->class_names[cell * grid->step]);
    if (grid->step == 1) return;
    rn_text_add(text, " to ");
    rn_text_add_html(text, grid->metrics->class_names[get_end(grid, cell) - 1]);
}

/* White to deep blue. */
static void add_colour(rn_text *text, double share)
{
    const double depth = sqrt(share); /* so that rare confusions can be seen */
    rn_text_format(text, "#%02x%02x%02x", (unsigned)(247 - 216 * depth),
                   (unsigned)(250 - 165 * depth), (unsigned)(253 - 95 * depth));
}

static void add_cell(rn_text *text, const rn_grid *grid, size_t row, size_t column, uint64_t count,
                     double share)
{
    const int size = grid->cell;
    const int x = grid->margin + (int)column * size;
    const int y = grid->margin + (int)row * size;
    rn_text_format(text, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"", x, y,
                   size - 1, size - 1);
    add_colour(text, share);
    rn_text_add(text, "\"><title>");
    add_range(text, grid, row);
    rn_text_add(text, " taken for ");
    add_range(text, grid, column);
    rn_text_format(text, ": %" PRIu64 "</title></rect>", count);
    if (grid->n_cells > MAX_NUMBERED) return;
    rn_text_format(text, "<text class=\"cell%s\" x=\"%d\" y=\"%d\">%" PRIu64 "</text>",
                   share > 0.25 ? " dark" : "", x + size / 2, y + size / 2 + 4, count);
}

static void add_row(rn_text *text, const rn_grid *grid, size_t row)
{
    const uint64_t labelled = sum_labelled(grid, row);
    for (size_t column = 0; column < grid->n_cells; column++) {
        const uint64_t count = sum_cell(grid, row, column);
        if (count > 0) add_cell(text, grid, row, column, count, (double)count / (double)labelled);
    }
    rn_text_add(text, "\n");
}

/* The start of a name, with an ellipsis if there is more. */
static void add_short(rn_text *text, const char *name)
{
    char start[4 * LABEL_LENGTH + 1];
    size_t size = 0;
    size_t characters = 0;
    for (; name[size] && size + 1 < sizeof start; size++) {
        if (((unsigned char)name[size] & 0xc0) != 0x80 && ++characters > LABEL_LENGTH) break;
        start[size] = name[size];
    }
    start[size] = '\0';
    rn_text_add_html(text, start);
    if (name[size]) rn_text_add(text, "…");
}

static void add_names(rn_text *text, const rn_grid *grid)
{
    if (grid->step > 1) return;
    for (size_t c = 0; c < grid->n_cells; c++) {
        const int middle = grid->margin + (int)c * grid->cell + grid->cell / 2;
        rn_text_format(text, "<text class=\"end\" x=\"%d\" y=\"%d\">", grid->margin - 8,
                       middle + 4);
        add_short(text, grid->metrics->class_names[c]);
        rn_text_format(text, "</text><text transform=\"translate(%d %d) rotate(-60)\">", middle + 4,
                       grid->margin - 8);
        add_short(text, grid->metrics->class_names[c]);
        rn_text_add(text, "</text>\n");
    }
}

static void add_map(rn_text *text, const resnet_metrics *metrics)
{
    const rn_grid grid = lay_out(metrics);
    const int plot = (int)grid.n_cells * grid.cell;
    const int width = grid.margin + plot + 30; /* the last name leans out */
    rn_text_format(text,
                   "<div><svg viewBox=\"0 0 %d %d\" style=\"max-width:%dpx\" role=\"img\">"
                   "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#f7fafd\"/>\n",
                   width, grid.margin + plot + 4, width, grid.margin, grid.margin, plot, plot);
    add_names(text, &grid);
    for (size_t row = 0; row < grid.n_cells; row++) add_row(text, &grid, row);
    rn_text_add(text, "</svg></div>\n");
}

typedef struct rn_confused {
    uint64_t count;
    size_t label, predicted;
} rn_confused;

/* The most frequent first, of equals the first in the matrix; how many there are. */
static size_t find_pairs(rn_confused pairs[N_PAIRS], const rn_tally *tally)
{
    size_t n = 0;
    for (size_t i = 0; i < tally->n_classes; i++)
        for (size_t j = 0; j < tally->n_classes; j++) {
            const rn_confused pair = {tally->confusion[i * tally->n_classes + j], i, j};
            size_t at = n;
            while (at > 0 && pair.count > pairs[at - 1].count) at--;
            if (i == j || pair.count == 0 || at == N_PAIRS) continue;
            if (n < N_PAIRS) n++;
            for (size_t k = n - 1; k > at; k--) pairs[k] = pairs[k - 1];
            pairs[at] = pair;
        }
    return n;
}

static void add_pairs(rn_text *text, const resnet_report *report)
{
    const resnet_metrics *metrics = report->metrics;
    rn_confused pairs[N_PAIRS];
    const size_t n = find_pairs(pairs, &metrics->tally);
    if (n == 0) return;
    rn_text_add(text, "<div class=\"wide\"><table><tr><th>Label</th><th class=\"name\">Taken for"
                      "</th><th>Times</th><th>Of the label</th></tr>\n");
    for (size_t i = 0; i < n; i++) {
        rn_text_add(text, "<tr><td>");
        rn_text_add_html(text, metrics->class_names[pairs[i].label]);
        rn_text_add(text, "</td><td class=\"name\">");
        rn_text_add_html(text, metrics->class_names[pairs[i].predicted]);
        rn_text_format(text, "</td><td>%" PRIu64 "</td><td>", pairs[i].count);
        rn_page_add_ratio(text, report,
                          (double)pairs[i].count / (double)metrics->tally.labelled[pairs[i].label]);
        rn_text_add(text, "</td></tr>\n");
    }
    rn_text_add(text, "</table></div>\n");
}

void rn_page_add_confusion(rn_text *text, const resnet_report *report)
{
    rn_text_add(text,
                "<section><h2>Confusion matrix</h2><p class=\"soft\">Rows are labels, columns "
                "predictions; the colour is the share of the label");
    if (report->metrics->n_classes > MAX_CELLS)
        rn_text_add(text, ". Neighbouring classes share a cell");
    rn_text_add(text, ".</p><div class=\"pair\">\n");
    add_map(text, report->metrics);
    add_pairs(text, report);
    rn_text_add(text, "</div></section>\n");
}
