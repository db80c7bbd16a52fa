/* Tensors are judged by the module that they are in, as far as its name tells it from the network:
 * "module.encoder_k" beside "module.encoder_q.", "fc" within it. SPDX-License-Identifier: MIT */
#include "store/foreign.h"

#include "core/mem.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAX_LISTED 8
#define LIST_SIZE 900

typedef struct judge {
    rn_raw_set *set;
    const rn_naming *naming;
    size_t parent_length; /* of the prefix, without its last module */
    bool
        may_stand_before_head; /* something that was set aside, before a head outside the network */
    bool may_stand_inside;     /* the same before one within the network's module */
    char list[LIST_SIZE];
    size_t n_modules, n_tensors; /* set aside */
} judge;

/* A module's tensors, neighbours in the set's sorted order. */
typedef struct module {
    rn_raw_tensor **tensors;
    size_t count;
    size_t name_length; /* of what they have in common */
    bool is_inside;     /* of the network's own module */
} module;

static bool ends_with(const char *text, const char *ending)
{
    const size_t length = strlen(text), ending_length = strlen(ending);
    return length >= ending_length && strcmp(text + length - ending_length, ending) == 0;
}

/* Counters are no weights; and what was taken is settled. */
static bool is_idle(const rn_raw_tensor *tensor)
{
    return tensor->used || tensor->dtype == RN_DTYPE_OTHER ||
           ends_with(tensor->key, "num_batches_tracked");
}

static bool is_inside(const judge *at, const char *key)
{
    return strncmp(key, at->naming->prefix, at->naming->prefix_length) == 0;
}

static size_t measure_module(const judge *at, const char *key)
{
    size_t start = 0;
    if (is_inside(at, key))
        start = at->naming->prefix_length;
    else if (strncmp(key, at->naming->prefix, at->parent_length) == 0)
        start = at->parent_length;
    return start + strcspn(key + start, ".");
}

/* Whether the module is one of the network's own. */
static bool is_own(const judge *at, const module *part)
{
    static const char *const OWN[][8] = {
        [RN_NAMES_TORCHVISION] = {"conv1", "bn1", "layer1", "layer2", "layer3", "layer4"},
        [RN_NAMES_POSITION] = {"0", "1", "4", "5", "6", "7"},
        [RN_NAMES_HUGGING_FACE] = {"embedder", "encoder"},
    };
    if (!part->is_inside) return false;
    const char *name = part->tensors[0]->key + at->naming->prefix_length;
    const size_t length = part->name_length - at->naming->prefix_length;
    for (size_t i = 0; i < 8 && OWN[at->naming->convention][i]; i++) {
        const char *own = OWN[at->naming->convention][i];
        if (strlen(own) == length && memcmp(own, name, length) == 0) return true;
    }
    return false;
}

/* Words of modules that training needs and a classifier does not: what comes behind the network and
 * is no head, another network, losses and figures. */
static bool is_known_harmless(const judge *at, const module *part)
{
    static const char *const WORDS[] = {
        "loss",   "criterion", "metric",    "accuracy",    "confmat",  "proj",    "predictor",
        "proto",  "queue",     "momentum",  "teacher",     "student",  "ema",     "target",
        "memory", "encoder_k", "encoder_q", "online",      "averaged", "optim",   "mixup",
        "aux",    "rpn",       "roi",       "fpn",         "detect",   "segment", "decode",
        "mask",   "anchor",    "bbox",      "temperature", "contrast"};
    const char *key = part->tensors[0]->key;
    const size_t start = part->is_inside ? at->naming->prefix_length : 0;
    char name[RN_RAW_MAX_NAME + 1];
    size_t length = 0;
    for (size_t i = start; i < part->name_length; i++)
        name[length++] = (char)tolower((unsigned char)key[i]);
    name[length] = '\0';
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
        if (strstr(name, WORDS[i])) return true;
    return false;
}

/* Per-channel constants in front of the network: normalize.mean, pixel_std. */
static bool is_normalisation(const rn_raw_tensor *tensor)
{
    const char *last = strrchr(tensor->key, '.');
    last = last ? last + 1 : tensor->key;
    if (rn_raw_count(tensor) != 3 || strncmp(last, "running_", 8) == 0) return false;
    return strstr(last, "mean") || strstr(last, "std");
}

static uint64_t inputs_of(const rn_raw_tensor *tensor)
{
    return tensor->n_dims == 2 && ends_with(tensor->key, ".weight") ? tensor->dims[1] : 0;
}

