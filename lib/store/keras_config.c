/* Configurations of Keras 1 to 3: a tree of layers, each {"class_name", "config"}; models nest.
 * SPDX-License-Identifier: MIT */
#include "store/keras_h5.h"

#include "arch/arch.h"
#include "core/json_text.h"

#include <string.h>

#define MAX_DEPTH 16

typedef struct facts {
    rn_weights_info *info;
    const char *activation; /* of the last dense layer seen */
    const char *dense_name;
    bool has_pool_padding;
    bool has_unpadded_pool;
} facts;

static const char *get_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* An activation is a name, or in Keras 3 perhaps an object with one. */
static const char *get_activation(const json_t *config)
{
    const json_t *value = json_object_get(config, "activation");
    const char *name = json_is_string(value) ? json_string_value(value) : get_text(value, "config");
    return name ? name : "linear";
}

static resnet_status settle_hidden(facts *seen)
{
    if (!seen->activation) return RESNET_OK;
    if (strcmp(seen->activation, "relu") == 0)
        seen->info->head_activation = RN_HEAD_ACT_RELU;
    else if (strcmp(seen->activation, "tanh") == 0)
        seen->info->head_activation = RN_HEAD_ACT_TANH;
    else
        return rn_fail(RESNET_E_UNSUPPORTED,
                       "%s: a hidden layer's activation is %s, not relu or "
                       "tanh",
                       seen->dense_name, seen->activation);
    return RESNET_OK;
}

/* The dense layer before this one turns out to be hidden. */
static resnet_status see_dense(facts *seen, const json_t *config)
{
    const resnet_status status = settle_hidden(seen);
    seen->activation = get_activation(config);
    seen->dense_name = get_text(config, "name") ? get_text(config, "name") : "dense";
    return status;
}

static resnet_status see_activation(facts *seen, const json_t *config)
{
    if (seen->activation && strcmp(seen->activation, "linear") == 0)
        seen->activation = get_activation(config);
    return RESNET_OK;
}

static resnet_status see_batch_norm(facts *seen, const json_t *config)
{
    const double epsilon = json_number_value(json_object_get(config, "epsilon"));
    if (seen->info->bn_epsilon <= 0 && epsilon > 0 && epsilon < 1)
        seen->info->bn_epsilon = (float)epsilon;
    return RESNET_OK;
}

/* The first 1x1 of stage 2 strides in v1 only. */
static resnet_status see_conv(facts *seen, const json_t *config)
{
    const char *name = get_text(config, "name");
    const json_t *strides = json_object_get(config, "strides");
    if (!strides) strides = json_object_get(config, "subsample"); /* Keras 1 */
    const json_int_t stride = json_integer_value(json_array_get(strides, 0));
    if (!name || (strcmp(name, "conv3_block1_1_conv") != 0 && strcmp(name, "res3a_branch2a") != 0))
        return RESNET_OK;
    if (stride == 2) seen->info->variant = RN_VARIANT_V1;
    if (stride == 1) seen->info->variant = RN_VARIANT_V1_5;
    return RESNET_OK;
}

static resnet_status see_padding(facts *seen, const json_t *config)
{
    const char *name = get_text(config, "name");
    if (name && strcmp(name, "pool1_pad") == 0) seen->has_pool_padding = true;
    return RESNET_OK;
}

static resnet_status see_stem_pool(facts *seen, const json_t *config)
{
    const char *padding = get_text(config, "padding");
    if (!padding) padding = get_text(config, "border_mode"); /* Keras 1 */
    if (padding && strcmp(padding, "valid") == 0) seen->has_unpadded_pool = true;
    return RESNET_OK;
}

static resnet_status see_average(facts *seen, const json_t *config)
{
    (void)config;
    seen->info->head_pooling = RN_HEAD_POOL_AVERAGE;
    return RESNET_OK;
}

static resnet_status see_max(facts *seen, const json_t *config)
{
    (void)config;
    seen->info->head_pooling = RN_HEAD_POOL_MAX;
    return RESNET_OK;
}

