/* Keras 3's store numbers its groups, so they are found by their path; older files by the layer's
 * name, which is unique or refused. SPDX-License-Identifier: MIT */
#include "store/keras_bind.h"

#include "core/mem.h"
#include "store/keras_names.h"

#include <stdlib.h>
#include <string.h>

#define VARS "/vars/"

typedef struct entry {
    const char *text; /* path or name */
    size_t row;
} entry;

typedef struct table {
    entry *entries; /* sorted by text */
    size_t count;
} table;

static int compare(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->text, ((const entry *)b)->text);
}

static bool keeps_paths(const rn_raw_set *set)
{
    for (size_t i = 0; i < set->n_tensors; i++)
        if (strstr(set->tensors[i].name, VARS)) return true;
    return false;
}

static resnet_status check_unique(const table *t, const rn_keras_graph *graph)
{
    for (size_t i = 1; i < t->count; i++) {
        const rn_keras_node *node = &graph->nodes[t->entries[i].row];
        const rn_keras_node *other = &graph->nodes[t->entries[i - 1].row];
        if (compare(&t->entries[i], &t->entries[i - 1]) != 0) continue;
        if (node->config == other->config)
            return rn_fail(RESNET_E_UNSUPPORTED,
                           "%s \"%s\": called twice, in two places of the network",
                           node->class_name, node->name);
        return rn_fail(RESNET_E_UNSUPPORTED, "two layers with weights are called \"%s\"",
                       node->name);
    }
    return RESNET_OK;
}

static resnet_status make_table(table *out, const rn_keras_graph *graph, bool by_path)
{
    out->entries = rn_calloc(graph->n_nodes, sizeof *out->entries);
    if (!out->entries) return RESNET_E_NOMEM;
    for (size_t row = 0; row < graph->n_nodes; row++) {
        const rn_keras_node *node = &graph->nodes[row];
        if (node->is_input || node->is_foreign || !node->path) continue;
        out->entries[out->count++] = (entry){by_path ? node->path : node->name, row};
    }
    qsort(out->entries, out->count, sizeof *out->entries, compare);
    return check_unique(out, graph);
}

static size_t look_up(const table *t, const char *text, size_t length)
{
    size_t low = 0, high = t->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const char *found = t->entries[middle].text;
        int order = strncmp(text, found, length);
        if (order == 0 && found[length] != '\0') order = -1;
        if (order == 0) return t->entries[middle].row;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return RN_KERAS_NO_OWNER;
}

/* "layers/dense_1/vars/0"; the root had another name in TensorFlow 2.12 and 2.13. */
static size_t find_by_path(const table *t, const rn_raw_tensor *tensor)
{
    const char *start = strchr(tensor->name, '/'), *end = strstr(tensor->name, VARS);
    if (!start || !end || end <= start) return RN_KERAS_NO_OWNER;
    return look_up(t, start + 1, (size_t)(end - start - 1));
}

/* By the layer that the file lists, else, for a model of one layer, by the group it is in. */
static size_t find_by_name(const table *t, const rn_raw_tensor *tensor)
{
    const char *slash = strrchr(tensor->key, '/');
    const size_t row =
        slash ? look_up(t, tensor->key, (size_t)(slash - tensor->key)) : RN_KERAS_NO_OWNER;
    if (row != RN_KERAS_NO_OWNER) return row;
    const char *end = strrchr(tensor->name, '/'), *start = end;
    if (!end) return RN_KERAS_NO_OWNER;
    while (start > tensor->name && start[-1] != '/') start--;
    return look_up(t, start, (size_t)(end - start));
}

resnet_status rn_keras_bind(size_t **out, const rn_raw_set *set, const rn_keras_graph *graph)
{
    resnet_status status = RESNET_E_NOMEM;
    table t = {NULL, 0};
    const bool by_path = keeps_paths(set);
    size_t *owners = rn_calloc(set->n_tensors + 1, sizeof *owners);
    if (!owners) goto done;
    RN_TRY(make_table(&t, graph, by_path));
    for (size_t i = 0; i < set->n_tensors; i++)
        owners[i] = (by_path ? find_by_path : find_by_name)(&t, &set->tensors[i]);
    *out = owners;
    owners = NULL;
done:
    rn_free(owners);
    rn_free(t.entries);
    return status;
}

const char *rn_keras_variable_of(const rn_keras_node *node, const rn_raw_tensor *tensor)
{
    const char *vars = strstr(tensor->name, VARS), *slash = strrchr(tensor->key, '/');
    if (!vars) return slash ? slash + 1 : "";
    const char *digits = vars + strlen(VARS);
    const size_t number = digits[0] >= '0' && digits[0] <= '9' && !digits[1] ? digits[0] - '0' : 99;
    const char *variable =
        rn_keras_stored_variable(rn_keras_find_stored(node->class_name), node->config, number);
    return variable ? variable : "";
}

const rn_raw_tensor *rn_keras_find_tensor(const rn_raw_set *set, const rn_keras_graph *graph,
                                          const size_t *owners, size_t row, const char *variable)
{
    for (size_t i = 0; i < set->n_tensors; i++)
        if (owners[i] == row &&
            strcmp(rn_keras_variable_of(&graph->nodes[row], &set->tensors[i]), variable) == 0)
            return &set->tensors[i];
    return NULL;
}
