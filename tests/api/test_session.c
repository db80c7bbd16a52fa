/* Sessions: every kind of answer, every kind of wrong question. SPDX-License-Identifier: MIT */
#include "api.h"

#include <sys/wait.h>
#include <unistd.h>

#define N_CLASSES 6
#define SIZE 32

static resnet_model *model; /* made once: random weights take a second */

static int make_shared_model(void **state)
{
    static const char *const names[N_CLASSES] = {"a", "b", "c", "d", "e", "f"};
    (void)state;
    model = make_model(N_CLASSES, SIZE);
    return resnet_model_set_class_names(model, names, N_CLASSES);
}

static int free_shared_model(void **state)
{
    (void)state;
    resnet_model_free(model);
    return 0;
}

static void answers_agree_with_each_other(void **state)
{
    (void)state;
    enum { N = 3 };
    resnet_session *session = make_session(model, 2);
    resnet_recipe recipe = {.struct_size = sizeof recipe};
    resnet_image *images[N];
    float inputs[N * 3 * SIZE * SIZE], logits[N * N_CLASSES], p[N * N_CLASSES];
    resnet_prediction top[N * N_CLASSES];
    assert_ok(resnet_model_copy_recipe(&recipe, sizeof recipe, model));
    for (uint32_t i = 0; i < N; i++) {
        images[i] = make_image(50 + i, 40, i);
        assert_ok(resnet_image_prepare(inputs + i * 3 * SIZE * SIZE, 3 * SIZE * SIZE, images[i],
                                       &recipe));
    }
    assert_ok(resnet_session_logits(logits, N * N_CLASSES, session, inputs, N, SIZE, SIZE));
    assert_ok(resnet_session_probabilities(p, N * N_CLASSES, session, inputs, N, SIZE, SIZE));
    assert_ok(resnet_session_classify_images(top, sizeof(resnet_prediction), session, images, N,
                                             N_CLASSES));
    for (size_t i = 0; i < N; i++) {
        double sum = 0;
        for (size_t k = 0; k < N_CLASSES; k++) {
            const resnet_prediction *t = &top[i * N_CLASSES + k];
            sum += (double)t->probability;
            assert_true(t->logit == logits[i * N_CLASSES + (size_t)t->label]);
            assert_true(t->probability == p[i * N_CLASSES + (size_t)t->label]);
            assert_true(k == 0 || t->logit <= t[-1].logit);
            assert_int_equal(t->name[0], 'a' + (char)t->label);
        }
        assert_true(fabs(sum - 1) < 1e-5);
    }
    resnet_prediction best[N];
    assert_ok(
        resnet_session_classify_images(best, sizeof(resnet_prediction), session, images, N, 1));
    for (size_t i = 0; i < N; i++) {
        assert_memory_equal(&best[i], &top[i * N_CLASSES], sizeof best[i]);
        resnet_image_free(images[i]);
    }
    resnet_session_free(session);
}

static void features_have_their_shapes(void **state)
{
    (void)state;
    static const size_t expected[4][3] = {{256, 9, 12}, {512, 5, 6}, {1024, 3, 3}, {2048, 2, 2}};
    resnet_session *session = make_session(model, 2);
    float *inputs = make_inputs(2, 33, 47), embeddings[2 * 2048];
    assert_ok(resnet_session_prepare(session, 2, 33, 47));
    assert_ok(resnet_session_embeddings(embeddings, 2 * 2048, session, inputs, 2, 33, 47));
    for (int32_t stage = 1; stage <= 4; stage++) {
        size_t chw[3];
        assert_ok(resnet_session_get_feature_shape(chw, session, 33, 47, stage));
        assert_memory_equal(chw, expected[stage - 1], sizeof chw);
        const size_t count = 2 * chw[0] * chw[1] * chw[2];
        float *features = calloc(count, sizeof *features);
        assert_fails(
            resnet_session_features(features, count - 1, session, inputs, 2, 33, 47, stage),
            RESNET_E_INVALID, "room for");
        assert_ok(resnet_session_features(features, count, session, inputs, 2, 33, 47, stage));
        for (size_t c = 0; stage == 4 && c < 2 * 2048; c++) { /* pooled, the embedding */
            double mean = 0;
            for (size_t i = 0; i < 4; i++) mean += (double)features[c * 4 + i] / 4;
            assert_true(fabs(mean - (double)embeddings[c]) <= 1e-5 * fabs(mean) + 1e-6);
        }
        free(features);
    }
    free(inputs);
    resnet_session_free(session);
}

