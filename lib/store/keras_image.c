/* What stands before the first convolution, as an affine map of the pixel's colours: layers that
 * scale and shift, and the operations that preprocess_input() leaves in a functional model.
 * SPDX-License-Identifier: MIT */
#include "store/keras_arithmetic.h"
#include "store/keras_layer.h"
#include "store/keras_walk.h"

#include <math.h>
#include <resnet/model.h>
#include <stdio.h>
#include <string.h>

#define LEAST_DEVIATION 1e-7 /* keras.backend.epsilon() */
#define SAME 1e-6            /* relative: two numbers that were meant to be one */

/* y = y * scale[c] + offset[c]; of one number each for all channels. */
static resnet_status apply(rn_keras_walk *walk, size_t node, const double *scale, size_t n_scale,
                           const double *offset, size_t n_offset, rn_keras_value *image)
{
    for (size_t i = 0; i < 2; i++) {
        const size_t n = i ? n_offset : n_scale;
        if (n == 1) continue;
        if (n != image->n_planes || !image->has_axis || walk->channels_first)
            return rn_keras_refuse(walk, node, "its constants are not one for each colour");
    }
    image->changed = node;
    for (size_t c = 0; c < image->n_planes; c++) {
        rn_keras_plane *plane = &image->planes[c];
        const double a = scale[n_scale > 1 ? c : 0], b = offset[n_offset > 1 ? c : 0];
        if (!isfinite(a) || !isfinite(b))
            return rn_keras_refuse(walk, node, "its constants are not finite");
        plane->scale *= a;
        plane->offset = plane->offset * a + b;
    }
    return RESNET_OK;
}

static resnet_status take_rescaling(rn_keras_walk *walk, size_t node, rn_keras_value *image)
{
    const json_t *config = walk->graph->nodes[node].config;
    double scale[3], offset[3] = {0};
    const json_t *shift = json_object_get(config, "offset");
    const size_t n_scale = rn_keras_numbers(json_object_get(config, "scale"), scale, 3);
    const size_t n_offset = shift ? rn_keras_numbers(shift, offset, 3) : 1;
    if (n_scale == 0 || n_offset == 0)
        return rn_keras_refuse(walk, node, "its scale or offset is no number");
    return apply(walk, node, scale, n_scale, offset, n_offset, image);
}

/* Of the config, where the caller gave them, else of the layer's weights, which adapt() made. */
static resnet_status read_statistic(rn_keras_walk *walk, size_t node, const char *name, size_t n,
                                    double out[3], size_t *out_n)
{
    float values[3];
    const json_t *given = json_object_get(walk->graph->nodes[node].config, name);
    if (given && !json_is_null(given)) {
        *out_n = rn_keras_numbers(given, out, 3);
        if (*out_n == 0)
            return rn_keras_refuse(walk, node, "its %s is not one number for each colour", name);
        return RESNET_OK;
    }
    const resnet_status status = rn_keras_read_values(walk, node, name, n, values);
    if (status != RESNET_OK) return status;
    for (size_t c = 0; c < n; c++) out[c] = (double)values[c];
    *out_n = n;
    return RESNET_OK;
}

static resnet_status take_normalization(rn_keras_walk *walk, size_t node, rn_keras_value *image)
{
    resnet_status status;
    const json_t *config = walk->graph->nodes[node].config, *axis = json_object_get(config, "axis");
    const bool whole = json_is_null(axis) || (json_is_array(axis) && json_array_size(axis) == 0);
    double mean[3], variance[3], scale[3], offset[3];
    size_t n_mean, n_variance;
    if (!whole && (walk->channels_first || !rn_keras_is_axis(axis, -1, 3)))
        return rn_keras_refuse(walk, node, "over another axis than the colours");
    RN_TRY(read_statistic(walk, node, "mean", whole ? 1 : 3, mean, &n_mean));
    RN_TRY(read_statistic(walk, node, "variance", whole ? 1 : 3, variance, &n_variance));
    const bool inverse = json_is_true(json_object_get(config, "invert"));
    const size_t n = n_mean > n_variance ? n_mean : n_variance;
    for (size_t c = 0; c < n; c++) {
        const double shift = mean[n_mean > 1 ? c : 0];
        const double deviation = fmax(sqrt(variance[n_variance > 1 ? c : 0]), LEAST_DEVIATION);
        offset[c] = inverse ? shift : -shift / deviation;
        scale[c] = inverse ? deviation : 1 / deviation;
    }
    status = apply(walk, node, scale, n, offset, n, image);
done:
    return status;
}

