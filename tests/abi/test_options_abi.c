/* Each public options struct at the sizes of an older and of a later release.
 * SPDX-License-Identifier: MIT */
#include <resnet/resnet.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TAIL 64 /* bytes a later release may have appended */

static resnet_status init_recipe(resnet_recipe *recipe, size_t size)
{
    return resnet_recipe_init(recipe, size, NULL);
}

static resnet_status init_preset(resnet_augment *augment, size_t size)
{
    return resnet_augment_init(augment, size, NULL);
}

static resnet_status use_image(const void *options)
{
    static const unsigned char pixels[3] = {1, 2, 3};
    resnet_image *image = NULL;
    const resnet_status status =
        resnet_image_from_pixels(&image, pixels, 1, 1, 0, RESNET_PIXELS_RGB, options);
    resnet_image_free(image);
    return status;
}

static resnet_status use_recipe(const void *options)
{
    static const unsigned char pixels[3] = {1, 2, 3};
    static float input[3 * 224 * 224];
    resnet_image *image = NULL;
    resnet_status status =
        resnet_image_from_pixels(&image, pixels, 1, 1, 0, RESNET_PIXELS_RGB, NULL);
    if (status == RESNET_OK)
        status = resnet_image_prepare(input, sizeof input / sizeof *input, image, options);
    resnet_image_free(image);
    return status;
}

static resnet_status use_model(const void *options)
{
    resnet_model *model = NULL;
    const resnet_status status = resnet_model_create(&model, options);
    resnet_model_free(model);
    return status;
}

/* An absent file: the options are read first, so a good one gets as far as IO. */
static resnet_status use_load(const void *options)
{
    resnet_model *model = NULL;
    const resnet_status status = resnet_model_load(&model, "/nonexistent/weights", options);
    return status == RESNET_E_NOT_FOUND ? RESNET_OK : status;
}

static resnet_status use_caps(const void *caps)
{
    resnet_load_options options;
    const resnet_status status = resnet_load_options_init(&options, sizeof options);
    options.caps = caps;
    return status == RESNET_OK ? use_load(&options) : status;
}

static resnet_status use_dataset(const void *options)
{
    resnet_dataset *dataset = NULL;
    const resnet_status status =
        resnet_dataset_open_folder(&dataset, "/nonexistent/folder", options);
    return status == RESNET_E_NOT_FOUND ? RESNET_OK : status;
}

static resnet_model *shared_model; /* a hundred megabytes */
static resnet_queue *shared_queue;

static int make_shared(void **state)
{
    (void)state;
    const resnet_status status = resnet_model_create(&shared_model, NULL);
    return status == RESNET_OK ? resnet_queue_create(&shared_queue, shared_model, NULL) : status;
}

static int free_shared(void **state)
{
    (void)state;
    resnet_queue_free(shared_queue);
    resnet_model_free(shared_model);
    return 0;
}

static resnet_status use_session(const void *options)
{
    resnet_session *session = NULL;
    const resnet_status status = resnet_session_create(&session, shared_model, options);
    resnet_session_free(session);
    return status;
}

static int32_t run_here(void *user_data, uint64_t n_tasks, resnet_task task, void *context)
{
    (void)user_data;
    for (uint64_t i = 0; i < n_tasks; i++) task(context, i);
    return 0;
}

static resnet_status init_runnable(resnet_executor *executor, size_t size)
{
    const resnet_status status = resnet_executor_init(executor, size);
    if (status == RESNET_OK) executor->run = run_here;
    return status;
}

static resnet_status use_executor(const void *executor)
{
    resnet_session_options options;
    const resnet_status status = resnet_session_options_init(&options, sizeof options);
    options.executor = executor;
    return status == RESNET_OK ? use_session(&options) : status;
}

static resnet_status use_trainer(const void *options)
{
    resnet_trainer *trainer = NULL;
    const resnet_status status = resnet_trainer_create(&trainer, shared_model, NULL, NULL, options);
    resnet_trainer_free(trainer);
    return status;
}

static resnet_status use_evaluate(const void *options)
{
    resnet_model *model = NULL;
    resnet_dataset *dataset = NULL;
    resnet_metrics *metrics = NULL;
    static const char *const names[2] = {"a", "b"};
    static const unsigned char pixels[3] = {1, 2, 3};
    resnet_dataset_builder *builder = NULL;
    resnet_model_options two;
    resnet_status status = resnet_model_options_init(&two, sizeof two);
    two.n_classes = 2;
    if (status == RESNET_OK) status = resnet_model_create(&model, &two);
    if (status == RESNET_OK) status = resnet_metrics_create(&metrics, 2, names, NULL);
    if (status == RESNET_OK) status = resnet_dataset_builder_create(&builder, names, 2, NULL);
    if (status == RESNET_OK)
        status =
            resnet_dataset_builder_add_pixels(builder, pixels, 1, 1, 0, RESNET_PIXELS_RGB, 0, NULL);
    if (status == RESNET_OK) status = resnet_dataset_builder_finish(&dataset, builder);
    if (status == RESNET_OK) status = resnet_evaluate(metrics, model, dataset, options);
    resnet_dataset_builder_free(builder);
    resnet_dataset_free(dataset);
    resnet_metrics_free(metrics);
    resnet_model_free(model);
    return status;
}