static resnet_status see_dropout(facts *seen, const json_t *config)
{
    const json_t *rate = json_object_get(config, "rate");
    if (!rate) rate = json_object_get(config, "p"); /* Keras 1 */
    const double value = json_number_value(rate);
    if (value > 0 && value < 1) seen->info->head_dropout = (float)value;
    return RESNET_OK;
}

/* Images of another size than 224 make the recipe of that size. */
static resnet_status see_input(facts *seen, const json_t *config)
{
    rn_weights_info *info = seen->info;
    const json_t *shape = json_object_get(config, "batch_shape");
    if (!shape) shape = json_object_get(config, "batch_input_shape");
    const json_int_t height = json_integer_value(json_array_get(shape, 1));
    const json_int_t width = json_integer_value(json_array_get(shape, 2));
    if (info->has_recipe || height < RN_ARCH_MIN_SIZE || width < RN_ARCH_MIN_SIZE ||
        height > 65536 || width > 65536)
        return RESNET_OK;
    const resnet_status status = resnet_recipe_init(&info->recipe, sizeof info->recipe, "keras");
    if (status != RESNET_OK) return status;
    info->recipe.crop_height = (uint32_t)height;
    info->recipe.crop_width = (uint32_t)width;
    info->has_recipe = true;
    return RESNET_OK;
}

static resnet_status see_layer(facts *seen, const json_t *layer)
{
    static const struct {
        const char *class_name;
        resnet_status (*see)(facts *seen, const json_t *config);
    } CLASSES[] = {
        {"InputLayer", see_input},
        {"Conv2D", see_conv},
        {"Convolution2D", see_conv},
        {"BatchNormalization", see_batch_norm},
        {"ZeroPadding2D", see_padding},
        {"MaxPooling2D", see_stem_pool},
        {"AveragePooling2D", see_average},
        {"GlobalAveragePooling2D", see_average},
        {"GlobalMaxPooling2D", see_max},
        {"Dropout", see_dropout},
        {"Dense", see_dense},
        {"Activation", see_activation},
    };
    const char *class_name = get_text(layer, "class_name");
    for (size_t i = 0; class_name && i < sizeof CLASSES / sizeof CLASSES[0]; i++)
        if (strcmp(CLASSES[i].class_name, class_name) == 0)
            return CLASSES[i].see(seen, json_object_get(layer, "config"));
    return RESNET_OK;
}

/* Sequential models of Keras 1 and 2.0 have the list itself for a config. */
static const json_t *get_layers(const json_t *layer)
{
    const json_t *config = json_object_get(layer, "config");
    return json_is_array(config) ? config : json_object_get(config, "layers");
}

static resnet_status see_model(facts *seen, const json_t *model, int depth)
{
    const json_t *layers = get_layers(model);
    if (!json_is_array(layers)) return see_layer(seen, model);
    if (depth > MAX_DEPTH) return rn_fail(RESNET_E_UNSUPPORTED, "model config: nested too deep");
    for (size_t i = 0; i < json_array_size(layers); i++) {
        const resnet_status status = see_model(seen, json_array_get(layers, i), depth + 1);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}

resnet_status rn_keras_config_read(rn_raw_set *set, const char *text, size_t length)
{
    rn_weights_info *info = &set->info;
    facts seen = {.info = info};
    json_t *model = NULL;
    resnet_status status = rn_json_load(&model, text, length, set->budget, "model config");
    if (status != RESNET_OK) return status;
    status = see_model(&seen, model, 0);
    if (seen.has_pool_padding)
        info->stem_pool = RN_STEM_POOL_PADDED;
    else if (seen.has_unpadded_pool)
        info->stem_pool = RN_STEM_POOL_UNPADDED;
    set->has_sigmoid = seen.activation && strcmp(seen.activation, "sigmoid") == 0;
    json_decref(model);
    return status;
}
