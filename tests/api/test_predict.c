/* A model's answers to a dataset: those of a session, in the dataset's order.
 * SPDX-License-Identifier: MIT */
#include "api.h"

#define SIZE 32
#define N_CLASSES 3
#define N 21
#define BATCH 8
#define N_FEATURES 2048

static resnet_model *model;
static resnet_dataset *dataset;
static float logits[N * N_CLASSES]; /* of batches of BATCH */

/* Sample i, of its own number; number 13 has no label. */
static resnet_status read_sample(void *user_data, resnet_image **out, uint64_t index)
{
    (void)user_data;
    *out = make_image(40, 50, (uint32_t)index);
    return RESNET_OK;
}

static resnet_dataset *make_dataset(resnet_dataset_read_callback read, int32_t on_corrupt)
{
    const char *names[2] = {"others", "than the model's"};
    int32_t labels[N];
    resnet_dataset *made = NULL;
    resnet_dataset_options options;
    assert_ok(resnet_dataset_options_init(&options, sizeof options));
    options.on_corrupt = on_corrupt;
    options.max_corrupt = 0.5;
    for (int32_t i = 0; i < N; i++) labels[i] = i == 13 ? RESNET_UNLABELLED : i % 2;
    assert_ok(resnet_dataset_from_callback(&made, read, NULL, N, labels, names, 2, &options));
    return made;
}

static int set_up(void **state)
{
    (void)state;
    model = make_model(N_CLASSES, SIZE);
    dataset = make_dataset(read_sample, RESNET_CORRUPT_ERROR);
    resnet_session *session = make_session(model, 2);
    for (uint32_t i = 0; i < N; i += BATCH) {
        resnet_image *images[BATCH];
        const uint32_t n = N - i < BATCH ? N - i : BATCH;
        for (uint32_t j = 0; j < n; j++) images[j] = make_image(40, 50, i + j);
        assert_ok(resnet_session_run_images(logits + i * N_CLASSES, n * N_CLASSES, session,
                                            RESNET_OUTPUT_LOGITS, images, n));
        for (uint32_t j = 0; j < n; j++) resnet_image_free(images[j]);
    }
    resnet_session_free(session);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    resnet_dataset_free(dataset);
    resnet_model_free(model);
    return 0;
}

static resnet_predict_options make_options(int32_t output)
{
    resnet_predict_options options;
    assert_ok(resnet_predict_options_init(&options, sizeof options));
    options.output = output;
    options.batch_size = BATCH;
    options.n_threads = 2;
    return options;
}

static void rows_are_in_the_datasets_order(void **state)
{
    (void)state;
    float got[N * N_CLASSES];
    for (uint32_t n_loaders = 0; n_loaders < 4; n_loaders++) {
        resnet_predict_options options = make_options(RESNET_OUTPUT_LOGITS);
        options.n_loaders = n_loaders;
        assert_ok(resnet_predict(got, N * N_CLASSES, model, dataset, &options));
        assert_memory_equal(got, logits, sizeof got);
    }
}

static void every_output_is_there(void **state)
{
    (void)state;
    static float got[N * N_FEATURES];
    resnet_predict_options options = make_options(RESNET_OUTPUT_EMBEDDINGS);
    assert_ok(resnet_predict(got, N * N_FEATURES, model, dataset, &options));
    for (size_t i = 0; i < N * N_FEATURES; i++) assert_true(isfinite(got[i]));
    assert_ok(resnet_predict(got, N * N_CLASSES, model, dataset, NULL));
    for (size_t i = 0; i < N; i++) { /* probabilities are the default */
        double sum = 0;
        for (size_t c = 0; c < N_CLASSES; c++) sum += (double)got[i * N_CLASSES + c];
        assert_true(fabs(sum - 1) < 1e-5);
    }
}

static void answers_to_several_views_are_averaged(void **state)
{
    (void)state;
    static float want[N * N_FEATURES], got[N * N_FEATURES];
    resnet_session_options views;
    resnet_session *session = NULL;
    resnet_image *images[N];
    assert_ok(resnet_session_options_init(&views, sizeof views));
    views.views = RESNET_VIEWS_TEN;
    assert_ok(resnet_session_create(&session, model, &views));
    for (uint32_t i = 0; i < N; i++) images[i] = make_image(40, 50, i);
    for (int32_t output = 0; output <= RESNET_OUTPUT_EMBEDDINGS; output++) {
        const size_t n = N * resnet_session_get_n_values(session, output);
        resnet_predict_options options = make_options(output);
        options.views = RESNET_VIEWS_TEN;
        options.batch_size = 33; /* three pictures */
        assert_ok(resnet_session_run_images(want, n, session, output, images, N));
        assert_ok(resnet_predict(got, n, model, dataset, &options));
        for (size_t i = 0; i < n; i++)
            assert_true(fabs((double)got[i] - (double)want[i]) <=
                        1e-5 * (1 + fabs((double)want[i])));
    }
    for (uint32_t i = 0; i < N; i++) resnet_image_free(images[i]);
    resnet_session_free(session);
}

