/* Of each name (and size) 48 bits of its fingerprint, eight characters of base64: among a hundred
 * thousand names another one passes for one of them once in a billion times.
 * SPDX-License-Identifier: MIT */
#include "train/learnt_names.h"

#include "core/mem.h"
#include "data/dataset.h"
#include "data/fingerprint.h"

#include <resnet/trainer.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define KEY_LEARNT "resnet50.learnt_names"
#define KEY_HELD_OUT "resnet50.held_out_names"
#define DIGITS 8    /* of a name */
#define MOST 131000 /* names, so that a text stays below what metadata may have */
#define NAME_BITS 48

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Ascending, each once. */
typedef struct names {
    uint64_t *items;
    size_t n;
} names;

/* With a file's size: "cat/1.jpg" of another folder is another picture. */
static uint64_t make_name(const rn_source *source, size_t sample)
{
    const char *text = rn_source_get_relative_name(source, sample);
    struct stat info = {.st_size = 0};
    if (source->kind->names_are_paths && stat(rn_strings_get(&source->names, sample), &info) != 0)
        info.st_size = 0;
    const rn_fingerprint f = rn_fingerprint_bytes(text, strlen(text), (uint64_t)info.st_size);
    return f.low & ((UINT64_C(1) << NAME_BITS) - 1);
}

static int compare(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static bool has(const names *list, uint64_t name)
{
    return list->n && bsearch(&name, list->items, list->n, sizeof name, compare);
}

static void sort(names *list)
{
    size_t n = 0;
    if (list->n) qsort(list->items, list->n, sizeof *list->items, compare);
    for (size_t i = 0; i < list->n; i++)
        if (n == 0 || list->items[i] != list->items[n - 1]) list->items[n++] = list->items[i];
    list->n = n;
}

static resnet_status open_names(names *out, size_t capacity)
{
    *out = (names){rn_alloc(capacity, sizeof *out->items), 0};
    return out->items ? RESNET_OK : RESNET_E_NOMEM;
}

/* --- as text --- */

static void write_name(char *out, uint64_t name)
{
    for (int i = DIGITS - 1; i >= 0; i--, name >>= 6) out[i] = ALPHABET[name & 63];
}

static bool read_name(uint64_t *out, const char *text)
{
    *out = 0;
    for (int i = 0; i < DIGITS; i++) {
        const char *at = memchr(ALPHABET, text[i], sizeof ALPHABET - 1);
        if (!at) return false;
        *out = *out << 6 | (uint64_t)(at - ALPHABET);
    }
    return true;
}

static resnet_status set_names(resnet_model *model, const char *key, const names *list)
{
    if (list->n == 0) return resnet_model_set_metadata(model, key, NULL);
    char *text = rn_alloc(list->n * DIGITS + 1, 1);
    if (!text) return RESNET_E_NOMEM;
    for (size_t i = 0; i < list->n; i++) write_name(text + i * DIGITS, list->items[i]);
    text[list->n * DIGITS] = '\0';
    const resnet_status status = resnet_model_set_metadata(model, key, text);
    rn_free(text);
    return status;
}

/* A text that is none of ours counts as no names. */
static resnet_status get_names(names *out, const resnet_model *model, const char *key)
{
    const char *text = resnet_model_get_metadata(model, key);
    const size_t n = text ? strlen(text) / DIGITS : 0;
    const resnet_status status = open_names(out, n);
    if (status != RESNET_OK) return status;
    while (out->n < n && read_name(&out->items[out->n], text + out->n * DIGITS)) out->n++;
    sort(out);
    return RESNET_OK;
}

/* --- what is noted --- */

static size_t count_all(const resnet_dataset *train, const resnet_dataset *validation)
{
    return train->source->names.n + (validation ? validation->n : 0);
}

static void add_learnt(names *learnt, const resnet_dataset *train)
{
    for (size_t i = 0; i < train->n; i++)
        learnt->items[learnt->n++] = make_name(train->source, (size_t)rn_dataset_get_id(train, i));
    sort(learnt);
}

static void add_unless_learnt(names *held_out, uint64_t name, const names *learnt)
{
    if (!has(learnt, name)) held_out->items[held_out->n++] = name;
}

static void add_held_out(names *held_out, const resnet_dataset *train,
                         const resnet_dataset *validation, const names *learnt)
{
    for (size_t i = 0; i < train->source->names.n; i++)
        add_unless_learnt(held_out, make_name(train->source, i), learnt);
    for (size_t i = 0; validation && i < validation->n; i++)
        add_unless_learnt(held_out,
                          make_name(validation->source, (size_t)rn_dataset_get_id(validation, i)),
                          learnt);
    sort(held_out);
}

resnet_status rn_learnt_names_note(resnet_model *model, const resnet_dataset *train,
                                   const resnet_dataset *validation)
{
    names learnt = {NULL, 0}, held_out = {NULL, 0};
    const size_t n = count_all(train, validation);
    resnet_status status = RESNET_OK;
    if (n <= MOST) {
        RN_TRY(open_names(&learnt, train->n));
        RN_TRY(open_names(&held_out, n));
        add_learnt(&learnt, train);
        add_held_out(&held_out, train, validation, &learnt);
    }
    RN_TRY(set_names(model, KEY_LEARNT, &learnt));
    status = set_names(model, KEY_HELD_OUT, &held_out);
done:
    rn_free(learnt.items);
    rn_free(held_out.items);
    return status;
}

/* --- what is known again --- */

static uint8_t judge(const names *learnt, const names *held_out, uint64_t name)
{
    if (has(learnt, name)) return RESNET_SAMPLE_LEARNT;
    return has(held_out, name) ? RESNET_SAMPLE_HELD_OUT : RESNET_SAMPLE_NEW;
}

resnet_status resnet_model_copy_learnt(uint8_t *out, size_t capacity, const resnet_model *model,
                                       const resnet_dataset *dataset)
{
    names learnt = {NULL, 0}, held_out = {NULL, 0};
    resnet_status status;
    if (!out || !model || !dataset || capacity < dataset->n)
        return rn_fail(RESNET_E_INVALID, "resnet_model_copy_learnt: NULL, or room for %zu of %zu",
                       capacity, dataset ? dataset->n : 0);
    RN_TRY(get_names(&learnt, model, KEY_LEARNT));
    RN_TRY(get_names(&held_out, model, KEY_HELD_OUT));
    if (learnt.n == 0) {
        status = rn_fail(RESNET_E_NOT_FOUND, "the model does not say which pictures it learnt");
        goto done;
    }
    for (size_t i = 0; i < dataset->n; i++)
        out[i] = judge(&learnt, &held_out,
                       make_name(dataset->source, (size_t)rn_dataset_get_id(dataset, i)));
done:
    rn_free(learnt.items);
    rn_free(held_out.items);
    return status;
}
