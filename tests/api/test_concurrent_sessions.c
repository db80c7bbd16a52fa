/* Sessions on one model in as many threads answer as one session alone. SPDX-License-Identifier:
 * MIT */
#include "api.h"

#include <pthread.h>

#define N_CALLERS 4
#define N_CLASSES 5
#define MOST 9

static const size_t SHAPES[][3] = {{1, 32, 32}, {5, 32, 40}, {MOST, 32, 32}};
#define N_SHAPES (sizeof SHAPES / sizeof *SHAPES)

typedef struct answers {
    float logits[N_SHAPES][MOST * N_CLASSES];
} answers;

typedef struct caller {
    const resnet_model *model;
    const float *inputs;
    size_t first_shape; /* each begins elsewhere, so that plans are made at different moments */
    answers got;
    resnet_status status;
    char message[200];
} caller;

static resnet_status ask(resnet_session *session, const float *inputs, size_t k, answers *out)
{
    const size_t *s = SHAPES[k];
    return resnet_session_logits(out->logits[k], MOST * N_CLASSES, session, inputs, s[0], s[1],
                                 s[2]);
}

static void *run_caller(void *context)
{
    caller *c = context;
    resnet_session_options options;
    resnet_session *session = NULL;
    c->status = resnet_session_options_init(&options, sizeof options);
    options.n_threads = 1 + (uint32_t)c->first_shape % 2;
    options.max_plans = 2;
    if (c->status == RESNET_OK) c->status = resnet_session_create(&session, c->model, &options);
    for (size_t i = 0; c->status == RESNET_OK && i < 2 * N_SHAPES; i++)
        c->status = ask(session, c->inputs, (c->first_shape + i) % N_SHAPES, &c->got);
    snprintf(c->message, sizeof c->message, "%s", resnet_last_error());
    resnet_session_free(session);
    return NULL;
}

static void answer_as_one(void **state)
{
    (void)state;
    resnet_model *model = make_model(N_CLASSES, 32);
    resnet_session *alone = make_session(model, 1);
    float *inputs = make_inputs(MOST, 32, 40);
    answers *expected = calloc(1, sizeof *expected);
    caller *callers = calloc(N_CALLERS, sizeof *callers);
    pthread_t threads[N_CALLERS];
    for (size_t i = 0; i < N_CALLERS; i++) {
        callers[i] = (caller){.model = model, .inputs = inputs, .first_shape = i};
        assert_int_equal(pthread_create(&threads[i], NULL, run_caller, &callers[i]), 0);
    }
    for (size_t k = 0; k < N_SHAPES; k++) assert_ok(ask(alone, inputs, k, expected));
    for (size_t i = 0; i < N_CALLERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        if (callers[i].status != RESNET_OK) fail_msg("caller %zu: %s", i, callers[i].message);
        for (size_t k = 0; k < N_SHAPES; k++)
            assert_memory_equal(callers[i].got.logits[k], expected->logits[k],
                                SHAPES[k][0] * N_CLASSES * sizeof(float));
    }
    free(callers);
    free(expected);
    free(inputs);
    resnet_session_free(alone);
    resnet_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(answer_as_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
