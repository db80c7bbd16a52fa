/* SPDX-License-Identifier: MIT */
#include "store/keras_layer.h"

#include <string.h>

bool rn_keras_is(const rn_keras_node *node, const char *class_name)
{
    return !node->is_foreign && !node->is_input && strcmp(node->class_name, class_name) == 0;
}

bool rn_keras_is_any(const rn_keras_node *node, const char *const *names)
{
    for (; *names; names++)
        if (rn_keras_is(node, *names)) return true;
    return false;
}

const char *rn_keras_text(const json_t *config, const char *key)
{
    return json_string_value(json_object_get(config, key));
}

const char *rn_keras_tf_function(const rn_keras_node *node)
{
    static const char *const CLASSES[] = {"TFOpLambda", "SlicingOpLambda", NULL};
    return rn_keras_is_any(node, CLASSES) ? rn_keras_text(node->config, "function") : NULL;
}

static bool read_size(const json_t *value, size_t *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0) return false;
    *out = (size_t)json_integer_value(value);
    return true;
}

bool rn_keras_pair(const json_t *config, const char *key, size_t fallback, size_t out[2])
{
    const json_t *value = json_object_get(config, key);
    out[0] = out[1] = fallback;
    if (!value || json_is_null(value)) return true;
    if (!json_is_array(value)) return read_size(value, &out[0]) && read_size(value, &out[1]);
    return json_array_size(value) == 2 && read_size(json_array_get(value, 0), &out[0]) &&
           read_size(json_array_get(value, 1), &out[1]);
}

bool rn_keras_is_axis(const json_t *value, json_int_t wanted, json_int_t other)
{
    if (json_array_size(value) == 1) value = json_array_get(value, 0);
    if (!json_is_integer(value)) return false;
    return json_integer_value(value) == wanted || json_integer_value(value) == other;
}

bool rn_keras_is_channels_first(const json_t *config)
{
    const char *format = rn_keras_text(config, "data_format");
    const char *old = rn_keras_text(config, "dim_ordering");
    return (format && strcmp(format, "channels_first") == 0) || (old && strcmp(old, "th") == 0);
}

bool rn_keras_input_size(const json_t *config, bool channels_first, size_t out_hw[2])
{
    const json_t *shape = json_object_get(config, "batch_shape");
    if (!shape) shape = json_object_get(config, "batch_input_shape");
    const size_t first = channels_first ? 2 : 1;
    const json_t *channels = json_array_get(shape, channels_first ? 1 : 3);
    for (size_t i = 0; i < 2; i++)
        if (!read_size(json_array_get(shape, first + i), &out_hw[i])) out_hw[i] = 0;
    return !shape || (json_array_size(shape) == 4 && json_integer_value(channels) == 3);
}

bool rn_keras_is_harmless(const rn_keras_node *node)
{
    static const char *const HARMLESS[] = {
        "InputLayer", "Identity", "Dropout", "SpatialDropout2D", "GaussianDropout", "GaussianNoise",
        "AlphaDropout", "ActivityRegularization",
        /* augmentation, which rests outside of training */
        "AugMix", "CutMix", "MixUp", "RandAugment", "RandomBrightness", "RandomColorDegeneration",
        "RandomColorJitter", "RandomContrast", "RandomElasticTransform", "RandomErasing",
        "RandomFlip", "RandomGaussianBlur", "RandomGrayscale", "RandomHeight", "RandomHue",
        "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomRotation",
        "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation", "RandomWidth",
        "RandomZoom", NULL};
    return rn_keras_is_any(node, HARMLESS);
}
