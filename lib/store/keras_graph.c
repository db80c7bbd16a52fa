/* Models within models, and what is common to both kinds of them. SPDX-License-Identifier: MIT */
#include "store/keras_graph.h"

#include "core/mem.h"
#include "store/keras_level.h"
#include "store/keras_names.h"

#include <string.h>

#define MAX_DEPTH 16

static const char *get_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static bool is_one_of(const char *text, const char *const *words)
{
    for (; text && *words; words++)
        if (strcmp(text, *words) == 0) return true;
    return false;
}

/* Null is what Keras writes for a class of the user's; older files do not say. */
bool rn_keras_is_foreign(const json_t *object)
{
    static const char *const ROOTS[] = {"keras.", "tf_keras.", "tensorflow.", "tensorflow_core."};
    const json_t *module = json_object_get(object, "module");
    const char *text = json_string_value(module);
    if (!module) return false;
    if (!text) return true;
    for (size_t i = 0; i < sizeof ROOTS / sizeof ROOTS[0]; i++) {
        const size_t length = strlen(ROOTS[i]);
        if (strncmp(text, ROOTS[i], length) == 0) return false;
        if (strlen(text) == length - 1 && memcmp(text, ROOTS[i], length - 1) == 0) return false;
    }
    return strcmp(text, "builtins") != 0;
}

static const json_t *get_layers(const json_t *model)
{
    const json_t *config = json_object_get(model, "config");
    return json_is_array(config) ? config : json_object_get(config, "layers");
}

/* Sequential models of Keras 1 and 2.0 have the list itself for a config. */
bool rn_keras_is_model(const json_t *layer)
{
    static const char *const MODELS[] = {"Sequential", "Functional", "Model", "Pipeline", NULL};
    return json_is_array(get_layers(layer)) && !rn_keras_is_foreign(layer) &&
           is_one_of(get_text(layer, "class_name"), MODELS);
}

static bool is_functional(const json_t *model)
{
    return json_object_get(json_object_get(model, "config"), "output_layers") != NULL;
}

bool rn_keras_is_input_layer(const json_t *layer)
{
    const char *name = get_text(layer, "class_name");
    return name && strcmp(name, "InputLayer") == 0;
}

const char *rn_keras_name_of(const json_t *layer)
{
    const char *name = get_text(layer, "name");
    if (!name) name = get_text(json_object_get(layer, "config"), "name");
    return name ? name : "";
}

const char *rn_keras_class_of(const json_t *layer)
{
    const char *name = get_text(layer, "class_name");
    return name ? name : "layer";
}

static resnet_status make_room(rn_keras_graph *graph)
{
    if (graph->n_nodes < graph->capacity) return RESNET_OK;
    if (graph->n_nodes >= RN_KERAS_MAX_NODES)
        return rn_fail(RESNET_E_UNSUPPORTED, "model config: more than %d layers",
                       RN_KERAS_MAX_NODES);
    const size_t capacity = graph->capacity ? 2 * graph->capacity : 256;
    rn_keras_node *grown = rn_realloc(graph->nodes, capacity, sizeof *grown);
    if (!grown) return RESNET_E_NOMEM;
    graph->nodes = grown;
    graph->capacity = capacity;
    return RESNET_OK;
}

/* Takes `path` over. */
static resnet_status add_node(rn_keras_graph *graph, const json_t *layer, const json_t *call,
                              char *path, const size_t *inputs, size_t n_inputs)
{
    const resnet_status status = make_room(graph);
    if (status != RESNET_OK) {
        rn_free(path);
        return status;
    }
    rn_keras_node *node = &graph->nodes[graph->n_nodes++];
    *node = (rn_keras_node){.class_name = rn_keras_class_of(layer),
                            .name = rn_keras_name_of(layer),
                            .config = json_object_get(layer, "config"),
                            .call = call,
                            .path = path,
                            .is_input = n_inputs == 0,
                            .is_foreign = rn_keras_is_foreign(layer),
                            .n_inputs = n_inputs};
    for (size_t i = 0; i < n_inputs; i++) node->inputs[i] = inputs[i];
    return RESNET_OK;
}

static resnet_status add_model(rn_keras_graph *graph, const json_t *model, const char *path,
                               size_t input, size_t *out_output, int depth);

/* Layers of a class are counted in the model's order, the first without a number. */
static resnet_status name_paths(rn_keras_level *at)
{
    const size_t count = json_array_size(at->layers);
    size_t counts[RN_KERAS_N_STORED] = {0};
    for (size_t i = 0; i < count; i++) {
        const size_t kind = rn_keras_find_stored(rn_keras_class_of(json_array_get(at->layers, i)));
        if (kind == RN_KERAS_N_STORED) continue;
        const char *name = rn_keras_stored_name(kind);
        const size_t number = counts[kind]++;
        at->paths[i] = number ? rn_format("%s%s_%zu", at->path, name, number)
                              : rn_format("%s%s", at->path, name);
        if (!at->paths[i]) return RESNET_E_NOMEM;
    }
    return RESNET_OK;
}

