/* SPDX-License-Identifier: MIT */
#include "metrics/ranking.h"

#include <resnet/metrics.h>

#include "core/mem.h"

#include <math.h>
#include <stdlib.h>

static int compare_ranked(const void *left, const void *right)
{
    const rn_ranked *a = left;
    const rn_ranked *b = right;
    if (a->score != b->score) return a->score > b->score ? -1 : 1;
    return a->sample < b->sample ? -1 : a->sample > b->sample;
}

static void fill_class(rn_ranking *ranking, const rn_kept *kept, size_t class_index)
{
    for (size_t i = 0; i < kept->count; i++)
        ranking->items[ranking->count++] =
            (rn_ranked){.score = rn_kept_get_probability(kept, i, class_index),
                        .sample = (uint32_t)i,
                        .positive = kept->labels[i] == class_index};
}

resnet_status rn_ranking_open(rn_ranking *out, const rn_kept *kept, int64_t which)
{
    const bool micro = which == RESNET_MICRO;
    rn_ranking ranking = {0};
    resnet_status status = rn_kept_require(kept, "this curve");
    if (status != RESNET_OK) return status;
    if (kept->count == 0) return rn_fail(RESNET_E_INVALID, "a curve of no samples");
    ranking.items = rn_alloc(kept->count, (micro ? kept->n_classes : 1) * sizeof *ranking.items);
    if (!ranking.items) return RESNET_E_NOMEM;
    for (size_t c = 0; micro && c < kept->n_classes; c++) fill_class(&ranking, kept, c);
    if (!micro) fill_class(&ranking, kept, (size_t)which);
    qsort(ranking.items, ranking.count, sizeof *ranking.items, compare_ranked);
    *out = ranking;
    return RESNET_OK;
}

void rn_ranking_close(rn_ranking *ranking)
{
    rn_free(ranking->items);
    *ranking = (rn_ranking){0};
}

bool rn_ranking_next(const rn_ranking *ranking, size_t *at, rn_cut *cut, const uint32_t *weights)
{
    if (*at == ranking->count) return false;
    cut->threshold = ranking->items[*at].score;
    while (*at < ranking->count && ranking->items[*at].score == cut->threshold) {
        const rn_ranked *item = &ranking->items[(*at)++];
        const double times = weights ? weights[item->sample] : 1;
        cut->true_positives += item->positive ? times : 0;
        cut->false_positives += item->positive ? 0 : times;
    }
    return true;
}

size_t rn_ranking_copy_cuts(rn_cut *out, const rn_ranking *ranking)
{
    size_t at = 0;
    size_t count = 0;
    rn_cut cut = {0};
    while (rn_ranking_next(ranking, &at, &cut, NULL)) out[count++] = cut;
    return count;
}

rn_area rn_ranking_get_auc(const rn_ranking *ranking, const uint32_t *weights)
{
    size_t at = 0;
    rn_cut cut = {0};
    rn_cut last = {0};
    double area = 0;
    while (rn_ranking_next(ranking, &at, &cut, weights)) {
        area += (cut.false_positives - last.false_positives) *
                (cut.true_positives + last.true_positives) / 2;
        last = cut;
    }
    const double square = cut.true_positives * cut.false_positives;
    return (rn_area){square > 0 ? area / square : NAN, cut.true_positives};
}

rn_area rn_ranking_get_ap(const rn_ranking *ranking, const uint32_t *weights)
{
    size_t at = 0;
    rn_cut cut = {0};
    double last = 0;
    double sum = 0;
    while (rn_ranking_next(ranking, &at, &cut, weights)) {
        const double taken = cut.true_positives + cut.false_positives;
        if (taken > 0) sum += (cut.true_positives - last) * cut.true_positives / taken;
        last = cut.true_positives;
    }
    return (rn_area){last > 0 ? sum / last : 0, last};
}
