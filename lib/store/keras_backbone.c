/* Between the picture and the last block every layer must be the one that arch.h has there, in each
 * of its settings. SPDX-License-Identifier: MIT */
#include "store/keras_layer.h"
#include "store/keras_walk.h"

#include <math.h>
#include <resnet/model.h>
#include <string.h>

typedef struct conv_config {
    size_t filters, kernel[2], strides[2], dilation[2], groups;
    bool is_same, is_valid;
} conv_config;

/* Keras 1 says some of it otherwise. */
static bool read_conv(const json_t *config, conv_config *out)
{
    size_t filters[2], groups[2];
    const char *padding = rn_keras_text(config, "padding");
    const char *stride_key = json_object_get(config, "subsample") ? "subsample" : "strides";
    if (!padding) padding = rn_keras_text(config, "border_mode");
    const bool old = json_object_get(config, "nb_filter") != NULL;
    const bool ok = rn_keras_pair(config, old ? "nb_filter" : "filters", 0, filters) &&
                    rn_keras_pair(config, stride_key, 1, out->strides) &&
                    rn_keras_pair(config, "dilation_rate", 1, out->dilation) &&
                    rn_keras_pair(config, "groups", 1, groups) &&
                    rn_keras_pair(config, old ? "nb_row" : "kernel_size", 0, out->kernel);
    if (old) out->kernel[1] = (size_t)json_integer_value(json_object_get(config, "nb_col"));
    out->filters = filters[0];
    out->groups = groups[0];
    out->is_same = padding && strcmp(padding, "same") == 0;
    out->is_valid = !padding || strcmp(padding, "valid") == 0;
    return ok;
}

/* The row that a convolution of so many filters must be, or n_convs. */
static size_t find_row(const rn_arch *arch, const rn_keras_value *in, size_t filters)
{
    if (in->kind == RN_KERAS_IMAGE) return 0;
    if (in->kind == RN_KERAS_MAP && in->blocks < arch->n_blocks) {
        const rn_arch_block *block = &arch->blocks[in->blocks];
        const bool wide = filters == arch->convs[block->last].out_channels;
        return wide && block->has_shortcut ? block->shortcut : block->first;
    }
    const enum rn_arch_role role = arch->convs[in->row].role;
    const bool goes_on = role == RN_ROLE_FIRST || role == RN_ROLE_INNER;
    return in->kind == RN_KERAS_RELU && goes_on ? in->row + 1 : arch->n_convs;
}

/* Zeros on each side of what the convolution gets; SIZE_MAX where sides differ, as "same" does when
 * a stride of two meets an even size. */
static size_t find_padding(const rn_keras_value *in, const conv_config *c)
{
    if (c->is_valid || c->kernel[0] == 1) return in->padding;
    return c->is_same && c->strides[0] == 1 && in->padding == 0 ? c->kernel[0] / 2 : SIZE_MAX;
}

static resnet_status check_shape(const rn_keras_walk *walk, size_t node, const rn_arch_conv *conv,
                                 const conv_config *c)
{
    const rn_keras_value *in = rn_keras_input_of(walk, node);
    const json_t *config = walk->graph->nodes[node].config;
    if (c->filters != conv->out_channels)
        return rn_keras_refuse(walk, node, "%zu filters, where ResNet-50 has %zu", c->filters,
                               conv->out_channels);
    if (c->kernel[0] != conv->kernel || c->kernel[1] != conv->kernel)
        return rn_keras_refuse(walk, node, "a kernel of %zux%zu, where ResNet-50 has %dx%d",
                               c->kernel[0], c->kernel[1], conv->kernel, conv->kernel);
    if (c->dilation[0] != 1 || c->dilation[1] != 1) return rn_keras_refuse(walk, node, "dilated");
    if (c->groups != 1) return rn_keras_refuse(walk, node, "in %zu groups", c->groups);
    if (find_padding(in, c) != conv->kernel / 2u)
        return rn_keras_refuse(walk, node, "another padding than %d on each side",
                               conv->kernel / 2);
    if (rn_keras_is_channels_first(config) != walk->channels_first)
        return rn_keras_refuse(walk, node, "another data_format than the rest");
    return RESNET_OK;
}

