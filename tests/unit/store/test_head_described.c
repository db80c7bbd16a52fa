/* Batch norms and factors folded into dense layers, against the layers one after the other.
 * SPDX-License-Identifier: MIT */
#include "../arch50.h"
#include "../check.h"

#include "core/mem.h"
#include "core/rng.h"
#include "store/head_described.h"
#include "store/head_plan.h"

#include <resnet/model.h>
#include <string.h>

#define UNITS 7
#define CLASSES 3

typedef struct fixture {
    rn_budget budget;
    rn_raw_set *set;
    rn_weights *weights;
    float *values[16]; /* of each tensor */
    size_t n_values;
} fixture;

static void start(fixture *f)
{
    memset(f, 0, sizeof *f);
    f->budget = rn_budget_make(1 << 28);
    assert_ok(rn_raw_create(&f->set, RN_LAYOUT_KERAS, &f->budget));
    assert_ok(rn_weights_create(&f->weights, arch50()));
    f->set->plan = rn_calloc(1, sizeof *f->set->plan);
    assert_non_null(f->set->plan);
}

static void stop(fixture *f)
{
    rn_weights_free(f->weights);
    rn_raw_free(f->set);
    for (size_t i = 0; i < f->n_values; i++) rn_free(f->values[i]);
}

/* Numbers around `middle`, under the key of a step's variable. */
static const float *add(fixture *f, size_t step, const char *variable, size_t rows, size_t columns,
                        double middle)
{
    const uint64_t dims[] = {rows, columns};
    rn_rng rng = rn_rng_make(7, RN_RNG_INIT, step, f->n_values);
    char *key = rn_format("head.%zu/%s", step, variable);
    float *values = rn_alloc(rows * columns, sizeof *values);
    rn_raw_tensor *tensor = NULL;
    assert_non_null(values);
    for (size_t i = 0; i < rows * columns; i++)
        values[i] = (float)(middle + rn_rng_uniform(&rng) - 0.5);
    assert_ok(rn_raw_add(f->set, &tensor, key, key, RN_DTYPE_F32, columns > 1 ? 2 : 1, dims));
    tensor->storage = (const unsigned char *)values;
    rn_free(key);
    return f->values[f->n_values++] = values;
}

static size_t add_step(fixture *f, rn_head_step step)
{
    f->set->plan->steps[f->set->plan->n_steps] = step;
    return f->set->plan->n_steps++;
}

typedef struct norm {
    const float *gamma, *beta, *mean, *variance;
} norm;

static norm add_norm(fixture *f, size_t width)
{
    const size_t step = add_step(
        f,
        (rn_head_step){.kind = RN_STEP_NORM, .epsilon = 0.01, .has_gamma = true, .has_beta = true});
    return (norm){add(f, step, "gamma", width, 1, 1), add(f, step, "beta", width, 1, 0),
                  add(f, step, "moving_mean", width, 1, 0),
                  add(f, step, "moving_variance", width, 1, 1)};
}

static void run_norm(const norm *n, double *x, size_t width)
{
    for (size_t i = 0; i < width; i++)
        x[i] = ((double)x[i] - (double)n->mean[i]) / sqrt((double)n->variance[i] + 0.01) *
                   (double)n->gamma[i] +
               (double)n->beta[i];
}

/* Keras's kernel [in][out]. */
static void run_dense(const float *kernel, const float *bias, const double *x, size_t inputs,
                      size_t outputs, double *y)
{
    for (size_t o = 0; o < outputs; o++) {
        y[o] = bias ? (double)bias[o] : 0;
        for (size_t i = 0; i < inputs; i++) y[o] += x[i] * (double)kernel[i * outputs + o];
    }
}

/* Ours [out][in]. */
static void run_taken(const fixture *f, const char *name, const double *x, float *y)
{
    char key[64];
    snprintf(key, sizeof key, "%s.weight", name);
    const rn_tensor *weight = rn_weights_find(f->weights, key);
    snprintf(key, sizeof key, "%s.bias", name);
    const rn_tensor *bias = rn_weights_find(f->weights, key);
    assert_non_null(weight);
    assert_non_null(bias);
    for (size_t o = 0; o < weight->dims[0]; o++) {
        double sum = (double)bias->data[o];
        for (size_t i = 0; i < weight->dims[1]; i++)
            sum += x[i] * (double)weight->data[o * weight->dims[1] + i];
        y[o] = (float)sum;
    }
}

