/* What a model's JSON says is kept by the container's reader and understood when the tensors are
 * all known, since layers are told apart by them. SPDX-License-Identifier: MIT */
#include "store/keras_config.h"

#include "core/json_text.h"
#include "core/mem.h"
#include "store/keras_bind.h"
#include "store/keras_walk.h"
#include "store/names.h"

#include <stdio.h>
#include <string.h>

resnet_status rn_keras_config_read(rn_raw_set *set, const char *text, size_t length)
{
    const resnet_status status = rn_budget_spend(set->budget, length, "a model's config");
    if (status != RESNET_OK) return status;
    rn_free(set->model_config);
    set->model_config = rn_strndup(text, length);
    return set->model_config ? RESNET_OK : RESNET_E_NOMEM;
}

/* Which row of the arch a node is, its convolution or its batch norm. */
static bool find_row(const rn_keras_walk *walk, size_t node, size_t *out_row, bool *out_is_bn)
{
    for (size_t row = 0; row < walk->arch->n_convs; row++)
        if (node == walk->rows[row].conv || node == walk->rows[row].norm) {
            *out_row = row;
            *out_is_bn = node == walk->rows[row].norm;
            return node != 0;
        }
    return false;
}

static bool find_step(const rn_keras_walk *walk, size_t node, size_t *out_step)
{
    for (size_t i = 0; i < walk->plan->n_steps; i++)
        if (walk->step_nodes[i] == node && walk->plan->steps[i].kind != RN_STEP_ACTIVATION) {
            *out_step = i;
            return true;
        }
    return false;
}

/* The key by which the rest of the reader knows a layer's tensors, whatever the file calls them. */
static char *make_key(const rn_keras_walk *walk, size_t node, const rn_raw_tensor *tensor)
{
    char layer[RN_NAME_SIZE];
    size_t row, step;
    bool is_bn;
    const char *variable = rn_keras_variable_of(&walk->graph->nodes[node], tensor);
    if (find_row(walk, node, &row, &is_bn)) {
        rn_names_keras_layer(layer, &walk->arch->convs[row], is_bn);
        return rn_format("%s/%s", layer, variable);
    }
    if (find_step(walk, node, &step)) return rn_format("head.%zu/%s", step, variable);
    return NULL;
}

/* Tensors of layers that the walk met become those of its network; the rest is set aside, for
 * whoever looks at leftovers, so that no name of theirs is taken for a layer's. */
static resnet_status rename_tensors(rn_keras_walk *walk)
{
    for (size_t i = 0; i < walk->set->n_tensors; i++) {
        rn_raw_tensor *tensor = &walk->set->tensors[i];
        const size_t node = walk->owners[i];
        const bool owned = node != RN_KERAS_NO_OWNER;
        char *key = owned ? make_key(walk, node, tensor) : NULL;
        const bool is_known = key != NULL;
        if (!key) key = rn_format("?/%s", tensor->key);
        if (!key) return RESNET_E_NOMEM;
        rn_free(tensor->key);
        tensor->key = key;
        /* what the recipe was made of, and what belongs to a head that was set aside */
        if (owned && !is_known) tensor->used = true;
        if (walk->set->info.head_refusal && !is_known) tensor->used = true;
    }
    return RESNET_OK;
}

static resnet_status walk_graph(rn_raw_set *set, const rn_keras_graph *graph)
{
    resnet_status status;
    size_t *owners = NULL;
    rn_keras_walk walk = {.set = set, .arch = set->arch, .graph = graph};
    walk.values = rn_calloc(graph->n_nodes, sizeof *walk.values);
    walk.rows = rn_calloc(set->arch->n_convs, sizeof *walk.rows);
    set->plan = rn_calloc(1, sizeof *set->plan);
    walk.plan = set->plan;
    if (!walk.values || !walk.rows || !walk.plan) {
        status = RESNET_E_NOMEM;
        goto done;
    }
    RN_TRY(rn_keras_bind(&owners, set, graph));
    walk.owners = owners;
    RN_TRY(rn_keras_walk_run(&walk));
    status = rename_tensors(&walk);
done:
    rn_free(walk.values);
    rn_free(walk.rows);
    rn_free(owners);
    return status;
}

resnet_status rn_keras_config_apply(rn_raw_set *set)
{
    resnet_status status;
    rn_keras_graph graph = {NULL, 0, 0, 0};
    json_t *model = NULL;
    if (!set->model_config) return RESNET_OK;
    RN_TRY(rn_json_load(&model, set->model_config, strlen(set->model_config), set->budget,
                        "model config"));
    RN_TRY(rn_keras_graph_build(&graph, model));
    status = walk_graph(set, &graph);
done:
    rn_keras_graph_clear(&graph);
    json_decref(model);
    return status;
}