static resnet_status check_stride(rn_keras_walk *walk, size_t node, const rn_arch_conv *conv,
                                  const conv_config *c)
{
    rn_weights_info *info = &walk->set->info;
    const size_t stride = c->strides[0];
    const bool v1 = stride == conv->stride_v1, v1_5 = stride == conv->stride_v1_5;
    if (c->strides[1] != stride || (!v1 && !v1_5))
        return rn_keras_refuse(walk, node, "strides of %zux%zu", c->strides[0], c->strides[1]);
    if (v1 && v1_5) return RESNET_OK;
    const int32_t variant = v1 ? RESNET_VARIANT_V1 : RESNET_VARIANT_V1_5;
    if (info->variant && info->variant != variant)
        return rn_keras_refuse(walk, node, "strides of %zu, where other blocks of the model differ",
                               stride);
    info->variant = variant;
    return RESNET_OK;
}

static resnet_status check_plain(const rn_keras_walk *walk, size_t node)
{
    const json_t *config = walk->graph->nodes[node].config;
    const rn_keras_function f = rn_keras_read_activation(json_object_get(config, "activation"));
    const json_t *quantized = json_object_get(config, "quantization_mode");
    if (!f.is_known || f.is_softmax || f.activation.kind != RESNET_ACTIVATION_LINEAR)
        return rn_keras_refuse(walk, node, "%s before the batch norm", f.text);
    if (quantized && !json_is_null(quantized)) return rn_keras_refuse(walk, node, "quantised");
    return RESNET_OK;
}

/* ceil((side - kernel + 1) / stride) with its padding; an open side stays open. */
static size_t shrink(size_t side, size_t kernel, size_t stride)
{
    return side < kernel ? 0 : (side - kernel) / stride + 1;
}

static resnet_status check_colours(rn_keras_walk *walk, size_t node)
{
    const rn_keras_value *in = rn_keras_input_of(walk, node);
    const uint8_t first = in->planes[0].source, last = in->planes[2].source;
    if (in->n_planes != 3 || !in->has_axis)
        return rn_keras_refuse(walk, in->changed, "leaves the network %zu colours", in->n_planes);
    if (in->planes[1].source != 1 || first == 1 || last == 1 || first == last)
        return rn_keras_refuse(walk, in->changed,
                               "leaves the colours in another order than RGB or BGR");
    for (size_t c = 0; c < 3; c++) {
        if (!(in->planes[c].scale > 0) || !isfinite(in->planes[c].scale) ||
            !isfinite(in->planes[c].offset))
            return rn_keras_refuse(walk, in->changed,
                                   "leaves colours scaled by a number that is not above 0");
        walk->colours[c] = in->planes[c];
    }
    return RESNET_OK;
}

resnet_status rn_keras_take_conv(rn_keras_walk *walk, size_t node, rn_keras_value *out)
{
    resnet_status status;
    conv_config c;
    const rn_keras_value *in = rn_keras_input_of(walk, node);
    if (!read_conv(walk->graph->nodes[node].config, &c))
        return rn_keras_refuse(walk, node, "its settings make no sense");
    const size_t row = find_row(walk->arch, in, c.filters);
    if (row == walk->arch->n_convs)
        return rn_keras_refuse(walk, node, "ResNet-50 has no convolution there");
    const rn_arch_conv *conv = &walk->arch->convs[row];
    if (walk->rows[row].conv)
        return rn_keras_refuse(walk, node, "ResNet-50 has one such convolution there, and it is %s",
                               walk->graph->nodes[walk->rows[row].conv].name);
    if (row == 0) RN_TRY(check_colours(walk, node));
    RN_TRY(check_shape(walk, node, conv, &c));
    RN_TRY(check_stride(walk, node, conv, &c));
    RN_TRY(check_plain(walk, node));
    const size_t around = 2 * (conv->kernel / 2u - in->padding);
    *out = (rn_keras_value){.kind = RN_KERAS_CONV, .row = row, .blocks = in->blocks};
    out->h = in->h ? shrink(in->h + around, conv->kernel, c.strides[0]) : 0;
    out->w = in->w ? shrink(in->w + around, conv->kernel, c.strides[0]) : 0;
    walk->rows[row].conv = node;
    walk->n_layers++;
done:
    return status;
}