/* x[..., k], or x[..., ::-1]. */
static resnet_status take_slice(rn_keras_walk *walk, size_t node, const json_t *spec,
                                rn_keras_value *image)
{
    const json_t *first = json_array_get(spec, 0), *last = json_array_get(spec, 1);
    const char *ellipsis = rn_keras_text(first, "class_name");
    const json_t *step = json_object_get(last, "step");
    const json_t *start = json_object_get(last, "start"), *stop = json_object_get(last, "stop");
    if (!step && rn_keras_text(last, "class_name")) { /* Keras 3's slice */
        const json_t *config = json_object_get(last, "config");
        start = json_object_get(config, "start");
        stop = json_object_get(config, "stop");
        step = json_object_get(config, "step");
    }
    const bool all = !(start && !json_is_null(start)) && !(stop && !json_is_null(stop));
    if (json_array_size(spec) != 2 || !ellipsis || strcmp(ellipsis, "__ellipsis__") != 0 ||
        !image->has_axis || image->n_planes != 3 || walk->channels_first)
        return rn_keras_refuse(walk, node, "a cut of another kind than x[..., ::-1] or x[..., k]");
    image->changed = node;
    if (json_is_integer(last) && json_integer_value(last) >= -3 && json_integer_value(last) < 3) {
        image->planes[0] = image->planes[(json_integer_value(last) + 3) % 3];
        image->n_planes = 1;
        image->has_axis = false;
        return RESNET_OK;
    }
    if (!all || !json_is_integer(step) || json_integer_value(step) != -1)
        return rn_keras_refuse(walk, node, "a cut of another kind than x[..., ::-1] or x[..., k]");
    const rn_keras_plane kept = image->planes[0];
    image->planes[0] = image->planes[2];
    image->planes[2] = kept;
    return RESNET_OK;
}

/* Colours put side by side: stack() of slices, or concatenate() of one-colour images. */
static resnet_status take_join(rn_keras_walk *walk, size_t node, bool stacks, rn_keras_value *out)
{
    const rn_keras_node *layer = &walk->graph->nodes[node];
    const json_t *axis = json_object_get(layer->config, "axis");
    size_t n = 0;
    if (walk->channels_first || !(rn_keras_is_axis(axis, -1, 3)))
        return rn_keras_refuse(walk, node, "over another axis than the colours");
    for (size_t i = 0; i < layer->n_inputs; i++) {
        const rn_keras_value *in = &walk->values[layer->inputs[i]];
        if (in->kind != RN_KERAS_IMAGE || in->has_axis == stacks || n + in->n_planes > 3)
            return rn_keras_refuse(walk, node, "joins something else than three colours");
        for (size_t c = 0; c < in->n_planes; c++) out->planes[n++] = in->planes[c];
    }
    out->n_planes = n;
    out->changed = node;
    out->has_axis = true;
    return RESNET_OK;
}

static resnet_status take_arithmetic(rn_keras_walk *walk, size_t node, char operation,
                                     rn_keras_value *image)
{
    double scale[3], offset[3];
    size_t n;
    if (!rn_keras_read_arithmetic(&walk->graph->nodes[node], operation, scale, offset, &n))
        return rn_keras_refuse(walk, node,
                               "only with one constant, or one for each colour, can it "
                               "be a part of the recipe");
    return apply(walk, node, scale, n, offset, n, image);
}

/* Layers that change sizes are harmless where they do not. */
static resnet_status take_sized(rn_keras_walk *walk, size_t node, const rn_keras_value *image)
{
    const json_t *config = walk->graph->nodes[node].config;
    const json_int_t h = json_integer_value(json_object_get(config, "height"));
    const json_int_t w = json_integer_value(json_object_get(config, "width"));
    if (image->h > 0 && h == (json_int_t)image->h && w == (json_int_t)image->w) return RESNET_OK;
    return rn_keras_refuse(walk, node,
                           "to %lld x %lld px, which a recipe cannot do to the bit as Keras does; "
                           "give the model pictures of that size",
                           (long long)h, (long long)w);
}

static resnet_status take_function(rn_keras_walk *walk, size_t node, const rn_keras_function *f)
{
    if (f->is_known && !f->is_softmax && f->activation.kind == RESNET_ACTIVATION_LINEAR)
        return RESNET_OK;
    return rn_keras_refuse(walk, node, "%s on the picture itself", f->text);
}

/* To a floating type, from whatever the pixels came in. */
static bool is_cast(const rn_keras_node *layer)
{
    const char *function = rn_keras_tf_function(layer), *dtype = NULL;
    if (function && strcmp(function, "cast") == 0)
        dtype = json_string_value(rn_keras_call_keyword(layer->call, "dtype"));
    if (rn_keras_is(layer, "Cast")) dtype = rn_keras_text(layer->config, "dtype");
    return dtype && (strcmp(dtype, "float32") == 0 || strcmp(dtype, "float64") == 0);
}

