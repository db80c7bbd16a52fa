/* A heap of the best so far, which is then sorted where it stands: n log k comparisons, whatever k.
 * SPDX-License-Identifier: MIT */
#include "net/top.h"

#include <math.h>
#include <stdbool.h>

/* By logit, then by label; what is no number comes last. */
static bool ranks_before(const float *logits, int32_t a, int32_t b)
{
    if (logits[a] > logits[b]) return true;
    if (logits[a] < logits[b]) return false;
    const bool a_is_number = !isnan(logits[a]), b_is_number = !isnan(logits[b]);
    return a_is_number == b_is_number ? a < b : a_is_number;
}

/* A heap whose root ranks last of those in it: place `at` sinks until both below it rank before. */
static void sink(int32_t *heap, size_t n, size_t at, const float *logits)
{
    for (;;) {
        size_t last = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < n; child++)
            if (ranks_before(logits, heap[last], heap[child])) last = child;
        if (last == at) return;
        const int32_t label = heap[at];
        heap[at] = heap[last];
        heap[last] = label;
        at = last;
    }
}

void rn_top_choose(int32_t *best, size_t k, const float *logits, size_t n)
{
    for (size_t i = 0; i < k; i++) best[i] = (int32_t)i;
    for (size_t at = k / 2; at-- > 0;) sink(best, k, at, logits);
    for (size_t c = k; c < n; c++) {
        if (!ranks_before(logits, (int32_t)c, best[0])) continue;
        best[0] = (int32_t)c;
        sink(best, k, 0, logits);
    }
    for (size_t end = k; end-- > 1;) {
        const int32_t last = best[0];
        best[0] = best[end];
        best[end] = last;
        sink(best, end, 0, logits);
    }
}
