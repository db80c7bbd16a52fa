/* SPDX-License-Identifier: MIT */
#include "metrics/ranking.h"

#include <resnet/metrics.h>

#include "core/mem.h"

#include <math.h>
#include <string.h>

#define DIGIT_BITS 8
#define N_DIGITS (64 / DIGIT_BITS)
#define N_BUCKETS (1 << DIGIT_BITS)

/* Ascends as the score descends: the bits of doubles that are not negative ascend with them. */
static uint64_t get_key(const rn_ranked *item)
{
    uint64_t bits;
    memcpy(&bits, &item->score, sizeof bits);
    return ~bits;
}

static size_t get_digit(const rn_ranked *item, int digit)
{
    return get_key(item) >> (digit * DIGIT_BITS) & (N_BUCKETS - 1);
}

/* Copies `from` to `to` by one digit of the key, equals in their order; false, copying nothing, if
 * all have the same digit. */
static bool sort_digit(rn_ranked *to, const rn_ranked *from, size_t count, int digit)
{
    size_t ends[N_BUCKETS + 1] = {0};
    for (size_t i = 0; i < count; i++) ends[get_digit(&from[i], digit) + 1]++;
    if (ends[get_digit(&from[0], digit) + 1] == count) return false;
    for (size_t b = 1; b <= N_BUCKETS; b++) ends[b] += ends[b - 1];
    for (size_t i = 0; i < count; i++) to[ends[get_digit(&from[i], digit)]++] = from[i];
    return true;
}

/* A radix sort: the micro ranking of a large test set has tens of millions of items, on which it is
 * several times as fast as qsort(). */
static resnet_status sort_by_score(rn_ranked **items, size_t count)
{
    rn_ranked *from = *items;
    rn_ranked *to = rn_alloc(count, sizeof *to);
    if (!to) return RESNET_E_NOMEM;
    for (int digit = 0; digit < N_DIGITS; digit++) {
        if (!sort_digit(to, from, count, digit)) continue;
        rn_ranked *sorted = to;
        to = from;
        from = sorted;
    }
    rn_free(to);
    *items = from;
    return RESNET_OK;
}

static void add_item(rn_ranking *ranking, const rn_kept *kept, size_t i, size_t c)
{
    ranking->items[ranking->count++] =
        (rn_ranked){.score = rn_kept_get_probability(kept, i, c) + 0.0, /* no -0 */
                    .sample = (uint32_t)i,
                    .positive = kept->labels[i] == c};
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
    const size_t first = micro ? 0 : (size_t)which;
    const size_t last = micro ? kept->n_classes : first + 1;
    for (size_t i = 0; i < kept->count; i++)
        for (size_t c = first; c < last; c++) add_item(&ranking, kept, i, c);
    status = sort_by_score(&ranking.items, ranking.count);
    if (status == RESNET_OK)
        *out = ranking;
    else
        rn_ranking_close(&ranking);
    return status;
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
