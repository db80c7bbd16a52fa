/* Names of a few tensors, as the frameworks' own files have them. SPDX-License-Identifier: MIT */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "../arch50.h"

#include "store/names.h"

#include <string.h>

static const rn_arch_conv *find_row(const char *conv)
{
    for (size_t row = 0; row < arch50()->n_convs; row++)
        if (strcmp(arch50()->convs[row].conv, conv) == 0) return &arch50()->convs[row];
    fail_msg("no %s", conv);
    return NULL;
}

static void test_format(void **state)
{
    (void)state;
    static const struct {
        const char *conv;
        enum rn_convention convention;
        enum rn_variable variable;
        const char *expected;
    } CASES[] = {
        {"conv1", RN_NAMES_TORCHVISION, RN_VAR_KERNEL, "conv1.weight"},
        {"conv1", RN_NAMES_KERAS, RN_VAR_BIAS, "conv1_conv/bias"},
        {"conv1", RN_NAMES_KERAS_2015, RN_VAR_MEAN, "bn_conv1/moving_mean"},
        {"conv1", RN_NAMES_HUGGING_FACE, RN_VAR_KERNEL, "embedder.embedder.convolution.weight"},
        {"conv1", RN_NAMES_KERAS_COUNTED, RN_VAR_KERNEL, "conv2d/kernel"},
        {"layer1.0.downsample.0", RN_NAMES_TORCHVISION, RN_VAR_VARIANCE,
         "layer1.0.downsample.1.running_var"},
        {"layer1.0.downsample.0", RN_NAMES_KERAS, RN_VAR_GAMMA, "conv2_block1_0_bn/gamma"},
        {"layer1.0.downsample.0", RN_NAMES_KERAS_2015, RN_VAR_KERNEL, "res2a_branch1/kernel"},
        {"layer1.0.downsample.0", RN_NAMES_HUGGING_FACE, RN_VAR_BETA,
         "encoder.stages.0.layers.0.shortcut.normalization.bias"},
        {"layer1.0.downsample.0", RN_NAMES_KERAS_COUNTED, RN_VAR_KERNEL, "conv2d_3/kernel"},
        {"layer1.0.conv3", RN_NAMES_KERAS_COUNTED, RN_VAR_GAMMA, "batch_normalization_4/gamma"},
        {"layer3.5.conv2", RN_NAMES_KERAS, RN_VAR_KERNEL, "conv4_block6_2_conv/kernel"},
        {"layer3.5.conv2", RN_NAMES_KERAS_2015, RN_VAR_VARIANCE, "bn4f_branch2b/moving_variance"},
        {"layer4.2.conv3", RN_NAMES_HUGGING_FACE, RN_VAR_KERNEL,
         "encoder.stages.3.layers.2.layer.2.convolution.weight"},
        {"layer4.2.conv3", RN_NAMES_KERAS_COUNTED, RN_VAR_KERNEL, "conv2d_52/kernel"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char name[RN_NAME_SIZE];
        rn_names_format(name, CASES[i].convention, find_row(CASES[i].conv), CASES[i].variable);
        assert_string_equal(name, CASES[i].expected);
    }
}

static void test_keras_order(void **state)
{
    (void)state;
    bool seen[53] = {false};
    for (size_t row = 0; row < arch50()->n_convs; row++) {
        char name[RN_NAME_SIZE];
        int number = 0;
        rn_names_format(name, RN_NAMES_KERAS_COUNTED, &arch50()->convs[row], RN_VAR_KERNEL);
        assert_true(row == 0 || sscanf(name, "conv2d_%d/", &number) == 1);
        assert_in_range(number, 0, 52);
        assert_false(seen[number]);
        seen[number] = true;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_format),
                                       cmocka_unit_test(test_keras_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
