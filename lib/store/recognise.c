/* SPDX-License-Identifier: MIT */
#include "store/recognise.h"

#include "core/mem.h"
#include "store/kernel.h"

#include <string.h>

#define MAX_CANDIDATES 64

static bool has_key(const rn_raw_set *set, const char *key)
{
    return rn_raw_find(set, "", key) != NULL;
}

/* One ResNet-50 of a file. */
typedef struct candidate {
    enum rn_convention convention;
    char *prefix;
    enum rank { RANK_MOMENTUM, RANK_TRAINED, RANK_AVERAGED } rank;
} candidate;

typedef struct candidates {
    candidate items[MAX_CANDIDATES];
    size_t count;
} candidates;

static void drop_candidates(candidates *found)
{
    while (found->count > 0) rn_free(found->items[--found->count].prefix);
}

/* Whether one of the words that '.' and '_' part is in the list. */
static bool has_word(const char *prefix, const char *const *words)
{
    while (*prefix) {
        const size_t length = strcspn(prefix, "._");
        for (size_t i = 0; words[i]; i++)
            if (strlen(words[i]) == length && memcmp(prefix, words[i], length) == 0) return true;
        prefix += length + (prefix[length] != '\0');
    }
    return false;
}

/* The second encoder of MoCo, BYOL and their kin follows the one that is trained, and is thrown
 * away in the end; averages (model_ema, a teacher's) are what a recipe is published with. */
static enum rank rank_of(const char *prefix)
{
    static const char *const MOMENTUM[] = {"k", "key", "momentum", "target", NULL};
    static const char *const AVERAGED[] = {"ema", "teacher", "averaged", "average",
                                           "avg", "swa",     "shadow",   NULL};
    if (has_word(prefix, MOMENTUM)) return RANK_MOMENTUM;
    return has_word(prefix, AVERAGED) ? RANK_AVERAGED : RANK_TRAINED;
}

static bool is_complete(const rn_raw_set *set, enum rn_convention convention, const char *prefix)
{
    for (size_t row = 0; row < set->arch->n_convs; row++)
        for (int variable = 0; variable < RN_N_VARIABLES; variable++) {
            char key[RN_NAME_SIZE];
            if (variable == RN_VAR_BIAS) continue;
            rn_names_format(key, convention, &set->arch->convs[row], (enum rn_variable)variable);
            if (!rn_kernel_fits(set, rn_raw_find(set, prefix, key), &set->arch->convs[row],
                                (enum rn_variable)variable))
                return false;
        }
    return true;
}

/* Wrappers (DataParallel, Lightning, torch.compile) put their own path before the names: what
 * stands before the stem's kernel. */
static size_t measure_prefix(const char *key, const char *stem)
{
    const size_t length = strlen(key), stem_length = strlen(stem);
    if (length < stem_length || strcmp(key + length - stem_length, stem) != 0) return SIZE_MAX;
    if (length > stem_length && key[length - stem_length - 1] != '.') return SIZE_MAX;
    return length - stem_length;
}

static resnet_status add_candidate(candidates *found, const rn_raw_set *set,
                                   enum rn_convention convention, const char *key, size_t length)
{
    char *prefix = rn_strndup(key, length);
    if (!prefix) return RESNET_E_NOMEM;
    if (!is_complete(set, convention, prefix)) {
        rn_free(prefix);
        return RESNET_OK;
    }
    if (found->count == MAX_CANDIDATES) {
        rn_free(prefix);
        return rn_fail(RESNET_E_UNSUPPORTED, "more than %d ResNet-50s in one file", MAX_CANDIDATES);
    }
    found->items[found->count++] = (candidate){convention, prefix, rank_of(prefix)};
    return RESNET_OK;
}

static resnet_status find_candidates(candidates *found, const rn_raw_set *set)
{
    static const enum rn_convention CONVENTIONS[] = {RN_NAMES_HUGGING_FACE, RN_NAMES_TORCHVISION,
                                                     RN_NAMES_POSITION};
    for (size_t i = 0; i < sizeof CONVENTIONS / sizeof CONVENTIONS[0]; i++) {
        char stem[RN_NAME_SIZE];
        rn_names_format(stem, CONVENTIONS[i], &set->arch->convs[0], RN_VAR_KERNEL);
        for (size_t t = 0; t < set->n_tensors; t++) {
            const char *key = set->tensors[t].key;
            const size_t length = measure_prefix(key, stem);
            if (length == SIZE_MAX) continue;
            const resnet_status status = add_candidate(found, set, CONVENTIONS[i], key, length);
            if (status != RESNET_OK) return status;
        }
    }
    return RESNET_OK;
}

