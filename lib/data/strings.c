/* SPDX-License-Identifier: MIT */
#include "data/strings.h"

#include "core/mem.h"

#include <stdlib.h>
#include <string.h>

resnet_status rn_grow(void *block, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity) return RESNET_OK;
    size_t larger = *capacity + *capacity / 2 + 16;
    if (larger < needed) larger = needed;
    void *old = NULL;
    memcpy(&old, block, sizeof old); /* block is a pointer to a pointer of any type */
    void *grown = rn_realloc(old, larger, size);
    if (!grown) return RESNET_E_NOMEM;
    memcpy(block, &grown, sizeof grown);
    *capacity = larger;
    return RESNET_OK;
}

resnet_status rn_strings_add(rn_strings *strings, const char *text, size_t length)
{
    resnet_status status;
    RN_TRY(rn_grow(&strings->starts, &strings->starts_capacity, strings->n + 1,
                   sizeof *strings->starts));
    RN_TRY(rn_grow(&strings->text, &strings->text_capacity, strings->text_size + length + 1, 1));
    memcpy(strings->text + strings->text_size, text, length);
    strings->text[strings->text_size + length] = '\0';
    strings->starts[strings->n++] = strings->text_size;
    strings->text_size += length + 1;
done:
    return status;
}

void rn_strings_empty(rn_strings *strings)
{
    strings->n = 0;
    strings->text_size = 0;
}

void rn_strings_clear(rn_strings *strings)
{
    rn_free(strings->text);
    rn_free(strings->starts);
    *strings = (rn_strings){0};
}

size_t rn_strings_find_sorted(const rn_strings *strings, const char *text)
{
    size_t low = 0, high = strings->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(rn_strings_get(strings, middle), text);
        if (order == 0) return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return strings->n;
}

static int compare_starts(const void *a, const void *b, void *text)
{
    const char *base = text;
    return strcmp(base + *(const size_t *)a, base + *(const size_t *)b);
}

void rn_strings_sort(rn_strings *strings)
{
    if (strings->n > 1)
        qsort_r(strings->starts, strings->n, sizeof *strings->starts, compare_starts,
                strings->text);
}