/* Dense layers and batch norms only, at least one of them for the network's features. */
static bool is_head(const judge *at, const module *part)
{
    bool starts = false;
    for (size_t i = 0; i < part->count; i++) {
        const rn_raw_tensor *tensor = part->tensors[i];
        if (is_idle(tensor)) continue;
        const bool is_vector =
            tensor->n_dims == 1 &&
            (ends_with(tensor->key, ".weight") || ends_with(tensor->key, ".bias") ||
             ends_with(tensor->key, ".running_mean") || ends_with(tensor->key, ".running_var"));
        if (!inputs_of(tensor) && !is_vector) return false;
        starts |= inputs_of(tensor) == at->set->arch->n_features;
    }
    return starts;
}

/* Encoders of self-supervised training end in a projection, whatever it is called. */
static bool is_self_supervised(const rn_naming *naming)
{
    return naming->has_momentum || strstr(naming->prefix, "encoder_q.") ||
           strstr(naming->prefix, "base_encoder.") || strstr(naming->prefix, "online_");
}

/* Whether features go in and as many come out, so that a head could follow; of another network's
 * parts none does. */
static bool gives_features(const judge *at, const module *part)
{
    bool gives = false;
    for (size_t i = 0; i < part->count; i++) {
        const rn_raw_tensor *tensor = part->tensors[i];
        if (tensor->n_dims == 4 && tensor->dims[1] == 3 && tensor->dims[2] == 7) return false;
        gives |= tensor->n_dims >= 2 && tensor->dims[0] == at->set->arch->n_features;
    }
    return gives;
}

static bool may_be_head(const judge *at, const module *part)
{
    if (is_self_supervised(at->naming)) return false;
    return part->is_inside ? !at->may_stand_inside : !at->may_stand_before_head;
}

static resnet_status put_aside(judge *at, const module *part)
{
    const int length = (int)part->name_length;
    bool any = false;
    for (size_t i = 0; i < part->count; i++) {
        any |= !is_idle(part->tensors[i]);
        at->n_tensors += !part->tensors[i]->used;
        part->tensors[i]->used = true;
    }
    const size_t used = strlen(at->list);
    if (any && ++at->n_modules <= MAX_LISTED)
        snprintf(at->list + used, sizeof at->list - used, "%s%.*s", used ? ", " : "",
                 length < 96 ? length : 96, part->tensors[0]->key);
    return RESNET_OK;
}

static resnet_status judge_module(judge *at, const module *part, bool heads)
{
    const rn_raw_tensor *first = NULL;
    for (size_t i = 0; i < part->count; i++) {
        if (is_idle(part->tensors[i])) continue;
        if (!first) first = part->tensors[i];
        if (is_normalisation(part->tensors[i]))
            return rn_fail(RESNET_E_UNSUPPORTED,
                           "%s: a normalisation that the model does itself, which would be left "
                           "out; take it away and say it with a recipe",
                           part->tensors[i]->name);
    }
    if (!first || is_own(at, part)) return RESNET_OK;
    const bool head = is_head(at, part) && !is_known_harmless(at, part);
    if (head != heads) return RESNET_OK; /* of the other round */
    if (head && may_be_head(at, part)) return RESNET_OK;
    if (!head && !is_known_harmless(at, part)) {
        if (part->is_inside) return RESNET_OK; /* left over, and refused */
        at->may_stand_before_head = true;
    }
    if (!head && gives_features(at, part)) {
        at->may_stand_before_head = true;
        at->may_stand_inside |= part->is_inside;
    }
    return put_aside(at, part);
}

static resnet_status judge_all(judge *at, bool heads)
{
    rn_raw_tensor **sorted = at->set->by_key;
    for (size_t i = 0; i < at->set->n_tensors;) {
        const char *key = sorted[i]->key;
        module part = {sorted + i, 1, measure_module(at, key), is_inside(at, key)};
        while (i + part.count < at->set->n_tensors) {
            const char *next = sorted[i + part.count]->key;
            if (measure_module(at, next) != part.name_length ||
                strncmp(next, key, part.name_length) != 0)
                break;
            part.count++;
        }
        const resnet_status status = judge_module(at, &part, heads);
        if (status != RESNET_OK) return status;
        i += part.count;
    }
    return RESNET_OK;
}

resnet_status rn_foreign_set_aside(rn_raw_set *set, const rn_naming *naming)
{
    judge at = {.set = set, .naming = naming, .parent_length = naming->prefix_length};
    if (at.parent_length > 0) at.parent_length--;
    while (at.parent_length > 0 && naming->prefix[at.parent_length - 1] != '.') at.parent_length--;
    resnet_status status = judge_all(&at, false);
    if (status == RESNET_OK) status = judge_all(&at, true);
    if (status != RESNET_OK || at.n_modules == 0) return status;
    return rn_weights_remark(&set->info, "set aside: %s%s (%zu tensors that are no part of it)",
                             at.list, at.n_modules > MAX_LISTED ? ", ..." : "", at.n_tensors);
}
