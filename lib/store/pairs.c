/* SPDX-License-Identifier: MIT */
#include "store/pairs.h"

#include "core/mem.h"
#include "core/utf8.h"

#include <stdbool.h>
#include <string.h>

static void free_pair(rn_pair *pair)
{
    rn_free(pair->key);
    rn_free(pair->value);
}

void rn_pairs_clear(rn_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) free_pair(&pairs->items[i]);
    rn_free(pairs->items);
    *pairs = (rn_pairs){NULL, 0};
}

/* Where the key stands, or would. */
static size_t find_place(const rn_pairs *pairs, const char *key, bool *out_found)
{
    size_t place = 0;
    while (place < pairs->count && strcmp(pairs->items[place].key, key) < 0) place++;
    *out_found = place < pairs->count && strcmp(pairs->items[place].key, key) == 0;
    return place;
}

static resnet_status check_text(const char *what, const char *text, size_t max)
{
    if (strlen(text) > max)
        return rn_fail(RESNET_E_INVALID, "%s has %zu bytes, above %zu", what, strlen(text), max);
    return rn_utf8_is_valid(text) ? RESNET_OK : rn_fail(RESNET_E_INVALID, "%s is not UTF-8", what);
}

static void remove_at(rn_pairs *pairs, size_t place)
{
    free_pair(&pairs->items[place]);
    pairs->count--;
    memmove(&pairs->items[place], &pairs->items[place + 1],
            (pairs->count - place) * sizeof *pairs->items);
}

/* Takes the pair over on success. */
static resnet_status insert_at(rn_pairs *pairs, size_t place, rn_pair pair)
{
    if (pairs->count >= RN_PAIRS_MAX)
        return rn_fail(RESNET_E_INVALID, "more than %d keys", RN_PAIRS_MAX);
    rn_pair *grown = rn_realloc(pairs->items, pairs->count + 1, sizeof *grown);
    if (!grown) return RESNET_E_NOMEM;
    pairs->items = grown;
    memmove(&grown[place + 1], &grown[place], (pairs->count - place) * sizeof *grown);
    grown[place] = pair;
    pairs->count++;
    return RESNET_OK;
}

resnet_status rn_pairs_set(rn_pairs *pairs, const char *key, const char *value)
{
    resnet_status status;
    bool found = false;
    rn_pair pair = {NULL, NULL};
    const size_t place = find_place(pairs, key, &found);
    if (!value) {
        if (found) remove_at(pairs, place);
        return RESNET_OK;
    }
    if (!*key) return rn_fail(RESNET_E_INVALID, "a key is empty");
    RN_TRY(check_text("a key", key, RN_PAIRS_MAX_KEY));
    RN_TRY(check_text(key, value, RN_PAIRS_MAX_VALUE));
    pair = (rn_pair){rn_strdup(key), rn_strdup(value)};
    status = pair.key && pair.value ? RESNET_OK : RESNET_E_NOMEM;
    if (status == RESNET_OK && !found) RN_TRY(insert_at(pairs, place, pair));
    if (status == RESNET_OK && found) {
        free_pair(&pairs->items[place]);
        pairs->items[place] = pair;
    }
    if (status == RESNET_OK) return status;
done:
    free_pair(&pair);
    return status;
}

const char *rn_pairs_get(const rn_pairs *pairs, const char *key)
{
    bool found = false;
    const size_t place = find_place(pairs, key, &found);
    return found ? pairs->items[place].value : NULL;
}

resnet_status rn_pairs_copy(rn_pairs *out, const rn_pairs *pairs)
{
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < pairs->count && status == RESNET_OK; i++)
        status = rn_pairs_set(out, pairs->items[i].key, pairs->items[i].value);
    if (status != RESNET_OK) rn_pairs_clear(out);
    return status;
}