/* Options are read before anything else, so good ones get as far as the model that is not there. */
static resnet_status use_predict(const void *options)
{
    float out;
    const resnet_status status = resnet_predict(&out, 1, NULL, NULL, options);
    return strstr(resnet_last_error(), "model or dataset is NULL") ? RESNET_OK : status;
}

static resnet_status use_queue(const void *options)
{
    resnet_queue *queue = NULL;
    const resnet_status status = resnet_queue_create(&queue, shared_model, options);
    resnet_queue_free(queue);
    return status;
}

static resnet_status use_request(const void *options)
{
    static const unsigned char pixels[3] = {1, 2, 3};
    resnet_request *request = NULL;
    const resnet_status status = resnet_queue_submit_frame(&request, shared_queue, pixels, 1, 1, 0,
                                                           RESNET_PIXELS_RGB, options);
    resnet_request_free(request);
    return status;
}

static resnet_status use_metrics(const void *options)
{
    resnet_metrics *metrics = NULL;
    const resnet_status status = resnet_metrics_create(&metrics, 2, NULL, options);
    resnet_metrics_free(metrics);
    return status;
}

static resnet_status use_report(const void *options)
{
    resnet_metrics *metrics = NULL;
    resnet_report *report = NULL;
    resnet_status status = resnet_metrics_create(&metrics, 2, NULL, NULL);
    if (status == RESNET_OK) status = resnet_report_create(&report, metrics, options);
    resnet_report_free(report);
    resnet_metrics_free(metrics);
    return status;
}

static resnet_status use_scan(const void *options)
{
    resnet_scan_summary summary;
    const resnet_status status =
        resnet_dataset_scan(&summary, sizeof summary, "/nonexistent/folder", options);
    return status == RESNET_E_NOT_FOUND ? RESNET_OK : status;
}

static resnet_status use_augment(const void *options)
{
    static const unsigned char pixels[3] = {1, 2, 3};
    resnet_image *image = NULL, *changed = NULL;
    resnet_status status =
        resnet_image_from_pixels(&image, pixels, 1, 1, 0, RESNET_PIXELS_RGB, NULL);
    if (status == RESNET_OK) status = resnet_augment_image(&changed, image, options, NULL, 0, 0, 0);
    resnet_image_free(changed);
    resnet_image_free(image);
    return status;
}

typedef struct options_case {
    const char *name;
    size_t size;
    size_t first_size; /* of the first release: a number that never changes */
    resnet_status (*init)(void *options, size_t size);
    resnet_status (*use)(const void *options);
} options_case;

#define INIT_OF(type, function)                                                                    \
    static resnet_status init_##type(void *options, size_t size)                                   \
    {                                                                                              \
        return function(options, size);                                                            \
    }
INIT_OF(image_options, resnet_image_options_init)
INIT_OF(any_recipe, init_recipe)
INIT_OF(model_options, resnet_model_options_init)
INIT_OF(load_options, resnet_load_options_init)
INIT_OF(caps, resnet_caps_init)
INIT_OF(session_options, resnet_session_options_init)
INIT_OF(dataset_options, resnet_dataset_options_init)
INIT_OF(trainer_options, resnet_trainer_options_init)
INIT_OF(evaluate_options, resnet_evaluate_options_init)
INIT_OF(predict_options, resnet_predict_options_init)
INIT_OF(queue_options, resnet_queue_options_init)
INIT_OF(request_options, resnet_request_options_init)
INIT_OF(metrics_options, resnet_metrics_options_init)
INIT_OF(report_options, resnet_report_options_init)
INIT_OF(scan_options, resnet_scan_options_init)
INIT_OF(any_augment, init_preset)
INIT_OF(executor, init_runnable)

