/* Against torch: logits, losses, gradients, moved statistics, ten steps of descent, for each
 * variant. tests/golden/make_net.py drew the same weights. SPDX-License-Identifier: MIT */
#include "steps.h"

#include "net/inference.h"

#include <stdlib.h>

/* Sanitizers look for other faults, and take their time. */
#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define N_CASES 1
#else
#define N_CASES 4
#endif
#define N_CLASSES 7
#define N_STEPS 10

/* Gradients: the share of a tensor's norm that a difference may have. Float32 in torch itself is up
 * to 2e-5 from its float64, and where a value crosses ReLU's corner 3e-3. */
#define GRADIENT_TOLERANCE 1e-4
#define CROSSING_TOLERANCE 1e-2

typedef struct golden_case {
    char name[32];
    int variant, padded, kept, weighted;
    float epsilon, smoothing, rate;
    size_t n, h, w;
} golden_case;

/* A network in the middle of its first step. */
typedef struct golden_run {
    golden_case c;
    rn_net *net;
    rn_pool *pool;
    rn_training *training;
    batch b;
    float *class_weights;
    rn_step_result first;
    size_t n_checked, n_crossings;
} golden_run;

static void read_case(golden_case *c, const char *line)
{
    assert_int_equal(sscanf(line, "case %31s %d %f %d %d %f %d %zu %zu %zu %f", c->name,
                            &c->variant, &c->epsilon, &c->padded, &c->kept, &c->smoothing,
                            &c->weighted, &c->n, &c->h, &c->w, &c->rate),
                     11);
}

static void start(golden_run *g)
{
    rn_net_settings settings = net_settings(N_CLASSES);
    settings.variant = g->c.variant == 1 ? RESNET_VARIANT_V1 : RESNET_VARIANT_V1_5;
    settings.bn_epsilon = g->c.epsilon;
    settings.stem_pool = g->c.padded ? RESNET_STEM_POOL_PADDED : RESNET_STEM_POOL_UNPADDED;
    g->net = make_net(&settings);
    draw_values(g->net, 3);
    g->pool = make_pool(2);
    const rn_training_settings how = {
        .n_shards = 3, .bn_momentum = 0.1f, .winograd = true, .keep_statistics = g->c.kept};
    g->training = make_training(g->net, g->pool, &how);
    g->b = make_batch(g->c.n, g->c.h, g->c.w, N_CLASSES);
    g->class_weights = draw_floats(N_CLASSES, 2, 0.5, 2);
    g->b.target.label_smoothing = g->c.smoothing;
    if (g->c.weighted) g->b.target.class_weights = g->class_weights;
    g->n_checked = g->n_crossings = 0;
}

static void finish(golden_run *g)
{
    if (!g->net) return;
    rn_training_free(g->training);
    rn_pool_free(g->pool);
    rn_net_free(g->net);
    free_batch(&g->b);
    rn_free(g->class_weights);
    *g = (golden_run){.net = NULL};
}

static size_t read_numbers(const char *text, double *numbers, size_t most)
{
    size_t count = 0;
    for (char *end; count < most; count++, text = end) {
        numbers[count] = strtod(text, &end);
        if (end == text) break;
    }
    return count;
}

static void check_logits(golden_run *g, const char *text)
{
    double want[10 * N_CLASSES];
    float got[10 * N_CLASSES];
    rn_inference *inference = NULL;
    const rn_inference_settings how = {.winograd = true};
    assert_int_equal(read_numbers(text, want, 10 * N_CLASSES), g->c.n * N_CLASSES);
    assert_ok(rn_inference_create(&inference, g->net, g->pool, &how));
    assert_ok(
        rn_inference_run(inference, g->b.images, g->c.n, g->c.h, g->c.w, LOGITS, got));
    rn_inference_free(inference);
    assert_close(g->c.name, got, want, g->c.n * N_CLASSES, 1e-5);
    g->first = run_step(g->training, &g->b);
}

/* Norm and products with drawn vectors, as make_net.py's project(). */
static void project(const float *values, size_t count, size_t index, double out[3])
{
    out[0] = out[1] = out[2] = 0;
    for (size_t k = 0; k < 2; k++) {
        float *drawn = draw_floats(count, 2000 + 2 * index + k, -1, 1);
        for (size_t i = 0; i < count; i++) out[1 + k] += (double)values[i] * (double)drawn[i];
        rn_free(drawn);
    }
    for (size_t i = 0; i < count; i++) out[0] += (double)values[i] * (double)values[i];
    out[0] = sqrt(out[0]);
}

static void check_tensor(golden_run *g, const char *line, bool is_gradient)
{
    char name[64];
    double want[3], got[3];
    int used = 0;
    assert_int_equal(sscanf(line, "%*s %63s %n", name, &used), 1);
    assert_int_equal(read_numbers(line + used, want, 3), 3);
    const size_t index = rn_net_find(g->net, name);
    assert_true(index < g->net->n_params);
    const float *values = rn_net_get_values(g->net, index);
    if (is_gradient) values = find_learning_param(g->training, name)->gradient;
    project(values, g->net->params[index].count, index, got);
    double error = 0;
    for (int k = 0; k < 3; k++) error = fmax(error, fabs(got[k] - want[k]) / want[0]);
    if (!(error < (is_gradient ? CROSSING_TOLERANCE : 1e-5)))
        fail_msg("%s: %s: %g %g %g, torch has %g %g %g", g->c.name, name, got[0], got[1], got[2],
                 want[0], want[1], want[2]);
    g->n_crossings += error > GRADIENT_TOLERANCE;
    g->n_checked++;
}

static void check_losses(golden_run *g, const char *text)
{
    double losses[N_STEPS];
    assert_int_equal(read_numbers(text, losses, N_STEPS), N_STEPS);
    double loss = g->first.loss;
    for (size_t step = 0; step < N_STEPS; step++) {
        if (step > 0) loss = run_step(g->training, &g->b).loss;
        if (!(fabs(loss - losses[step]) < (step ? 1e-3 : 1e-5) * losses[step]))
            fail_msg("%s: step %zu: loss %.9g, torch has %.9g", g->c.name, step, loss,
                     losses[step]);
        descend(g->training, g->c.rate);
    }
    assert_true(g->n_checked >= 161);
    if (g->n_crossings > g->n_checked / 4)
        fail_msg("%s: %zu of %zu tensors are beyond %g", g->c.name, g->n_crossings, g->n_checked,
                 GRADIENT_TOLERANCE);
}

static void computes_as_torch(void **state)
{
    (void)state;
    FILE *file = fopen(GOLDEN_DIR "/net/expected.txt", "r");
    assert_non_null(file);
    char line[4096];
    golden_run g = {.net = NULL};
    size_t n_cases = 0;
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "case ", 5) == 0) {
            finish(&g);
            if (n_cases == N_CASES) break;
            read_case(&g.c, line);
            start(&g);
            n_cases++;
        } else if (strncmp(line, "logits ", 7) == 0) {
            check_logits(&g, line + 7);
        } else if (strncmp(line, "losses ", 7) == 0) {
            check_losses(&g, line + 7);
        } else {
            check_tensor(&g, line, strncmp(line, "gradient ", 9) == 0);
        }
    }
    finish(&g);
    fclose(file);
    assert_int_equal(n_cases, N_CASES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(computes_as_torch)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