static resnet_status take_batch_norm(rn_keras_walk *walk, size_t node, rn_keras_value *out)
{
    const rn_keras_value *in = rn_keras_input_of(walk, node);
    const json_t *config = walk->graph->nodes[node].config;
    const json_t *number = json_object_get(config, "epsilon");
    const float epsilon = number ? (float)json_number_value(number) : 1e-3f;
    const json_t *axis = json_object_get(config, "axis");
    rn_weights_info *info = &walk->set->info;
    if (in->kind != RN_KERAS_CONV)
        return rn_keras_refuse(walk, node, "ResNet-50 has no batch norm there");
    if (axis &&
        !rn_keras_is_axis(axis, walk->channels_first ? 1 : -1, walk->channels_first ? 1 : 3))
        return rn_keras_refuse(walk, node, "over another axis than the channels");
    if (json_is_false(json_object_get(config, "scale")) ||
        json_is_false(json_object_get(config, "center")))
        return rn_keras_refuse(walk, node, "without gamma or beta");
    if (json_integer_value(json_object_get(config, "mode")) != 0) /* Keras 1 */
        return rn_keras_refuse(walk, node, "another mode than 0");
    if (!(epsilon > 0 && epsilon < 1) || (info->bn_epsilon > 0 && info->bn_epsilon != epsilon))
        return rn_keras_refuse(walk, node, "an epsilon of %g, where the first has %g",
                               (double)epsilon, (double)info->bn_epsilon);
    info->bn_epsilon = epsilon;
    out->kind = RN_KERAS_NORM;
    walk->rows[in->row].norm = node;
    walk->n_layers++;
    return RESNET_OK;
}

static resnet_status take_relu(rn_keras_walk *walk, size_t node, const rn_keras_function *f,
                               rn_keras_value *out)
{
    const rn_keras_value *in = rn_keras_input_of(walk, node);
    const bool is_summed = rn_arch_meets_sum(&walk->arch->convs[in->row]);
    if (f->is_known && !f->is_softmax && f->activation.kind == RESNET_ACTIVATION_LINEAR)
        return RESNET_OK;
    if (!f->is_known || f->is_softmax || f->activation.kind != RESNET_ACTIVATION_RELU)
        return rn_keras_refuse(walk, node, "%s, where ResNet-50 has ReLU", f->text);
    if (in->kind == RN_KERAS_RELU || in->kind == RN_KERAS_MAP) return RESNET_OK; /* no more to do */
    if (in->kind == RN_KERAS_SUM)
        out->kind = RN_KERAS_MAP;
    else if (in->kind == RN_KERAS_NORM && !is_summed)
        out->kind = RN_KERAS_RELU;
    else
        return rn_keras_refuse(walk, node, "ResNet-50 has no ReLU there");
    return RESNET_OK;
}

/* One side must be the block's last convolution, the other its shortcut. */
static bool is_sum(const rn_arch *arch, const rn_keras_value *a, const rn_keras_value *b)
{
    if (a->kind != RN_KERAS_NORM || arch->convs[a->row].role != RN_ROLE_LAST) return false;
    if (a->blocks != b->blocks || a->padding || b->padding) return false;
    const rn_arch_block *block = &arch->blocks[a->blocks];
    if (!block->has_shortcut) return b->kind == RN_KERAS_MAP;
    return b->kind == RN_KERAS_NORM && b->row == block->shortcut;
}

