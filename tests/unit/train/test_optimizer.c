/* Optimisers against torch.optim over 50 steps, clipping, stage rates, threads, memory.
 * SPDX-License-Identifier: MIT */
#include "check.h"

#include "golden.h"

#include "core/mem.h"
#include "train/optimizer.h"

#include <resnet/trainer.h>

static const rn_param PARAMS[2] = {
    {.name = "fc.weight", .kind = RN_PARAM_LINEAR_WEIGHT, .count = 12, .stage = RN_STAGE_HEAD},
    {.name = "fc.bias", .kind = RN_PARAM_LINEAR_BIAS, .count = 3, .stage = RN_STAGE_HEAD},
};

typedef struct toy {
    float values[2][16];
    float gradients[2][16];
    rn_learning_param learning[2];
} toy;

static void fill(float *out, const json_t *numbers)
{
    for (size_t i = 0; i < json_array_size(numbers); i++) out[i] = (float)golden_at(numbers, i);
}

static void toy_start(toy *t, const json_t *starts)
{
    memset(t, 0, sizeof *t);
    for (size_t i = 0; i < 2; i++) {
        if (starts) fill(t->values[i], json_array_get(starts, i));
        t->learning[i] = (rn_learning_param){&PARAMS[i], t->values[i], t->gradients[i]};
    }
}

static rn_optimizer_settings plain_settings(int32_t kind)
{
    rn_optimizer_settings settings = {.kind = kind, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
    for (size_t i = 0; i < RN_OPTIMIZER_N_STAGES; i++) settings.stage_multipliers[i] = 1;
    return settings;
}

static int32_t kind_of(const char *name)
{
    static const char *const names[] = {"sgd", "adam", "adamw", "rmsprop", "lars"};
    int32_t kind = 0;
    while (strcmp(names[kind], name) != 0) kind++;
    return kind;
}

static rn_optimizer_settings settings_of(const json_t *test)
{
    rn_optimizer_settings s =
        plain_settings(kind_of(json_string_value(json_object_get(test, "kind"))));
    s.momentum = golden_number(test, "momentum", 0);
    s.weight_decay = golden_number(test, "weight_decay", 0);
    s.nesterov = golden_number(test, "nesterov", 0) != 0;
    s.exempt_vectors = golden_number(test, "exempt_vectors", 0) != 0;
    s.beta1 = golden_number(test, "beta1", s.beta1);
    s.beta2 = golden_number(test, "beta2", s.beta2);
    s.epsilon = golden_number(test, "epsilon", s.epsilon);
    s.clip_norm = golden_number(test, "clip_norm", 0);
    s.clips = s.clip_norm > 0;
    s.trust = golden_number(test, "trust", 0);
    return s;
}

static void check_values(const toy *t, const json_t *expected, const char *name)
{
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < PARAMS[i].count; j++)
            assert_near((double)t->values[i][j], golden_at(json_array_get(expected, i), j), 2e-6,
                        name);
}

static void run_case(const json_t *golden, const json_t *test, rn_pool *pool)
{
    const json_t *kept = json_object_get(golden, "kept");
    const char *name = json_string_value(json_object_get(test, "name"));
    const rn_optimizer_settings settings = settings_of(test);
    rn_optimizer *optimizer = NULL;
    toy t;
    toy_start(&t, json_object_get(golden, "starts"));
    assert_ok(rn_optimizer_create(&optimizer, t.learning, 2, pool, &settings));
    size_t n_checked = 0;
    for (size_t step = 0; step < 50; step++) {
        const json_t *gradients = json_array_get(json_object_get(golden, "gradients"), step);
        for (size_t i = 0; i < 2; i++) fill(t.gradients[i], json_array_get(gradients, i));
        assert_ok(rn_optimizer_step(optimizer, golden_number(test, "rate", 0), 1));
        if (step != (size_t)golden_at(kept, n_checked)) continue;
        check_values(&t, json_array_get(json_object_get(test, "values"), n_checked++), name);
    }
    assert_int_equal(n_checked, json_array_size(kept));
    rn_optimizer_free(optimizer);
}

