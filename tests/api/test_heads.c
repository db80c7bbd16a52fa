/* Models by what their files end in: one output, none, or a thousand that nobody named.
 * SPDX-License-Identifier: MIT */
#include "foreign.h"

#define SIZE 32

static resnet_model *backbone;

static int make_backbone(void **state)
{
    (void)state;
    backbone = make_model(2, SIZE);
    return 0;
}

static int free_backbone(void **state)
{
    (void)state;
    resnet_model_free(backbone);
    return 0;
}

/* What the file itself says: z of each input's embedding, in double. */
static double score(const float *embedding, const foreign_head *head)
{
    double z = (double)head->biases[0];
    for (size_t i = 0; i < FOREIGN_FEATURES; i++)
        z += (double)embedding[i] * (double)head->weights[i];
    return z;
}

static void one_output_is_a_sigmoid_over_two_classes(void **state)
{
    (void)state;
    enum { N = 2 };
    float weights[FOREIGN_FEATURES], bias = 0.5f, embeddings[N * FOREIGN_FEATURES], p[N * 2],
                                     logits[N * 2];
    float *inputs = make_inputs(N, SIZE, SIZE);
    for (size_t i = 0; i < FOREIGN_FEATURES; i++) weights[i] = (float)((int)(i % 7) - 3) / 300;
    const foreign_head head = {1, weights, &bias};
    resnet_model *model = load_foreign(backbone, &head);
    assert_int_equal(resnet_model_get_n_classes(model), 2);
    assert_string_equal(resnet_model_get_class_name(model, 1), "");
    resnet_session *session = make_session(model, 1);
    assert_ok(resnet_session_embeddings(embeddings, N * FOREIGN_FEATURES, session, inputs, N, SIZE,
                                        SIZE));
    assert_ok(resnet_session_probabilities(p, N * 2, session, inputs, N, SIZE, SIZE));
    assert_ok(resnet_session_logits(logits, N * 2, session, inputs, N, SIZE, SIZE));
    for (size_t i = 0; i < N; i++) {
        const double z = score(embeddings + i * FOREIGN_FEATURES, &head);
        assert_true(logits[2 * i] == 0 && fabs((double)logits[2 * i + 1] - z) < 1e-4);
        assert_true(fabs((double)p[2 * i + 1] - 1 / (1 + exp(-z))) < 1e-5);
        assert_true(fabs((double)p[2 * i] - 1 / (1 + exp(z))) < 1e-5);
    }
    resnet_session_free(session);
    resnet_model_free(model);
    free(inputs);
}

/* Two classes to learn, from a file of one output. */
static void one_output_learns_two_classes(void **state)
{
    (void)state;
    const foreign_head head = {1, NULL, NULL};
    const int32_t labels[2] = {0, 1};
    resnet_model *model = load_foreign(backbone, &head);
    resnet_trainer *trainer = NULL;
    resnet_trainer_options options;
    float *inputs = make_inputs(2, SIZE, SIZE);
    double first, last = 0;
    assert_ok(resnet_trainer_options_init(&options, sizeof options));
    options.freeze = RESNET_FREEZE_ALL;
    options.learning_rate = 1e-4f;
    options.n_threads = 2;
    assert_ok(resnet_trainer_create(&trainer, model, NULL, NULL, &options));
    assert_ok(resnet_trainer_step(&first, trainer, inputs, 2, SIZE, SIZE, labels));
    for (int i = 0; i < 5; i++)
        assert_ok(resnet_trainer_step(&last, trainer, inputs, 2, SIZE, SIZE, labels));
    assert_true(fabs(first - log(2)) < 1e-5 && last < first);
    resnet_trainer_free(trainer);
    resnet_model_free(model);
    free(inputs);
}

static void one_class_is_refused(void **state)
{
    (void)state;
    resnet_model *model = NULL;
    resnet_model_options options;
    resnet_load_options load;
    assert_ok(resnet_model_options_init(&options, sizeof options));
    options.n_classes = 1;
    assert_fails(resnet_model_create(&model, &options), RESNET_E_INVALID, "n_classes is 1");
    const foreign_file file = make_foreign(backbone, &(foreign_head){2, NULL, NULL});
    assert_ok(resnet_load_options_init(&load, sizeof load));
    load.new_head = 1;
    load.n_classes = 1;
    assert_fails(resnet_model_load_memory(&model, file.bytes, file.size, &load), RESNET_E_INVALID,
                 "n_classes is 1");
    assert_null(model);
    free(file.bytes);
}

