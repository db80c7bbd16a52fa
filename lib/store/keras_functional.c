/* Each call of a layer that the output needs becomes a node, found by going backwards from the
 * output with a stack of our own, so that neither depth nor order of a file's layers matters.
 * SPDX-License-Identifier: MIT */
#include "core/mem.h"
#include "store/keras_level.h"

#include <stdlib.h>
#include <string.h>

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
    rn_keras_level *at;
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
        s->names[i] = (named){rn_keras_name_of(layer), i};
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
    *call = ref->call >= count && rn_keras_is_model(json) ? ref->call - 1 : ref->call;
    if (*call >= count)
        return rn_fail(RESNET_E_FORMAT, "model config: \"%s\" has no call %zu", ref->name,
                       ref->call);
    if (ref->tensor > 0)
        return rn_fail(RESNET_E_UNSUPPORTED, "%s \"%s\": a layer of several outputs",
                       rn_keras_class_of(json), ref->name);
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
        return rn_fail(RESNET_E_FORMAT,
                       "model config: the inputs of \"%s\" are too many or make no sense",
                       rn_keras_name_of(layer));
    if (f->n_refs > RN_KERAS_MAX_INPUTS)
        return rn_fail(RESNET_E_UNSUPPORTED, "%s \"%s\": a layer of %zu inputs",
                       rn_keras_class_of(layer), rn_keras_name_of(layer), f->n_refs);
    if (json_is_true(rn_keras_call_keyword(get_call(s, f), "training")))
        return rn_fail(RESNET_E_UNSUPPORTED,
                       "%s \"%s\": called with training=True, so that its answer is another one "
                       "each time, or depends on the batch",
                       rn_keras_class_of(layer), rn_keras_name_of(layer));
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
    if (!rn_keras_is_input_layer(layer))
        return rn_fail(RESNET_E_FORMAT, "model config: \"%s\" has no input",
                       rn_keras_name_of(layer));
    if (s->at->input == RN_KERAS_NONE)
        return rn_keras_add_layer(s->at, f->layer, NULL, NULL, 0, out);
    *out = s->at->input;
    return RESNET_OK;
}

/* All its inputs are nodes by now. */
static resnet_status close_frame(search *s, const frame *f)
{
    const json_t *layer = json_array_get(s->at->layers, f->layer);
    size_t inputs[RN_KERAS_MAX_INPUTS], node = RN_KERAS_NONE;
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < f->n_refs; i++) {
        size_t ref_layer, ref_call;
        RN_TRY(find_slot(s, &f->refs[i], &ref_layer, &ref_call));
        inputs[i] = s->places[s->firsts[ref_layer] + ref_call];
    }
    if (f->n_refs == 0)
        status = close_input(s, f, &node);
    else if (!rn_keras_is_model(layer))
        status = rn_keras_add_layer(s->at, f->layer, get_call(s, f), inputs, f->n_refs, &node);
    else if (f->n_refs == 1)
        status = rn_keras_add_inner(s->at, f->layer, inputs[0], &node);
    else
        status = rn_fail(RESNET_E_UNSUPPORTED, "%s \"%s\": a model of %zu inputs",
                         rn_keras_class_of(layer), rn_keras_name_of(layer), f->n_refs);
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
                       rn_keras_name_of(model));
    if (count > 1)
        return rn_fail(
            RESNET_E_UNSUPPORTED, "%s \"%s\": %zu %s (%s, %s, ...), where one is supported",
            rn_keras_class_of(model), rn_keras_name_of(model), count,
            strcmp(key, "input_layers") == 0 ? "inputs" : "outputs", refs[0].name, refs[1].name);
    *out = refs[0];
    return RESNET_OK;
}

resnet_status rn_keras_add_functional(rn_keras_level *at, const json_t *model)
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
