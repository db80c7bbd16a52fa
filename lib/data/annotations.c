/* SPDX-License-Identifier: MIT */
#include "data/annotations.h"

#include "core/file.h"
#include "core/mem.h"
#include "data/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILE_SIZE (UINT64_C(1) << 30)
#define MAX_KEY 256

static bool is_digits(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] < '0' || text[i] > '9') return false;
    return length > 0;
}

bool rn_text_is_wnid(const char *text)
{
    return text[0] == 'n' && strlen(text) == 9 && is_digits(text + 1, 8);
}

void rn_annotations_clear(rn_annotations *annotations)
{
    rn_strings_clear(&annotations->keys);
    rn_strings_clear(&annotations->answers);
    rn_free(annotations->lines);
    rn_free(annotations->order);
    *annotations = (rn_annotations){0};
}

/* A file's name without its extension. */
static size_t get_stem_length(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && dot != name ? (size_t)(dot - name) : strlen(name);
}

static resnet_status add(rn_annotations *out, size_t line, const char *key, size_t key_length,
                         const char *answer, size_t answer_length)
{
    resnet_status status;
    if (key_length >= MAX_KEY) return rn_fail(RESNET_E_FORMAT, "line %zu: name too long", line);
    RN_TRY(rn_grow(&out->lines, &out->lines_capacity, out->keys.n + 1, sizeof *out->lines));
    out->lines[out->keys.n] = line;
    RN_TRY(rn_strings_add(&out->answers, answer, answer_length));
    RN_TRY(rn_strings_add(&out->keys, key, key_length));
done:
    return status;
}

/* The kind of the first answer is that of all. */
static resnet_status check_kind(rn_annotations *out, enum rn_answer_kind kind, size_t line)
{
    if (out->keys.n == 0) out->kind = kind;
    if (out->kind == kind) return RESNET_OK;
    return rn_fail(RESNET_E_FORMAT, "line %zu: not in the form of the lines before it", line);
}

static resnet_status add_answer(rn_annotations *out, size_t line, const char *name,
                                const char *answer)
{
    const bool wnid = rn_text_is_wnid(answer);
    if (!wnid && !is_digits(answer, strlen(answer)))
        return rn_fail(RESNET_E_FORMAT, "line %zu: \"%s\" is neither a wnid nor a number", line,
                       answer);
    const resnet_status status = check_kind(out, wnid ? RN_ANSWER_WNID : RN_ANSWER_INDEX, line);
    if (status != RESNET_OK) return status;
    return add(out, line, name, get_stem_length(name), answer, strlen(answer));
}

/* "ILSVRC2012_val_00048981,n03995372 85 1 499 272 ..." below a header. */
static resnet_status read_solution(rn_annotations *out, const char *text, size_t size)
{
    rn_csv csv;
    bool more = true;
    resnet_status status;
    rn_csv_begin(&csv, text, size);
    RN_TRY(rn_csv_next(&csv, &more));
    while (more) {
        char answer[16] = "";
        RN_TRY(rn_csv_next(&csv, &more));
        if (!more) break;
        if (csv.fields.n != 2) {
            status = rn_fail(RESNET_E_FORMAT, "line %zu: %zu values, expected 2", csv.line,
                             csv.fields.n);
            goto done;
        }
        sscanf(rn_strings_get(&csv.fields, 1), "%15s", answer);
        RN_TRY(add_answer(out, csv.line, rn_strings_get(&csv.fields, 0), answer));
    }
done:
    rn_csv_clear(&csv);
    return status;
}

/* "val_0.JPEG n03444034 0 32 44 62", "ILSVRC2012_val_00000001.JPEG 65", or "490" alone. */
static resnet_status add_words(rn_annotations *out, size_t line, const char *words)
{
    char name[MAX_KEY] = "", answer[16] = "", key[24];
    const int n = sscanf(words, "%255s %15s", name, answer);
    if (n == 2) return add_answer(out, line, name, answer);
    if (!is_digits(name, strlen(name)))
        return rn_fail(RESNET_E_FORMAT, "line %zu: \"%s\", expected an image and its class", line,
                       name);
    const resnet_status status = check_kind(out, RN_ANSWER_ID, line);
    if (status != RESNET_OK) return status;
    const int length = snprintf(key, sizeof key, "%08zu", line);
    return add(out, line, key, (size_t)length, name, strlen(name));
}

