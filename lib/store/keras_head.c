/* From the last feature map to the answer. Each layer becomes a step of the head's plan; what folds
 * into dense layers and what does not is head_described.c's business, but whether it can is decided
 * here, where layers have names. SPDX-License-Identifier: MIT */
#include "store/keras_arithmetic.h"
#include "store/keras_layer.h"
#include "store/keras_walk.h"

#include <math.h>
#include <resnet/model.h>
#include <string.h>

static bool is_plain(const rn_keras_function *f, int32_t kind)
{
    return f->is_known && !f->is_softmax && f->activation.kind == kind;
}

/* --- pooling --- */

static resnet_status pool(rn_keras_walk *walk, size_t node, bool is_max, bool keeps_dims,
                          rn_keras_value *out)
{
    const json_t *config = walk->graph->nodes[node].config;
    if (json_object_get(config, "data_format") &&
        rn_keras_is_channels_first(config) != walk->channels_first)
        return rn_keras_refuse(walk, node, "another data_format than the rest");
    walk->set->info.head_pooling = is_max ? RESNET_POOLING_MAX : RESNET_POOLING_AVERAGE;
    *out = (rn_keras_value){
        .kind = RN_KERAS_VECTOR, .width = walk->set->arch->n_features, .has_axis = keeps_dims};
    return RESNET_OK;
}

/* A window as large as the map leaves one position. */
static resnet_status pool_window(rn_keras_walk *walk, size_t node, bool is_max, rn_keras_value *out)
{
    const json_t *config = walk->graph->nodes[node].config;
    const rn_keras_value *in = rn_keras_input_of(walk, node);
    const char *padding = rn_keras_text(config, "padding");
    size_t window[2];
    if (!padding) padding = rn_keras_text(config, "border_mode"); /* Keras 1 */
    if (!rn_keras_pair(config, "pool_size", 2, window) || in->h == 0 || in->w == 0 ||
        window[0] != in->h || window[1] != in->w || (padding && strcmp(padding, "valid") != 0))
        return rn_keras_refuse(walk, node,
                               "a window of %zux%zu, which is not the whole map (%zux%zu)",
                               window[0], window[1], in->h, in->w);
    return pool(walk, node, is_max, true, out);
}

static resnet_status take_flatten(rn_keras_walk *walk, size_t node, rn_keras_value *out)
{
    const rn_keras_value *in = rn_keras_input_of(walk, node);
    if (in->h == 1 && in->w == 1) return pool(walk, node, false, false, out);
    return rn_keras_refuse(walk, node,
                           "all %zux%zu positions of the last map, where this library's heads take "
                           "its average or its maximum",
                           in->h, in->w);
}

resnet_status rn_keras_take_pooling(rn_keras_walk *walk, size_t node, rn_keras_value *out)
{
    const rn_keras_node *layer = &walk->graph->nodes[node];
    const bool keeps = json_is_true(json_object_get(layer->config, "keepdims"));
    rn_keras_function f;
    if (layer->n_inputs != 1)
        return rn_keras_refuse(walk, node, "a layer of %zu inputs", layer->n_inputs);
    if (rn_keras_is(layer, "GlobalAveragePooling2D")) return pool(walk, node, false, keeps, out);
    if (rn_keras_is(layer, "GlobalMaxPooling2D")) return pool(walk, node, true, keeps, out);
    if (rn_keras_is(layer, "AveragePooling2D")) return pool_window(walk, node, false, out);
    if (rn_keras_is(layer, "MaxPooling2D")) return pool_window(walk, node, true, out);
    if (rn_keras_is(layer, "Flatten")) return take_flatten(walk, node, out);
    if (rn_keras_read_function(layer, &f) &&
        (is_plain(&f, RESNET_ACTIVATION_LINEAR) || is_plain(&f, RESNET_ACTIVATION_RELU)))
        return RESNET_OK; /* the map has no negative values */
    return rn_keras_refuse(walk, node, "not a pooling this library has");
}

/* --- the head --- */

