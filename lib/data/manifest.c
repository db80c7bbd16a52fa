/* From rows to samples: what the labels stand for, which rows are wanted, and whether the files are
 * there. SPDX-License-Identifier: MIT */
#include "data/manifest_forms.h"

#include "core/arithmetic.h"
#include "core/file.h"
#include "core/mem.h"
#include "data/folder.h"
#include "data/split.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_FILE_SIZE (UINT64_C(1) << 32)
#define MAX_CLASSES 1000000

/* A number written in decimal, or -1. */
static int64_t to_number(const char *text)
{
    const size_t length = strlen(text);
    if (length == 0 || length > 9 || strspn(text, "0123456789") != length) return -1;
    return strtol(text, NULL, 10);
}

/* Whether all labels look like whole numbers, -1 included, so that they are meant as numbers. */
static bool are_numbers(const rn_manifest *manifest)
{
    for (size_t i = 0; i < manifest->n; i++) {
        const char *label = rn_strings_get(&manifest->labels, i);
        const char *digits = *label == '-' ? label + 1 : label;
        if (manifest->rows[i].has_label && (!*digits || digits[strspn(digits, "0123456789")]))
            return false;
    }
    return true;
}

static resnet_status check_number(int64_t number, size_t n_classes, const char *label, size_t line)
{
    if (number >= 0 && (size_t)number < n_classes) return RESNET_OK;
    return rn_fail(RESNET_E_FORMAT, "line %zu: label %s, expected 0 to %zu", line, label,
                   n_classes - 1);
}

/* Classes named by their numbers. */
static resnet_status add_numbered_classes(rn_source *source, const rn_manifest *manifest)
{
    int64_t most = -1;
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < manifest->n; i++) {
        const char *label = rn_strings_get(&manifest->labels, i);
        if (!manifest->rows[i].has_label) continue;
        const int64_t number = to_number(label);
        RN_TRY(check_number(number, MAX_CLASSES, label, manifest->rows[i].line));
        if (number > most) most = number;
    }
    for (int64_t c = 0; c <= most; c++) {
        char *name = rn_format("%lld", (long long)c);
        status = name ? rn_source_add_class(source, name) : RESNET_E_NOMEM;
        rn_free(name);
        if (status != RESNET_OK) return status;
    }
done:
    return status;
}

/* The different labels, sorted. */
static resnet_status add_named_classes(rn_source *source, const rn_manifest *manifest)
{
    rn_strings sorted = {0};
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < manifest->n; i++) {
        const char *label = rn_strings_get(&manifest->labels, i);
        if (manifest->rows[i].has_label) RN_TRY(rn_strings_add(&sorted, label, strlen(label)));
    }
    rn_strings_sort(&sorted);
    for (size_t i = 0; i < sorted.n; i++) {
        const char *label = rn_strings_get(&sorted, i);
        if (i == 0 || strcmp(label, rn_strings_get(&sorted, i - 1)) != 0)
            RN_TRY(rn_source_add_class(source, label));
    }
done:
    rn_strings_clear(&sorted);
    return status;
}

/* How labels become numbers. */
typedef struct label_rule {
    bool numbers;  /* they are already */
    size_t *order; /* else: the source's classes in bytewise order */
} label_rule;

static int compare_classes(const void *a, const void *b, void *classes)
{
    return strcmp(rn_strings_get(classes, *(const size_t *)a),
                  rn_strings_get(classes, *(const size_t *)b));
}

static resnet_status make_rule(label_rule *out, rn_source *source, bool numbers)
{
    const size_t n = source->classes.n;
    *out = (label_rule){numbers, rn_alloc(n, sizeof *out->order)};
    if (!out->order) return RESNET_E_NOMEM;
    for (size_t c = 0; c < n; c++) out->order[c] = c;
    qsort_r(out->order, n, sizeof *out->order, compare_classes, &source->classes);
    return RESNET_OK;
}

