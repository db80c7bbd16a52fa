/* SPDX-License-Identifier: MIT */
#include "store/keras_arithmetic.h"

#include "store/keras_layer.h"

#include <string.h>

static const struct {
    const char *name; /* a class of Keras 3's operations, or a function of TensorFlow */
    char operation;
} ARITHMETIC[] = {
    {"Add", '+'},         {"Subtract", '-'},     {"Multiply", '*'},          {"Divide", '/'},
    {"TrueDivide", '/'},  {"math.add", '+'},     {"math.subtract", '-'},     {"math.multiply", '*'},
    {"math.divide", '/'}, {"math.truediv", '/'}, {"__operators__.add", '+'}, {"nn.bias_add", '+'},
};

char rn_keras_find_arithmetic(const rn_keras_node *node)
{
    const char *function = rn_keras_tf_function(node);
    for (size_t i = 0; i < sizeof ARITHMETIC / sizeof ARITHMETIC[0]; i++)
        if (function ? strcmp(function, ARITHMETIC[i].name) == 0
                     : rn_keras_is(node, ARITHMETIC[i].name))
            return ARITHMETIC[i].operation;
    return 0;
}

bool rn_keras_read_arithmetic(const rn_keras_node *node, char operation, double scale[3],
                              double offset[3], size_t *out_n)
{
    rn_keras_operand sides[2];
    if (node->n_inputs != 1 || !rn_keras_call_operands(node->call, sides)) return false;
    if (sides[0].is_tensor == sides[1].is_tensor) return false;
    const bool is_left = !sides[0].is_tensor; /* the constant */
    const rn_keras_operand *constant = &sides[is_left ? 0 : 1];
    if (operation == '/' && is_left) return false;
    *out_n = constant->n;
    for (size_t c = 0; c < constant->n; c++) {
        const double k = constant->values[c];
        scale[c] = operation == '*' ? k : operation == '/' ? 1 / k : 1;
        offset[c] = operation == '+' ? k : operation == '-' ? -k : 0;
        if (operation == '-' && is_left) {
            scale[c] = -1;
            offset[c] = k;
        }
    }
    return true;
}