static resnet_status add_step(rn_keras_walk *walk, size_t node, const rn_head_step *step,
                              rn_keras_value *out)
{
    rn_head_plan *plan = walk->plan;
    if (walk->has_answer)
        return rn_keras_refuse(walk, node, "changes the answer in a way that no model here can");
    if (plan->n_steps == RN_HEAD_MAX_STEPS)
        return rn_keras_refuse(walk, node, "the head has more than %d steps", RN_HEAD_MAX_STEPS);
    walk->step_nodes[plan->n_steps] = node;
    plan->steps[plan->n_steps++] = *step;
    out->n_steps = plan->n_steps;
    return RESNET_OK;
}

/* The last dense layer or activation: LINEAR, ACTIVATION, or SCALE for neither. */
static enum rn_head_step_kind find_last(const rn_head_plan *plan)
{
    for (size_t i = plan->n_steps; i-- > 0;)
        if (plan->steps[i].kind == RN_STEP_LINEAR || plan->steps[i].kind == RN_STEP_ACTIVATION)
            return plan->steps[i].kind;
    return RN_STEP_SCALE;
}

static resnet_status take_softmax(rn_keras_walk *walk, size_t node)
{
    if (walk->has_answer || find_last(walk->plan) != RN_STEP_LINEAR)
        return rn_keras_refuse(walk, node,
                               "a softmax of something else than a dense layer's "
                               "output");
    if (rn_keras_input_of(walk, node)->width == 1)
        return rn_keras_refuse(walk, node, "a softmax over one output, which is always 1");
    walk->has_answer = true;
    walk->set->info.head_output = RN_HEAD_OUT_SOFTMAX;
    return RESNET_OK;
}

static resnet_status take_function(rn_keras_walk *walk, size_t node, const rn_keras_function *f,
                                   rn_keras_value *out)
{
    const rn_head_plan *plan = walk->plan;
    const enum rn_head_step_kind last = find_last(plan);
    const rn_head_step step = {.kind = RN_STEP_ACTIVATION, .activation = f->activation};
    const bool is_relu = is_plain(f, RESNET_ACTIVATION_RELU);
    if (!f->is_known) return rn_keras_refuse(walk, node, "%s is not computed here", f->text);
    if (f->is_softmax) return take_softmax(walk, node);
    if (f->activation.kind == RESNET_ACTIVATION_LINEAR) return RESNET_OK;
    if (is_relu && plan->n_steps == 0) return RESNET_OK; /* features are not negative */
    if (is_relu && last == RN_STEP_ACTIVATION &&
        is_plain(&(rn_keras_function){.activation = plan->steps[plan->n_steps - 1].activation,
                                      .is_known = true},
                 RESNET_ACTIVATION_RELU))
        return RESNET_OK; /* twice is once */
    if (last != RN_STEP_LINEAR)
        return rn_keras_refuse(walk, node, "%s of something else than a dense layer's output",
                               f->text);
    return add_step(walk, node, &step, out);
}

static resnet_status take_dense(rn_keras_walk *walk, size_t node, rn_keras_value *out)
{
    const json_t *config = walk->graph->nodes[node].config;
    const bool old = json_object_get(config, "output_dim") != NULL; /* Keras 1 */
    const json_t *quantized = json_object_get(config, "quantization_mode");
    const rn_head_step step = {.kind = RN_STEP_LINEAR};
    size_t units[2];
    if (!rn_keras_pair(config, old ? "output_dim" : "units", 0, units) || units[0] == 0)
        return rn_keras_refuse(walk, node, "its number of units makes no sense");
    if (quantized && !json_is_null(quantized)) return rn_keras_refuse(walk, node, "quantised");
    const resnet_status status = add_step(walk, node, &step, out);
    if (status != RESNET_OK) return status;
    out->width = units[0];
    walk->values[node].width = units[0];
    const rn_keras_function f = rn_keras_read_activation(json_object_get(config, "activation"));
    if (f.is_softmax && units[0] == 1)
        return rn_keras_refuse(walk, node, "a softmax over one output, which is always 1");
    if (f.is_softmax) {
        walk->has_answer = true;
        walk->set->info.head_output = RN_HEAD_OUT_SOFTMAX;
        return RESNET_OK;
    }
    return take_function(walk, node, &f, out);
}

