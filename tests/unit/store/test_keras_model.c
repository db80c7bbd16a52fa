/* The walk along a Keras model's JSON: what each layer in each place becomes, and the sentence that
 * refuses it. tests/reference/keras_layers.py does the same with real Keras.
 * SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/mem.h"
#include "core/rng.h"
#include "keras_text.h"
#include "store/head_plan.h"
#include "store/keras_config.h"

#include <resnet/model.h>

/* A set without tensors that has walked the text; its status in *out. */
static rn_raw_set *walk_text(const char *text, resnet_status *out)
{
    static rn_budget budget;
    rn_raw_set *set = NULL;
    budget = rn_budget_make(1 << 28);
    assert_ok(rn_raw_create(&set, RN_LAYOUT_KERAS, &budget));
    assert_ok(rn_keras_config_read(set, text, strlen(text)));
    *out = rn_keras_config_apply(set);
    return set;
}

static rn_raw_set *walk(enum keras_form form, const keras_extra *extras, resnet_status *out)
{
    char *text = make_keras_text(form, extras);
    rn_raw_set *set = walk_text(text, out);
    rn_free(text);
    return set;
}

/* `from` replaced by `to` where it first comes. */
static char *replace(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    if (!at) fail_msg("the model has no %s", from);
    return rn_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void the_plain_model_is_read(void **state)
{
    (void)state;
    for (enum keras_form form = KERAS_2; form <= KERAS_3; form++) {
        static const keras_extra EXTRAS[] = {
            {IN_HEAD, "Activation", "\"activation\":\"tanh\"", NULL},
            {IN_HEAD, "Dropout", "\"rate\":0.25", NULL},
            {NOWHERE, NULL, NULL, NULL}};
        resnet_status status;
        rn_raw_set *set = walk(form, EXTRAS, &status);
        assert_ok(status);
        const rn_weights_info *info = &set->info;
        assert_null(info->head_refusal);
        assert_int_equal(info->variant, RESNET_VARIANT_V1);
        assert_true(info->bn_epsilon == 1.001e-05f && info->head_dropout == 0.25f);
        assert_int_equal(info->stem_pool, RESNET_STEM_POOL_PADDED);
        assert_int_equal(info->head_pooling, RESNET_POOLING_AVERAGE);
        assert_int_equal(info->head_output, RN_HEAD_OUT_SOFTMAX);
        assert_int_equal(info->head_activations[0].kind, RESNET_ACTIVATION_TANH);
        assert_true(info->has_recipe && strcmp(info->recipe.name, "keras") == 0);
        assert_int_equal(info->recipe.crop_width, 96);
        assert_int_equal(info->recipe.crop_height, 64);
        assert_int_equal(set->plan->n_steps, 3);
        rn_raw_free(set);
    }
}

static void check_recipe(enum keras_form form, const keras_extra *extras, int32_t order,
                         float divisor, const float mean[3], const float std[3])
{
    resnet_status status;
    rn_raw_set *set = walk(form, extras, &status);
    assert_ok(status);
    const resnet_recipe *r = &set->info.recipe;
    assert_true(set->info.has_recipe);
    assert_int_equal(r->channel_order, order);
    for (size_t c = 0; c < 3; c++) {
        const float scale = 1 / (divisor * std[c]), ours = 1 / (r->divisor * r->std[c]);
        assert_true(fabsf(ours - scale) < 1e-6f * scale);
        assert_true(fabsf(r->mean[c] / r->std[c] - mean[c] / std[c]) < 1e-4f);
    }
    assert_int_equal(r->crop_width, 96);
    rn_raw_free(set);
}

#define LAST                                                                                       \
    {                                                                                              \
        NOWHERE, NULL, NULL, NULL                                                                  \
    }

static void scaling_layers_become_the_recipe(void **state)
{
    (void)state;
    static const float ZEROS[3] = {0}, ONES[3] = {1, 1, 1};
    static const keras_extra UNIT[] = {
        {BEFORE, "RandomFlip", "\"mode\":\"horizontal\"", NULL},
        {BEFORE, "Rescaling", "\"scale\":0.00392156862745098,\"offset\":0.0", NULL},
        LAST};
    static const keras_extra SIGNED[] = {
        {BEFORE, "Rescaling", "\"scale\":0.00784313725490196,\"offset\":-1.0", NULL}, LAST};
    static const keras_extra BOTH[] = {
        {BEFORE, "Rescaling", "\"scale\":[0.5,0.25,0.125],\"offset\":[1,2,3]", NULL},
        {BEFORE, "Normalization",
         "\"axis\":[-1],\"mean\":[[[[1,2,3]]]],\"variance\":[4,16,64],\"invert\":false", NULL},
        LAST};
    static const float BOTH_STD[3] = {4, 16, 64};
    for (enum keras_form form = KERAS_2; form <= KERAS_3; form++) {
        check_recipe(form, UNIT, RESNET_CHANNELS_RGB, 255, ZEROS, ONES);
        check_recipe(form, SIGNED, RESNET_CHANNELS_RGB, 127.5f, ONES, ONES);
        check_recipe(form, BOTH, RESNET_CHANNELS_RGB, 1, ZEROS, BOTH_STD);
    }
}

static void preprocess_input_becomes_the_recipe(void **state)
{
    (void)state;
    static const float MEAN[3] = {103.939f, 116.779f, 123.68f}, ONES[3] = {1, 1, 1};
    static const keras_extra OLD[] = {
        {BEFORE, "SlicingOpLambda", "\"function\":\"__operators__.getitem\"",
         "[\"%s\",0,0,{\"slice_spec\":[{\"class_name\":\"__ellipsis__\"},"
         "{\"start\":null,\"stop\":null,\"step\":-1}]}]"},
        {BEFORE, "TFOpLambda", "\"function\":\"nn.bias_add\"",
         "[\"%s\",0,0,{\"bias\":[-103.939,-116.779,-123.68],\"data_format\":\"NHWC\"}]"},
        LAST};
    static const keras_extra NEW[] = {
        {BEFORE, "GetItem", "",
         "%s,[{\"class_name\":\"__ellipsis__\",\"config\":{}},{\"class_name\":\"__slice__\","
         "\"config\":{\"start\":null,\"stop\":null,\"step\":-1}}]"},
        {BEFORE, "Add", "",
         "%s,{\"class_name\":\"__tensor__\",\"config\":{\"value\":[[[[-103.939,-116.779,-123.68]]]]"
         ","
         "\"dtype\":\"float32\"}}"},
        LAST};
    check_recipe(KERAS_2, OLD, RESNET_CHANNELS_BGR, 1, MEAN, ONES);
    check_recipe(KERAS_3, NEW, RESNET_CHANNELS_BGR, 1, MEAN, ONES);
}

/* Refused with all those words; `new_head` where another head would do. */
static void expect_refusal(const keras_extra *extra, const char *word)
{
    for (enum keras_form form = KERAS_2; form <= KERAS_3; form++) {
        const keras_extra extras[] = {*extra, LAST};
        resnet_status status;
        rn_raw_set *set = walk(form, extras, &status);
        const bool is_head = extra->place > BEFORE;
        const char *text = is_head ? set->info.head_refusal : resnet_last_error();
        assert_int_equal(status, is_head ? RESNET_OK : RESNET_E_UNSUPPORTED);
        if (!text || !strstr(text, extra->class_name) || !strstr(text, "extra_0") ||
            !strstr(text, word))
            fail_msg("%s: \"%s\" lacks %s", extra->class_name, text ? text : "", word);
        rn_raw_free(set);
    }
}

static void unknown_layers_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        keras_extra extra;
        const char *word;
    } CASES[] = {
        {{BEFORE, "Lambda", "", NULL}, "before the first convolution"},
        {{BEFORE, "ZeroPadding2D", "\"padding\":[[2,2],[2,2]]", NULL}, "by 2 px"},
        {{BEFORE, "Rescaling", "\"scale\":\"big\"", NULL}, "no number"},
        {{BEFORE, "Rescaling", "\"scale\":-1.0,\"offset\":255.0", NULL}, "not above 0"},
        {{BEFORE, "Resizing", "\"height\":48,\"width\":48", NULL}, "48 x 48"},
        {{BEFORE, "Frobnicate", "", NULL}, "before the first convolution"},
        {{BEFORE, "Activation", "\"activation\":\"relu\"", NULL}, "relu"},
        {{BEFORE, "MyPackage>RandomFlip", "", NULL}, "nor of a recipe"},
        {{ON_MAP, "LayerNormalization", "", NULL}, "behind the last block"},
        {{ON_MAP, "Flatten", "", NULL}, "all 2x3 positions"},
        {{ON_FEATURES, "UnitNormalization", "", NULL}, "behind pool"},
        {{ON_FEATURES, "Activation", "\"activation\":\"tanh\"", NULL}, "tanh"},
        {{IN_HEAD, "PReLU", "", NULL}, "behind hidden"},
        {{IN_HEAD, "ReLU", "\"max_value\":6.0", NULL}, "max_value"},
        {{IN_HEAD, "Reshape", "\"target_shape\":[16,1]", NULL}, "shape"},
        {{ON_LOGITS, "Lambda", "", NULL}, "behind last"},
        {{ON_ANSWER, "Rescaling", "\"scale\":2.0,\"offset\":0.0", NULL}, "the network's answer"},
        {{ON_ANSWER, "Dense", "\"units\":3,\"activation\":\"linear\"", NULL},
         "the network's answer"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        expect_refusal(&CASES[i].extra, CASES[i].word);
}

static void harmless_layers_pass(void **state)
{
    (void)state;
    static const keras_extra EXTRAS[] = {{BEFORE, "RandomRotation", "", NULL},
                                         {BEFORE, "Resizing", "\"height\":64,\"width\":96", NULL},
                                         {BEFORE, "Activation", "\"activation\":\"linear\"", NULL},
                                         {ON_MAP, "SpatialDropout2D", "\"rate\":0.5", NULL},
                                         {ON_MAP, "ReLU", "", NULL},
                                         {ON_FEATURES, "Flatten", "", NULL},
                                         {ON_FEATURES, "ReLU", "", NULL},
                                         {IN_HEAD, "GaussianNoise", "", NULL},
                                         {ON_LOGITS, "ActivityRegularization", "", NULL},
                                         {ON_ANSWER, "Reshape", "\"target_shape\":[5]", NULL},
                                         {ON_ANSWER, "Dropout", "\"rate\":0.9", NULL},
                                         LAST};
    for (enum keras_form form = KERAS_2; form <= KERAS_3; form++) {
        resnet_status status;
        rn_raw_set *set = walk(form, EXTRAS, &status);
        assert_ok(status);
        if (set->info.head_refusal) fail_msg("%s", set->info.head_refusal);
        assert_int_equal(set->plan->n_steps, 2);
        assert_int_equal(set->info.head_activations[0].kind, RESNET_ACTIVATION_LINEAR);
        assert_true(set->info.head_dropout == 0);
        assert_string_equal(set->info.recipe.name, "keras");
        rn_raw_free(set);
    }
}

static void deep_heads_are_refused(void **state)
{
    (void)state;
    keras_extra extras[] = {{IN_HEAD, "Dense", "\"units\":9,\"activation\":\"tanh\"", NULL},
                            {IN_HEAD, "Dense", "\"units\":8,\"activation\":\"tanh\"", NULL},
                            {IN_HEAD, "Dense", "\"units\":7,\"activation\":\"linear\"", NULL},
                            {IN_HEAD, "Dense", "\"units\":6,\"activation\":\"tanh\"", NULL},
                            LAST};
    for (size_t n = 3; n <= 4; n++) {
        resnet_status status;
        extras[3].place = n == 4 ? IN_HEAD : NOWHERE;
        rn_raw_set *set = walk(KERAS_3, extras, &status);
        assert_ok(status);
        const rn_arch_activation *behind = set->info.head_activations;
        if (n == 4) {
            assert_non_null(strstr(set->info.head_refusal, "more than 4 hidden layers"));
        } else {
            assert_null(set->info.head_refusal);
            assert_int_equal(behind[0].kind, RESNET_ACTIVATION_LINEAR);
            assert_int_equal(behind[2].kind, RESNET_ACTIVATION_TANH);
            assert_int_equal(behind[3].kind, RESNET_ACTIVATION_LINEAR);
        }
        rn_raw_free(set);
    }
}

static void keras_1_is_read(void **state)
{
    (void)state;
    resnet_status status;
    rn_raw_set *set = walk(KERAS_1, NULL, &status);
    assert_ok(status);
    if (set->info.head_refusal) fail_msg("%s", set->info.head_refusal);
    assert_int_equal(set->info.variant, RESNET_VARIANT_V1);
    assert_int_equal(set->info.stem_pool, RESNET_STEM_POOL_UNPADDED);
    assert_int_equal(set->info.head_pooling, RESNET_POOLING_AVERAGE);
    assert_int_equal(set->plan->n_steps, 2);
    rn_raw_free(set);
}

static void another_network_is_refused_by_the_layer(void **state)
{
    (void)state;
    static const char *const CASES[][3] = {
        {"\"kernel_size\":[7,7]", "\"kernel_size\":[5,5]", "conv1_conv"},
        {"\"padding\":[[3,3],[3,3]]", "\"padding\":[[2,3],[2,3]]", "conv1_pad"},
        {"\"padding\":[[3,3],[3,3]]", "\"padding\":[[2,2],[2,2]]", "conv1_pad"},
        {"\"padding\":[[1,1],[1,1]]", "\"padding\":[[2,2],[2,2]]", "pool1_pool"},
        {"\"pool_size\":[3,3]", "\"pool_size\":[2,2]", "pool1_pool"},
        {"\"filters\":128", "\"filters\":96", "conv3_block1_1_conv"},
        {"\"filters\":64,\"kernel_size\":[3,3],\"strides\":[1,1]",
         "\"filters\":64,\"kernel_size\":[3,3],\"strides\":[1,1],\"dilation_rate\":[2,2]",
         "conv2_block1_2_conv"},
        {"\"filters\":64,\"kernel_size\":[3,3],\"strides\":[1,1]",
         "\"filters\":64,\"kernel_size\":[3,3],\"strides\":[1,1],\"groups\":32",
         "conv2_block1_2_conv"},
        {"\"filters\":64,\"kernel_size\":[3,3],\"strides\":[1,1],\"padding\":\"same\"",
         "\"filters\":64,\"kernel_size\":[3,3],\"strides\":[1,1],\"padding\":\"valid\"",
         "conv2_block1_2_conv"},
        {"\"name\":\"block3_relu1\",\"activation\":\"relu\"",
         "\"name\":\"block3_relu1\",\"activation\":\"gelu\"", "block3_relu1"},
        {"\"name\":\"conv5_block1_0_bn\",\"axis\":3,\"epsilon\":1.001e-05",
         "\"name\":\"conv5_block1_0_bn\",\"axis\":3,\"epsilon\":1e-3", "conv5_block1_0_bn"},
        {"\"name\":\"conv5_block1_0_bn\",\"axis\":3", "\"name\":\"conv5_block1_0_bn\",\"axis\":1",
         "conv5_block1_0_bn"},
        {"{\"class_name\":\"Add\",\"name\":\"block7_add\"",
         "{\"class_name\":\"Multiply\",\"name\":\"block7_add\"", "block7_add"},
        {"{\"class_name\":\"Add\",\"name\":\"block7_add\"",
         "{\"module\":null,\"class_name\":\"Add\",\"name\":\"block7_add\"", "block7_add"},
    };
    for (enum keras_form form = KERAS_2; form <= KERAS_3; form++)
        for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
            resnet_status status;
            char *good = make_keras_text(form, NULL);
            char *text = replace(good, CASES[i][0], CASES[i][1]);
            rn_raw_set *set = walk_text(text, &status);
            if (status != RESNET_E_UNSUPPORTED || !strstr(resnet_last_error(), CASES[i][2]))
                fail_msg("%s: %d \"%s\"", CASES[i][2], status, resnet_last_error());
            rn_raw_free(set);
            rn_free(text);
            rn_free(good);
        }
}

