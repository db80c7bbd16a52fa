/* Whether folders are parts or classes shows from their names and from what they hold: a class may
 * be called "train", but then it holds no folders. SPDX-License-Identifier: MIT */
#include "data/folder_layout.h"

#include "core/mem.h"
#include "data/folder.h"
#include "data/listing.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define MAX_DEPTH 4 /* lone folders that are looked into */

enum part { PART_TRAIN, PART_VAL, PART_TEST, N_PARTS };

static const char *const NAMES[N_PARTS][4] = {
    [PART_TRAIN] = {"train", "training", NULL},
    [PART_VAL] = {"val", "valid", "validation", NULL},
    [PART_TEST] = {"test", "testing", NULL},
};

void rn_folder_layout_clear(rn_folder_layout *layout)
{
    rn_free(layout->root);
    rn_free(layout->train);
    rn_free(layout->val);
    rn_free(layout->test);
    *layout = (rn_folder_layout){.root = NULL};
}

static bool is_part_name(const char *name, size_t length, enum part part)
{
    for (const char *const *known = NAMES[part]; *known; known++)
        if (strlen(*known) == length && strncasecmp(*known, name, length) == 0) return true;
    return false;
}

/* The folder that is called as a part; NULL for none. FORMAT if there are two. */
static resnet_status find_part(const char **out, const rn_strings *names, enum part part,
                               const char *root)
{
    *out = NULL;
    for (size_t i = 0; i < names->n; i++) {
        const char *name = rn_strings_get(names, i);
        if (!is_part_name(name, strlen(name), part)) continue;
        if (*out)
            return rn_fail(RESNET_E_FORMAT, "%s: %s/ and %s/ are the same part by two names", root,
                           *out, name);
        *out = name;
    }
    return RESNET_OK;
}

static const char *get_last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* Replaces *path by a folder in it that is called the same and lies there alone: train/train/. */
static resnet_status skip_repetition(char **path, rn_strings *names)
{
    resnet_status status = RESNET_OK;
    for (int depth = 0; depth < MAX_DEPTH && names->n == 1; depth++) {
        const char *name = rn_strings_get(names, 0);
        if (strcasecmp(name, get_last_name(*path)) != 0) break;
        char *inner = rn_folder_join(*path, name);
        if (!inner) return RESNET_E_NOMEM;
        rn_strings below = {0};
        status = rn_listing_read_folders(&below, inner);
        if (status != RESNET_OK || below.n == 0) { /* a class called as its part is a class */
            rn_free(inner);
            break;
        }
        rn_free(*path);
        *path = inner;
        rn_strings_clear(names);
        *names = below;
    }
    return status;
}

/* A part's folder of class folders; *out NULL if it holds no folders. */
static resnet_status open_part(char **out, const char *root, const char *name)
{
    rn_strings inner = {0};
    char *path = rn_folder_join(root, name);
    resnet_status status = path ? RESNET_OK : RESNET_E_NOMEM;
    if (status == RESNET_OK) status = rn_listing_read_folders(&inner, path);
    if (status == RESNET_OK) status = skip_repetition(&path, &inner);
    if (status == RESNET_OK && inner.n > 0) {
        *out = path;
        path = NULL;
    }
    rn_free(path);
    rn_strings_clear(&inner);
    return status;
}

/* The parts in layout->root, whose folders are `names`. */
static resnet_status find_parts(rn_folder_layout *layout, const rn_strings *names)
{
    const char *train, *val, *test;
    const char *root = layout->root;
    resnet_status status;
    RN_TRY(find_part(&train, names, PART_TRAIN, root));
    if (train) RN_TRY(open_part(&layout->train, root, train));
    if (!layout->train) return RESNET_OK; /* the others are then classes too */
    RN_TRY(find_part(&val, names, PART_VAL, root));
    RN_TRY(find_part(&test, names, PART_TEST, root));
    if (val) RN_TRY(open_part(&layout->val, root, val));
    if (test) RN_TRY(open_part(&layout->test, root, test));
    const bool is_val = !val && layout->test; /* pictures without classes would have no labels */
    if (is_val) layout->val = rn_strdup(layout->test);
    if (val && !layout->val) layout->val = rn_folder_join(root, val); /* empty, as will be said */
    if (test && !layout->test) layout->test = rn_folder_join(root, test);
    if (((val || is_val) && !layout->val) || (test && !layout->test)) status = RESNET_E_NOMEM;
done:
    return status;
}

static bool is_folder(const char *root, const char *name, const char *below)
{
    struct stat info;
    char *path = rn_format("%s/%s/%s", root, name, below);
    const bool result = path && stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    rn_free(path);
    return result;
}