static resnet_status take_batch_norm(rn_keras_walk *walk, size_t node, rn_keras_value *out)
{
    const json_t *config = walk->graph->nodes[node].config;
    const json_t *axis = json_object_get(config, "axis"),
                 *number = json_object_get(config, "epsilon");
    const rn_head_step step = {.kind = RN_STEP_NORM,
                               .epsilon = number ? json_number_value(number) : 1e-3,
                               .has_gamma = !json_is_false(json_object_get(config, "scale")),
                               .has_beta = !json_is_false(json_object_get(config, "center"))};
    if (axis && !rn_keras_is_axis(axis, -1, out->has_axis ? 3 : 1))
        return rn_keras_refuse(walk, node, "over another axis than the last");
    if (!(step.epsilon > 0 && step.epsilon < 1))
        return rn_keras_refuse(walk, node, "an epsilon of %g", step.epsilon);
    if (json_integer_value(json_object_get(config, "mode")) != 0) /* Keras 1 */
        return rn_keras_refuse(walk, node, "another mode than 0");
    return add_step(walk, node, &step, out);
}

static resnet_status take_scale(rn_keras_walk *walk, size_t node, double scale, double offset,
                                rn_keras_value *out)
{
    const rn_head_step step = {.kind = RN_STEP_SCALE, .scale = scale, .offset = offset};
    if (!isfinite(scale) || !isfinite(offset))
        return rn_keras_refuse(walk, node, "its constants are not finite");
    return add_step(walk, node, &step, out);
}

static resnet_status take_rescaling(rn_keras_walk *walk, size_t node, rn_keras_value *out)
{
    const json_t *config = walk->graph->nodes[node].config;
    const json_t *shift = json_object_get(config, "offset");
    double scale[3], offset[3] = {0};
    if (rn_keras_numbers(json_object_get(config, "scale"), scale, 3) != 1 ||
        (shift && rn_keras_numbers(shift, offset, 3) != 1))
        return rn_keras_refuse(walk, node, "its scale or offset is not one number");
    return take_scale(walk, node, scale[0], offset[0], out);
}

static resnet_status take_arithmetic(rn_keras_walk *walk, size_t node, char operation,
                                     rn_keras_value *out)
{
    double scale[3], offset[3];
    size_t n;
    if (!rn_keras_read_arithmetic(&walk->graph->nodes[node], operation, scale, offset, &n) ||
        n != 1)
        return rn_keras_refuse(walk, node, "only with one constant can it be folded");
    return take_scale(walk, node, scale[0], offset[0], out);
}

/* Sizes of one around the width, or -1 for what is left. */
static resnet_status take_reshape(rn_keras_walk *walk, size_t node, rn_keras_value *out)
{
    const json_t *shape = json_object_get(walk->graph->nodes[node].config, "target_shape");
    const size_t n = json_array_size(shape);
    if (!shape) shape = json_object_get(walk->graph->nodes[node].config, "dims");
    for (size_t i = 0; i < n; i++) {
        const json_int_t side = json_integer_value(json_array_get(shape, i));
        const bool is_last = i + 1 == n;
        if (is_last ? side != -1 && side != (json_int_t)out->width : side != 1)
            return rn_keras_refuse(walk, node, "to another shape than one vector of %zu",
                                   out->width);
    }
    if (n != 1 && n != 3) return rn_keras_refuse(walk, node, "to %zu dimensions", n);
    out->has_axis = n == 3;
    return RESNET_OK;
}

static resnet_status take_dropout(rn_keras_walk *walk, size_t node)
{
    const json_t *config = walk->graph->nodes[node].config;
    const json_t *rate = json_object_get(config, "rate");
    if (!rate) rate = json_object_get(config, "p"); /* Keras 1 */
    const double value = json_number_value(rate);
    if (value > 0 && value < 1 && !walk->has_answer) walk->set->info.head_dropout = (float)value;
    return RESNET_OK;
}