static void damaged_graphs_are_refused(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"\"keras_history\":[\"in\",0,0]", "\"keras_history\":[\"nobody\",0,0]"},
        {"\"keras_history\":[\"in\",0,0]", "\"keras_history\":[\"pool\",0,0]"}, /* a circle */
        {"\"keras_history\":[\"in\",0,0]", "\"keras_history\":[\"in\",7,0]"},
        {"\"keras_history\":[\"in\",0,0]", "\"keras_history\":7"},
        {"\"args\":[", "\"args\":[[[[[[[[[[[[1]]]]]]]]]]],"},
        {"\"output_layers\":[[\"answer\",0,0]]", "\"output_layers\":[]"},
        {"\"input_layers\":[[\"in\",0,0]]", "\"input_layers\":7"},
        {"\"layers\":[", "\"layers\":[[],7,{\"class_name\":7,\"config\":[1]},"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        resnet_status status;
        char *good = make_keras_text(KERAS_3, NULL);
        char *text = replace(good, CASES[i][0], CASES[i][1]);
        rn_raw_set *set = walk_text(text, &status);
        if (i + 1 < sizeof CASES / sizeof CASES[0]) /* the last is only odd */
            assert_int_equal(status, RESNET_E_FORMAT);
        rn_raw_free(set);
        rn_free(text);
        rn_free(good);
    }
}