static bool is_addition(const rn_keras_node *layer)
{
    const char *function = rn_keras_tf_function(layer),
               *mode = rn_keras_text(layer->config, "mode");
    if (function)
        return strcmp(function, "__operators__.add") == 0 || strcmp(function, "math.add") == 0;
    if (rn_keras_is(layer, "Merge")) return mode && strcmp(mode, "sum") == 0; /* Keras 1 */
    return rn_keras_is(layer, "Add");
}

static resnet_status take_sum(rn_keras_walk *walk, size_t node, rn_keras_value *out)
{
    const rn_keras_node *layer = &walk->graph->nodes[node];
    const rn_keras_value *a = &walk->values[layer->inputs[0]];
    const rn_keras_value *b = &walk->values[layer->inputs[1]];
    if (layer->n_inputs != 2 || !(is_sum(walk->arch, a, b) || is_sum(walk->arch, b, a)))
        return rn_keras_refuse(walk, node, "adds something else than a block and its shortcut");
    out->kind = RN_KERAS_SUM;
    out->blocks = a->blocks + 1;
    return RESNET_OK;
}

static resnet_status take_stem_pool(rn_keras_walk *walk, size_t node, rn_keras_value *out)
{
    const rn_keras_value *in = rn_keras_input_of(walk, node);
    const json_t *config = walk->graph->nodes[node].config;
    const char *padding = rn_keras_text(config, "padding");
    size_t pool[2], strides[2];
    if (!padding) padding = rn_keras_text(config, "border_mode"); /* Keras 1 */
    if (in->kind != RN_KERAS_RELU || in->row != 0)
        return rn_keras_refuse(walk, node, "ResNet-50 has no pool there");
    if (!rn_keras_pair(config, "pool_size", 2, pool) ||
        !rn_keras_pair(config, "strides", pool[0], strides) || pool[0] != 3 || pool[1] != 3 ||
        strides[0] != 2 || strides[1] != 2 || in->padding > 1)
        return rn_keras_refuse(walk, node, "another pool than 3x3 by strides of 2");
    if (padding && strcmp(padding, "valid") != 0)
        return rn_keras_refuse(walk, node, "its padding is \"%s\", whose sides may differ",
                               padding);
    walk->set->info.stem_pool = in->padding ? RESNET_STEM_POOL_PADDED : RESNET_STEM_POOL_UNPADDED;
    *out = (rn_keras_value){.kind = RN_KERAS_MAP};
    out->h = in->h ? shrink(in->h, 3, 2) : 0;
    out->w = in->w ? shrink(in->w, 3, 2) : 0;
    return RESNET_OK;
}

static bool is_conv(const rn_keras_node *layer)
{
    return rn_keras_is(layer, "Conv2D") || rn_keras_is(layer, "Convolution2D");
}

resnet_status rn_keras_on_backbone(rn_keras_walk *walk, size_t node, rn_keras_value *out)
{
    static const char *const NORMS[] = {"BatchNormalization", "SyncBatchNormalization", NULL};
    const rn_keras_node *layer = &walk->graph->nodes[node];
    const rn_keras_value *in = rn_keras_input_of(walk, node);
    rn_keras_function f;
    if (is_addition(layer) && layer->n_inputs > 1) return take_sum(walk, node, out);
    if (layer->n_inputs != 1)
        return rn_keras_refuse(walk, node, "ResNet-50 has no layer of %zu inputs there",
                               layer->n_inputs);
    if (is_conv(layer)) return rn_keras_take_conv(walk, node, out);
    if (rn_keras_is(layer, "ZeroPadding2D")) return rn_keras_take_padding(walk, node, out);
    if (rn_keras_is(layer, "MaxPooling2D")) return take_stem_pool(walk, node, out);
    if (in->padding > 0) return rn_keras_refuse(walk, node, "between padding and convolution");
    if (rn_keras_is_any(layer, NORMS)) return take_batch_norm(walk, node, out);
    if (rn_keras_read_function(layer, &f)) return take_relu(walk, node, &f, out);
    return rn_keras_refuse(walk, node, "not a part of ResNet-50");
}
