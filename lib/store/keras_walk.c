/* SPDX-License-Identifier: MIT */
#include "store/keras_walk.h"

#include "core/mem.h"
#include "store/keras_bind.h"
#include "store/keras_layer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_REASON 256
#define MAX_PLACE 160

/* Where a node stands, from what goes into it. */
static void describe_place(const rn_keras_walk *walk, size_t node, char place[MAX_PLACE])
{
    const rn_keras_value *in = rn_keras_input_of(walk, node);
    const char *before = walk->graph->nodes[walk->graph->nodes[node].inputs[0]].name;
    if (in->kind == RN_KERAS_IMAGE)
        snprintf(place, MAX_PLACE, "before the first convolution");
    else if (in->kind == RN_KERAS_MAP && in->blocks == walk->arch->n_blocks)
        snprintf(place, MAX_PLACE, "behind the last block (%.64s)", before);
    else if (in->kind != RN_KERAS_VECTOR)
        snprintf(place, MAX_PLACE, "within the network, behind %.64s", before);
    else if (walk->has_answer && in->n_steps == walk->plan->n_steps)
        snprintf(place, MAX_PLACE, "behind the network's answer (%.64s)", before);
    else
        snprintf(place, MAX_PLACE, "in the head, behind %.64s", before);
}

resnet_status rn_keras_refuse(const rn_keras_walk *walk, size_t node, const char *reason, ...)
{
    char text[MAX_REASON], place[MAX_PLACE];
    va_list arguments;
    va_start(arguments, reason);
    vsnprintf(text, sizeof text, reason, arguments);
    va_end(arguments);
    describe_place(walk, node, place);
    return rn_fail(RESNET_E_UNSUPPORTED, "%.64s \"%.64s\", %s: %s",
                   walk->graph->nodes[node].class_name, walk->graph->nodes[node].name, place, text);
}

resnet_status rn_keras_read_values(const rn_keras_walk *walk, size_t node, const char *variable,
                                   size_t n, float *out)
{
    const rn_raw_tensor *tensor =
        rn_keras_find_tensor(walk->set, walk->graph, walk->owners, node, variable);
    const char *name = walk->graph->nodes[node].name;
    if (!tensor) return rn_fail(RESNET_E_FORMAT, "%s/%s: missing in the file", name, variable);
    if (rn_raw_count(tensor) != n)
        return rn_fail(RESNET_E_SHAPE, "%s: expected %zu values", tensor->name, n);
    return rn_raw_read(walk->set, tensor, out);
}

resnet_status rn_keras_take_padding(rn_keras_walk *walk, size_t node, rn_keras_value *out)
{
    const json_t *config = walk->graph->nodes[node].config;
    const json_t *padding = json_object_get(config, "padding");
    const size_t border = walk->arch->convs[0].kernel / 2; /* of the stem */
    size_t sides[4] = {0};
    for (size_t i = 0; i < 2; i++) {
        const json_t *one = json_is_array(padding) ? json_array_get(padding, i) : padding;
        const json_t *begin = json_is_array(one) ? json_array_get(one, 0) : one;
        const json_t *end = json_is_array(one) ? json_array_get(one, 1) : one;
        if (!json_is_integer(begin) || !json_is_integer(end) || json_integer_value(begin) < 0 ||
            json_integer_value(begin) > 16)
            return rn_keras_refuse(walk, node, "its padding makes no sense");
        sides[2 * i] = (size_t)json_integer_value(begin);
        sides[2 * i + 1] = (size_t)json_integer_value(end);
    }
    for (size_t i = 1; i < 4; i++)
        if (sides[i] != sides[0])
            return rn_keras_refuse(walk, node, "another padding on each side");
    if (sides[0] > 0 && rn_keras_is_channels_first(config) != walk->channels_first)
        return rn_keras_refuse(walk, node, "another data_format than the rest");
    out->padding += sides[0];
    if (out->kind == RN_KERAS_IMAGE && out->padding > 0 && out->padding != border)
        return rn_keras_refuse(walk, node, "pads the picture by %zu px, where ResNet-50 has %zu",
                               out->padding, border);
    if (out->h) out->h += 2 * sides[0];
    if (out->w) out->w += 2 * sides[0];
    return RESNET_OK;
}

