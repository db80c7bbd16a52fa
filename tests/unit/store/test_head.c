/* Dense layers in any order and under any name, as chains. SPDX-License-Identifier: MIT */
#include "check.h"

#include "../arch50.h"

#include "store/head.h"

#include <string.h>

static rn_budget budget = {UINT64_MAX, UINT64_MAX};

#define MAX_VALUES (64 * N_FEATURES)

static float values[MAX_VALUES]; /* what every tensor here holds the start of */

typedef struct layer {
    const char *name;
    uint64_t inputs, outputs;
    bool has_bias;
} layer;

static int fill_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < MAX_VALUES; i++) values[i] = (float)(i + 1);
    return 0;
}

static void add(rn_raw_set *set, const char *stem, const char *suffix, size_t n_dims,
                const uint64_t *dims)
{
    char name[100];
    rn_raw_tensor *tensor = NULL;
    strcpy(name, stem);
    strcat(name, suffix);
    assert_ok(rn_raw_add(set, &tensor, name, NULL, RN_DTYPE_F32, n_dims, dims));
    tensor->storage = (const unsigned char *)values;
}

/* Takes the head of these layers; `set` and `weights` are the caller's to free. */
static resnet_status take(rn_weights **weights, rn_raw_set **set, enum rn_convention convention,
                          const layer *layers, size_t count, bool sigmoid)
{
    const bool keras = convention >= RN_NAMES_KERAS;
    assert_ok(rn_raw_create(set, keras ? RN_LAYOUT_KERAS : RN_LAYOUT_TORCH, &budget));
    (*set)->has_sigmoid = sigmoid;
    for (size_t i = 0; i < count; i++) {
        const uint64_t dims[] = {keras ? layers[i].inputs : layers[i].outputs,
                                 keras ? layers[i].outputs : layers[i].inputs};
        add(*set, layers[i].name, rn_names_suffix(convention, RN_VAR_KERNEL), 2, dims);
        if (layers[i].has_bias)
            add(*set, layers[i].name, rn_names_suffix(convention, RN_VAR_BIAS), 1,
                &layers[i].outputs);
    }
    assert_ok(rn_weights_create(weights, arch50()));
    return rn_head_take(*weights, *set, convention);
}

static void check_shape(const rn_weights *weights, const char *name, uint64_t outputs,
                        uint64_t inputs)
{
    const rn_tensor *tensor = rn_weights_find(weights, name);
    assert_non_null(tensor);
    assert_int_equal(tensor->dims[0], outputs);
    if (tensor->n_dims == 2) assert_int_equal(tensor->dims[1], inputs);
}

static void test_chain(void **state)
{
    (void)state;
    /* as a file sorted by name has them */
    static const layer LAYERS[] = {
        {"fc.10", 8, 5, true}, {"fc.2", N_FEATURES, 16, true}, {"fc.6", 16, 8, false}};
    rn_weights *weights = NULL;
    rn_raw_set *set = NULL;
    assert_ok(take(&weights, &set, RN_NAMES_TORCHVISION, LAYERS, 3, false));
    assert_int_equal(weights->n_tensors, 6);
    check_shape(weights, "fc.hidden0.weight", 16, N_FEATURES);
    check_shape(weights, "fc.hidden1.weight", 8, 16);
    check_shape(weights, "fc.weight", 5, 8);
    check_shape(weights, "fc.bias", 5, 0);
    assert_true(rn_weights_find(weights, "fc.hidden1.bias")->data[7] == 0);
    assert_true(rn_weights_find(weights, "fc.bias")->data[4] == 5);
    rn_weights_free(weights);
    rn_raw_free(set);
}

static void test_keras_layout(void **state)
{
    (void)state;
    static const layer LAYERS[] = {{"dense_7", N_FEATURES, 3, true}};
    rn_weights *weights = NULL;
    rn_raw_set *set = NULL;
    assert_ok(take(&weights, &set, RN_NAMES_KERAS, LAYERS, 1, false));
    check_shape(weights, "fc.weight", 3, N_FEATURES);
    const float *data = rn_weights_find(weights, "fc.weight")->data;
    assert_true(data[0] == 1 && data[1] == 4 && data[N_FEATURES] == 2);
    rn_weights_free(weights);
    rn_raw_free(set);
}

