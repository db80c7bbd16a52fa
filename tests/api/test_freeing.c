/* Handles are freed in whatever order the host's language lets go of them. What is freed too early
 * is overwritten (MALLOC_PERTURB_) or seen by the address sanitizer. SPDX-License-Identifier: MIT
 */
#include "api.h"

#define SIZE 32
#define N_CLASSES 3

static void a_session_outlives_its_model(void **state)
{
    (void)state;
    resnet_model *model = make_model(N_CLASSES, SIZE);
    resnet_session *first = make_session(model, 1), *second = make_session(model, 2);
    float *inputs = make_inputs(1, SIZE, SIZE), want[N_CLASSES], got[N_CLASSES];
    const char *names[N_CLASSES] = {"a", "b", "c"};
    resnet_prediction top;
    resnet_image *image = make_image(40, 40, 1);
    assert_ok(resnet_model_set_class_names(model, names, N_CLASSES));
    assert_ok(resnet_session_logits(want, N_CLASSES, first, inputs, 1, SIZE, SIZE));
    resnet_model_free(model);
    resnet_session_free(first);
    assert_ok(resnet_session_logits(got, N_CLASSES, second, inputs, 1, SIZE, SIZE));
    assert_memory_equal(want, got, sizeof want);
    assert_ok(resnet_session_classify_images(&top, sizeof top, second, &image, 1, 1));
    assert_int_equal(top.name[0], 'a' + top.label);
    resnet_session_free(second);
    resnet_image_free(image);
    free(inputs);
}

static resnet_dataset *make_dataset(void)
{
    const char *names[N_CLASSES] = {"a", "b", "c"};
    static unsigned char pixels[SIZE * SIZE * 3];
    resnet_dataset_builder *builder = NULL;
    resnet_dataset *dataset = NULL;
    assert_ok(resnet_dataset_builder_create(&builder, names, N_CLASSES, NULL));
    for (int32_t i = 0; i < 4; i++) {
        memset(pixels, 60 * i, sizeof pixels);
        assert_ok(resnet_dataset_builder_add_pixels(builder, pixels, SIZE, SIZE, 0,
                                                    RESNET_PIXELS_RGB, i % N_CLASSES, NULL));
    }
    assert_ok(resnet_dataset_builder_finish(&dataset, builder));
    resnet_dataset_builder_free(builder);
    return dataset;
}

static void a_trainer_outlives_its_model_and_data(void **state)
{
    (void)state;
    resnet_model *model = make_model(N_CLASSES, SIZE);
    resnet_dataset *train = make_dataset(), *validation = make_dataset();
    resnet_trainer *trainer = NULL;
    resnet_trainer_options options;
    assert_ok(resnet_trainer_options_init(&options, sizeof options));
    options.n_epochs = 2;
    options.freeze = RESNET_FREEZE_ALL;
    options.allow_random_features = 1;
    options.n_threads = 2;
    assert_ok(resnet_trainer_create(&trainer, model, train, validation, &options));
    resnet_dataset_free(train);
    resnet_dataset_free(validation);
    resnet_model_free(model);
    assert_ok(resnet_trainer_fit(trainer));
    resnet_trainer_free(trainer);
}

static void a_failed_creation_holds_on_to_nothing(void **state)
{
    (void)state;
    resnet_model *model = make_model(N_CLASSES + 1, SIZE);
    resnet_dataset *train = make_dataset();
    resnet_trainer *trainer = NULL;
    assert_fails(resnet_trainer_create(&trainer, model, train, NULL, NULL), RESNET_E_INVALID,
                 "classes");
    resnet_dataset_free(train);
    resnet_model_free(model);
}

static void a_report_outlives_its_metrics(void **state)
{
    (void)state;
    const float logits[2][2] = {{1, 0}, {0, 1}};
    const int32_t labels[2] = {0, 1};
    resnet_metrics *metrics = NULL;
    resnet_report *report = NULL;
    size_t size = 0;
    assert_ok(resnet_metrics_create(&metrics, 2, NULL, NULL));
    assert_ok(resnet_metrics_add(metrics, &logits[0][0], labels, NULL, 2));
    assert_ok(resnet_report_create(&report, metrics, NULL));
    resnet_metrics_free(metrics);
    assert_ok(resnet_report_copy(NULL, 0, &size, report, RESNET_REPORT_JSON));
    assert_true(size > 100);
    resnet_report_free(report);
}

/* Runs last: the tests above freed all their handles. */
static void nothing_is_left(void **state)
{
    (void)state;
    resnet_model *model = NULL;
    assert_int_equal(resnet_memory_get_n_blocks(), 0);
    assert_ok(resnet_model_create(&model, NULL));
    assert_true(resnet_memory_get_n_blocks() > 0);
    resnet_model_free(model);
    assert_int_equal(resnet_memory_get_n_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_outlives_its_model),
        cmocka_unit_test(a_trainer_outlives_its_model_and_data),
        cmocka_unit_test(a_failed_creation_holds_on_to_nothing),
        cmocka_unit_test(a_report_outlives_its_metrics),
        cmocka_unit_test(nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