static void test_as_torch(void **state)
{
    (void)state;
    rn_pool *pool = NULL;
    assert_ok(rn_pool_create(&pool, 2, NULL));
    json_t *golden = golden_load("optimizers.json");
    const json_t *cases = json_object_get(golden, "cases");
    assert_int_equal(json_array_size(cases), 11);
    for (size_t i = 0; i < json_array_size(cases); i++)
        run_case(golden, json_array_get(cases, i), pool);
    json_decref(golden);
    rn_pool_free(pool);
}

static void test_scale_equals_scaled_gradients(void **state)
{
    (void)state;
    rn_pool *pool = NULL;
    rn_optimizer *optimizers[2] = {NULL, NULL};
    toy toys[2];
    rn_optimizer_settings settings = plain_settings(RESNET_OPTIMIZER_SGD);
    settings.momentum = 0.9;
    settings.clips = true;
    settings.clip_norm = 2;
    assert_ok(rn_pool_create(&pool, 1, NULL));
    for (size_t k = 0; k < 2; k++) {
        toy_start(&toys[k], NULL);
        assert_ok(rn_optimizer_create(&optimizers[k], toys[k].learning, 2, pool, &settings));
        for (size_t i = 0; i < 12; i++) toys[k].gradients[0][i] = (float)i - 5;
    }
    assert_ok(rn_optimizer_scale_gradients(optimizers[0], 0.25));
    assert_ok(rn_optimizer_step(optimizers[0], 0.1, 1));
    assert_ok(rn_optimizer_step(optimizers[1], 0.1, 0.25));
    assert_memory_equal(toys[0].values, toys[1].values, sizeof toys[0].values);
    assert_near(rn_optimizer_get_gradient_norm(optimizers[1]), sqrt(146.0) / 4, 1e-6, "norm");
    for (size_t k = 0; k < 2; k++) rn_optimizer_free(optimizers[k]);
    rn_pool_free(pool);
}

static void test_stage_rates(void **state)
{
    (void)state;
    rn_pool *pool = NULL;
    rn_optimizer *optimizer = NULL;
    toy t;
    rn_param params[2] = {PARAMS[0], PARAMS[1]};
    params[0].stage = 2;
    params[1].stage = 3;
    toy_start(&t, NULL);
    for (size_t i = 0; i < 2; i++) t.learning[i].param = &params[i];
    t.gradients[0][0] = t.gradients[1][0] = 1;
    rn_optimizer_settings settings = plain_settings(RESNET_OPTIMIZER_SGD);
    settings.stage_multipliers[2] = 0.5F;
    settings.stage_multipliers[3] = 0;
    assert_ok(rn_pool_create(&pool, 1, NULL));
    assert_ok(rn_optimizer_create(&optimizer, t.learning, 2, pool, &settings));
    assert_ok(rn_optimizer_step(optimizer, 0.1, 1));
    assert_true(t.values[0][0] == -0.05F);
    assert_true(t.values[1][0] == 0);
    rn_optimizer_free(optimizer);
    rn_pool_free(pool);
}

/* ---- a tensor of many chunks ---- */

#define MANY 200003

static void step_many(float *values, size_t n_threads, const rn_optimizer_settings *settings)
{
    static float gradients[MANY];
    static const rn_param param = {
        .name = "conv", .kind = RN_PARAM_CONV_WEIGHT, .count = MANY, .stage = 1};
    const rn_learning_param learning = {&param, values, gradients};
    rn_pool *pool = NULL;
    rn_optimizer *optimizer = NULL;
    for (size_t i = 0; i < MANY; i++) values[i] = sinf((float)i);
    assert_ok(rn_pool_create(&pool, n_threads, NULL));
    assert_ok(rn_optimizer_create(&optimizer, &learning, 1, pool, settings));
    const uint64_t n_allocations = rn_mem_count();
    for (size_t step = 0; step < 3; step++) {
        for (size_t i = 0; i < MANY; i++) gradients[i] = cosf((float)(i + step));
        assert_ok(rn_optimizer_step(optimizer, 0.1, 1));
    }
    assert_int_equal(rn_mem_count(), n_allocations);
    rn_optimizer_free(optimizer);
    rn_pool_free(pool);
}