static bool is_last_map(const rn_keras_walk *walk, const rn_keras_value *value)
{
    return value->kind == RN_KERAS_MAP && value->blocks == walk->arch->n_blocks;
}

static resnet_status take_input(rn_keras_walk *walk, size_t node, rn_keras_value *out)
{
    size_t hw[2];
    const rn_keras_node *input = &walk->graph->nodes[node];
    *out = (rn_keras_value){.kind = RN_KERAS_IMAGE, .n_planes = 3, .has_axis = true};
    for (uint8_t c = 0; c < 3; c++) out->planes[c] = (rn_keras_plane){c, 1, 0};
    if (!rn_keras_input_size(input->config, walk->channels_first, hw))
        return rn_fail(RESNET_E_UNSUPPORTED, "%s \"%s\": not an image of three colours",
                       input->class_name, input->name);
    out->h = hw[0];
    out->w = hw[1];
    return RESNET_OK;
}

static resnet_status take_node(rn_keras_walk *walk, size_t node)
{
    const rn_keras_node *layer = &walk->graph->nodes[node];
    rn_keras_value *out = &walk->values[node];
    if (layer->is_input) return take_input(walk, node, out);
    const rn_keras_value *in = rn_keras_input_of(walk, node);
    *out = *in;
    if (layer->n_inputs == 1 && rn_keras_is_harmless(layer) && in->kind != RN_KERAS_VECTOR)
        return RESNET_OK;
    if (in->kind == RN_KERAS_IMAGE) return rn_keras_on_image(walk, node, out);
    if (in->kind == RN_KERAS_VECTOR) return rn_keras_on_vector(walk, node, out);
    if (is_last_map(walk, in)) return rn_keras_take_pooling(walk, node, out);
    return rn_keras_on_backbone(walk, node, out);
}

/* A head that cannot be run is no reason to refuse the network to someone who wants another. */
static resnet_status set_head_aside(rn_keras_walk *walk, resnet_status status)
{
    if (status != RESNET_E_UNSUPPORTED || walk->n_layers < 2 * walk->arch->n_convs) return status;
    walk->plan->n_steps = 0;
    walk->set->info.head_refusal = rn_strdup(resnet_last_error());
    return walk->set->info.head_refusal ? RESNET_OK : RESNET_E_NOMEM;
}

static bool is_in_head(const rn_keras_walk *walk, size_t node)
{
    const rn_keras_node *layer = &walk->graph->nodes[node];
    for (size_t i = 0; i < layer->n_inputs; i++) {
        const rn_keras_value *in = &walk->values[layer->inputs[i]];
        if (in->kind != RN_KERAS_VECTOR && !is_last_map(walk, in)) return false;
    }
    return layer->n_inputs > 0;
}

static resnet_status check_end(rn_keras_walk *walk)
{
    const size_t last = walk->graph->n_nodes - 1;
    const rn_keras_value *end = &walk->values[last];
    if (is_last_map(walk, end)) return RESNET_OK;
    if (end->kind == RN_KERAS_VECTOR) return set_head_aside(walk, rn_keras_finish_head(walk));
    return rn_fail(RESNET_E_UNSUPPORTED,
                   "not a ResNet-50: the model ends at %s \"%s\", with %zu of %zu layers of it",
                   walk->graph->nodes[last].class_name, walk->graph->nodes[last].name,
                   walk->n_layers, 2 * walk->arch->n_convs);
}

/* The data's format is that of the first convolution. */
static bool find_channels_first(const rn_keras_graph *graph)
{
    static const char *const CONVS[] = {"Conv2D", "Convolution2D", NULL};
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (rn_keras_is_any(&graph->nodes[i], CONVS))
            return rn_keras_is_channels_first(graph->nodes[i].config);
    return false;
}

resnet_status rn_keras_walk_run(rn_keras_walk *walk)
{
    resnet_status status;
    walk->channels_first = find_channels_first(walk->graph);
    for (size_t node = 0; node < walk->graph->n_nodes; node++) {
        status = take_node(walk, node);
        if (status == RESNET_OK) continue;
        if (!is_in_head(walk, node)) return status;
        RN_TRY(set_head_aside(walk, status));
        return rn_keras_finish_recipe(walk);
    }
    RN_TRY(check_end(walk));
    status = rn_keras_finish_recipe(walk);
done:
    return status;
}