/* norm, dense, norm, tanh, scale, norm, dense, scale */
static void affine_maps_fold_on_both_sides(void **state)
{
    (void)state;
    static double x[N_FEATURES], kept[N_FEATURES];
    double hidden[UNITS], between[UNITS], wanted[CLASSES];
    float got_hidden[UNITS], got[CLASSES];
    fixture f;
    start(&f);
    const norm before = add_norm(&f, N_FEATURES);
    size_t step = add_step(&f, (rn_head_step){.kind = RN_STEP_LINEAR});
    const float *kernel0 = add(&f, step, "kernel", N_FEATURES, UNITS, 0);
    const float *bias0 = add(&f, step, "bias", UNITS, 1, 0);
    const norm inner = add_norm(&f, UNITS);
    add_step(&f,
             (rn_head_step){.kind = RN_STEP_ACTIVATION, .activation = {RESNET_ACTIVATION_TANH, 0}});
    add_step(&f, (rn_head_step){.kind = RN_STEP_SCALE, .scale = 3, .offset = -2});
    const norm after = add_norm(&f, UNITS);
    step = add_step(&f, (rn_head_step){.kind = RN_STEP_LINEAR});
    const float *kernel1 = add(&f, step, "kernel", UNITS, CLASSES, 0);
    add_step(&f, (rn_head_step){.kind = RN_STEP_SCALE, .scale = -0.5, .offset = 4});
    assert_ok(rn_head_take_described(f.weights, f.set));
    assert_int_equal(f.weights->n_tensors, 4);
    for (size_t i = 0; i < N_FEATURES; i++) kept[i] = x[i] = (double)(i % 13) / 13;
    run_norm(&before, x, N_FEATURES);
    run_dense(kernel0, bias0, x, N_FEATURES, UNITS, hidden);
    run_norm(&inner, hidden, UNITS);
    run_taken(&f, "fc.hidden0", kept, got_hidden);
    assert_close("hidden", got_hidden, hidden, UNITS, 1e-5);
    for (size_t i = 0; i < UNITS; i++) hidden[i] = between[i] = tanh(hidden[i]);
    for (size_t i = 0; i < UNITS; i++) hidden[i] = 3 * hidden[i] - 2;
    run_norm(&after, hidden, UNITS);
    run_dense(kernel1, NULL, hidden, UNITS, CLASSES, wanted);
    for (size_t i = 0; i < CLASSES; i++) wanted[i] = -0.5 * wanted[i] + 4;
    run_taken(&f, "fc", between, got);
    assert_close("logits", got, wanted, CLASSES, 1e-5);
    stop(&f);
}

static void one_output_becomes_two_logits(void **state)
{
    (void)state;
    fixture f;
    start(&f);
    const size_t step = add_step(&f, (rn_head_step){.kind = RN_STEP_LINEAR});
    const float *kernel = add(&f, step, "kernel", N_FEATURES, 1, 0);
    f.set->tensors[0].n_dims = 2;
    f.set->tensors[0].dims[1] = 1;
    const float *bias = add(&f, step, "bias", 1, 1, 0);
    add_step(&f, (rn_head_step){.kind = RN_STEP_SCALE, .scale = 2, .offset = 1});
    f.set->has_sigmoid = true;
    assert_ok(rn_head_take_described(f.weights, f.set));
    const rn_tensor *weight = rn_weights_find(f.weights, "fc.weight");
    const rn_tensor *two = rn_weights_find(f.weights, "fc.bias");
    assert_int_equal(weight->dims[0], 2);
    assert_true(weight->data[5] == 0 && weight->data[N_FEATURES + 5] == 2 * kernel[5]);
    assert_true(two->data[0] == 0 && two->data[1] == 2 * bias[0] + 1);
    stop(&f);
}

static void tensors_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    fixture f;
    start(&f);
    const size_t step = add_step(&f, (rn_head_step){.kind = RN_STEP_LINEAR});
    assert_fails(rn_head_take_described(f.weights, f.set), RESNET_E_FORMAT, "no kernel");
    add(&f, step, "kernel", 512, UNITS, 0);
    assert_fails(rn_head_take_described(f.weights, f.set), RESNET_E_SHAPE, "[2048,units]");
    stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(affine_maps_fold_on_both_sides),
        cmocka_unit_test(one_output_becomes_two_logits),
        cmocka_unit_test(tensors_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
