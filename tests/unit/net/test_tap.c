/* Back from any gradient of the logits to a feature map, whether or not anything learns.
 * SPDX-License-Identifier: MIT */
#include "naive_net.h"
#include "steps.h"

#define N_CLASSES 5
#define N 3
#define H 64
#define W 32
#define N_ELEMENTS 5 /* of a map, compared with differences */

/* Values that rounding does not take across ReLU's corner, and small steps neither. */
static rn_net *make_steady_net(float dropout)
{
    rn_net_settings settings = net_settings(N_CLASSES);
    settings.n_hidden = 1;
    settings.hidden_sizes[0] = 20;
    settings.dropout = dropout;
    rn_net *net = make_net(&settings);
    draw_values(net, 3);
    return net;
}

static rn_training_settings all_frozen(size_t tap)
{
    static bool all[53];
    memset(all, true, sizeof all);
    return (rn_training_settings){.n_shards = 2,
                                  .winograd = true,
                                  .frozen = all,
                                  .freeze_head = true,
                                  .has_tap = true,
                                  .tap = tap};
}

static rn_training_settings all_learn(size_t tap)
{
    return (rn_training_settings){
        .n_shards = 2, .winograd = true, .keep_statistics = true, .has_tap = true, .tap = tap};
}

/* What comes in front of the prefix's end: features, or the images. */
static float *make_features(rn_training *t, const batch *b)
{
    const size_t count = rn_training_count_features(t, b->h, b->w), image = 3 * b->h * b->w;
    float *features = make_floats(b->n * count);
    if (count == image)
        memcpy(features, b->images, b->n * image * sizeof *features);
    else
        assert_ok(rn_training_run_prefix(t, b->images, b->n, b->h, b->w, features));
    return features;
}

/* d_map [n][c][h][w] by one forward pass in evaluation mode and one back. */
static void run_to_tap(rn_training *t, const batch *b, const float *d_logits, float *d_map)
{
    float logits[N * N_CLASSES], *features = make_features(t, b);
    assert_ok(rn_training_evaluate(logits, t, features, b->n, b->h, b->w));
    assert_ok(rn_training_backward(t, d_logits, d_map));
    rn_free(features);
}

static double weigh_logits(const naive_result *r, const float *d_logits)
{
    double sum = 0;
    for (size_t c = 0; c < N_CLASSES; c++) sum += r->logits[c] * (double)d_logits[c];
    return sum;
}

static double naive_difference(const rn_net *net, size_t tap, const naive_map *map, size_t at,
                               const float *d_logits)
{
    const size_t count = map->channels * map->h * map->w;
    double sums[2];
    for (int side = 0; side < 2; side++) {
        naive_map nudged = naive_make_map(map->channels, map->h, map->w);
        memcpy(nudged.values, map->values, count * sizeof *nudged.values);
        nudged.values[at] += side ? 1e-5 : -1e-5;
        naive_result r = naive_forward_from(net, tap, nudged);
        sums[side] = weigh_logits(&r, d_logits);
        naive_free(&r);
    }
    return (sums[1] - sums[0]) / 2e-5;
}

static void check_tap(rn_net *net, rn_pool *pool, const batch *b, size_t tap,
                      const rn_training_settings *settings, const float *d_logits)
{
    rn_training *t = make_training(net, pool, settings);
    const size_t image = N - 1; /* the second shard's */
    naive_result r = naive_forward(net, b->images + image * 3 * H * W, H, W);
    const naive_map *map = &r.blocks[tap];
    const size_t count = map->channels * map->h * map->w;
    float *d_map = make_floats(N * count), got[N_ELEMENTS];
    double want[N_ELEMENTS];
    run_to_tap(t, b, d_logits, d_map);
    for (size_t k = 0; k < N_ELEMENTS; k++) {
        const size_t at = (k * 2 + 1) * (count / (2 * N_ELEMENTS)) + k;
        got[k] = d_map[image * count + at];
        want[k] = naive_difference(net, tap, map, at, d_logits + image * N_CLASSES);
    }
    char what[32];
    snprintf(what, sizeof what, "tap %zu", tap);
    assert_close(what, got, want, N_ELEMENTS, 1e-3);
    naive_free(&r);
    rn_free(d_map);
    rn_training_free(t);
}

/* Behind the stem's pool, within and between stages, before the global pool. */
static void frozen_networks_pass_the_gradient_on(void **state)
{
    (void)state;
    const size_t taps[] = {0, 3, 8, 13, 14, arch50()->n_blocks};
    rn_net *net = make_steady_net(0.5f); /* evaluation knows no dropout */
    rn_pool *pool = make_pool(2);
    batch b = make_batch(N, H, W, N_CLASSES);
    float *d_logits = draw_floats(N * N_CLASSES, 60, -1, 1);
    for (size_t k = 0; k < sizeof taps / sizeof *taps; k++) {
        const rn_training_settings settings = all_frozen(taps[k]);
        check_tap(net, pool, &b, taps[k], &settings, d_logits);
    }
    net->settings.pooling = RESNET_POOLING_MAX;
    const rn_training_settings last = all_frozen(arch50()->n_blocks);
    check_tap(net, pool, &b, arch50()->n_blocks, &last, d_logits);
    rn_free(d_logits);
    free_batch(&b);
    rn_pool_free(pool);
    rn_net_free(net);
}

