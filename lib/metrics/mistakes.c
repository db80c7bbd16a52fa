/* SPDX-License-Identifier: MIT */
#include "metrics/mistakes.h"

#include "core/mem.h"

#include <stdbool.h>
#include <string.h>

resnet_status rn_mistakes_open(rn_mistakes *out, size_t capacity)
{
    rn_mistake *items = rn_alloc(capacity, sizeof *items);
    if (!items) return RESNET_E_NOMEM;
    *out = (rn_mistakes){.capacity = capacity, .items = items};
    return RESNET_OK;
}

void rn_mistakes_close(rn_mistakes *mistakes)
{
    rn_free(mistakes->items);
    *mistakes = (rn_mistakes){0};
}

static bool is_worse(const rn_mistake *a, const rn_mistake *b)
{
    if (a->label_probability != b->label_probability)
        return a->label_probability < b->label_probability;
    return a->predicted_probability > b->predicted_probability;
}

/* Behind its equals, so that of those the first added stays first. */
void rn_mistakes_add(rn_mistakes *mistakes, const rn_mistake *mistake)
{
    rn_mistake *items = mistakes->items;
    size_t at = mistakes->count;
    while (at > 0 && is_worse(mistake, &items[at - 1])) at--;
    if (at == mistakes->capacity) return;
    if (mistakes->count < mistakes->capacity) mistakes->count++;
    memmove(items + at + 1, items + at, (mistakes->count - 1 - at) * sizeof *items);
    items[at] = *mistake;
}

void rn_mistakes_merge(rn_mistakes *mistakes, const rn_mistakes *other)
{
    for (size_t i = 0; i < other->count; i++) rn_mistakes_add(mistakes, &other->items[i]);
}
