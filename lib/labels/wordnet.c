/* SPDX-License-Identifier: MIT */
#include "labels/wordnet.h"

#include <stdlib.h>
#include <string.h>

static char fold(char c)
{
    if (c == '_') return ' ';
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool rn_wordnet_equals(const char *name, size_t length, const char *wanted)
{
    for (size_t i = 0; i < length; i++)
        if (fold(name[i]) != fold(wanted[i])) return false; /* stops at wanted's end as well */
    return wanted[length] == '\0';
}

static int compare_wnid(const void *wnid, const void *row)
{
    return strcmp(wnid, row);
}

size_t rn_wordnet_find_row(const char *wnid)
{
    const char(*row)[10] =
        bsearch(wnid, rn_synset_wnids, rn_n_synsets, sizeof *rn_synset_wnids, compare_wnid);
    return row ? (size_t)(row - rn_synset_wnids) : rn_n_synsets;
}

static const char *get_words(size_t row)
{
    return rn_synset_words + rn_synset_words_starts[row];
}

static bool has_word(size_t row, const char *word)
{
    for (const char *at = get_words(row);;) {
        const char *comma = strchr(at, ',');
        if (rn_wordnet_equals(at, comma ? (size_t)(comma - at) : strlen(at), word)) return true;
        if (!comma) return false;
        at = comma + 2;
    }
}

resnet_status rn_wordnet_resolve(rn_synset_set *out, const char *what)
{
    memset(out, 0, sizeof *out);
    const size_t row = rn_wordnet_find_row(what);
    if (row < rn_n_synsets) {
        out->has[row] = true;
        return RESNET_OK;
    }
    bool known = false;
    for (size_t i = 0; i < rn_n_synsets; i++) known |= out->has[i] = has_word(i, what);
    if (known) return RESNET_OK;
    return rn_fail(RESNET_E_INVALID, "'%.100s' is no ImageNet class and nothing above one", what);
}

bool rn_wordnet_is_below(size_t row, const rn_synset_set *set)
{
    if (set->has[row]) return true;
    for (size_t k = rn_synset_first_parents[row]; k < rn_synset_first_parents[row + 1]; k++)
        if (rn_wordnet_is_below(rn_synset_parents[k], set)) return true;
    return false;
}

const char *resnet_wordnet_get_words(const char *wnid)
{
    const size_t row = wnid ? rn_wordnet_find_row(wnid) : rn_n_synsets;
    return row < rn_n_synsets ? get_words(row) : NULL;
}

static resnet_status check_list(const void *out, size_t capacity, const size_t *out_count,
                                const char *text)
{
    if (text && out_count && (out || capacity == 0)) return RESNET_OK;
    return rn_fail(RESNET_E_INVALID, "WordNet query: NULL");
}

static resnet_status find_known_row(size_t *out, const char *wnid)
{
    *out = rn_wordnet_find_row(wnid);
    if (*out < rn_n_synsets) return RESNET_OK;
    return rn_fail(RESNET_E_INVALID,
                   "'%.100s' is not the wnid of an ImageNet class or of a synset "
                   "above one",
                   wnid);
}

resnet_status resnet_wordnet_find(const char **out_wnids, size_t capacity, size_t *out_count,
                                  const char *word)
{
    const resnet_status status = check_list(out_wnids, capacity, out_count, word);
    if (status != RESNET_OK) return status;
    size_t count = 0;
    for (size_t row = 0; row < rn_n_synsets; row++) {
        if (!has_word(row, word)) continue;
        if (count < capacity) out_wnids[count] = rn_synset_wnids[row];
        count++;
    }
    *out_count = count;
    return RESNET_OK;
}

resnet_status resnet_wordnet_copy_parents(const char **out_wnids, size_t capacity,
                                          size_t *out_count, const char *wnid)
{
    size_t row = 0;
    resnet_status status;
    RN_TRY(check_list(out_wnids, capacity, out_count, wnid));
    RN_TRY(find_known_row(&row, wnid));
    const size_t first = rn_synset_first_parents[row];
    const size_t count = rn_synset_first_parents[row + 1] - first;
    for (size_t i = 0; i < count && i < capacity; i++)
        out_wnids[i] = rn_synset_wnids[rn_synset_parents[first + i]];
    *out_count = count;
done:
    return status;
}

/* Breadth first: rows[0] is where to begin, the rest of rows what was met on the way up. */
static size_t climb(uint16_t rows[RN_MAX_SYNSETS], size_t start)
{
    rn_synset_set met = {{false}};
    size_t count = 0;
    rows[count++] = (uint16_t)start;
    for (size_t i = 0; i < count; i++) {
        const size_t row = rows[i];
        for (size_t k = rn_synset_first_parents[row]; k < rn_synset_first_parents[row + 1]; k++) {
            const uint16_t parent = rn_synset_parents[k];
            if (!met.has[parent]) rows[count++] = parent;
            met.has[parent] = true;
        }
    }
    return count;
}

resnet_status resnet_wordnet_copy_ancestors(const char **out_wnids, size_t capacity,
                                            size_t *out_count, const char *wnid)
{
    uint16_t rows[RN_MAX_SYNSETS];
    size_t row = 0;
    resnet_status status;
    RN_TRY(check_list(out_wnids, capacity, out_count, wnid));
    RN_TRY(find_known_row(&row, wnid));
    const size_t count = climb(rows, row) - 1;
    for (size_t i = 0; i < count && i < capacity; i++) out_wnids[i] = rn_synset_wnids[rows[i + 1]];
    *out_count = count;
done:
    return status;
}