/* What learns before the tap does not end there, nor is it changed by it. */
static void a_tap_in_the_middle_does_not_show(void **state)
{
    (void)state;
    const size_t taps[] = {0, 7, 9, arch50()->n_blocks};
    rn_net *net = make_steady_net(0);
    rn_pool *pool = make_pool(2);
    batch b = make_batch(N, H, W, N_CLASSES);
    float *d_logits = draw_floats(N * N_CLASSES, 60, -1, 1);
    rn_training_settings settings = all_learn(0);
    rn_training *plain = make_training(net, pool, &settings);
    run_to_tap(plain, &b, d_logits, NULL);
    for (size_t k = 0; k < sizeof taps / sizeof *taps; k++) {
        settings = all_learn(taps[k]);
        check_tap(net, pool, &b, taps[k], &settings, d_logits);
        rn_training *t = make_training(net, pool, &settings);
        const size_t most = (size_t)256 * H * W / 16;
        float *d_map = make_floats(N * most);
        run_to_tap(t, &b, d_logits, d_map);
        size_t n_params;
        const rn_learning_param *params = rn_training_get_params(t, &n_params);
        assert_true(n_params > 100);
        for (size_t i = 0; i < n_params; i++)
            assert_memory_equal(params[i].gradient,
                                find_learning_param(plain, params[i].param->name)->gradient,
                                params[i].param->count * sizeof(float));
        rn_free(d_map);
        rn_training_free(t);
    }
    rn_training_free(plain);
    rn_free(d_logits);
    free_batch(&b);
    rn_pool_free(pool);
    rn_net_free(net);
}

/* A loss is a gradient of the logits: given it, backward finds what a step does. */
static void a_step_is_forward_loss_backward(void **state)
{
    (void)state;
    rn_net *net = make_steady_net(0);
    rn_pool *pool = make_pool(2);
    batch b = make_batch(N, H, W, N_CLASSES);
    rn_training_settings settings = all_learn(0);
    settings.has_tap = false;
    rn_training *whole = make_training(net, pool, &settings),
                *cut = make_training(net, pool, &settings);
    (void)run_step(whole, &b);
    float logits[N * N_CLASSES], d_logits[N * N_CLASSES];
    assert_ok(rn_training_evaluate(logits, cut, b.images, N, H, W));
    for (size_t i = 0; i < N * N_CLASSES; i++) {
        const float *row = logits + i / N_CLASSES * N_CLASSES;
        double sum = 0;
        for (size_t c = 0; c < N_CLASSES; c++) sum += exp((double)row[c]);
        const double p = exp((double)logits[i]) / sum;
        d_logits[i] = (float)((p - (i % N_CLASSES == (size_t)b.labels[i / N_CLASSES])) / N);
    }
    assert_ok(rn_training_backward(cut, d_logits, NULL));
    size_t n_params;
    const rn_learning_param *params = rn_training_get_params(cut, &n_params);
    for (size_t i = 0; i < n_params; i++) {
        const rn_learning_param *want = find_learning_param(whole, params[i].param->name);
        double *wide = to_doubles(want->gradient, want->param->count);
        assert_close(want->param->name, params[i].gradient, wide, want->param->count, 1e-5);
        rn_free(wide);
    }
    rn_training_free(whole);
    rn_training_free(cut);
    free_batch(&b);
    rn_pool_free(pool);
    rn_net_free(net);
}

static void what_cannot_be_had_is_refused(void **state)
{
    (void)state;
    rn_net *net = make_steady_net(0);
    rn_pool *pool = make_pool(2);
    batch b = make_batch(N, H, W, N_CLASSES);
    rn_training_settings settings = all_frozen(14);
    rn_training *t = make_training(net, pool, &settings);
    float logits[N * N_CLASSES], d_logits[N * N_CLASSES] = {1}, *features = make_features(t, &b);
    float *d_map = make_floats(rn_training_count_features(t, H, W) * N);
    size_t n_params;
    (void)rn_training_get_params(t, &n_params);
    assert_int_equal(n_params, 0);
    assert_fails(rn_training_backward(t, d_logits, d_map), RESNET_E_STATE, "no forward pass");
    assert_ok(rn_training_evaluate(logits, t, features, N, H, W));
    assert_ok(rn_training_backward(t, d_logits, d_map));
    rn_training_values_changed(t);
    assert_fails(rn_training_backward(t, d_logits, d_map), RESNET_E_STATE, "no forward pass");
    rn_training_free(t);
    settings.has_tap = false;
    t = make_training(net, pool, &settings);
    float *embeddings = draw_floats(N * N_FEATURES, 61, 0, 1);
    assert_ok(rn_training_evaluate(logits, t, embeddings, N, H, W));
    assert_fails(rn_training_backward(t, d_logits, d_map), RESNET_E_STATE, "no tap");
    rn_training_free(t);
    settings = (rn_training_settings){.n_shards = 2};
    t = make_training(net, pool, &settings);
    assert_fails(rn_training_evaluate(logits, t, b.images, N, H, W), RESNET_E_STATE, "statistics");
    rn_training_free(t);
    rn_free(embeddings);
    rn_free(features);
    rn_free(d_map);
    free_batch(&b);
    rn_pool_free(pool);
    rn_net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frozen_networks_pass_the_gradient_on),
        cmocka_unit_test(a_tap_in_the_middle_does_not_show),
        cmocka_unit_test(a_step_is_forward_loss_backward),
        cmocka_unit_test(what_cannot_be_had_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