/* What resnet_evaluate() finds is what resnet_metrics_add() finds of resnet_predict()'s logits. */
static void an_evaluation_has_the_same_views(void **state)
{
    (void)state;
    static const char *const names[N_CLASSES] = {"a", "b", "c"};
    float got[N * N_CLASSES];
    int32_t labels[N];
    double want_loss, loss, one;
    resnet_dataset *labelled = NULL;
    resnet_metrics *metrics[3] = {NULL};
    resnet_evaluate_options work;
    resnet_predict_options options = make_options(RESNET_OUTPUT_LOGITS);
    options.views = RESNET_VIEWS_FIVE;
    for (int32_t i = 0; i < N; i++) labels[i] = i % N_CLASSES;
    for (size_t i = 0; i < 3; i++)
        assert_ok(resnet_metrics_create(&metrics[i], N_CLASSES, names, NULL));
    assert_ok(resnet_dataset_from_callback(&labelled, read_sample, NULL, N, labels, names,
                                           N_CLASSES, NULL));
    assert_ok(resnet_predict(got, N * N_CLASSES, model, labelled, &options));
    assert_ok(resnet_metrics_add(metrics[0], got, labels, NULL, N));
    assert_ok(resnet_evaluate_options_init(&work, sizeof work));
    assert_int_equal(work.views, RESNET_VIEWS_ONE);
    assert_ok(resnet_evaluate(metrics[1], model, labelled, &work));
    work.views = RESNET_VIEWS_FIVE;
    assert_ok(resnet_evaluate(metrics[2], model, labelled, &work));
    assert_ok(resnet_metrics_get(&want_loss, metrics[0], "loss"));
    assert_ok(resnet_metrics_get(&one, metrics[1], "loss"));
    assert_ok(resnet_metrics_get(&loss, metrics[2], "loss"));
    assert_true(fabs(loss - want_loss) < 1e-6 && fabs(loss - one) > 1e-5);
    work.views = 4;
    assert_fails(resnet_evaluate(metrics[2], model, labelled, &work), RESNET_E_INVALID, "views: 4");
    for (size_t i = 0; i < 3; i++) resnet_metrics_free(metrics[i]);
    resnet_dataset_free(labelled);
}

typedef struct listener {
    uint64_t n, stop_after;
    int how; /* 1: by resnet_set_error() */
} listener;

static int32_t hear(void *user_data, const resnet_scores *scores)
{
    listener *self = user_data;
    assert_true(scores->struct_size == sizeof *scores && scores->n_values == N_CLASSES);
    for (uint64_t i = 0; i < scores->n; i++) {
        const uint64_t sample = scores->samples[i];
        assert_true(sample == self->n + i);
        assert_int_equal(scores->labels[i], sample == 13 ? RESNET_UNLABELLED : (int)(sample % 2));
        assert_memory_equal(scores->values + i * N_CLASSES, logits + sample * N_CLASSES,
                            N_CLASSES * sizeof *logits);
    }
    self->n += scores->n;
    if (self->n < self->stop_after) return 0;
    return self->how == 1 ? resnet_set_error(RESNET_E_IO, "the host's disk is full") : 1;
}

static void batches_are_told_as_they_come(void **state)
{
    (void)state;
    listener self = {0, UINT64_MAX, 0}, stops = {0, BATCH, 0}, fails = {0, BATCH, 1};
    resnet_predict_options options = make_options(RESNET_OUTPUT_LOGITS);
    options.on_scores = hear;
    options.scores_user_data = &self;
    assert_ok(resnet_predict(NULL, 0, model, dataset, &options));
    assert_int_equal(self.n, N);
    options.scores_user_data = &stops;
    assert_fails(resnet_predict(NULL, 0, model, dataset, &options), RESNET_E_CANCELLED,
                 "cancelled");
    assert_int_equal(stops.n, BATCH);
    options.scores_user_data = &fails;
    assert_fails(resnet_predict(NULL, 0, model, dataset, &options), RESNET_E_IO, "disk is full");
}

static resnet_status read_some(void *user_data, resnet_image **out, uint64_t index)
{
    if (index % 5 == 2) return RESNET_E_FORMAT;
    return read_sample(user_data, out, index);
}

static void what_is_left_out_is_not_a_number(void **state)
{
    (void)state;
    float got[N * N_CLASSES];
    const resnet_predict_options options = make_options(RESNET_OUTPUT_LOGITS);
    resnet_dataset *skips = make_dataset(read_some, RESNET_CORRUPT_SKIP);
    assert_ok(resnet_predict(got, N * N_CLASSES, model, skips, &options));
    for (size_t i = 0; i < N * N_CLASSES; i++)
        assert_int_equal(isnan(got[i]) != 0, i / N_CLASSES % 5 == 2);
    resnet_dataset_free(skips);
    resnet_dataset *fails = make_dataset(read_some, RESNET_CORRUPT_ERROR);
    assert_fails(resnet_predict(got, N * N_CLASSES, model, fails, &options), RESNET_E_FORMAT,
                 "sample#2");
    resnet_dataset_free(fails);
}

