/* A host that rounds otherwise, or flushes subnormals to zero, gets the same answers and keeps its
 * own mode. SPDX-License-Identifier: MIT */
#include "api.h"

#include <fenv.h>
#if defined __SSE2__
#include <immintrin.h>
#endif

#define SIZE 32
#define N_CLASSES 3
#define N_IMAGES 5

/* What each part of the library answered, as a hash (FNV-1a). */
enum part {
    IMAGE,
    VIEWS,
    AUGMENTED,
    WEIGHTS,
    LOGITS,
    ONE,
    CLASSES,
    STEP,
    COURSE,
    FIGURES,
    REPORT,
    SPLIT,
    N_PARTS
};
static const char *const PART_NAMES[N_PARTS] = {"image",  "views",   "augmented", "weights",
                                                "logits", "one",     "classes",   "step",
                                                "course", "figures", "report",    "split"};

static uint64_t hash(const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    uint64_t value = 14695981039346656037u;
    for (size_t i = 0; i < size; i++) value = (value ^ at[i]) * 1099511628211u;
    return value;
}

static void prepare_images(uint64_t out[N_PARTS])
{
    resnet_image *image = make_image(97, 61, 1), *changed = NULL;
    resnet_recipe recipe;
    resnet_augment augment;
    static float inputs[10 * 3 * SIZE * SIZE];
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, "timm"));
    assert_ok(resnet_recipe_set_size(&recipe, SIZE));
    assert_ok(resnet_image_prepare(inputs, 3 * SIZE * SIZE, image, &recipe));
    out[IMAGE] = hash(inputs, 3 * SIZE * SIZE * sizeof *inputs);
    assert_ok(resnet_image_prepare_views(inputs, sizeof inputs / sizeof *inputs, image, &recipe,
                                         RESNET_VIEWS_TEN));
    out[VIEWS] = hash(inputs, sizeof inputs);
    assert_ok(resnet_augment_init(&augment, sizeof augment, "keras"));
    augment.jitter_hue = 0.3F;
    augment.jitter_saturation = 0.3F;
    assert_ok(resnet_augment_image(&changed, image, &augment, &recipe, 1, 2, 3));
    out[AUGMENTED] = hash(resnet_image_get_pixels(changed), SIZE * SIZE * 3);
    resnet_image_free(changed);
    resnet_image_free(image);
}

static uint64_t hash_tensor(const resnet_model *model, const char *name)
{
    resnet_tensor_view view;
    size_t i = 0;
    do assert_ok(resnet_model_get_tensor(&view, sizeof view, model, i++));
    while (strcmp(view.name, name) != 0);
    return hash(view.data, view.data_size);
}

static void run_sessions(uint64_t out[N_PARTS], const resnet_model *model)
{
    resnet_session *session = make_session(model, 2);
    float logits[N_IMAGES * N_CLASSES], *inputs = make_inputs(N_IMAGES, SIZE, SIZE);
    resnet_prediction top[N_CLASSES];
    resnet_image *image = make_image(80, 50, 2);
    inputs[7] = 1e-39F; /* subnormal */
    assert_ok(
        resnet_session_logits(logits, N_IMAGES * N_CLASSES, session, inputs, N_IMAGES, SIZE, SIZE));
    out[LOGITS] = hash(logits, sizeof logits);
    assert_ok(resnet_session_probabilities(logits, N_CLASSES, session, inputs, 1, SIZE, SIZE));
    out[ONE] = hash(logits, N_CLASSES * sizeof *logits);
    memset(top, 0, sizeof top);
    assert_ok(resnet_session_classify_images(top, sizeof *top, session, &image, 1, N_CLASSES));
    out[CLASSES] = 0;
    for (size_t i = 0; i < N_CLASSES; i++)
        out[CLASSES] = out[CLASSES] * 31 + hash(&top[i].probability, sizeof top[i].probability);
    resnet_image_free(image);
    resnet_session_free(session);
    free(inputs);
}

static resnet_status read_sample(void *user_data, resnet_image **out, uint64_t index)
{
    (void)user_data;
    *out = make_image(40, 36, (uint32_t)index);
    return RESNET_OK;
}

static resnet_dataset *make_dataset(void)
{
    static const char *const names[N_CLASSES] = {"a", "b", "c"};
    static const int32_t labels[12] = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2};
    resnet_dataset *dataset = NULL;
    assert_ok(resnet_dataset_from_callback(&dataset, read_sample, NULL, 12, labels, names,
                                           N_CLASSES, NULL));
    return dataset;
}

static void split(uint64_t out[N_PARTS], const resnet_dataset *dataset)
{
    resnet_dataset *train = NULL, *val = NULL;
    float weights[N_CLASSES];
    assert_ok(resnet_dataset_split(&train, &val, dataset, 0.374999, 5));
    assert_ok(resnet_dataset_copy_class_weights(weights, N_CLASSES, train));
    out[SPLIT] = hash(weights, sizeof weights) + resnet_dataset_get_n_samples(val);
    resnet_dataset_free(train);
    resnet_dataset_free(val);
}

static double keep_rate(void *user_data, uint64_t epoch, uint64_t step, uint64_t n, double planned)
{
    (void)user_data, (void)epoch, (void)step, (void)n;
    return planned;
}