/* Modules with two names are saved under both. */
static bool is_same_network(const rn_raw_set *set, const candidate *a, const candidate *b)
{
    for (size_t row = 0; row < set->arch->n_convs; row++) {
        char key[RN_NAME_SIZE];
        rn_names_format(key, a->convention, &set->arch->convs[row], RN_VAR_KERNEL);
        const rn_raw_tensor *x = rn_raw_find(set, a->prefix, key);
        rn_names_format(key, b->convention, &set->arch->convs[row], RN_VAR_KERNEL);
        const rn_raw_tensor *y = rn_raw_find(set, b->prefix, key);
        if (x->dtype != y->dtype || x->offset != y->offset || x->entry != y->entry) return false;
        if (!x->storage && !y->storage) continue;
        if (!x->storage || !y->storage) return false;
        if (memcmp(x->strides, y->strides, sizeof x->strides) != 0) return false;
        if (x->storage != y->storage && x->offset != 0) return false;
        if (x->storage != y->storage &&
            memcmp(x->storage, y->storage, rn_raw_count(x) * rn_dtype_size(x->dtype)) != 0)
            return false;
    }
    return true;
}

/* The only network of that rank: the shortest name of it. UNSUPPORTED when there are two. */
static resnet_status choose_of_rank(const candidate **out, const candidates *found,
                                    const rn_raw_set *set, enum rank rank)
{
    const candidate *best = NULL;
    for (size_t i = 0; i < found->count; i++) {
        const candidate *item = &found->items[i];
        if (item->rank != rank) continue;
        if (best && !is_same_network(set, best, item))
            return rn_fail(RESNET_E_UNSUPPORTED,
                           "two ResNet-50s, under %sconv1 and %sconv1; keep the one that is meant",
                           best->prefix, item->prefix);
        if (!best || strlen(item->prefix) < strlen(best->prefix)) best = item;
    }
    if (best) *out = best;
    return RESNET_OK;
}

static resnet_status choose(const candidate **out, const candidates *found, const rn_raw_set *set,
                            int32_t averaged)
{
    static const enum rank ORDERS[][3] = {
        [RN_AVERAGED_PREFER] = {RANK_AVERAGED, RANK_TRAINED, RANK_MOMENTUM},
        [RN_AVERAGED_NEVER] = {RANK_TRAINED, RANK_AVERAGED, RANK_MOMENTUM},
        [RN_AVERAGED_ONLY] = {RANK_AVERAGED, RANK_AVERAGED, RANK_AVERAGED},
    };
    for (size_t i = 0; i < 3 && !*out; i++) {
        const resnet_status status = choose_of_rank(out, found, set, ORDERS[averaged][i]);
        if (status != RESNET_OK) return status;
    }
    if (*out) return RESNET_OK;
    return rn_fail(RESNET_E_UNSUPPORTED, "no averaged weights beside those under %sconv1",
                   found->items[0].prefix);
}

static void set_prefix(rn_naming *naming, const char *prefix, size_t length)
{
    naming->prefix_length = length;
    memcpy(naming->prefix, prefix, length);
    naming->prefix[length] = '\0';
}

/* "model_ema." as "model_ema". */
static int shown_length(const char *prefix)
{
    const size_t length = strlen(prefix);
    return (int)(length ? length - 1 : 0);
}

/* A second name of what is read is nothing to judge. */
static void drop_copy(rn_raw_set *set, const char *prefix)
{
    const size_t length = strlen(prefix);
    for (size_t i = 0; length > 0 && i < set->n_tensors; i++)
        if (strncmp(set->tensors[i].key, prefix, length) == 0) set->tensors[i].used = true;
}