resnet_status rn_keras_add_inner(rn_keras_level *at, size_t index, size_t input, size_t *out)
{
    char *path = rn_format("%s/layers/", at->paths[index] ? at->paths[index] : "");
    if (!path) return RESNET_E_NOMEM;
    const resnet_status status =
        add_model(at->graph, json_array_get(at->layers, index), path, input, out, at->depth + 1);
    rn_free(path);
    return status;
}

resnet_status rn_keras_add_layer(rn_keras_level *at, size_t index, const json_t *call,
                                 const size_t *inputs, size_t n_inputs, size_t *out)
{
    const json_t *layer = json_array_get(at->layers, index);
    char *path = at->paths[index] ? rn_strdup(at->paths[index]) : NULL;
    if (at->paths[index] && !path) return RESNET_E_NOMEM;
    const size_t node = at->graph->n_nodes;
    const resnet_status status = add_node(at->graph, layer, call, path, inputs, n_inputs);
    *out = node; /* which may be where the input was told */
    return status;
}

/* --- Sequential: each layer's input is the one before --- */

static resnet_status add_in_turn(rn_keras_level *at, size_t index)
{
    const json_t *layer = json_array_get(at->layers, index);
    resnet_status status = RESNET_OK;
    if (rn_keras_is_model(layer)) return rn_keras_add_inner(at, index, at->output, &at->output);
    if (at->output == RN_KERAS_NONE) { /* Keras 1 and 2 tell the shape in the first layer */
        at->output = at->graph->n_nodes;
        RN_TRY(add_node(at->graph, layer, NULL, NULL, NULL, 0));
    }
    if (rn_keras_is_input_layer(layer)) return RESNET_OK;
    status = rn_keras_add_layer(at, index, NULL, &at->output, 1, &at->output);
done:
    return status;
}

static resnet_status add_sequence(rn_keras_level *at)
{
    resnet_status status = RESNET_OK;
    at->output = at->input;
    for (size_t i = 0; status == RESNET_OK && i < json_array_size(at->layers); i++)
        status = add_in_turn(at, i);
    return status;
}

static void free_paths(rn_keras_level *at)
{
    for (size_t i = 0; at->paths && i < json_array_size(at->layers); i++) rn_free(at->paths[i]);
    rn_free(at->paths);
}

static resnet_status add_model(rn_keras_graph *graph, const json_t *model, const char *path,
                               size_t input, size_t *out_output, int depth)
{
    resnet_status status;
    rn_keras_level at = {.graph = graph,
                         .layers = get_layers(model),
                         .path = path,
                         .input = input,
                         .output = RN_KERAS_NONE,
                         .depth = depth};
    const size_t count = json_array_size(at.layers);
    graph->n_seen += count + 1;
    if (depth > MAX_DEPTH || graph->n_seen > 4 * RN_KERAS_MAX_NODES)
        return rn_fail(RESNET_E_UNSUPPORTED, "model config: too many models within models");
    at.paths = rn_calloc(count + 1, sizeof *at.paths);
    if (!at.paths) return RESNET_E_NOMEM;
    RN_TRY(name_paths(&at));
    status = is_functional(model) ? rn_keras_add_functional(&at, model) : add_sequence(&at);
    *out_output = at.output;
done:
    free_paths(&at);
    return status;
}

/* The output becomes the last node, though nodes for others may have been made after it. */
static resnet_status check_output(const rn_keras_graph *graph, size_t output)
{
    if (graph->n_nodes == 0 || output == RN_KERAS_NONE)
        return rn_fail(RESNET_E_FORMAT, "model config: no layers");
    return RESNET_OK;
}

resnet_status rn_keras_graph_build(rn_keras_graph *out, const json_t *model)
{
    resnet_status status;
    size_t output = RN_KERAS_NONE;
    memset(out, 0, sizeof *out);
    if (!rn_keras_is_model(model))
        return rn_fail(RESNET_E_UNSUPPORTED,
                       "%s \"%s\": a model whose code is not in the file; only Sequential and "
                       "functional models are",
                       rn_keras_class_of(model), rn_keras_name_of(model));
    RN_TRY(add_model(out, model, "", RN_KERAS_NONE, &output, 0));
    RN_TRY(check_output(out, output));
    return RESNET_OK;
done:
    rn_keras_graph_clear(out);
    return status;
}

void rn_keras_graph_clear(rn_keras_graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++) rn_free(graph->nodes[i].path);
    rn_free(graph->nodes);
    memset(graph, 0, sizeof *graph);
}
