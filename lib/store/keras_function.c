/* Functions of one value, as the "activation" of a layer and as layers of their own.
 * keras/src/activations, keras/src/layers/activations, keras/src/ops/nn.py.
 * SPDX-License-Identifier: MIT */
#include "store/keras_layer.h"

#include <resnet/model.h>
#include <string.h>

static rn_keras_function make(int32_t kind, double slope, const char *text)
{
    const bool in_range = slope > 0 && slope <= (double)RN_ARCH_MAX_SLOPE;
    rn_keras_function f = {.activation = {kind, 0}, .is_known = true, .text = text};
    if (kind != RESNET_ACTIVATION_LEAKY_RELU && kind != RESNET_ACTIVATION_ELU) return f;
    if (slope == 0)
        f.activation.kind = RESNET_ACTIVATION_RELU;
    else
        f.activation.slope = (float)slope;
    f.is_known = slope == 0 || in_range;
    return f;
}

static rn_keras_function make_softmax(void)
{
    return (rn_keras_function){.is_softmax = true, .is_known = true, .text = "softmax"};
}

static rn_keras_function make_unknown(const char *text)
{
    return (rn_keras_function){.text = text};
}

/* Names of keras.activations, with the slopes that they stand for. */
static rn_keras_function find_name(const char *name)
{
    static const struct {
        const char *name;
        int32_t kind;
        double slope;
    } NAMES[] = {
        {"linear", RESNET_ACTIVATION_LINEAR, 0},
        {"relu", RESNET_ACTIVATION_RELU, 0},
        {"leaky_relu", RESNET_ACTIVATION_LEAKY_RELU, 0.2},
        {"elu", RESNET_ACTIVATION_ELU, 1},
        {"selu", RESNET_ACTIVATION_SELU, 0},
        {"gelu", RESNET_ACTIVATION_GELU, 0},
        {"silu", RESNET_ACTIVATION_SILU, 0},
        {"swish", RESNET_ACTIVATION_SILU, 0},
        {"tanh", RESNET_ACTIVATION_TANH, 0},
        {"sigmoid", RESNET_ACTIVATION_SIGMOID, 0},
    };
    if (strcmp(name, "softmax") == 0) return make_softmax();
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        if (strcmp(NAMES[i].name, name) == 0) return make(NAMES[i].kind, NAMES[i].slope, name);
    return make_unknown(name);
}

/* A number of the config, or `fallback` when it is not there; -1 for what is no number. */
static double get_number(const json_t *config, const char *key, double fallback)
{
    const json_t *value = json_object_get(config, key);
    if (!value || json_is_null(value)) return fallback;
    return json_is_number(value) ? json_number_value(value) : -1;
}

static rn_keras_function read_relu(const json_t *config)
{
    const json_t *most = json_object_get(config, "max_value");
    if (most && !json_is_null(most)) return make_unknown("a ReLU with max_value");
    if (get_number(config, "threshold", 0) != 0) return make_unknown("a ReLU with threshold");
    return make(RESNET_ACTIVATION_LEAKY_RELU, get_number(config, "negative_slope", 0), "ReLU");
}

static rn_keras_function read_leaky(const json_t *config)
{
    const double old = get_number(config, "alpha", 0.3);
    return make(RESNET_ACTIVATION_LEAKY_RELU, get_number(config, "negative_slope", old),
                "LeakyReLU with a slope that is no number above 0");
}

static rn_keras_function read_elu(const json_t *config)
{
    return make(RESNET_ACTIVATION_ELU, get_number(config, "alpha", 1),
                "ELU with an alpha that is no number above 0");
}

/* Over the last axis; another number may mean the same, or not. */
static rn_keras_function read_softmax(const json_t *config)
{
    const json_t *axis = json_object_get(config, "axis");
    if (!axis || json_is_null(axis) || rn_keras_is_axis(axis, -1, -1)) return make_softmax();
    return make_unknown("a softmax over another axis than the last");
}

static rn_keras_function read_gelu(const json_t *config)
{
    const bool exact = json_is_false(json_object_get(config, "approximate"));
    return make(exact ? RESNET_ACTIVATION_GELU : RESNET_ACTIVATION_GELU_TANH, 0, "gelu");
}

static rn_keras_function read_activation_layer(const json_t *config)
{
    return rn_keras_read_activation(json_object_get(config, "activation"));
}

static const struct {
    const char *class_name;
    rn_keras_function (*read)(const json_t *config);
} LAYERS[] = {
    {"Activation", read_activation_layer},
    {"ReLU", read_relu},
    {"LeakyReLU", read_leaky},
    {"ELU", read_elu},
    {"Softmax", read_softmax},
    /* operations of Keras 3 */
    {"LeakyRelu", read_leaky},
    {"Elu", read_elu},
    {"Gelu", read_gelu},
};
#define N_LAYERS (sizeof LAYERS / sizeof LAYERS[0])

static bool read_layer(const char *class_name, const json_t *config, rn_keras_function *out)
{
    for (size_t i = 0; i < N_LAYERS; i++)
        if (strcmp(LAYERS[i].class_name, class_name) == 0) {
            *out = LAYERS[i].read(config);
            return true;
        }
    return false;
}

rn_keras_function rn_keras_read_activation(const json_t *value)
{
    rn_keras_function f = make_unknown("an activation of the user's own");
    const char *class_name = rn_keras_text(value, "class_name");
    const json_t *config = json_object_get(value, "config");
    if (!value || json_is_null(value)) return find_name("linear");
    if (json_is_string(value)) return find_name(json_string_value(value));
    if (!class_name || rn_keras_is_foreign(value)) return f;
    if (strcmp(class_name, "function") == 0 && json_is_string(config))
        return find_name(json_string_value(config));
    f.text = class_name;
    if (strcmp(class_name, "Activation") != 0) (void)read_layer(class_name, config, &f);
    return f;
}

/* Operations without settings: of Keras 3, and TensorFlow's in functional models of Keras 2. */
static const char *find_operation(const rn_keras_node *node)
{
    static const char *const OPERATIONS[][2] = {
        {"Relu", "relu"},          {"Selu", "selu"},       {"Silu", "silu"},
        {"Tanh", "tanh"},          {"Sigmoid", "sigmoid"}, {"nn.relu", "relu"},
        {"nn.selu", "selu"},       {"nn.elu", "elu"},      {"math.tanh", "tanh"},
        {"nn.tanh", "tanh"},       {"tanh", "tanh"},       {"math.sigmoid", "sigmoid"},
        {"nn.sigmoid", "sigmoid"}, {"sigmoid", "sigmoid"}, {"identity", "linear"},
    };
    const char *function = rn_keras_tf_function(node);
    for (size_t i = 0; i < sizeof OPERATIONS / sizeof OPERATIONS[0]; i++)
        if (function ? strcmp(function, OPERATIONS[i][0]) == 0
                     : rn_keras_is(node, OPERATIONS[i][0]))
            return OPERATIONS[i][1];
    return NULL;
}

bool rn_keras_read_function(const rn_keras_node *node, rn_keras_function *out)
{
    const char *name = find_operation(node), *function = rn_keras_tf_function(node);
    if (node->is_foreign || node->is_input) return false;
    if (function && strcmp(function, "nn.softmax") == 0) {
        const json_t *axis = rn_keras_call_keyword(node->call, "axis");
        *out = !axis || json_is_null(axis) || rn_keras_is_axis(axis, -1, -1)
                   ? make_softmax()
                   : make_unknown("a softmax over another axis than the last");
        return true;
    }
    if (name) *out = find_name(name);
    return name || read_layer(node->class_name, node->config, out);
}
