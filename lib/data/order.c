/* SPDX-License-Identifier: MIT */
#include "data/order.h"

#include "core/mem.h"
#include "core/rng.h"

#include <string.h>

static resnet_status prepare_balance(rn_order *order, const resnet_dataset *dataset)
{
    resnet_status status;
    RN_TRY(rn_dataset_group(&order->groups, dataset));
    const size_t n_classes = order->groups.n_groups - 1;
    order->members = rn_alloc(dataset->n, sizeof *order->members);
    order->present = rn_alloc(n_classes, sizeof *order->present);
    if (!order->members || !order->present) return RESNET_E_NOMEM;
    for (size_t c = 0; c < n_classes; c++)
        order->n_present += order->groups.starts[c] < order->groups.starts[c + 1];
    if (order->n_present == 0)
        status = rn_fail(RESNET_E_INVALID, "balanced sampling of %zu samples without labels",
                         dataset->n);
done:
    return status;
}

resnet_status rn_order_create(rn_order *out, const resnet_dataset *dataset, enum rn_order_kind kind,
                              uint64_t seed)
{
    rn_order order = {.n = dataset->n, .kind = kind, .seed = seed};
    resnet_status status = RESNET_OK;
    order.draws = rn_alloc(dataset->n, sizeof *order.draws);
    if (!order.draws)
        status = RESNET_E_NOMEM;
    else if (kind == RN_ORDER_BALANCED)
        status = prepare_balance(&order, dataset);
    if (status == RESNET_OK)
        *out = order;
    else
        rn_order_clear(&order);
    return status;
}

/* Deals `quota` showings of a class from its shuffled samples, from the top again when they run
 * out. */
static void deal_class(rn_order *order, uint64_t epoch, size_t class_index, rn_draw *draws,
                       size_t quota)
{
    const size_t start = order->groups.starts[class_index];
    const size_t n = order->groups.starts[class_index + 1] - start;
    rn_rng rng = rn_rng_make(order->seed, RN_RNG_SAMPLE, epoch, class_index + 1);
    memcpy(order->members + start, order->groups.members + start, n * sizeof *order->members);
    rn_rng_shuffle(&rng, order->members + start, n);
    for (size_t i = 0; i < quota; i++)
        draws[i] = order->members[start + i % n] | (uint64_t)(i / n) << RN_DRAW_INDEX_BITS;
}

static void draw_balanced(rn_order *order, uint64_t epoch)
{
    size_t n = 0;
    for (size_t c = 0; c + 1 < order->groups.n_groups; c++)
        if (order->groups.starts[c] < order->groups.starts[c + 1]) order->present[n++] = c;
    rn_rng rng = rn_rng_make(order->seed, RN_RNG_SAMPLE, epoch, 0);
    rn_rng_shuffle(&rng, order->present, n); /* the first ones get what does not divide */
    rn_draw *draws = order->draws;
    for (size_t i = 0; i < n; i++) {
        const size_t quota = order->n / n + (i < order->n % n);
        deal_class(order, epoch, (size_t)order->present[i], draws, quota);
        draws += quota;
    }
}

void rn_order_draw(rn_order *order, uint64_t epoch)
{
    if (order->kind == RN_ORDER_BALANCED)
        draw_balanced(order, epoch);
    else
        for (size_t i = 0; i < order->n; i++) order->draws[i] = i;
    if (order->kind == RN_ORDER_SEQUENTIAL) return;
    rn_rng rng = rn_rng_make(order->seed, RN_RNG_SHUFFLE, epoch, 0);
    rn_rng_shuffle(&rng, order->draws, order->n);
}

void rn_order_clear(rn_order *order)
{
    rn_dataset_groups_clear(&order->groups);
    rn_free(order->draws);
    rn_free(order->members);
    rn_free(order->present);
    *order = (rn_order){0};
}
