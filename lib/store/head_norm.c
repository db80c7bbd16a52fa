/* In {0: Linear, 1: BatchNorm1d, 2: ReLU, 3: Dropout, 4: Linear} only 0, 1 and 4 have weights. A
 * number left out is an activation or dropout; numbers that follow one another leave no room for
 * either. SPDX-License-Identifier: MIT */
#include "store/head_norm.h"

#include "arch/arch.h"
#include "core/mem.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EPSILON 1e-5 /* torch.nn.BatchNorm1d's */
#define MAX_NORMS 8

/* Digits before letters, longer numbers before shorter ones of the same start. */
static int compare_natural(const char *a, const char *b)
{
    while (*a && *b) {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            char *a_end, *b_end;
            const unsigned long long x = strtoull(a, &a_end, 10), y = strtoull(b, &b_end, 10);
            if (x != y) return x < y ? -1 : 1;
            a = a_end;
            b = b_end;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    return (*a != '\0') - (*b != '\0');
}

static int compare_tensors(const void *a, const void *b)
{
    return compare_natural(((const rn_raw_tensor *)a)->key, ((const rn_raw_tensor *)b)->key);
}

resnet_status rn_head_sort(rn_raw_set *set)
{
    qsort(set->tensors, set->n_tensors, sizeof *set->tensors, compare_tensors);
    return rn_raw_sort(set);
}

/* A module "fc.3" as its parent's length and its number; a name without one has no place. */
typedef struct place {
    const char *name;
    size_t length;        /* of the module's name */
    size_t parent_length; /* 0 without a number */
    unsigned long number;
} place;

static place place_of(const char *tensor_name)
{
    const char *end = strrchr(tensor_name, '.');
    place at = {tensor_name, end ? (size_t)(end - tensor_name) : strlen(tensor_name), 0, 0};
    size_t digits = 0;
    while (digits < at.length && isdigit((unsigned char)tensor_name[at.length - digits - 1]))
        digits++;
    const size_t parent = at.length - digits;
    if (digits == 0 || digits > 9 || (parent > 0 && tensor_name[parent - 1] != '.')) return at;
    at.parent_length = parent ? parent : 1;
    at.number = strtoul(tensor_name + parent, NULL, 10);
    return at;
}

static bool are_neighbours(const place *a, const place *b)
{
    return a->parent_length > 0 && a->parent_length == b->parent_length &&
           strncmp(a->name, b->name, a->parent_length == 1 ? 0 : a->parent_length) == 0;
}

typedef struct norm {
    place at;
    rn_raw_tensor
        *parts[4]; /* weight, bias, running_mean, running_var; the first two may be NULL */
    size_t count;
} norm;

typedef struct head {
    rn_weights *weights;
    rn_raw_set *set;
    const rn_tensor *layers[RN_ARCH_MAX_HIDDEN + 1];
    size_t n_layers;
    norm norms[MAX_NORMS];
    size_t n_norms;
} head;

static void find_layers(head *at)
{
    for (size_t i = 0; i <= RN_ARCH_MAX_HIDDEN; i++) {
        char name[32];
        snprintf(name, sizeof name, "fc.hidden%zu.weight", i);
        const rn_tensor *layer = rn_weights_find(at->weights, name);
        if (!layer) break;
        at->layers[at->n_layers++] = layer;
    }
    const rn_tensor *last = rn_weights_find(at->weights, "fc.weight");
    if (last) at->layers[at->n_layers++] = last;
}

static rn_raw_tensor *find_part(const head *at, const place *module, const char *variable)
{
    for (size_t i = 0; i < at->set->n_tensors; i++) {
        rn_raw_tensor *tensor = &at->set->tensors[i];
        if (!tensor->used && strncmp(tensor->key, module->name, module->length) == 0 &&
            strcmp(tensor->key + module->length, variable) == 0)
            return tensor;
    }
    return NULL;
}

/* "layer3.6.bn1.": of a block that a ResNet-50 has not, which is for others to tell. */
static bool is_of_block(const char *key)
{
    const char *stage = strstr(key, "layer");
    return stage && isdigit((unsigned char)stage[5]) && stage[6] == '.' &&
           isdigit((unsigned char)stage[7]);
}

/* A batch norm is what has a running mean. */
static resnet_status find_norms(head *at)
{
    static const char *const PARTS[] = {".weight", ".bias", ".running_mean", ".running_var"};
    for (size_t i = 0; i < at->set->n_tensors; i++) {
        const rn_raw_tensor *mean = &at->set->tensors[i];
        const size_t length = strlen(mean->key);
        if (mean->used || mean->n_dims != 1 || length < 13 ||
            strcmp(mean->key + length - 13, ".running_mean") != 0 || is_of_block(mean->key))
            continue;
        norm *found = &at->norms[at->n_norms];
        if (at->n_norms == MAX_NORMS)
            return rn_fail(RESNET_E_UNSUPPORTED, "%s: more than %d batch norms in a head",
                           mean->name, MAX_NORMS);
        found->at = place_of(mean->key);
        found->count = (size_t)mean->dims[0];
        for (size_t k = 0; k < 4; k++) {
            found->parts[k] = find_part(at, &found->at, PARTS[k]);
            const bool fits = found->parts[k] && found->parts[k]->n_dims == 1 &&
                              found->parts[k]->dims[0] == found->count;
            if (!fits && (k >= 2 || found->parts[k]))
                return rn_fail(RESNET_E_SHAPE, "%s: not all of a batch norm, or not of one size",
                               mean->name);
        }
        at->n_norms++;
    }
    return RESNET_OK;
}

static place place_of_layer(const head *at, size_t layer)
{
    return place_of(at->layers[layer]->source_name);
}

/* y = scale x + shift */
static resnet_status read_norm(const head *at, const norm *source, float *scale, float *shift)
{
    resnet_status status = RESNET_OK;
    float *values = rn_alloc(4 * source->count, sizeof *values);
    if (!values) return RESNET_E_NOMEM;
    for (size_t k = 0; k < 4; k++) {
        float *out = values + k * source->count;
        for (size_t i = 0; !source->parts[k] && i < source->count; i++) out[i] = k == 0;
        if (source->parts[k]) RN_TRY(rn_raw_read(at->set, source->parts[k], out));
    }
    const float *gamma = values, *beta = gamma + source->count, *mean = beta + source->count,
                *variance = mean + source->count;
    for (size_t i = 0; i < source->count; i++) {
        const double factor = (double)gamma[i] / sqrt((double)variance[i] + EPSILON);
        scale[i] = (float)factor;
        shift[i] = (float)((double)beta[i] - (double)mean[i] * factor);
    }
done:
    rn_free(values);
    return status;
}

/* The layer's tensors; the weights own them, and they are ours while we read. */
static float *weight_of(const head *at, size_t layer)
{
    return (float *)at->layers[layer]->data;
}

static float *bias_of(const head *at, size_t layer)
{
    char name[48];
    const char *weight = at->layers[layer]->name;
    snprintf(name, sizeof name, "%.*sbias", (int)(strlen(weight) - strlen("weight")), weight);
    return (float *)rn_weights_find(at->weights, name)->data;
}

/* scale (W x + b) + shift */
static void fold_behind(const head *at, size_t layer, const float *scale, const float *shift)
{
    const size_t outputs = at->layers[layer]->dims[0], inputs = at->layers[layer]->dims[1];
    float *weight = weight_of(at, layer), *bias = bias_of(at, layer);
    for (size_t o = 0; o < outputs; o++) {
        for (size_t i = 0; i < inputs; i++) weight[o * inputs + i] *= scale[o];
        bias[o] = bias[o] * scale[o] + shift[o];
    }
}

/* W (scale x + shift) + b */
static void fold_before(const head *at, size_t layer, const float *scale, const float *shift)
{
    const size_t outputs = at->layers[layer]->dims[0], inputs = at->layers[layer]->dims[1];
    float *weight = weight_of(at, layer), *bias = bias_of(at, layer);
    for (size_t o = 0; o < outputs; o++) {
        double sum = 0;
        for (size_t i = 0; i < inputs; i++) {
            sum += (double)weight[o * inputs + i] * (double)shift[i];
            weight[o * inputs + i] *= scale[i];
        }
        bias[o] += (float)sum;
    }
}

static resnet_status fold(const head *at, norm *source, size_t layer, bool is_behind)
{
    resnet_status status;
    float *scale = NULL;
    const size_t expected = at->layers[layer]->dims[is_behind ? 0 : 1];
    if (source->count != expected)
        return rn_fail(RESNET_E_SHAPE, "%s: a batch norm of %zu values beside %zu",
                       source->parts[2]->name, source->count, expected);
    RN_TRY(rn_budget_spend_array(at->set->budget, source->count, 6 * sizeof *scale, "batch norm"));
    scale = rn_alloc(2 * source->count, sizeof *scale);
    if (!scale) return RESNET_E_NOMEM;
    RN_TRY(read_norm(at, source, scale, scale + source->count));
    (is_behind ? fold_behind : fold_before)(at, layer, scale, scale + source->count);
    for (size_t k = 0; k < 4; k++)
        if (source->parts[k]) source->parts[k]->used = true;
    status =
        rn_weights_remark(&at->set->info,
                          "batch norm %.*s folded into %s, its epsilon taken "
                          "for torch's 1e-5",
                          (int)source->at.length, source->at.name, at->layers[layer]->source_name);
done:
    rn_free(scale);
    return status;
}

/* Behind a layer when it has the next number; before one when it has the number before and, should
 * a layer come before both, there is room for that one's activation. */
static resnet_status fold_where_it_stands(const head *at, norm *source)
{
    for (size_t layer = 0; layer < at->n_layers; layer++) {
        const place dense = place_of_layer(at, layer);
        if (!are_neighbours(&dense, &source->at)) continue;
        if (source->at.number == dense.number + 1) return fold(at, source, layer, true);
        if (source->at.number + 1 == dense.number) return fold(at, source, layer, false);
    }
    return rn_fail(RESNET_E_UNSUPPORTED,
                   "%s: a batch norm in the head, and the names do not tell what stands between it "
                   "and the dense layers",
                   source->parts[2]->name);
}

/* Numbers that are left out between two dense layers, batch norms not counted. */
static bool has_room(const head *at, const place *a, const place *b)
{
    unsigned long left_out = b->number - a->number - 1;
    for (size_t i = 0; i < at->n_norms; i++)
        left_out -= are_neighbours(a, &at->norms[i].at) && at->norms[i].at.number > a->number &&
                    at->norms[i].at.number < b->number;
    return left_out > 0;
}

static resnet_status check_activations(const head *at)
{
    for (size_t layer = 1; layer < at->n_layers; layer++) {
        const place a = place_of_layer(at, layer - 1), b = place_of_layer(at, layer);
        if (are_neighbours(&a, &b) && a.number < b.number && !has_room(at, &a, &b))
            return rn_fail(RESNET_E_UNSUPPORTED,
                           "%.*s and %.*s: dense layers without an activation between them",
                           (int)a.length, a.name, (int)b.length, b.name);
    }
    return RESNET_OK;
}

resnet_status rn_head_fold_norms(rn_weights *weights, rn_raw_set *set)
{
    resnet_status status;
    head *at = rn_calloc(1, sizeof *at);
    if (!at) return RESNET_E_NOMEM;
    at->weights = weights;
    at->set = set;
    find_layers(at);
    if (at->n_layers == 0) {
        status = RESNET_OK;
        goto done;
    }
    RN_TRY(find_norms(at));
    RN_TRY(check_activations(at));
    for (size_t i = 0; i < at->n_norms; i++) RN_TRY(fold_where_it_stands(at, &at->norms[i]));
done:
    rn_free(at);
    return status;
}
