/* SPDX-License-Identifier: MIT */
#include "metrics/kept.h"

#include "core/mem.h"

#include <string.h>

rn_kept rn_kept_open(size_t n_classes, int32_t kind, uint64_t max_bytes)
{
    return (rn_kept){
        .n_classes = n_classes, .kind = kind, .max_bytes = max_bytes, .complete = max_bytes > 0};
}

void rn_kept_close(rn_kept *kept)
{
    rn_free(kept->scores);
    rn_free(kept->labels);
    rn_free(kept->scalings);
    *kept = (rn_kept){0};
}

void rn_kept_clear(rn_kept *kept)
{
    kept->count = 0;
    kept->complete = kept->max_bytes > 0;
}

static void let_go(rn_kept *kept)
{
    const rn_kept empty = rn_kept_open(kept->n_classes, kept->kind, kept->max_bytes);
    rn_kept_close(kept);
    *kept = empty;
    kept->complete = false;
}

static resnet_status grow_block(void **block, size_t count, size_t size)
{
    void *grown = rn_realloc(*block, count, size);
    if (!grown) return RESNET_E_NOMEM;
    *block = grown;
    return RESNET_OK;
}

/* A failure leaves some blocks longer than `capacity` says, which does no harm. */
static resnet_status grow(rn_kept *kept, size_t capacity)
{
    resnet_status status;
    RN_TRY(grow_block((void **)&kept->scores, capacity, kept->n_classes * sizeof(float)));
    RN_TRY(grow_block((void **)&kept->labels, capacity, sizeof *kept->labels));
    RN_TRY(grow_block((void **)&kept->scalings, capacity, sizeof *kept->scalings));
    kept->capacity = capacity;
done:
    return status;
}

resnet_status rn_kept_reserve(rn_kept *kept, size_t n)
{
    if (!kept->complete) return RESNET_OK;
    uint64_t most = kept->max_bytes / (kept->n_classes * sizeof(float));
    if (most > UINT32_MAX) most = UINT32_MAX; /* rankings number samples with 32 bits */
    if (n > most || kept->count > most - n) {
        let_go(kept);
        return RESNET_OK;
    }
    const size_t needed = kept->count + n;
    if (needed <= kept->capacity) return RESNET_OK;
    const size_t twice = 2 * kept->capacity;
    return grow(kept, needed > twice ? needed : twice > most ? (size_t)most : twice);
}

void rn_kept_add(rn_kept *kept, const float *scores, const rn_sample *sample)
{
    if (!kept->complete) return;
    memcpy(kept->scores + kept->count * kept->n_classes, scores, kept->n_classes * sizeof *scores);
    kept->labels[kept->count] = sample->label;
    kept->scalings[kept->count] = sample->scaling;
    kept->count++;
}

void rn_kept_merge(rn_kept *kept, const rn_kept *other)
{
    if (!other->complete) let_go(kept);
    if (!kept->complete || other->count == 0) return;
    const size_t at = kept->count;
    memcpy(kept->scores + at * kept->n_classes, other->scores,
           other->count * kept->n_classes * sizeof *kept->scores);
    memcpy(kept->labels + at, other->labels, other->count * sizeof *kept->labels);
    memcpy(kept->scalings + at, other->scalings, other->count * sizeof *kept->scalings);
    kept->count += other->count;
}

double rn_kept_get_probability(const rn_kept *kept, size_t i, size_t c)
{
    return rn_scaling_get(&kept->scalings[i], kept->kind, kept->scores[i * kept->n_classes + c]);
}

rn_sample rn_kept_get_sample(const rn_kept *kept, size_t i)
{
    return rn_sample_make(kept->scores + i * kept->n_classes, kept->n_classes, kept->kind,
                          kept->labels[i]);
}

resnet_status rn_kept_require(const rn_kept *kept, const char *what)
{
    if (kept->complete) return RESNET_OK;
    return rn_fail(RESNET_E_STATE,
                   "%s needs all samples' scores, which max_score_bytes (%llu) did not let be kept",
                   what, (unsigned long long)kept->max_bytes);
}
