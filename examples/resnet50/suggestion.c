/* The distance is that of Damerau and Levenshtein, restricted to neighbours changing places once
 * ("optimal string alignment"). SPDX-License-Identifier: MIT */
#include "suggestion.h"

#include <stdio.h>
#include <string.h>

#define MAX_LENGTH 32 /* of words that are compared */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* rows[2] becomes the row of a[0..i], from those of a[0..i-2] and a[0..i-1] before it. */
static void next_row(size_t rows[3][MAX_LENGTH + 1], const char *a, size_t i, const char *b)
{
    rows[2][0] = i;
    for (size_t j = 1; b[j - 1]; j++) {
        const size_t replaced = rows[1][j - 1] + (a[i - 1] != b[j - 1]);
        rows[2][j] = smaller(replaced, smaller(rows[1][j], rows[2][j - 1]) + 1);
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            rows[2][j] = smaller(rows[2][j], rows[0][j - 2] + 1);
    }
}

static size_t measure(const char *a, const char *b)
{
    size_t rows[3][MAX_LENGTH + 1] = {{0}};
    for (size_t j = 0; j <= strlen(b); j++) rows[1][j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        next_row(rows, a, i, b);
        memmove(rows[0], rows[1], 2 * sizeof rows[0]);
    }
    return rows[1][strlen(b)];
}

suggestion suggestion_begin(const char *word)
{
    return (suggestion){.word = word, .distance = MAX_LENGTH};
}

void suggestion_offer(suggestion *self, const char *candidate)
{
    if (strlen(self->word) > MAX_LENGTH || strlen(candidate) > MAX_LENGTH) return;
    const size_t distance = measure(self->word, candidate);
    if (distance >= self->distance) return;
    self->best = candidate;
    self->distance = distance;
}

/* Up to a third of the word may be wrong: beyond that it is another word. */
const char *suggestion_ask(suggestion *self)
{
    if (self->best && self->distance * 3 <= strlen(self->word))
        snprintf(self->question, sizeof self->question, "; did you mean %s?", self->best);
    return self->question;
}