static void wrong_questions_are_refused(void **state)
{
    (void)state;
    resnet_session *session = make_session(model, 1);
    float *inputs = make_inputs(1, SIZE, SIZE), out[N_CLASSES];
    size_t chw[3];
    resnet_image *none[1] = {NULL}, *image = make_image(40, 40, 1);
    resnet_prediction top[N_CLASSES];
    assert_fails(resnet_session_logits(out, N_CLASSES, NULL, inputs, 1, SIZE, SIZE),
                 RESNET_E_INVALID, "NULL");
    assert_fails(resnet_session_logits(out, N_CLASSES, session, NULL, 1, SIZE, SIZE),
                 RESNET_E_INVALID, "NULL");
    assert_fails(resnet_session_logits(NULL, N_CLASSES, session, inputs, 1, SIZE, SIZE),
                 RESNET_E_INVALID, "NULL");
    assert_fails(resnet_session_logits(out, N_CLASSES, session, inputs, 0, SIZE, SIZE),
                 RESNET_E_INVALID, "n_images");
    assert_fails(resnet_session_logits(out, N_CLASSES, session, inputs, 1, 31, SIZE),
                 RESNET_E_INVALID, "31 x 32");
    assert_fails(resnet_session_logits(out, N_CLASSES, session, inputs, 1, SIZE, 70000),
                 RESNET_E_INVALID, "70000");
    assert_fails(resnet_session_logits(out, N_CLASSES - 1, session, inputs, 1, SIZE, SIZE),
                 RESNET_E_INVALID, "room for 5");
    assert_fails(resnet_session_logits(out, N_CLASSES, session, inputs, SIZE_MAX / 2, SIZE, SIZE),
                 RESNET_E_INVALID, "room for");
    assert_fails(resnet_session_prepare(NULL, 1, SIZE, SIZE), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_session_prepare(session, 1, SIZE, 16), RESNET_E_INVALID, "16");
    assert_fails(resnet_session_features(out, N_CLASSES, session, inputs, 1, SIZE, SIZE, 0),
                 RESNET_E_INVALID, "stage");
    assert_fails(resnet_session_features(out, N_CLASSES, session, inputs, 1, SIZE, SIZE, 5),
                 RESNET_E_INVALID, "stage");
    assert_fails(resnet_session_get_feature_shape(chw, NULL, SIZE, SIZE, 1), RESNET_E_INVALID,
                 "NULL");
    assert_fails(resnet_session_get_feature_shape(chw, session, SIZE, 8, 1), RESNET_E_INVALID, "8");
    assert_fails(
        resnet_session_classify_images(top, sizeof(resnet_prediction), session, NULL, 1, 1),
        RESNET_E_INVALID, "NULL");
    assert_fails(
        resnet_session_classify_images(top, sizeof(resnet_prediction), session, none, 1, 1),
        RESNET_E_INVALID, "image 0");
    assert_fails(
        resnet_session_classify_images(top, sizeof(resnet_prediction), session, none, 0, 1),
        RESNET_E_INVALID, "n_images");
    assert_fails(
        resnet_session_classify_images(top, sizeof(resnet_prediction), session, &image, 1, 0),
        RESNET_E_INVALID, "k is 0");
    assert_fails(resnet_session_classify_images(top, sizeof(resnet_prediction), session, &image, 1,
                                                N_CLASSES + 1),
                 RESNET_E_INVALID, "k is 7");
    assert_int_equal(resnet_session_get_n_threads(NULL), 0);
    assert_true(resnet_session_default_n_threads() >= 1);
    assert_int_equal(resnet_session_get_n_threads(session), 1);
    assert_ok(resnet_session_logits(out, N_CLASSES, session, inputs, 1, SIZE, SIZE));
    free(inputs);
    resnet_image_free(image);
    resnet_session_free(session);
    resnet_session_free(NULL);
}

static void check_refused(const resnet_session_options *options, const char *field)
{
    resnet_session *session = NULL;
    assert_fails(resnet_session_create(&session, model, options), RESNET_E_INVALID, field);
    assert_null(session);
}

#define REFUSES(field, value)                                                                      \
    do {                                                                                           \
        resnet_session_options options;                                                            \
        assert_ok(resnet_session_options_init(&options, sizeof options));                          \
        options.field = (value);                                                                   \
        check_refused(&options, #field);                                                           \
    } while (0)

static void wrong_options_are_refused(void **state)
{
    (void)state;
    resnet_session *session = NULL;
    REFUSES(n_threads, 1025);
    REFUSES(algorithm, 2);
    REFUSES(algorithm, -1);
    REFUSES(max_plans, 0);
    REFUSES(max_plans, UINT32_MAX);
    REFUSES(views, 0);
    REFUSES(views, 3);
    REFUSES(struct_size, 0);
    assert_fails(resnet_session_create(NULL, model, NULL), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_session_create(&session, NULL, NULL), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_session_options_init(NULL, sizeof(resnet_session_options)),
                 RESNET_E_INVALID, "resnet_session_options");
    assert_null(session);
}

/* A batch whose second image holds one pixel that is no number: it is answered with NaN as torch
 * does, and the others do not suffer. */
static void check_not_a_number(size_t n, size_t pixel, float value)
{
    resnet_session *session = make_session(model, 2);
    float *inputs = make_inputs(n, SIZE, SIZE), p[9 * N_CLASSES], embedding[9 * 2048];
    inputs[3 * SIZE * SIZE + pixel] = value;
    assert_ok(resnet_session_probabilities(p, n * N_CLASSES, session, inputs, n, SIZE, SIZE));
    assert_ok(resnet_session_embeddings(embedding, n * 2048, session, inputs, n, SIZE, SIZE));
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t c = 0; c < N_CLASSES; c++) sum += (double)p[i * N_CLASSES + c];
        if (i == 1)
            assert_true(isnan(sum) && isnan(embedding[2048]) && isnan(embedding[4095]));
        else
            assert_true(fabs(sum - 1) < 1e-5 && isfinite(embedding[i * 2048]));
    }
    free(inputs);
    resnet_session_free(session);
}