static void without_a_head_there_are_features(void **state)
{
    (void)state;
    const foreign_head none = {0, NULL, NULL};
    resnet_model *model = load_foreign(backbone, &none);
    resnet_trainer *trainer = NULL;
    resnet_prediction top;
    resnet_image *image = make_image(40, 40, 1);
    float *inputs = make_inputs(1, SIZE, SIZE), got[FOREIGN_FEATURES], want[FOREIGN_FEATURES];
    assert_int_equal(resnet_model_get_n_classes(model), 0);
    assert_int_equal(resnet_model_get_names_origin(model), RESNET_NAMES_NONE);
    resnet_session *session = make_session(model, 1), *other = make_session(backbone, 1);
    assert_ok(resnet_session_embeddings(got, FOREIGN_FEATURES, session, inputs, 1, SIZE, SIZE));
    assert_ok(resnet_session_embeddings(want, FOREIGN_FEATURES, other, inputs, 1, SIZE, SIZE));
    assert_memory_equal(got, want, sizeof got);
    assert_fails(resnet_session_logits(got, 1, session, inputs, 1, SIZE, SIZE), RESNET_E_STATE,
                 "no head");
    assert_fails(resnet_session_probabilities(got, 1, session, inputs, 1, SIZE, SIZE),
                 RESNET_E_STATE, "no head");
    assert_fails(resnet_session_classify_images(&top, sizeof top, session, &image, 1, 1),
                 RESNET_E_STATE, "no head");
    assert_fails(resnet_trainer_create(&trainer, model, NULL, NULL, NULL), RESNET_E_STATE,
                 "no head");
    resnet_image_free(image);
    resnet_session_free(other);
    resnet_session_free(session);
    resnet_model_free(model);
    free(inputs);
}

static void without_a_head_one_can_be_asked_for(void **state)
{
    (void)state;
    const foreign_file file = make_foreign(backbone, &(foreign_head){0, NULL, NULL});
    resnet_model *model = NULL;
    resnet_load_options load;
    assert_ok(resnet_load_options_init(&load, sizeof load));
    load.n_classes = 3;
    assert_fails(resnet_model_load_memory(&model, file.bytes, file.size, &load), RESNET_E_SHAPE,
                 "new_head");
    load.new_head = 1;
    assert_ok(resnet_model_load_memory(&model, file.bytes, file.size, &load));
    assert_int_equal(resnet_model_get_n_classes(model), 3);
    assert_int_equal(resnet_model_get_names_origin(model), RESNET_NAMES_NONE);
    resnet_model_free(model);
    free(file.bytes);
}

static void check_names(const resnet_model *model, int32_t origin, const char *first)
{
    assert_int_equal(resnet_model_get_names_origin(model), origin);
    assert_string_equal(resnet_model_get_class_name(model, 0), first);
}

static void a_thousand_classes_without_names_are_imagenets(void **state)
{
    (void)state;
    const foreign_head thousand = {1000, NULL, NULL}, fewer = {999, NULL, NULL};
    const char *names[1000];
    resnet_model *model = load_foreign(backbone, &thousand);
    check_names(model, RESNET_NAMES_GUESSED, "tench");
    for (size_t i = 0; i < 1000; i++) names[i] = "mine";
    assert_ok(resnet_model_set_class_names(model, names, 1000));
    check_names(model, RESNET_NAMES_SET, "mine");
    resnet_model_free(model);
    model = load_foreign(backbone, &fewer);
    check_names(model, RESNET_NAMES_NONE, "");
    resnet_model_free(model);
}

static resnet_model *save_and_load(const resnet_model *model, int32_t format)
{
    resnet_bytes *bytes = NULL;
    resnet_model *loaded = NULL;
    assert_ok(resnet_model_save_memory(&bytes, model, format));
    assert_ok(resnet_model_load_memory(&loaded, resnet_bytes_get_data(bytes),
                                       resnet_bytes_get_size(bytes), NULL));
    resnet_bytes_free(bytes);
    return loaded;
}