/* Calls back with each line that is not blank, terminated and cut to 4095 bytes. */
typedef resnet_status (*line_reader)(void *context, size_t line, const char *text);

static resnet_status read_lines(const char *text, size_t size, line_reader read, void *context)
{
    const char *const end = text + size;
    for (size_t line = 1; text < end; line++) {
        char copy[4096];
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        if (!stop) stop = end;
        const size_t length =
            (size_t)(stop - text) < sizeof copy ? (size_t)(stop - text) : sizeof copy - 1;
        memcpy(copy, text, length);
        copy[length] = '\0';
        text = stop + 1;
        if (copy[strspn(copy, " \t\r")] == '\0') continue;
        const resnet_status status = read(context, line, copy);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}

static resnet_status read_words(void *context, size_t line, const char *text)
{
    return add_words(context, line, text);
}

static int compare_keys(const void *a, const void *b, void *context)
{
    const rn_annotations *annotations = context;
    const size_t left = *(const size_t *)a, right = *(const size_t *)b;
    const int order =
        strcmp(rn_strings_get(&annotations->keys, left), rn_strings_get(&annotations->keys, right));
    return order ? order : (left > right) - (left < right);
}

static resnet_status sort(rn_annotations *out)
{
    out->order = rn_alloc(out->keys.n, sizeof *out->order);
    if (!out->order) return RESNET_E_NOMEM;
    for (size_t i = 0; i < out->keys.n; i++) out->order[i] = i;
    qsort_r(out->order, out->keys.n, sizeof *out->order, compare_keys, out);
    for (size_t i = 1; i < out->keys.n; i++) {
        const size_t a = out->order[i - 1], b = out->order[i];
        const char *key = rn_strings_get(&out->keys, a);
        if (strcmp(key, rn_strings_get(&out->keys, b)) == 0)
            return rn_fail(RESNET_E_FORMAT, "line %zu: %s was answered on line %zu already",
                           out->lines[b], key, out->lines[a]);
    }
    return RESNET_OK;
}

resnet_status rn_annotations_read(rn_annotations *out, const char *path)
{
    rn_annotations annotations = {0};
    void *bytes = NULL;
    size_t size = 0;
    resnet_status status = rn_file_read(&bytes, &size, path, MAX_FILE_SIZE);
    if (status != RESNET_OK) return status;
    if (size >= 7 && memcmp(bytes, "ImageId", 7) == 0)
        status = read_solution(&annotations, bytes, size);
    else
        status = read_lines(bytes, size, read_words, &annotations);
    if (status == RESNET_OK && annotations.keys.n == 0) status = rn_fail(RESNET_E_FORMAT, "empty");
    if (status == RESNET_OK) status = sort(&annotations);
    rn_free(bytes);
    if (status == RESNET_OK) {
        *out = annotations;
        return status;
    }
    rn_annotations_clear(&annotations);
    return status == RESNET_E_NOMEM ? status : rn_fail_in(status, path);
}

/* The number at the end of a file's stem in eight digits, as in "ILSVRC2012_val_00000001". */
static void make_number_key(char key[MAX_KEY], const char *name, size_t stem)
{
    size_t start = stem;
    while (start > 0 && name[start - 1] >= '0' && name[start - 1] <= '9') start--;
    while (stem - start > 8 && name[start] == '0') start++;
    const size_t n = stem - start;
    snprintf(key, MAX_KEY, "%.*s%.*s", n < 8 ? (int)(8 - n) : 0, "00000000", (int)n, name + start);
}

size_t rn_annotations_find(const rn_annotations *annotations, const char *file_name)
{
    char key[MAX_KEY];
    const size_t stem = get_stem_length(file_name);
    if (annotations->kind == RN_ANSWER_ID)
        make_number_key(key, file_name, stem);
    else
        snprintf(key, sizeof key, "%.*s", (int)stem, file_name);
    size_t low = 0, high = annotations->keys.n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order =
            strcmp(rn_strings_get(&annotations->keys, annotations->order[middle]), key);
        if (order == 0) return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return annotations->keys.n;
}

/* What has been read of a synsets file: the wnid of each line, and its number if it gives one. */
typedef struct synset_lines {
    rn_strings wnids;
    uint64_t *ids; /* 0: none */
    size_t capacity;
    bool sorted; /* so far, the wnids ascend */
} synset_lines;

static resnet_status read_synset(void *context, size_t line, const char *text)
{
    synset_lines *lines = context;
    char words[4096], wnid[16] = "", *rest = NULL;
    uint64_t id = 0;
    snprintf(words, sizeof words, "%s", text);
    for (char *word = strtok_r(words, " \t\r,", &rest); word;
         word = strtok_r(NULL, " \t\r,", &rest))
        if (rn_text_is_wnid(word) && !*wnid)
            snprintf(wnid, sizeof wnid, "%s", word);
        else if (is_digits(word, strlen(word)) && strlen(word) < 7 && id == 0)
            id = strtoull(word, NULL, 10);
    if (!*wnid) return rn_fail(RESNET_E_FORMAT, "line %zu: no wnid (\"n\" and eight digits)", line);
    const size_t n = lines->wnids.n;
    if (n == 0) lines->sorted = true;
    if (n > 0 && strcmp(rn_strings_get(&lines->wnids, n - 1), wnid) > 0) lines->sorted = false;
    resnet_status status;
    RN_TRY(rn_grow(&lines->ids, &lines->capacity, n + 1, sizeof *lines->ids));
    lines->ids[n] = id;
    status = rn_strings_add(&lines->wnids, wnid, strlen(wnid));
done:
    return status;
}

static resnet_status check_ids(const synset_lines *lines)
{
    const size_t n = lines->wnids.n;
    if (n == 0) return rn_fail(RESNET_E_FORMAT, "empty");
    for (size_t i = 0; i < n; i++)
        if ((lines->ids[i] == 0) != (lines->ids[0] == 0))
            return rn_fail(RESNET_E_FORMAT, "wnid %zu, %s: numbers on some lines only", i + 1,
                           rn_strings_get(&lines->wnids, i));
    if (lines->ids[0] == 0 && lines->sorted && n > 1)
        return rn_fail(RESNET_E_FORMAT, "wnids in bytewise order without numbers, which is not "
                                        "the order of ILSVRC2012_ID");
    return RESNET_OK;
}

/* Puts the wnids where their numbers say. */
static resnet_status order_synsets(rn_strings *out, const synset_lines *lines)
{
    const size_t n = lines->wnids.n;
    resnet_status status;
    size_t *line_of = rn_alloc(n, sizeof *line_of);
    if (!line_of) return RESNET_E_NOMEM;
    for (size_t i = 0; i < n; i++) line_of[i] = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        const uint64_t id = lines->ids[i] ? lines->ids[i] : i + 1;
        if (id > n || line_of[id - 1] != SIZE_MAX) {
            status = rn_fail(RESNET_E_FORMAT, "%s: number %llu of %zu, or used twice",
                             rn_strings_get(&lines->wnids, i), (unsigned long long)id, n);
            goto done;
        }
        line_of[id - 1] = i;
    }
    status = RESNET_OK;
    for (size_t i = 0; i < n && status == RESNET_OK; i++)
        status = rn_strings_add(out, rn_strings_get(&lines->wnids, line_of[i]), 9);
done:
    rn_free(line_of);
    return status;
}

resnet_status rn_synsets_read(rn_strings *out_wnids, const char *path)
{
    synset_lines lines = {0};
    rn_strings wnids = {0};
    void *bytes = NULL;
    size_t size = 0;
    resnet_status status = rn_file_read(&bytes, &size, path, MAX_FILE_SIZE);
    if (status != RESNET_OK) return status;
    status = read_lines(bytes, size, read_synset, &lines);
    if (status == RESNET_OK) status = check_ids(&lines);
    if (status == RESNET_OK) status = order_synsets(&wnids, &lines);
    rn_free(bytes);
    rn_strings_clear(&lines.wnids);
    rn_free(lines.ids);
    if (status == RESNET_OK) {
        *out_wnids = wnids;
        return status;
    }
    rn_strings_clear(&wnids);
    return status == RESNET_E_NOMEM ? status : rn_fail_in(status, path);
}