static size_t find_class(const rn_source *source, const label_rule *rule, const char *label)
{
    size_t low = 0, high = source->classes.n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(rn_strings_get(&source->classes, rule->order[middle]), label);
        if (order == 0) return rule->order[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return source->classes.n;
}

static resnet_status get_label(int32_t *out, const rn_source *source, const rn_manifest *manifest,
                               const label_rule *rule, size_t row)
{
    const char *label = rn_strings_get(&manifest->labels, row);
    const size_t line = manifest->rows[row].line;
    *out = RESNET_UNLABELLED;
    if (!manifest->rows[row].has_label) return RESNET_OK;
    if (rule->numbers) {
        const int64_t number = to_number(label);
        const resnet_status status = check_number(number, source->classes.n, label, line);
        if (status == RESNET_OK) *out = (int32_t)number;
        return status;
    }
    const size_t found = find_class(source, rule, label);
    if (found == source->classes.n)
        return rn_fail(RESNET_E_FORMAT, "line %zu: label \"%s\" is none of the %zu classes", line,
                       label, found);
    *out = (int32_t)found;
    return RESNET_OK;
}

static resnet_status add_sample(rn_source *source, const char *folder, const char *path,
                                int32_t label, size_t line)
{
    char *joined = path[0] == '/' || !*folder ? rn_strdup(path) : rn_folder_join(folder, path);
    if (!joined) return RESNET_E_NOMEM;
    resnet_status status;
    if (source->options.on_corrupt == RESNET_CORRUPT_ERROR && access(joined, F_OK) != 0)
        status = rn_fail(errno == ENOENT ? RESNET_E_NOT_FOUND : RESNET_E_IO, "line %zu: %s: %s",
                         line, joined, errno == ENOENT ? "no such file" : "cannot be reached");
    else
        status = rn_source_add(source, joined, strlen(joined), label);
    rn_free(joined);
    return status;
}

static bool is_wanted(int32_t row_part, int32_t part)
{
    if (row_part == RESNET_PART_ALL) return true; /* the split comes later */
    return part == RESNET_PART_ALL ? row_part != RESNET_PART_TEST : row_part == part;
}

static resnet_status add_samples(rn_source *source, const rn_manifest *manifest,
                                 const label_rule *rule, const char *folder)
{
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < manifest->n; i++) {
        int32_t label;
        RN_TRY(get_label(&label, source, manifest, rule, i)); /* checked in every row */
        if (!is_wanted(manifest->rows[i].part, source->options.part)) continue;
        RN_TRY(add_sample(source, folder, rn_strings_get(&manifest->paths, i), label,
                          manifest->rows[i].line));
    }
done:
    return status;
}

static int compare_paths(const void *a, const void *b, void *context)
{
    const rn_manifest *manifest = context;
    const size_t left = *(const size_t *)a, right = *(const size_t *)b;
    const int order =
        strcmp(rn_strings_get(&manifest->paths, left), rn_strings_get(&manifest->paths, right));
    return order ? order : (left > right) - (left < right);
}

/* The same image twice is the host's wish; with two labels it is a mistake. */
static resnet_status check_conflicts(rn_manifest *manifest)
{
    size_t *order = rn_alloc(manifest->n, sizeof *order);
    if (!order) return RESNET_E_NOMEM;
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < manifest->n; i++) order[i] = i;
    qsort_r(order, manifest->n, sizeof *order, compare_paths, manifest);
    for (size_t i = 1; i < manifest->n && status == RESNET_OK; i++) {
        const size_t a = order[i - 1], b = order[i];
        const char *path = rn_strings_get(&manifest->paths, a);
        const char *label = rn_strings_get(&manifest->labels, a);
        if (strcmp(path, rn_strings_get(&manifest->paths, b)) == 0 &&
            strcmp(label, rn_strings_get(&manifest->labels, b)) != 0)
            status = rn_fail(RESNET_E_FORMAT, "line %zu: %s is \"%s\" here and \"%s\" on line %zu",
                             manifest->rows[b].line, path, rn_strings_get(&manifest->labels, b),
                             label, manifest->rows[a].line);
    }
    rn_free(order);
    return status;
}

