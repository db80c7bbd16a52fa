/* Each call of a layer that the output needs becomes a node, found by going backwards from the
 * output with a stack of our own, so that neither depth nor order of a file's layers matters.
 * SPDX-License-Identifier: MIT */
#include "store/keras_graph.h"

#include "core/mem.h"
#include "store/keras_names.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 16
#define NONE SIZE_MAX

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
static bool is_model(const json_t *layer)
{
    static const char *const MODELS[] = {"Sequential", "Functional", "Model", "Pipeline", NULL};
    return json_is_array(get_layers(layer)) && !rn_keras_is_foreign(layer) &&
           is_one_of(get_text(layer, "class_name"), MODELS);
}

static bool is_functional(const json_t *model)
{
    return json_object_get(json_object_get(model, "config"), "output_layers") != NULL;
}

static bool is_input_layer(const json_t *layer)
{
    const char *name = get_text(layer, "class_name");
    return name && strcmp(name, "InputLayer") == 0;
}

static const char *name_of(const json_t *layer)
{
    const char *name = get_text(layer, "name");
    if (!name) name = get_text(json_object_get(layer, "config"), "name");
    return name ? name : "";
}

static const char *class_of(const json_t *layer)
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
    *node = (rn_keras_node){.class_name = class_of(layer),
                            .name = name_of(layer),
                            .config = json_object_get(layer, "config"),
                            .call = call,
                            .path = path,
                            .is_input = n_inputs == 0,
                            .is_foreign = rn_keras_is_foreign(layer),
                            .n_inputs = n_inputs};
    for (size_t i = 0; i < n_inputs; i++) node->inputs[i] = inputs[i];
    return RESNET_OK;
}

/* A model within the model, or the outermost one. */
typedef struct level {
    rn_keras_graph *graph;
    const json_t *layers;
    const char *path; /* of the container its layers are in: "functional/layers/", or "" */
    size_t input;     /* node that its input layer stands for; NONE makes it one */
    size_t output;    /* node */
    int depth;
    char **paths; /* of its layers that have weights or models in them */
} level;

static resnet_status add_model(rn_keras_graph *graph, const json_t *model, const char *path,
                               size_t input, size_t *out_output, int depth);

/* Layers of a class are counted in the model's order, the first without a number. */
static resnet_status name_paths(level *at)
{
    const size_t count = json_array_size(at->layers);
    size_t counts[RN_KERAS_N_STORED] = {0};
    for (size_t i = 0; i < count; i++) {
        const size_t kind = rn_keras_find_stored(class_of(json_array_get(at->layers, i)));
        if (kind == RN_KERAS_N_STORED) continue;
        const char *name = rn_keras_stored_name(kind);
        const size_t number = counts[kind]++;
        at->paths[i] = number ? rn_format("%s%s_%zu", at->path, name, number)
                              : rn_format("%s%s", at->path, name);
        if (!at->paths[i]) return RESNET_E_NOMEM;
    }
    return RESNET_OK;
}

static resnet_status add_inner(level *at, size_t index, size_t input, size_t *out)
{
    char *path = rn_format("%s/layers/", at->paths[index] ? at->paths[index] : "");
    if (!path) return RESNET_E_NOMEM;
    const resnet_status status =
        add_model(at->graph, json_array_get(at->layers, index), path, input, out, at->depth + 1);
    rn_free(path);
    return status;
}

static resnet_status add_layer(level *at, size_t index, const json_t *call, const size_t *inputs,
                               size_t n_inputs, size_t *out)
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

static resnet_status add_in_turn(level *at, size_t index)
{
    const json_t *layer = json_array_get(at->layers, index);
    resnet_status status = RESNET_OK;
    if (is_model(layer)) return add_inner(at, index, at->output, &at->output);
    if (at->output == NONE) { /* Keras 1 and 2 tell the shape in the first layer */
        at->output = at->graph->n_nodes;
        RN_TRY(add_node(at->graph, layer, NULL, NULL, NULL, 0));
    }
    if (is_input_layer(layer)) return RESNET_OK;
    status = add_layer(at, index, NULL, &at->output, 1, &at->output);
done:
    return status;
}

static resnet_status add_sequence(level *at)
{
    resnet_status status = RESNET_OK;
    at->output = at->input;
    for (size_t i = 0; status == RESNET_OK && i < json_array_size(at->layers); i++)
        status = add_in_turn(at, i);
    return status;
}

/* --- functional models --- */

typedef struct named {
    const char *name;
    size_t index;
} named;

typedef struct frame {
    size_t layer, call, slot; /* slot: of `places` */
    size_t n_refs, next;
    rn_keras_ref refs[RN_KERAS_MAX_INPUTS];
} frame;

typedef struct search {
    level *at;
    named *names;   /* sorted */
    size_t *firsts; /* [n_layers + 1]: a layer's first slot */
    size_t *places; /* [n_slots]: the node that a call became; UNSEEN, OPEN */
    frame *stack;
    size_t n_frames;
} search;