/* The common spellings are asked for, since there may be a thousand folders to look into. */
static bool holds_part(const char *root, const char *name, enum part part)
{
    for (const char *const *known = NAMES[part]; *known; known++) {
        char spelling[16];
        const size_t length = strlen(*known);
        memcpy(spelling, *known, length + 1);
        if (is_folder(root, name, spelling)) return true;
        spelling[0] = (char)(spelling[0] - 'a' + 'A');
        if (is_folder(root, name, spelling)) return true;
        for (size_t i = 1; i < length; i++) spelling[i] = (char)(spelling[i] - 'a' + 'A');
        if (is_folder(root, name, spelling)) return true;
    }
    return false;
}

static resnet_status refuse_hidden_parts(const rn_strings *names, const char *root)
{
    for (size_t i = 0; i < names->n; i++) {
        const char *name = rn_strings_get(names, i);
        if (holds_part(root, name, PART_TRAIN) &&
            (holds_part(root, name, PART_VAL) || holds_part(root, name, PART_TEST)))
            return rn_fail(RESNET_E_FORMAT,
                           "%s: its folder %s/ holds a train/ of its own, but is one of %zu; give "
                           "the one that is meant",
                           root, name, names->n);
    }
    return RESNET_OK;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Where a word of `name` is one of the part's names, as in "seg_train" or "train-images". */
static bool find_word(const char *name, enum part part, size_t *out_start, size_t *out_length)
{
    for (size_t at = 0; name[at];) {
        size_t length = 0;
        while (is_letter(name[at + length])) length++;
        if (length && is_part_name(name + at, length, part)) {
            *out_start = at;
            *out_length = length;
            return true;
        }
        at += length ? length : 1;
    }
    return false;
}

/* Whether both names are the same but for the part that each tells. */
static bool are_alike(const char *train, const char *other, enum part part)
{
    size_t start, length, other_start, other_length;
    return find_word(train, PART_TRAIN, &start, &length) &&
           find_word(other, part, &other_start, &other_length) && start == other_start &&
           strncmp(train, other, start) == 0 &&
           strcmp(train + start + length, other + other_start + other_length) == 0;
}

static resnet_status refuse_likeness(const rn_strings *names, const char *root)
{
    size_t start, length;
    for (size_t i = 0; i < names->n; i++) {
        const char *train = rn_strings_get(names, i);
        if (!find_word(train, PART_TRAIN, &start, &length) || strlen(train) == length) continue;
        for (size_t j = 0; j < names->n; j++) {
            const char *other = rn_strings_get(names, j);
            if (are_alike(train, other, PART_VAL) || are_alike(train, other, PART_TEST))
                return rn_fail(RESNET_E_FORMAT,
                               "%s: %s/ and %s/ look like parts, not like classes; call them "
                               "train/ and test/",
                               root, train, other);
        }
    }
    return RESNET_OK;
}

static resnet_status look_into(rn_folder_layout *out, const char *root, int depth);

/* A lone folder that holds parts takes the root's place; otherwise it is a class. */
static resnet_status look_below(rn_folder_layout *layout, const char *name, int depth)
{
    rn_folder_layout below = {.root = NULL};
    resnet_status status = RESNET_E_NOMEM;
    char *inner = rn_folder_join(layout->root, name);
    if (inner) status = look_into(&below, inner, depth + 1);
    if (status == RESNET_OK && below.train) {
        rn_folder_layout_clear(layout);
        *layout = below;
        below = (rn_folder_layout){.root = NULL};
    }
    rn_folder_layout_clear(&below);
    rn_free(inner);
    return status;
}

static resnet_status look_into(rn_folder_layout *out, const char *root, int depth)
{
    size_t length = strlen(root);
    while (length > 1 && root[length - 1] == '/') length--;
    rn_folder_layout layout = {.root = rn_strndup(root, length)};
    rn_strings names = {0};
    resnet_status status = layout.root ? RESNET_OK : RESNET_E_NOMEM;
    if (status == RESNET_OK) status = rn_listing_read_folders(&names, root);
    if (status == RESNET_OK) status = skip_repetition(&layout.root, &names);
    if (status == RESNET_OK) status = find_parts(&layout, &names);
    if (status == RESNET_OK && !layout.train && names.n == 1 && depth < MAX_DEPTH)
        status = look_below(&layout, rn_strings_get(&names, 0), depth);
    else if (status == RESNET_OK && !layout.train && names.n > 1)
        status = refuse_hidden_parts(&names, layout.root);
    if (status == RESNET_OK && !layout.train) status = refuse_likeness(&names, layout.root);
    if (status == RESNET_OK)
        *out = layout;
    else
        rn_folder_layout_clear(&layout);
    rn_strings_clear(&names);
    return status;
}

resnet_status rn_folder_layout_find(rn_folder_layout *out, const char *path)
{
    return look_into(out, path, 0);
}