static void test_threads_do_not_show(void **state)
{
    (void)state;
    static float one[MANY], four[MANY];
    for (int32_t kind = RESNET_OPTIMIZER_SGD; kind <= RESNET_OPTIMIZER_LARS; kind++) {
        rn_optimizer_settings settings = plain_settings(kind);
        settings.momentum = 0.9;
        settings.weight_decay = 0.01;
        settings.clips = true;
        settings.clip_norm = 1;
        settings.trust = 0.1;
        step_many(one, 1, &settings);
        step_many(four, 4, &settings);
        assert_memory_equal(one, four, sizeof one);
    }
}

static void test_state_moves_to_another(void **state)
{
    (void)state;
    rn_pool *pool = NULL;
    rn_optimizer *from = NULL, *to = NULL;
    toy a, b;
    const rn_optimizer_settings settings = plain_settings(RESNET_OPTIMIZER_ADAM);
    assert_ok(rn_pool_create(&pool, 1, NULL));
    toy_start(&a, NULL);
    for (size_t i = 0; i < 12; i++) a.gradients[0][i] = (float)i;
    assert_ok(rn_optimizer_create(&from, a.learning, 2, pool, &settings));
    assert_ok(rn_optimizer_step(from, 0.1, 1));
    b = a;
    for (size_t i = 0; i < 2; i++)
        b.learning[i] = (rn_learning_param){&PARAMS[i], b.values[i], b.gradients[i]};
    assert_ok(rn_optimizer_create(&to, b.learning, 2, pool, &settings));
    assert_int_equal(rn_optimizer_get_n_arrays(from), 4);
    for (size_t i = 0; i < 4; i++) {
        const rn_optimizer_array have = rn_optimizer_get_array(from, i);
        const rn_optimizer_array want = rn_optimizer_get_array(to, i);
        assert_string_equal(have.slot, want.slot);
        assert_string_equal(have.param, i < 2 ? "fc.weight" : "fc.bias");
        memcpy(want.values, have.values, have.count * sizeof(float));
    }
    rn_optimizer_set_n_steps(to, rn_optimizer_get_n_steps(from));
    assert_ok(rn_optimizer_step(from, 0.1, 1));
    assert_ok(rn_optimizer_step(to, 0.1, 1));
    assert_memory_equal(a.values, b.values, sizeof a.values);
    rn_optimizer_free(from);
    rn_optimizer_free(to);
    rn_pool_free(pool);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    rn_pool *pool = NULL;
    rn_optimizer *optimizer = NULL;
    toy t;
    const rn_optimizer_settings settings = plain_settings(RESNET_OPTIMIZER_ADAM);
    assert_ok(rn_pool_create(&pool, 1, NULL));
    toy_start(&t, NULL);
    resnet_status status = RESNET_E_NOMEM;
    uint64_t k = 0;
    while (status == RESNET_E_NOMEM) {
        rn_mem_fail_at(++k);
        status = rn_optimizer_create(&optimizer, t.learning, 2, pool, &settings);
        rn_mem_fail_at(0);
        if (status != RESNET_OK) assert_null(optimizer);
    }
    assert_ok(status);
    assert_true(k > 5);
    rn_optimizer_free(optimizer);
    rn_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_torch),
        cmocka_unit_test(test_scale_equals_scaled_gradients),
        cmocka_unit_test(test_stage_rates),
        cmocka_unit_test(test_threads_do_not_show),
        cmocka_unit_test(test_state_moves_to_another),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