/* A chain of `depth` models, each with the next in it twice. */
static void nested_models_cost_no_more_than_their_layers(void **state)
{
    (void)state;
    char *text = rn_strdup("{\"class_name\":\"Sequential\",\"config\":[]}");
    resnet_status status;
    for (int depth = 0; depth < 14; depth++) {
        char *outer = rn_format("{\"class_name\":\"Sequential\",\"config\":[%s,%s]}", text, text);
        rn_free(text);
        text = outer;
    }
    rn_raw_set *set = walk_text(text, &status);
    assert_int_equal(status, RESNET_E_UNSUPPORTED);
    rn_raw_free(set);
    rn_free(text);
}

/* Tensors under Keras 3's counters, or under the layers' names, get the keys of their places. */
static void tensors_are_found_by_path_or_name(void **state)
{
    (void)state;
    static const struct {
        const char *name, *key, *expected;
    } CASES[2][5] = {
        {{"layers/conv2d/vars/0", "conv2d/kernel", "conv1_conv/kernel"},
         {"layers/batch_normalization/vars/3", "x/3", "conv1_bn/moving_variance"},
         {"layers/conv2d_2/vars/1", "conv2d_2/bias", "conv2_block1_1_conv/bias"},
         {"layers/dense_1/vars/0", "dense_1/kernel", "head.1/kernel"},
         {"layers/conv2d_99/vars/0", "conv1_conv/kernel", "?/conv1_conv/kernel"}},
        {{"model_weights/conv1_conv/conv1_conv/kernel:0", "conv1_conv/kernel", "conv1_conv/kernel"},
         {"model_weights/conv1_bn/gamma:0", "conv1_bn/gamma", "conv1_bn/gamma"},
         {"model_weights/body/hidden/kernel:0", "body/kernel", "head.0/kernel"},
         {"model_weights/last/last/bias:0", "last/bias", "head.1/bias"},
         {"model_weights/conv2d/conv2d/kernel:0", "conv2d/kernel", "?/conv2d/kernel"}},
    };
    const uint64_t dims[] = {1};
    char *text = make_keras_text(KERAS_3, NULL);
    for (size_t i = 0; i < 2; i++) {
        rn_budget budget = rn_budget_make(1 << 28);
        rn_raw_set *set = NULL;
        rn_raw_tensor *tensor;
        assert_ok(rn_raw_create(&set, RN_LAYOUT_KERAS, &budget));
        for (size_t k = 0; k < 5; k++)
            assert_ok(
                rn_raw_add(set, &tensor, CASES[i][k].name, CASES[i][k].key, RN_DTYPE_F32, 1, dims));
        assert_ok(rn_keras_config_read(set, text, strlen(text)));
        assert_ok(rn_keras_config_apply(set));
        for (size_t k = 0; k < 5; k++)
            assert_string_equal(set->tensors[k].key, CASES[i][k].expected);
        rn_raw_free(set);
    }
    rn_free(text);
}