static const options_case cases[] = {
    {"resnet_image_options", sizeof(resnet_image_options), 48, init_image_options, use_image},
    {"resnet_recipe", sizeof(resnet_recipe), 88, init_any_recipe, use_recipe},
    {"resnet_model_options", sizeof(resnet_model_options), 72, init_model_options, use_model},
    {"resnet_load_options", sizeof(resnet_load_options), 96, init_load_options, use_load},
    {"resnet_caps", sizeof(resnet_caps), 32, init_caps, use_caps},
    {"resnet_session_options", sizeof(resnet_session_options), 32, init_session_options,
     use_session},
    {"resnet_dataset_options", sizeof(resnet_dataset_options), 80, init_dataset_options,
     use_dataset},
    {"resnet_trainer_options", sizeof(resnet_trainer_options), 400, init_trainer_options,
     use_trainer},
    {"resnet_evaluate_options", sizeof(resnet_evaluate_options), 64, init_evaluate_options,
     use_evaluate},
    {"resnet_predict_options", sizeof(resnet_predict_options), 64, init_predict_options,
     use_predict},
    {"resnet_queue_options", sizeof(resnet_queue_options), 56, init_queue_options, use_queue},
    {"resnet_request_options", sizeof(resnet_request_options), 32, init_request_options,
     use_request},
    {"resnet_metrics_options", sizeof(resnet_metrics_options), 32, init_metrics_options,
     use_metrics},
    {"resnet_report_options", sizeof(resnet_report_options), 32, init_report_options, use_report},
    {"resnet_scan_options", sizeof(resnet_scan_options), 56, init_scan_options, use_scan},
    {"resnet_augment", sizeof(resnet_augment), 152, init_any_augment, use_augment},
    {"resnet_executor", sizeof(resnet_executor), 32, init_executor, use_executor},
};

static uint64_t size_written(const void *options)
{
    uint64_t size;
    memcpy(&size, options, sizeof size);
    return size;
}

static void expect_status(const options_case *one, resnet_status status, resnet_status expected)
{
    if (status != expected)
        fail_msg("%s: %s (%s), expected %s", one->name, resnet_status_name(status),
                 resnet_last_error(), resnet_status_name(expected));
}

static void for_each(void (*test)(const options_case *one, unsigned char *options))
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char *options = malloc(cases[i].size + TAIL);
        assert_non_null(options);
        memset(options, 0xAA, cases[i].size + TAIL);
        test(&cases[i], options);
        free(options);
    }
}

static void check_present_size(const options_case *one, unsigned char *options)
{
    assert_int_equal(one->size % 8, 0);
    expect_status(one, one->init(options, one->size), RESNET_OK);
    assert_int_equal(size_written(options), one->size);
    assert_int_equal(options[one->size], 0xAA); /* nothing beyond what was asked for */
    expect_status(one, one->use(options), RESNET_OK);
}

static void check_too_small(const options_case *one, unsigned char *options)
{
    expect_status(one, one->init(options, 4), RESNET_E_INVALID);
    expect_status(one, one->init(NULL, one->size), RESNET_E_INVALID);
    expect_status(one, one->init(options, one->size), RESNET_OK);
    memset(options, 0, sizeof(uint64_t)); /* as if init had not been called */
    expect_status(one, one->use(options), RESNET_E_INVALID);
}

/* A program compiled against the first release; what lies behind its struct is none of ours. */
static void check_first_release(const options_case *one, unsigned char *options)
{
    const uint64_t smaller = one->first_size - 8;
    assert_true(one->first_size % 8 == 0 && one->first_size <= one->size);
    expect_status(one, one->init(options, one->first_size), RESNET_OK);
    assert_int_equal(size_written(options), one->first_size);
    for (size_t i = one->first_size; i < one->size + TAIL; i++) assert_int_equal(options[i], 0xAA);
    expect_status(one, one->use(options), RESNET_OK);
    expect_status(one, one->init(options, smaller), RESNET_E_INVALID);
    memcpy(options, &smaller, sizeof smaller);
    expect_status(one, one->use(options), RESNET_E_INVALID);
}

static void check_later_release(const options_case *one, unsigned char *options)
{
    expect_status(one, one->init(options, one->size + TAIL), RESNET_OK);
    assert_int_equal(size_written(options), one->size + TAIL);
    for (size_t i = 0; i < TAIL; i++) assert_int_equal(options[one->size + i], 0);
    expect_status(one, one->use(options), RESNET_OK);
    options[one->size + TAIL - 1] = 1;
    expect_status(one, one->use(options), RESNET_E_UNSUPPORTED);
}

static void test_present_size(void **state)
{
    (void)state;
    for_each(check_present_size);
}

static void test_too_small(void **state)
{
    (void)state;
    for_each(check_too_small);
}

static void test_first_release(void **state)
{
    (void)state;
    for_each(check_first_release);
}

static void test_later_release(void **state)
{
    (void)state;
    for_each(check_later_release);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_present_size),
        cmocka_unit_test(test_too_small),
        cmocka_unit_test(test_first_release),
        cmocka_unit_test(test_later_release),
    };
    return cmocka_run_group_tests(tests, make_shared, free_shared);
}