static void teach(uint64_t out[N_PARTS], resnet_model *model, const resnet_dataset *dataset)
{
    resnet_trainer_options options;
    resnet_trainer *trainer = NULL;
    const int32_t labels[4] = {0, 1, 2, 0};
    float *inputs = make_inputs(4, SIZE, SIZE);
    double loss = 0;
    assert_ok(resnet_trainer_options_init(&options, sizeof options));
    options.n_threads = 2;
    options.n_epochs = 1;
    options.batch_size = 4;
    options.clip_norm = 1;
    options.augment = "imagenet";
    options.mixup_alpha = 0.2F;
    options.schedule = RESNET_SCHEDULE_COSINE;
    options.on_schedule = keep_rate;
    assert_ok(resnet_trainer_create(&trainer, model, dataset, dataset, &options));
    assert_ok(resnet_trainer_step(&loss, trainer, inputs, 4, SIZE, SIZE, labels));
    out[STEP] = hash(&loss, sizeof loss) + hash_tensor(model, "layer4.2.conv3.weight");
    assert_ok(resnet_trainer_fit(trainer));
    out[COURSE] = hash_tensor(model, "conv1.weight") + hash_tensor(model, "bn1.running_var");
    resnet_trainer_free(trainer);
    free(inputs);
}

static void measure(uint64_t out[N_PARTS], const resnet_model *model, const resnet_dataset *dataset)
{
    resnet_metrics *metrics = NULL;
    resnet_report *report = NULL;
    double figures[3];
    size_t size = 0;
    static char text[1 << 20];
    assert_ok(resnet_metrics_create(&metrics, N_CLASSES, NULL, NULL));
    assert_ok(resnet_evaluate(metrics, model, dataset, NULL));
    assert_ok(resnet_metrics_get(&figures[0], metrics, "loss"));
    assert_ok(resnet_metrics_get(&figures[1], metrics, "macro_f1"));
    assert_ok(resnet_metrics_fit_temperature(&figures[2], NULL, NULL, metrics));
    out[FIGURES] = hash(figures, sizeof figures);
    assert_ok(resnet_report_create(&report, metrics, NULL));
    assert_ok(resnet_report_copy(text, sizeof text, &size, report, RESNET_REPORT_JSON));
    out[REPORT] = hash(text, size);
    assert_ok(resnet_report_copy(text, sizeof text, &size, report, RESNET_REPORT_TEXT));
    out[REPORT] += hash(text, size);
    resnet_report_free(report);
    resnet_metrics_free(metrics);
}

static void do_everything(uint64_t out[N_PARTS])
{
    resnet_model *model = make_model(N_CLASSES, SIZE);
    resnet_dataset *dataset = make_dataset();
    prepare_images(out);
    out[WEIGHTS] = hash_tensor(model, "layer3.0.conv2.weight");
    run_sessions(out, model);
    split(out, dataset);
    teach(out, model, dataset);
    measure(out, model, dataset);
    resnet_dataset_free(dataset);
    resnet_model_free(model);
}

static uint64_t usual[N_PARTS];

static void assert_as_usual(const char *mode)
{
    uint64_t parts[N_PARTS];
    do_everything(parts);
    for (size_t i = 0; i < N_PARTS; i++)
        if (parts[i] != usual[i]) fail_msg("%s: %s differs", mode, PART_NAMES[i]);
}

static void test_rounding_upward_does_not_show(void **state)
{
    (void)state;
    assert_int_equal(fesetround(FE_UPWARD), 0);
    assert_as_usual("upward");
    assert_int_equal(fegetround(), FE_UPWARD);
    assert_int_equal(fesetround(FE_TONEAREST), 0);
}

static void test_no_rounding_mode_shows_in_images(void **state)
{
    const int modes[] = {FE_DOWNWARD, FE_TOWARDZERO};
    uint64_t parts[N_PARTS] = {0};
    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        assert_int_equal(fesetround(modes[i]), 0);
        prepare_images(parts);
        assert_int_equal(fegetround(), modes[i]);
        assert_int_equal(fesetround(FE_TONEAREST), 0);
        assert_memory_equal(parts, usual, (AUGMENTED + 1) * sizeof *parts);
    }
}

static void test_flushed_subnormals_do_not_show(void **state)
{
    (void)state;
#if defined __SSE2__
    const unsigned before = _mm_getcsr();
    _mm_setcsr(before | 0x8040); /* flush to zero, denormals are zero */
    assert_as_usual("subnormals flushed");
    assert_int_equal(_mm_getcsr() & 0x8040, 0x8040);
    _mm_setcsr(before);
#else
    skip();
#endif
}

#if defined __GLIBC__ && defined __SSE2__
int feenableexcept(int excepts); /* glibc's; <fenv.h> hides it from strict C11 */
int fedisableexcept(int excepts);
#endif

static void test_traps_do_not_fire(void **state)
{
    (void)state;
#if defined __GLIBC__ && defined __SSE2__
    assert_true(feenableexcept(FE_INVALID | FE_OVERFLOW | FE_UNDERFLOW | FE_INEXACT) != -1);
    uint64_t parts[N_PARTS] = {0};
    resnet_model *model = make_model(N_CLASSES, SIZE);
    run_sessions(parts, model);
    resnet_model_free(model);
    fedisableexcept(FE_ALL_EXCEPT);
    assert_true(parts[LOGITS] == usual[LOGITS]);
#else
    skip();
#endif
}

static int learn_the_usual(void **state)
{
    (void)state;
    do_everything(usual);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rounding_upward_does_not_show),
        cmocka_unit_test(test_no_rounding_mode_shows_in_images),
        cmocka_unit_test(test_flushed_subnormals_do_not_show),
        cmocka_unit_test(test_traps_do_not_fire),
    };
    return cmocka_run_group_tests(tests, learn_the_usual, NULL);
}