/* A guess stays one, and files of our own without names get none. */
static void a_guess_is_kept_as_such(void **state)
{
    (void)state;
    const foreign_head thousand = {1000, NULL, NULL};
    resnet_model *guessed = load_foreign(backbone, &thousand), *own = make_model(1000, SIZE);
    for (int32_t format = RESNET_FORMAT_HDF5; format <= RESNET_FORMAT_SAFETENSORS; format++) {
        resnet_model *loaded = save_and_load(guessed, format);
        check_names(loaded, RESNET_NAMES_GUESSED, "tench");
        resnet_model_free(loaded);
        loaded = save_and_load(own, format);
        check_names(loaded, RESNET_NAMES_NONE, "");
        resnet_model_free(loaded);
    }
    resnet_model_free(guessed);
    resnet_model_free(own);
}

static void headless_models_are_saved_as_such(void **state)
{
    (void)state;
    const foreign_head none = {0, NULL, NULL};
    resnet_model *model = load_foreign(backbone, &none);
    for (int32_t format = RESNET_FORMAT_HDF5; format <= RESNET_FORMAT_SAFETENSORS; format++) {
        resnet_model *loaded = save_and_load(model, format);
        assert_int_equal(resnet_model_get_n_classes(loaded), 0);
        resnet_model_free(loaded);
    }
    resnet_model_free(model);
}

static void what_a_model_has_is_told(void **state)
{
    (void)state;
    resnet_model_options options;
    resnet_model *model = NULL;
    assert_ok(resnet_model_options_init(&options, sizeof options));
    options.n_classes = 3;
    options.n_hidden = 2;
    options.hidden_sizes[0] = 20;
    options.hidden_sizes[1] = 10;
    options.hidden_activation = RESNET_ACTIVATION_LEAKY_RELU;
    options.activation_slope = 0.25f;
    options.pooling = RESNET_POOLING_MAX;
    options.stem_pool = RESNET_STEM_POOL_UNPADDED;
    options.dropout = 0.25f;
    assert_ok(resnet_model_create(&model, &options));
    assert_int_equal(resnet_model_get_depth(model), 50);
    assert_int_equal(resnet_model_get_n_features(model), 2048);
    assert_int_equal(resnet_model_get_n_hidden(model), 2);
    assert_int_equal(resnet_model_get_hidden_size(model, 0), 20);
    assert_int_equal(resnet_model_get_hidden_size(model, 1), 10);
    assert_int_equal(resnet_model_get_hidden_size(model, 2), 0);
    assert_int_equal(resnet_model_get_hidden_activation(model, 1), RESNET_ACTIVATION_LEAKY_RELU);
    assert_true(resnet_model_get_activation_slope(model, 1) == 0.25f);
    assert_int_equal(resnet_model_get_hidden_activation(model, 2), RESNET_ACTIVATION_AUTO);
    assert_true(resnet_model_get_activation_slope(model, 2) == 0);
    assert_int_equal(resnet_model_get_pooling(model), RESNET_POOLING_MAX);
    assert_int_equal(resnet_model_get_stem_pool(model), RESNET_STEM_POOL_UNPADDED);
    assert_true(resnet_model_get_dropout(model) == 0.25f);
    resnet_model_free(model);
    assert_int_equal(resnet_model_get_depth(NULL), 0);
    assert_int_equal(resnet_model_get_n_features(NULL), 0);
    assert_int_equal(resnet_model_get_hidden_size(NULL, 0), 0);
    assert_true(resnet_model_get_dropout(NULL) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_output_is_a_sigmoid_over_two_classes),
        cmocka_unit_test(one_output_learns_two_classes),
        cmocka_unit_test(one_class_is_refused),
        cmocka_unit_test(without_a_head_there_are_features),
        cmocka_unit_test(without_a_head_one_can_be_asked_for),
        cmocka_unit_test(a_thousand_classes_without_names_are_imagenets),
        cmocka_unit_test(a_guess_is_kept_as_such),
        cmocka_unit_test(headless_models_are_saved_as_such),
        cmocka_unit_test(what_a_model_has_is_told),
    };
    return cmocka_run_group_tests(tests, make_backbone, free_backbone);
}