static resnet_status remark_choice(rn_raw_set *set, const candidates *found,
                                   const candidate *chosen)
{
    static const char *const KINDS[] = {"momentum", "trained", "averaged"};
    for (size_t i = 0; i < found->count; i++) {
        const candidate *other = &found->items[i];
        if (other == chosen) continue;
        if (is_same_network(set, chosen, other)) {
            drop_copy(set, other->prefix);
            continue;
        }
        const resnet_status status = rn_weights_remark(
            &set->info, "the %s weights \"%.*s\" are read, the %s ones \"%.*s\" are not",
            KINDS[chosen->rank], shown_length(chosen->prefix), chosen->prefix, KINDS[other->rank],
            shown_length(other->prefix), other->prefix);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}

/* The chosen network of a file, if it has a whole one. */
static resnet_status recognise_complete(rn_naming *naming, rn_raw_set *set, int32_t averaged)
{
    const candidate *chosen = NULL;
    resnet_status status;
    candidates *found = rn_calloc(1, sizeof *found);
    if (!found) return RESNET_E_NOMEM;
    RN_TRY(find_candidates(found, set));
    if (found->count == 0) goto done;
    RN_TRY(choose(&chosen, found, set, averaged));
    naming->convention = chosen->convention;
    naming->is_complete = true;
    for (size_t i = 0; i < found->count; i++)
        naming->has_momentum |= found->items[i].rank == RANK_MOMENTUM;
    set_prefix(naming, chosen->prefix, strlen(chosen->prefix));
    status = remark_choice(set, found, chosen);
done:
    drop_candidates(found);
    rn_free(found);
    return status;
}

/* Without a complete network the shortest prefix is the one to complain about. */
static bool find_prefix(rn_naming *naming, const rn_raw_set *set, const char *stem)
{
    const char *shortest = NULL;
    size_t length = SIZE_MAX;
    for (size_t i = 0; i < set->n_tensors; i++) {
        const size_t own = measure_prefix(set->tensors[i].key, stem);
        if (own >= length) continue;
        shortest = set->tensors[i].key;
        length = own;
    }
    if (!shortest) return false;
    set_prefix(naming, shortest, length);
    return !strstr(naming->prefix, "layer"); /* a block's own conv1 */
}

static bool recognise_torch(rn_naming *naming, const rn_raw_set *set)
{
    static const enum rn_convention CONVENTIONS[] = {RN_NAMES_HUGGING_FACE, RN_NAMES_TORCHVISION};
    for (size_t i = 0; i < 2; i++) {
        char stem[RN_NAME_SIZE];
        naming->convention = CONVENTIONS[i];
        rn_names_format(stem, CONVENTIONS[i], &set->arch->convs[0], RN_VAR_KERNEL);
        if (find_prefix(naming, set, stem)) return true;
    }
    return false;
}

static bool recognise_keras(rn_naming *naming, const rn_raw_set *set)
{
    static const enum rn_convention CONVENTIONS[] = {RN_NAMES_KERAS, RN_NAMES_KERAS_2015,
                                                     RN_NAMES_KERAS_COUNTED};
    set_prefix(naming, "", 0);
    for (size_t i = 0; i < 3; i++) {
        char stem[RN_NAME_SIZE];
        naming->convention = CONVENTIONS[i];
        rn_names_format(stem, CONVENTIONS[i], &set->arch->convs[0], RN_VAR_KERNEL);
        if (has_key(set, stem)) return true;
    }
    return false;
}

resnet_status rn_naming_recognise(rn_naming *out, rn_raw_set *set, int32_t averaged)
{
    const bool torch = set->layout == RN_LAYOUT_TORCH;
    resnet_status status = rn_raw_sort(set);
    if (status == RESNET_OK && torch) status = recognise_complete(out, set, averaged);
    if (status != RESNET_OK || out->is_complete) return status;
    if (torch && recognise_torch(out, set)) return RESNET_OK;
    if (!torch && recognise_keras(out, set)) {
        if (averaged != RN_AVERAGED_ONLY) return RESNET_OK;
        return rn_fail(RESNET_E_UNSUPPORTED, "no averaged weights: files of Keras's kind have one "
                                             "set of weights");
    }
    if (set->n_tensors == 0) return rn_fail(RESNET_E_UNSUPPORTED, "holds no tensors");
    if (torch && has_key(set, "conv1.0.weight"))
        return rn_fail(RESNET_E_UNSUPPORTED, "conv1.0.weight: a stem of three convolutions "
                                             "(resnet50d); only ResNet-50's 7x7 stem is read");
    return rn_fail(RESNET_E_UNSUPPORTED,
                   "not a ResNet-50: no first convolution (%s) among its %zu tensors, such as %s",
                   torch ? "conv1.weight" : "conv1_conv or conv1", set->n_tensors,
                   set->tensors[0].name);
}

rn_raw_tensor *rn_naming_find(const rn_naming *naming, const rn_raw_set *set,
                              const rn_arch_conv *conv, enum rn_variable variable)
{
    char key[RN_NAME_SIZE];
    rn_names_format(key, naming->convention, conv, variable);
    return rn_raw_find(set, naming->prefix, key);
}