static resnet_status read_rows(rn_manifest *out, const char *path)
{
    void *bytes = NULL;
    size_t size = 0;
    resnet_status status = rn_file_read(&bytes, &size, path, MAX_FILE_SIZE);
    if (status != RESNET_OK) return status;
    const char *text = bytes;
    size_t blank = 0;
    while (blank < size && strchr(" \t\r\n", text[blank]) && text[blank]) blank++;
    status = blank < size && text[blank] == '{' ? rn_manifest_read_jsonl(out, text, size)
                                                : rn_manifest_read_csv(out, text, size);
    if (status == RESNET_OK && out->n == 0) status = rn_fail(RESNET_E_FORMAT, "no rows");
    if (status == RESNET_OK) status = check_conflicts(out);
    rn_free(bytes);
    return status == RESNET_OK || status == RESNET_E_NOMEM ? status : rn_fail_in(status, path);
}

static resnet_status check_empty_classes(const rn_source *source, const rn_manifest *manifest,
                                         const label_rule *rule)
{
    bool *seen = rn_calloc(source->classes.n, sizeof *seen);
    if (!seen) return RESNET_E_NOMEM;
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < manifest->n && status == RESNET_OK; i++) {
        int32_t label = RESNET_UNLABELLED;
        status = get_label(&label, source, manifest, rule, i);
        if (status == RESNET_OK && label >= 0) seen[label] = true;
    }
    for (size_t c = 0; c < source->classes.n && status == RESNET_OK; c++)
        if (!seen[c])
            status =
                rn_fail(RESNET_E_FORMAT, "no row has label %zu, though there are higher ones", c);
    rn_free(seen);
    return status;
}

static resnet_status fill(rn_source *source, const rn_manifest *manifest, const char *folder,
                          const char *const *class_names, size_t n_classes)
{
    const bool numbers = are_numbers(manifest);
    label_rule rule = {0};
    resnet_status status;
    if (n_classes > 0)
        RN_TRY(rn_source_add_classes(source, class_names, n_classes));
    else if (numbers)
        RN_TRY(add_numbered_classes(source, manifest));
    else
        RN_TRY(add_named_classes(source, manifest));
    RN_TRY(make_rule(&rule, source, numbers));
    if (n_classes == 0 && numbers && !source->options.allow_empty)
        RN_TRY(check_empty_classes(source, manifest, &rule));
    RN_TRY(add_samples(source, manifest, &rule, folder));
    if (source->names.n == 0)
        status = rn_fail(RESNET_E_FORMAT, "no rows of the part that is wanted");
done:
    rn_free(rule.order);
    return status;
}

static char *get_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return rn_strdup("");
    return rn_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static resnet_status wrap(resnet_dataset **out, rn_source *source, bool has_parts)
{
    return has_parts ? rn_dataset_wrap(out, source)
                     : rn_dataset_wrap_part(out, source, source->options.part);
}

resnet_status resnet_dataset_open_manifest(resnet_dataset **out, const char *path,
                                           const char *const *class_names, size_t n_classes,
                                           const resnet_dataset_options *options)
{
    RN_OWN_ARITHMETIC;
    if (!out || !path || (!class_names && n_classes))
        return rn_fail(RESNET_E_INVALID, "resnet_dataset_open_manifest: NULL");
    resnet_dataset_options ours;
    rn_manifest manifest = {0};
    rn_source *source = NULL;
    char *folder = NULL;
    resnet_status status;
    RN_TRY(rn_source_read_options(&ours, options));
    RN_TRY(read_rows(&manifest, path));
    RN_TRY(rn_source_create(&source, &RN_SOURCE_FILES, &ours));
    folder = get_folder(path);
    status = folder ? fill(source, &manifest, folder, class_names, n_classes) : RESNET_E_NOMEM;
    if (status == RESNET_OK) status = rn_source_set_root(source, folder);
    source->has_parts = manifest.has_parts;
    if (status == RESNET_OK) status = wrap(out, source, manifest.has_parts);
    if (status == RESNET_OK)
        source = NULL;
    else if (status != RESNET_E_NOMEM)
        status = rn_fail_in(status, path);
done:
    rn_free(folder);
    rn_source_release(source);
    rn_manifest_clear(&manifest);
    return status;
}