/* Pieces of a good text moved about: anything but a crash, which a sanitiser would see. */
static void shuffled_texts_do_no_harm(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 400; round++) {
        char *text = make_keras_text(round & 1 ? KERAS_3 : KERAS_2, NULL);
        const size_t length = strlen(text);
        rn_rng rng = rn_rng_make(11, RN_RNG_INIT, round, 0);
        for (int i = 0; i < 3; i++) {
            const size_t size = (size_t)(rn_rng_uniform(&rng) * 12) + 1;
            const size_t from = (size_t)(rn_rng_uniform(&rng) * (double)(length - size));
            const size_t to = (size_t)(rn_rng_uniform(&rng) * (double)(length - size));
            memmove(text + to, text + from, size);
        }
        resnet_status status;
        rn_raw_free(walk_text(text, &status));
        rn_free(text);
    }
}

static void out_of_memory_is_told(void **state)
{
    (void)state;
    char *text = make_keras_text(KERAS_3, NULL);
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status == RESNET_E_NOMEM; k++) {
        rn_budget budget = rn_budget_make(1 << 28);
        rn_raw_set *set = NULL;
        assert_ok(rn_raw_create(&set, RN_LAYOUT_KERAS, &budget));
        rn_mem_fail_at(k);
        status = rn_keras_config_read(set, text, strlen(text));
        if (status == RESNET_OK) status = rn_keras_config_apply(set);
        rn_mem_fail_at(0);
        rn_raw_free(set);
    }
    assert_ok(status);
    rn_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_plain_model_is_read),
        cmocka_unit_test(scaling_layers_become_the_recipe),
        cmocka_unit_test(preprocess_input_becomes_the_recipe),
        cmocka_unit_test(unknown_layers_are_refused_by_name),
        cmocka_unit_test(harmless_layers_pass),
        cmocka_unit_test(deep_heads_are_refused),
        cmocka_unit_test(keras_1_is_read),
        cmocka_unit_test(another_network_is_refused_by_the_layer),
        cmocka_unit_test(damaged_graphs_are_refused),
        cmocka_unit_test(nested_models_cost_no_more_than_their_layers),
        cmocka_unit_test(tensors_are_found_by_path_or_name),
        cmocka_unit_test(shuffled_texts_do_no_harm),
        cmocka_unit_test(out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