static void not_a_number_is_answered_with_its_like(void **state)
{
    (void)state;
    const size_t last = 3 * SIZE * SIZE - 1;
    check_not_a_number(2, 0, NAN);
    check_not_a_number(3, last, INFINITY);
    check_not_a_number(5, last / 2, NAN);
    check_not_a_number(9, last, -INFINITY);
}

static void a_forked_child_is_told(void **state)
{
    (void)state;
    resnet_session *session = make_session(model, 2);
    float *inputs = make_inputs(1, SIZE, SIZE), before[N_CLASSES], after[N_CLASSES];
    assert_ok(resnet_session_logits(before, N_CLASSES, session, inputs, 1, SIZE, SIZE));
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(60);
        int wrong = 0;
        resnet_session *own = NULL;
        wrong |= resnet_session_logits(after, N_CLASSES, session, inputs, 1, SIZE, SIZE) !=
                 RESNET_E_STATE;
        wrong |= !strstr(resnet_last_error(), "fork()");
        wrong |= resnet_session_prepare(session, 5, 48, 48) != RESNET_E_STATE;
        resnet_session_free(session);
        wrong |=
            resnet_session_create(&own, model, NULL) != RESNET_OK; /* the model is still good */
        wrong |= resnet_session_logits(after, N_CLASSES, own, inputs, 1, SIZE, SIZE) != RESNET_OK;
        wrong |= memcmp(before, after, sizeof before) != 0;
        resnet_session_free(own);
        _exit(wrong);
    }
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    assert_ok(resnet_session_logits(after, N_CLASSES, session, inputs, 1, SIZE, SIZE));
    assert_memory_equal(before, after, sizeof before);
    free(inputs);
    resnet_session_free(session);
}

static void check_bad_weight(const char *name, size_t n_values, float value)
{
    resnet_model *bad = make_model(N_CLASSES, SIZE);
    resnet_session *session = NULL;
    float *inputs = make_inputs(1, SIZE, SIZE), logits[N_CLASSES];
    float *values = calloc(n_values, sizeof *values);
    assert_non_null(values);
    values[n_values - 1] = value;
    assert_ok(resnet_model_set_tensor(bad, name, values, n_values));
    assert_ok(resnet_session_create(&session, bad, NULL));
    assert_fails(resnet_session_logits(logits, N_CLASSES, session, inputs, 1, SIZE, SIZE),
                 RESNET_E_STATE, "layer1.0.conv1.weight");
    resnet_session_free(session);
    resnet_model_free(bad);
    free(values);
    free(inputs);
}

/* Without the check the ReLUs would make zeros of them, and the answer would look like one. */
static void weights_that_are_no_numbers_are_refused(void **state)
{
    (void)state;
    check_bad_weight("layer1.0.conv1.weight", 64 * 64, NAN);
    check_bad_weight("layer1.0.bn1.bias", 64, INFINITY);
    check_bad_weight("layer1.0.bn1.running_var", 64, -1);
}

/* Last, since it changes the model. */
static void a_changed_model_needs_a_new_session(void **state)
{
    (void)state;
    const float bias[N_CLASSES] = {0, 0, 100, 0, 0, 0};
    resnet_session *old = make_session(model, 1);
    float *inputs = make_inputs(1, SIZE, SIZE), logits[N_CLASSES];
    assert_ok(resnet_session_logits(logits, N_CLASSES, old, inputs, 1, SIZE, SIZE));
    assert_ok(resnet_model_set_tensor(model, "fc.bias", bias, N_CLASSES));
    assert_fails(resnet_session_logits(logits, N_CLASSES, old, inputs, 1, SIZE, SIZE),
                 RESNET_E_STATE, "changed");
    resnet_session *fresh = make_session(model, 1);
    assert_ok(resnet_session_logits(logits, N_CLASSES, fresh, inputs, 1, SIZE, SIZE));
    assert_true(logits[2] > 50);
    free(inputs);
    resnet_session_free(old);
    resnet_session_free(fresh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_agree_with_each_other),
        cmocka_unit_test(features_have_their_shapes),
        cmocka_unit_test(wrong_questions_are_refused),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(not_a_number_is_answered_with_its_like),
        cmocka_unit_test(a_forked_child_is_told),
        cmocka_unit_test(weights_that_are_no_numbers_are_refused),
        cmocka_unit_test(a_changed_model_needs_a_new_session),
    };
    return cmocka_run_group_tests(tests, make_shared_model, free_shared_model);
}