#define UNSEEN (SIZE_MAX - 1)
#define OPEN (SIZE_MAX - 2)

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const named *)a)->name, ((const named *)b)->name);
}

static size_t count_calls(const json_t *layer)
{
    const size_t count = json_array_size(json_object_get(layer, "inbound_nodes"));
    return count ? count : 1; /* an input layer */
}

static resnet_status prepare_search(search *s)
{
    const size_t n_layers = json_array_size(s->at->layers);
    s->names = rn_calloc(n_layers + 1, sizeof *s->names);
    s->firsts = rn_calloc(n_layers + 1, sizeof *s->firsts);
    if (!s->names || !s->firsts) return RESNET_E_NOMEM;
    for (size_t i = 0; i < n_layers; i++) {
        const json_t *layer = json_array_get(s->at->layers, i);
        s->names[i] = (named){name_of(layer), i};
        s->firsts[i + 1] = s->firsts[i] + count_calls(layer);
    }
    const size_t n_slots = s->firsts[n_layers];
    if (n_slots > RN_KERAS_MAX_NODES)
        return rn_fail(RESNET_E_UNSUPPORTED, "model config: more than %d calls of layers",
                       RN_KERAS_MAX_NODES);
    qsort(s->names, n_layers, sizeof *s->names, compare_names);
    s->places = rn_calloc(n_slots + 1, sizeof *s->places);
    s->stack = rn_calloc(n_slots + 1, sizeof *s->stack);
    if (!s->places || !s->stack) return RESNET_E_NOMEM;
    for (size_t i = 0; i < n_slots; i++) s->places[i] = UNSEEN;
    return RESNET_OK;
}

/* The slot of a reference. Keras 2 counts a nested model's calls from 1, its own being call 0. */
static resnet_status find_slot(const search *s, const rn_keras_ref *ref, size_t *layer,
                               size_t *call)
{
    const named key = {ref->name, 0};
    const size_t n_layers = json_array_size(s->at->layers);
    const named *found = bsearch(&key, s->names, n_layers, sizeof key, compare_names);
    if (!found)
        return rn_fail(RESNET_E_FORMAT, "model config: there is no layer \"%s\"", ref->name);
    const json_t *json = json_array_get(s->at->layers, found->index);
    const size_t count = count_calls(json);
    *layer = found->index;
    *call = ref->call >= count && is_model(json) ? ref->call - 1 : ref->call;
    if (*call >= count)
        return rn_fail(RESNET_E_FORMAT, "model config: \"%s\" has no call %zu", ref->name,
                       ref->call);
    if (ref->tensor > 0)
        return rn_fail(RESNET_E_UNSUPPORTED, "%s \"%s\": a layer of several outputs",
                       class_of(json), ref->name);
    return RESNET_OK;
}

static const json_t *get_call(const search *s, const frame *f)
{
    const json_t *layer = json_array_get(s->at->layers, f->layer);
    return json_array_get(json_object_get(layer, "inbound_nodes"), f->call);
}

static resnet_status check_call(const search *s, const frame *f)
{
    const json_t *layer = json_array_get(s->at->layers, f->layer);
    if (f->n_refs == SIZE_MAX)
        return rn_fail(RESNET_E_FORMAT, "model config: the inputs of \"%s\" make no sense",
                       name_of(layer));
    if (f->n_refs > RN_KERAS_MAX_INPUTS)
        return rn_fail(RESNET_E_UNSUPPORTED, "%s \"%s\": a layer of %zu inputs", class_of(layer),
                       name_of(layer), f->n_refs);
    if (json_is_true(rn_keras_call_keyword(get_call(s, f), "training")))
        return rn_fail(RESNET_E_UNSUPPORTED,
                       "%s \"%s\": called with training=True, so that its answer is another one "
                       "each time, or depends on the batch",
                       class_of(layer), name_of(layer));
    return RESNET_OK;
}

static resnet_status open_frame(search *s, const rn_keras_ref *ref)
{
    resnet_status status;
    frame f = {0};
    RN_TRY(find_slot(s, ref, &f.layer, &f.call));
    f.slot = s->firsts[f.layer] + f.call;
    if (s->places[f.slot] == OPEN)
        return rn_fail(RESNET_E_FORMAT, "model config: \"%s\" is its own input", ref->name);
    if (s->places[f.slot] != UNSEEN) return RESNET_OK;
    f.n_refs = rn_keras_call_list(get_call(s, &f), f.refs);
    RN_TRY(check_call(s, &f));
    s->places[f.slot] = OPEN;
    s->stack[s->n_frames++] = f;
done:
    return status;
}

static resnet_status close_input(search *s, const frame *f, size_t *out)
{
    const json_t *layer = json_array_get(s->at->layers, f->layer);
    if (!is_input_layer(layer))
        return rn_fail(RESNET_E_FORMAT, "model config: \"%s\" has no input", name_of(layer));
    if (s->at->input == NONE) return add_layer(s->at, f->layer, NULL, NULL, 0, out);
    *out = s->at->input;
    return RESNET_OK;
}