static void wrong_questions_are_refused(void **state)
{
    (void)state;
    float got[N * N_CLASSES];
    resnet_cancel_token *token = NULL;
    resnet_predict_options options = make_options(RESNET_OUTPUT_LOGITS);
    assert_fails(resnet_predict(got, N, NULL, dataset, NULL), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_predict(got, N, model, NULL, NULL), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_predict(NULL, 0, model, dataset, NULL), RESNET_E_INVALID, "neither");
    assert_fails(resnet_predict(got, N * N_CLASSES - 1, model, dataset, NULL), RESNET_E_INVALID,
                 "room for");
    options.output = 3;
    assert_fails(resnet_predict(got, N * N_CLASSES, model, dataset, &options), RESNET_E_INVALID,
                 "output");
    options = make_options(RESNET_OUTPUT_LOGITS);
    options.batch_size = 0;
    assert_fails(resnet_predict(got, N * N_CLASSES, model, dataset, &options), RESNET_E_INVALID,
                 "batch_size");
    options = make_options(RESNET_OUTPUT_LOGITS);
    options.views = 7;
    assert_fails(resnet_predict(got, N * N_CLASSES, model, dataset, &options), RESNET_E_INVALID,
                 "views: 7");
    options = make_options(RESNET_OUTPUT_LOGITS);
    assert_ok(resnet_cancel_token_create(&token));
    resnet_cancel_token_cancel(token);
    options.cancel = token;
    assert_fails(resnet_predict(got, N * N_CLASSES, model, dataset, &options), RESNET_E_CANCELLED,
                 "cancelled");
    resnet_cancel_token_free(token);
}

typedef struct heard {
    float values[N * N_CLASSES];
    uint64_t n, stop_after;
} heard;

static int32_t keep_scores(void *user_data, const resnet_scores *scores)
{
    heard *self = user_data;
    assert_true(scores->struct_size == sizeof *scores && scores->n_values == N_CLASSES);
    for (uint64_t i = 0; i < scores->n; i++) {
        assert_int_equal(scores->labels[i], (int)(scores->samples[i] % N_CLASSES));
        memcpy(self->values + scores->samples[i] * N_CLASSES, scores->values + i * N_CLASSES,
               N_CLASSES * sizeof *self->values);
    }
    self->n += scores->n;
    return self->stop_after && self->n >= self->stop_after;
}

/* One run over the data gives the figures and what they are made of. */
static void an_evaluation_tells_its_scores(void **state)
{
    (void)state;
    const char *names[N_CLASSES] = {"a", "b", "c"};
    int32_t labels[N];
    float wanted[N * N_CLASSES];
    heard all = {.n = 0}, some = {.stop_after = BATCH};
    resnet_dataset *labelled = NULL;
    resnet_metrics *metrics = NULL;
    resnet_evaluate_options options;
    for (int32_t i = 0; i < N; i++) labels[i] = i % N_CLASSES;
    assert_ok(resnet_dataset_from_callback(&labelled, read_sample, NULL, N, labels, names,
                                           N_CLASSES, NULL));
    const resnet_predict_options same = make_options(RESNET_OUTPUT_PROBABILITIES);
    assert_ok(resnet_predict(wanted, N * N_CLASSES, model, labelled, &same));
    assert_ok(resnet_metrics_create(&metrics, N_CLASSES, NULL, NULL));
    assert_ok(resnet_evaluate_options_init(&options, sizeof options));
    options.batch_size = BATCH;
    options.n_threads = 2;
    options.on_scores = keep_scores;
    options.scores_user_data = &all;
    assert_ok(resnet_evaluate(metrics, model, labelled, &options));
    assert_int_equal(all.n, N);
    assert_memory_equal(all.values, wanted, sizeof wanted);
    resnet_metrics_clear(metrics);
    options.scores_user_data = &some;
    assert_int_equal(resnet_evaluate(metrics, model, labelled, &options), RESNET_E_CANCELLED);
    assert_int_equal(some.n, BATCH);
    assert_int_equal(resnet_metrics_get_count(metrics), BATCH);
    resnet_metrics_free(metrics);
    resnet_dataset_free(labelled);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_in_the_datasets_order),
        cmocka_unit_test(every_output_is_there),
        cmocka_unit_test(answers_to_several_views_are_averaged),
        cmocka_unit_test(an_evaluation_has_the_same_views),
        cmocka_unit_test(batches_are_told_as_they_come),
        cmocka_unit_test(what_is_left_out_is_not_a_number),
        cmocka_unit_test(wrong_questions_are_refused),
        cmocka_unit_test(an_evaluation_tells_its_scores),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