/* One output, whether the file tells of a sigmoid or not. */
static void check_one_output(enum rn_convention convention, const layer *layers, size_t count,
                             bool sigmoid)
{
    rn_weights *weights = NULL;
    rn_raw_set *set = NULL;
    assert_ok(take(&weights, &set, convention, layers, count, sigmoid));
    const size_t width = layers[count - 1].inputs;
    check_shape(weights, "fc.weight", 2, width);
    const rn_tensor *kernel = rn_weights_find(weights, "fc.weight");
    const rn_tensor *bias = rn_weights_find(weights, "fc.bias");
    assert_true(kernel->data[width - 1] == 0 && kernel->data[width] == 1);
    assert_true(bias->data[0] == 0 && bias->data[1] == (layers[count - 1].has_bias ? 1 : 0));
    rn_weights_free(weights);
    rn_raw_free(set);
}

static void test_sigmoid(void **state)
{
    (void)state;
    static const layer PLAIN[] = {{"dense", N_FEATURES, 1, true}};
    static const layer UNBIASED[] = {{"dense", N_FEATURES, 1, false}};
    static const layer HIDDEN[] = {{"a", N_FEATURES, 8, true}, {"b", 8, 1, true}};
    static const enum rn_convention ALL[] = {RN_NAMES_TORCHVISION, RN_NAMES_KERAS,
                                             RN_NAMES_KERAS_2015, RN_NAMES_KERAS_COUNTED};
    for (size_t i = 0; i < sizeof ALL / sizeof *ALL; i++)
        for (int sigmoid = 0; sigmoid < 2; sigmoid++) {
            check_one_output(ALL[i], PLAIN, 1, sigmoid);
            check_one_output(ALL[i], UNBIASED, 1, sigmoid);
            check_one_output(ALL[i], HIDDEN, 2, sigmoid);
        }
}

static void expect(const layer *layers, size_t count, bool sigmoid, resnet_status status,
                   const char *word)
{
    rn_weights *weights = NULL;
    rn_raw_set *set = NULL;
    assert_int_equal(take(&weights, &set, RN_NAMES_TORCHVISION, layers, count, sigmoid), status);
    if (word && !strstr(resnet_last_error(), word))
        fail_msg("\"%s\" lacks \"%s\"", resnet_last_error(), word);
    rn_weights_free(weights);
    rn_raw_free(set);
}

static void test_refused(void **state)
{
    (void)state;
    static const layer NARROW[] = {{"fc", 512, 10, true}};
    static const layer TWO[] = {{"a", N_FEATURES, 10, true}, {"b", N_FEATURES, 4, true}};
    static const layer DEEP[] = {{"a", N_FEATURES, 60, true}, {"b", 60, 59, true},
                                 {"c", 59, 58, true},         {"d", 58, 57, true},
                                 {"e", 57, 56, true},         {"f", 56, 2, true}};
    static const layer NONE[] = {{"fc", N_FEATURES, 0, true}};
    static const layer LABELS[] = {{"fc", N_FEATURES, 14, true}};
    expect(NULL, 0, false, RESNET_OK, NULL);
    expect(NARROW, 1, false, RESNET_E_SHAPE, "expected [classes,2048], file has [10,512]");
    expect(TWO, 2, false, RESNET_E_UNSUPPORTED, "b.weight [4,2048]: a second head beside a.weight");
    expect(DEEP, 6, false, RESNET_E_UNSUPPORTED, "hidden layers");
    expect(NONE, 1, false, RESNET_E_SHAPE, "without outputs");
    expect(LABELS, 1, true, RESNET_E_UNSUPPORTED, "several labels");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_keras_layout),
        cmocka_unit_test(test_sigmoid),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, fill_values, NULL);
}