/* All its inputs are nodes by now. */
static resnet_status close_frame(search *s, const frame *f)
{
    const json_t *layer = json_array_get(s->at->layers, f->layer);
    size_t inputs[RN_KERAS_MAX_INPUTS], node = NONE;
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < f->n_refs; i++) {
        size_t ref_layer, ref_call;
        RN_TRY(find_slot(s, &f->refs[i], &ref_layer, &ref_call));
        inputs[i] = s->places[s->firsts[ref_layer] + ref_call];
    }
    if (f->n_refs == 0)
        status = close_input(s, f, &node);
    else if (!is_model(layer))
        status = add_layer(s->at, f->layer, get_call(s, f), inputs, f->n_refs, &node);
    else if (f->n_refs == 1)
        status = add_inner(s->at, f->layer, inputs[0], &node);
    else
        status = rn_fail(RESNET_E_UNSUPPORTED, "%s \"%s\": a model of %zu inputs", class_of(layer),
                         name_of(layer), f->n_refs);
    s->places[f->slot] = node;
done:
    return status;
}

static resnet_status run_search(search *s, const rn_keras_ref *output)
{
    resnet_status status;
    RN_TRY(open_frame(s, output));
    while (s->n_frames > 0) {
        frame *top = &s->stack[s->n_frames - 1];
        if (top->next < top->n_refs) {
            RN_TRY(open_frame(s, &top->refs[top->next++]));
        } else {
            RN_TRY(close_frame(s, top));
            s->n_frames--;
        }
    }
    size_t layer, call;
    RN_TRY(find_slot(s, output, &layer, &call));
    s->at->output = s->places[s->firsts[layer] + call];
done:
    return status;
}

/* ["name", 0, 0], or one such within lists and dictionaries; more than one is refused. */
static resnet_status find_endpoint(const json_t *model, const char *key, rn_keras_ref *out)
{
    rn_keras_ref refs[RN_KERAS_MAX_INPUTS];
    const json_t *list = json_object_get(json_object_get(model, "config"), key);
    const size_t count = rn_keras_call_list(list, refs);
    if (count == 0 || count == SIZE_MAX)
        return rn_fail(RESNET_E_FORMAT, "model config: %s of \"%s\" makes no sense", key,
                       name_of(model));
    if (count > 1)
        return rn_fail(
            RESNET_E_UNSUPPORTED, "%s \"%s\": %zu %s (%s, %s, ...), where one is supported",
            class_of(model), name_of(model), count,
            strcmp(key, "input_layers") == 0 ? "inputs" : "outputs", refs[0].name, refs[1].name);
    *out = refs[0];
    return RESNET_OK;
}

static resnet_status add_functional(level *at, const json_t *model)
{
    resnet_status status;
    search s = {.at = at};
    rn_keras_ref input, output;
    RN_TRY(find_endpoint(model, "input_layers", &input));
    RN_TRY(find_endpoint(model, "output_layers", &output));
    RN_TRY(prepare_search(&s));
    status = run_search(&s, &output);
done:
    rn_free(s.names);
    rn_free(s.firsts);
    rn_free(s.places);
    rn_free(s.stack);
    return status;
}

static void free_paths(level *at)
{
    for (size_t i = 0; at->paths && i < json_array_size(at->layers); i++) rn_free(at->paths[i]);
    rn_free(at->paths);
}

static resnet_status add_model(rn_keras_graph *graph, const json_t *model, const char *path,
                               size_t input, size_t *out_output, int depth)
{
    resnet_status status;
    level at = {.graph = graph,
                .layers = get_layers(model),
                .path = path,
                .input = input,
                .output = NONE,
                .depth = depth};
    const size_t count = json_array_size(at.layers);
    graph->n_seen += count + 1;
    if (depth > MAX_DEPTH || graph->n_seen > 4 * RN_KERAS_MAX_NODES)
        return rn_fail(RESNET_E_UNSUPPORTED, "model config: too many models within models");
    at.paths = rn_calloc(count + 1, sizeof *at.paths);
    if (!at.paths) return RESNET_E_NOMEM;
    RN_TRY(name_paths(&at));
    status = is_functional(model) ? add_functional(&at, model) : add_sequence(&at);
    *out_output = at.output;
done:
    free_paths(&at);
    return status;
}

/* The output becomes the last node, though nodes for others may have been made after it. */
static resnet_status check_output(const rn_keras_graph *graph, size_t output)
{
    if (graph->n_nodes == 0 || output == NONE)
        return rn_fail(RESNET_E_FORMAT, "model config: no layers");
    return RESNET_OK;
}

resnet_status rn_keras_graph_build(rn_keras_graph *out, const json_t *model)
{
    resnet_status status;
    size_t output = NONE;
    memset(out, 0, sizeof *out);
    if (!is_model(model))
        return rn_fail(RESNET_E_UNSUPPORTED,
                       "%s \"%s\": a model whose code is not in the file; only Sequential and "
                       "functional models are",
                       class_of(model), name_of(model));
    RN_TRY(add_model(out, model, "", NONE, &output, 0));
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