static resnet_status take_layer(rn_keras_walk *walk, size_t node, rn_keras_value *out)
{
    static const char *const NORMS[] = {"BatchNormalization", "SyncBatchNormalization", NULL};
    const rn_keras_node *layer = &walk->graph->nodes[node];
    const char operation = rn_keras_find_arithmetic(layer);
    rn_keras_function f;
    if (rn_keras_is(layer, "Dropout")) return take_dropout(walk, node);
    if (rn_keras_is_harmless(layer)) return RESNET_OK;
    if (rn_keras_is(layer, "Dense")) return take_dense(walk, node, out);
    if (rn_keras_is_any(layer, NORMS)) return take_batch_norm(walk, node, out);
    if (rn_keras_is(layer, "Rescaling")) return take_rescaling(walk, node, out);
    if (rn_keras_is(layer, "Reshape")) return take_reshape(walk, node, out);
    if (operation) return take_arithmetic(walk, node, operation, out);
    if (rn_keras_read_function(layer, &f)) return take_function(walk, node, &f, out);
    if (rn_keras_is(layer, "Flatten")) {
        out->has_axis = false;
        return RESNET_OK;
    }
    return rn_keras_refuse(walk, node, "not a layer that heads here can have");
}

resnet_status rn_keras_on_vector(rn_keras_walk *walk, size_t node, rn_keras_value *out)
{
    const rn_keras_node *layer = &walk->graph->nodes[node];
    if (layer->n_inputs != 1)
        return rn_keras_refuse(walk, node, "joins %zu branches, where a head here is one chain",
                               layer->n_inputs);
    if (rn_keras_input_of(walk, node)->n_steps != walk->plan->n_steps)
        return rn_keras_refuse(walk, node, "a second branch of the head");
    return take_layer(walk, node, out);
}

static resnet_status check_hidden(rn_keras_walk *walk)
{
    const rn_head_plan *plan = walk->plan;
    rn_arch_activation *behind = walk->set->info.head_activations;
    size_t n_linears = 0;
    memset(behind, 0, RN_ARCH_MAX_HIDDEN * sizeof *behind);
    for (size_t i = 0; i < plan->n_steps; i++) {
        const rn_head_step *step = &plan->steps[i];
        if (step->kind != RN_STEP_LINEAR && step->kind != RN_STEP_ACTIVATION) continue;
        if (n_linears > RN_ARCH_MAX_HIDDEN)
            return rn_keras_refuse(walk, walk->step_nodes[i],
                                   "a head of more than %d hidden layers", RN_ARCH_MAX_HIDDEN);
        if (step->kind == RN_STEP_ACTIVATION) {
            behind[n_linears - 1] = step->activation;
            continue;
        }
        if (n_linears > 0 && !behind[n_linears - 1].kind)
            behind[n_linears - 1].kind = RESNET_ACTIVATION_LINEAR;
        n_linears++;
    }
    return RESNET_OK;
}

/* The last activation is no hidden layer's: a sigmoid is an answer, others are not. */
static resnet_status finish_answer(rn_keras_walk *walk)
{
    rn_head_plan *plan = walk->plan;
    rn_weights_info *info = &walk->set->info;
    const size_t last = plan->n_steps - 1;
    if (find_last(plan) == RN_STEP_LINEAR) {
        if (!info->head_output) info->head_output = RN_HEAD_OUT_LOGITS;
        return RESNET_OK;
    }
    if (plan->steps[last].kind != RN_STEP_ACTIVATION)
        return rn_keras_refuse(walk, walk->step_nodes[last],
                               "at the end, with no dense layer to be folded into");
    if (plan->steps[last].activation.kind != RESNET_ACTIVATION_SIGMOID)
        return rn_keras_refuse(walk, walk->step_nodes[last],
                               "an activation at the end that is neither softmax nor sigmoid");
    if (walk->values[walk->graph->n_nodes - 1].width != 1)
        return rn_keras_refuse(walk, walk->step_nodes[last],
                               "%zu outputs under sigmoids, for several labels an image; only one "
                               "label an image is supported",
                               walk->values[walk->graph->n_nodes - 1].width);
    plan->n_steps--;
    info->head_output = RN_HEAD_OUT_SIGMOID;
    walk->set->has_sigmoid = true;
    return RESNET_OK;
}

resnet_status rn_keras_finish_head(rn_keras_walk *walk)
{
    resnet_status status;
    if (walk->plan->n_steps == 0) return RESNET_OK;
    RN_TRY(finish_answer(walk));
    status = check_hidden(walk);
done:
    return status;
}