static resnet_status take_operation(rn_keras_walk *walk, size_t node, rn_keras_value *out)
{
    const rn_keras_node *layer = &walk->graph->nodes[node];
    const char *function = rn_keras_tf_function(layer);
    const char operation = rn_keras_find_arithmetic(layer);
    rn_keras_function f;
    if (is_cast(layer)) return RESNET_OK;
    if (operation) return take_arithmetic(walk, node, operation, out);
    if (rn_keras_is(layer, "GetItem"))
        return take_slice(walk, node, rn_keras_call_argument(layer->call, 1), out);
    if (function && strcmp(function, "__operators__.getitem") == 0)
        return take_slice(walk, node, rn_keras_call_keyword(layer->call, "slice_spec"), out);
    if (rn_keras_is(layer, "Stack")) return take_join(walk, node, true, out);
    if (rn_keras_is(layer, "Concatenate")) return take_join(walk, node, false, out);
    if (rn_keras_read_function(layer, &f)) return take_function(walk, node, &f);
    if (rn_keras_is(layer, "Lambda"))
        return rn_keras_refuse(walk, node, "a function that the file holds as code, if at all");
    if (rn_keras_is(layer, "Conv2D") || rn_keras_is(layer, "Convolution2D"))
        return rn_keras_take_conv(walk, node, out);
    return rn_keras_refuse(walk, node, "not a part of ResNet-50, nor of a recipe");
}

resnet_status rn_keras_on_image(rn_keras_walk *walk, size_t node, rn_keras_value *out)
{
    static const char *const SIZED[] = {"Resizing", "CenterCrop", "RandomCrop", NULL};
    const rn_keras_node *layer = &walk->graph->nodes[node];
    const bool ends = rn_keras_is(layer, "Conv2D") || rn_keras_is(layer, "Convolution2D");
    const bool joins = rn_keras_is(layer, "Stack") || rn_keras_is(layer, "Concatenate");
    if (layer->n_inputs != 1 && !joins)
        return rn_keras_refuse(walk, node, "a layer of %zu inputs", layer->n_inputs);
    if (rn_keras_is(layer, "ZeroPadding2D")) return rn_keras_take_padding(walk, node, out);
    if (out->padding > 0 && !ends)
        return rn_keras_refuse(walk, node, "between the picture's padding and the convolution");
    if (rn_keras_is(layer, "Rescaling")) return take_rescaling(walk, node, out);
    if (rn_keras_is(layer, "Normalization")) return take_normalization(walk, node, out);
    if (rn_keras_is_any(layer, SIZED)) return take_sized(walk, node, out);
    return take_operation(walk, node, out);
}

/* Steps whose numbers are those of a named recipe get them exactly. */
static void name_recipe(resnet_recipe *recipe, const resnet_recipe *named)
{
    for (size_t c = 0; c < 3; c++) {
        const double scale = 1 / ((double)named->divisor * (double)named->std[c]);
        const double offset = -(double)named->mean[c] / (double)named->std[c];
        const double our_scale = 1 / (double)recipe->std[c];
        const double our_offset = -(double)recipe->mean[c] / (double)recipe->std[c];
        if (fabs(scale - our_scale) > SAME * scale ||
            fabs(offset - our_offset) > SAME * (1 + fabs(offset)))
            return;
    }
    if (named->channel_order != recipe->channel_order) return;
    recipe->divisor = named->divisor;
    memcpy(recipe->mean, named->mean, sizeof recipe->mean);
    memcpy(recipe->std, named->std, sizeof recipe->std);
}

/* y = scale v + offset as (v / 1 - mean) / std. */
static resnet_status set_colours(resnet_recipe *recipe, const rn_keras_plane planes[3])
{
    static const char *const NAMES[] = {"keras", "unit", "signed", "torchvision-v1"};
    resnet_recipe named;
    recipe->channel_order = planes[0].source == 0 ? RESNET_CHANNELS_RGB : RESNET_CHANNELS_BGR;
    recipe->divisor = 1;
    for (size_t c = 0; c < 3; c++) {
        recipe->mean[c] = (float)(-planes[c].offset / planes[c].scale);
        recipe->std[c] = (float)(1 / planes[c].scale);
    }
    snprintf(recipe->name, sizeof recipe->name, "of the Keras model");
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        const resnet_status status = resnet_recipe_init(&named, sizeof named, NAMES[i]);
        if (status != RESNET_OK) return status;
        name_recipe(recipe, &named);
    }
    return RESNET_OK;
}

static bool is_untouched(const rn_keras_plane planes[3])
{
    for (size_t c = 0; c < 3; c++)
        if (planes[c].source != c || planes[c].scale != 1 || planes[c].offset != 0) return false;
    return true;
}

static bool is_size(size_t side)
{
    return side >= RN_ARCH_MIN_SIZE && side <= 65536;
}

resnet_status rn_keras_finish_recipe(rn_keras_walk *walk)
{
    resnet_status status = RESNET_OK;
    rn_weights_info *info = &walk->set->info;
    const rn_keras_value *input = &walk->values[0];
    const bool untouched = is_untouched(walk->colours),
               sized = is_size(input->h) && is_size(input->w);
    if (info->has_recipe || (untouched && !sized)) return RESNET_OK;
    RN_TRY(resnet_recipe_init(&info->recipe, sizeof info->recipe, "keras"));
    if (!untouched) RN_TRY(set_colours(&info->recipe, walk->colours));
    if (sized) {
        info->recipe.crop_height = (uint32_t)input->h;
        info->recipe.crop_width = (uint32_t)input->w;
    }
    info->has_recipe = true;
done:
    return status;
}
