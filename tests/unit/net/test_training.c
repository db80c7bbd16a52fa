/* Forward, backward and what is between, against itself: prefixes, shards, halves, histories.
 * test_network.c compares with torch. SPDX-License-Identifier: MIT */
#include "steps.h"

#include <resnet/model.h>

#define N_CLASSES 5

static rn_training_settings settings_with_shards(size_t n_shards)
{
    return (rn_training_settings){
        .n_shards = n_shards, .bn_momentum = 0.1f, .seed = 7, .winograd = true};
}

/* A network whose gradients rounding does not move. */
static rn_net *make_steady_net(size_t n_hidden, float dropout)
{
    rn_net_settings settings = net_settings(N_CLASSES);
    settings.n_hidden = n_hidden;
    for (size_t i = 0; i < n_hidden; i++) settings.hidden_sizes[i] = 20 + i;
    settings.dropout = dropout;
    rn_net *net = make_net(&settings);
    draw_values(net, 3);
    return net;
}

#define MOST_CHECKED 5000 /* of a tensor's values, evenly spread */

static void check_gradient(const rn_learning_param *got, const rn_learning_param *want,
                           double factor, double tolerance)
{
    const size_t count = got->param->count, step = count / MOST_CHECKED + 1;
    float some[MOST_CHECKED];
    double wanted[MOST_CHECKED];
    size_t n_checked = 0;
    for (size_t i = 0; i < count; i += step, n_checked++) {
        some[n_checked] = got->gradient[i];
        wanted[n_checked] = factor * (double)want->gradient[i];
    }
    assert_close(got->param->name, some, wanted, n_checked, tolerance);
}

/* Every gradient of t is `factor` times that of the other training. */
static void check_gradients(const rn_training *t, const rn_training *other, double factor,
                            double tolerance)
{
    size_t n_params;
    const rn_learning_param *params = rn_training_get_params(t, &n_params);
    for (size_t i = 0; i < n_params; i++) {
        const rn_learning_param *want = find_learning_param(other, params[i].param->name);
        assert_non_null(want);
        check_gradient(&params[i], want, factor, tolerance);
    }
}

static void check_same_bits(const rn_training *t, const rn_training *other)
{
    size_t n_params;
    const rn_learning_param *params = rn_training_get_params(t, &n_params);
    for (size_t i = 0; i < n_params; i++) {
        const rn_learning_param *want = find_learning_param(other, params[i].param->name);
        assert_memory_equal(params[i].gradient, want->gradient,
                            params[i].param->count * sizeof(float));
    }
}

static void frozen_prefixes_leave_the_gradients_behind_them(void **state)
{
    (void)state;
    rn_net *net = make_steady_net(1, 0);
    rn_pool *pool = make_pool(3);
    batch b = make_batch(5, 48, 40, N_CLASSES);
    rn_training_settings settings = settings_with_shards(3);
    settings.keep_statistics = true;
    rn_training *whole = make_training(net, pool, &settings);
    const rn_step_result expected = run_step(whole, &b);
    size_t before = SIZE_MAX;
    bool mask[53];
    for (size_t stage = 0; stage <= 5; stage++) {
        freeze_stages(&settings, mask, stage);
        rn_training *part = make_training(net, pool, &settings);
        const rn_step_result result = run_step(part, &b);
        assert_true(fabs(result.loss - expected.loss) < 1e-5 * expected.loss);
        assert_int_equal(result.n_correct, expected.n_correct);
        check_gradients(part, whole, 1, 1e-4);
        size_t n_params;
        (void)rn_training_get_params(part, &n_params);
        assert_true(n_params < before);
        before = n_params;
        rn_training_free(part);
    }
    assert_int_equal(before, 4); /* of the head's two layers */
    rn_training_free(whole);
    free_batch(&b);
    rn_pool_free(pool);
    rn_net_free(net);
}

/* Single convolutions frozen in the middle, on a prefix that ends within a stage. */
static void a_mask_may_freeze_any_convolution(void **state)
{
    (void)state;
    rn_net *net = make_steady_net(0, 0);
    rn_pool *pool = make_pool(2);
    batch b = make_batch(4, 32, 48, N_CLASSES);
    rn_training_settings settings = settings_with_shards(2);
    settings.keep_statistics = true;
    rn_training *whole = make_training(net, pool, &settings);
    (void)run_step(whole, &b);
    settings.keep_statistics = false;
    bool frozen[53];
    settings.frozen = frozen;
    for (size_t row = 0; row < arch50()->n_convs;
         row++) { /* all but two of layer2.1 and the rest */
        const rn_arch_conv *c = &arch50()->convs[row];
        frozen[row] =
            strcmp(c->conv, "layer2.1.conv2") != 0 && strcmp(c->conv, "layer3.0.downsample.0") != 0;
    }
    rn_training *part = make_training(net, pool, &settings);
    size_t n_params, h = 4, w = 6; /* layer2's maps */
    (void)rn_training_get_params(part, &n_params);
    assert_int_equal(n_params, 2 * 3 + 2);
    assert_int_equal(rn_training_count_features(part, b.h, b.w), 512 * h * w);
    (void)n_params;
    rn_training_free(part);
    for (size_t row = 0; row < arch50()->n_convs;
         row++) /* with statistics kept, as the whole has */
        frozen[row] = frozen[row] && arch50()->convs[row].stage < 4;
    settings.keep_statistics = true;
    part = make_training(net, pool, &settings);
    (void)run_step(part, &b);
    check_gradients(part, whole, 1, 1e-4);
    assert_null(find_learning_param(part, "layer2.1.conv1.weight"));
    assert_null(find_learning_param(part, "layer2.1.bn1.weight"));
    assert_non_null(find_learning_param(part, "layer2.1.bn2.bias"));
    rn_training_free(part);
    rn_training_free(whole);
    free_batch(&b);
    rn_pool_free(pool);
    rn_net_free(net);
}

static double *copy_statistics(const rn_net *net, size_t row)
{
    const size_t count = arch50()->convs[row].out_channels;
    return to_doubles(rn_net_get_values(net, net->convs[row].mean), count);
}

static void frozen_statistics_stay(void **state)
{
    (void)state;
    rn_net *net = make_steady_net(0, 0);
    rn_pool *pool = make_pool(2);
    batch b = make_batch(4, 32, 32, N_CLASSES);
    rn_training_settings settings = settings_with_shards(2);
    const size_t frozen = 20, learning = 21;
    bool mask[53] = {[20] = true};
    settings.frozen = mask;
    double *of_frozen = copy_statistics(net, frozen), *of_learning = copy_statistics(net, learning);
    rn_training *t = make_training(net, pool, &settings);
    (void)run_step(t, &b);
    double *now = copy_statistics(net, frozen);
    assert_memory_equal(now, of_frozen, arch50()->convs[frozen].out_channels * sizeof *now);
    rn_free(now);
    now = copy_statistics(net, learning);
    assert_memory_not_equal(now, of_learning, arch50()->convs[learning].out_channels * sizeof *now);
    rn_free(now);
    rn_free(of_frozen);
    rn_free(of_learning);
    rn_training_free(t);
    free_batch(&b);
    rn_pool_free(pool);
    rn_net_free(net);
}

static void halves_accumulate_to_the_whole(void **state)
{
    (void)state;
    rn_net *net = make_steady_net(0, 0);
    rn_pool *pool = make_pool(2);
    batch b = make_batch(6, 32, 32, N_CLASSES);
    rn_training_settings settings = settings_with_shards(2);
    settings.keep_statistics = true;
    rn_training *whole = make_training(net, pool, &settings);
    rn_training *halves = make_training(net, pool, &settings);
    const rn_step_result expected = run_step(whole, &b);
    (void)run_step(halves, &b); /* left behind, to be overwritten */
    const rn_step_result first = run_part(halves, &b, 0, 3, 0, false);
    const rn_step_result second = run_part(halves, &b, 3, 3, 0, true);
    assert_true(fabs((first.loss + second.loss) / 2 - expected.loss) < 1e-6 * expected.loss);
    assert_int_equal(first.n_correct + second.n_correct, expected.n_correct);
    check_gradients(halves, whole, 2, 1e-5);
    rn_training_free(whole);
    rn_training_free(halves);
    free_batch(&b);
    rn_pool_free(pool);
    rn_net_free(net);
}

/* What runs of a batch's halves gather is what joining their subtrees would: a host that sums over
 * processes gets the bits of one. Means of 4 and 8 images are exact multiples; batch norms' sums
 * are left out, which accumulating rounds to float before it adds. */
static void halves_of_the_shards_are_subtrees(void **state)
{
    (void)state;
    rn_net *net = make_steady_net(1, 0);
    rn_pool *pool = make_pool(2);
    batch b = make_batch(8, 32, 32, N_CLASSES);
    rn_training_settings settings = settings_with_shards(4);
    settings.keep_statistics = true;
    rn_training *whole = make_training(net, pool, &settings);
    settings.n_shards = 2;
    rn_training *half = make_training(net, pool, &settings);
    const rn_step_result expected = run_step(whole, &b);
    const rn_step_result first = run_part(half, &b, 0, 4, 0, false);
    const rn_step_result second = run_part(half, &b, 4, 4, 0, true);
    assert_true((first.loss + second.loss) / 2 == expected.loss);
    size_t n_params, n_checked = 0;
    const rn_learning_param *params = rn_training_get_params(whole, &n_params);
    for (size_t i = 0; i < n_params; i++) {
        const rn_param *param = params[i].param;
        if (param->kind == RN_PARAM_BN_GAMMA || param->kind == RN_PARAM_BN_BETA) continue;
        const float *got = find_learning_param(half, param->name)->gradient;
        for (size_t k = 0; k < param->count; k++)
            if (got[k] != 2 * params[i].gradient[k])
                fail_msg("%s: element %zu: %.9g, not twice %.9g", param->name, k, (double)got[k],
                         (double)params[i].gradient[k]);
        n_checked++;
    }
    assert_int_equal(n_checked, arch50()->n_convs + 4);
    rn_training_free(whole);
    rn_training_free(half);
    free_batch(&b);
    rn_pool_free(pool);
    rn_net_free(net);
}

/* The cut into shards moves rounding, nothing else: whole batch statistics, whole gradients. */
static void any_number_of_shards_gives_the_same_gradients(void **state)
{
    (void)state;
    const size_t counts[] = {2, 3, 1000};
    rn_pool *pool = make_pool(4);
    batch b = make_batch(7, 64, 64, N_CLASSES);
    rn_net *net = make_steady_net(0, 0);
    rn_training_settings settings = settings_with_shards(0); /* one */
    rn_training *one = make_training(net, pool, &settings);
    const rn_step_result expected = run_step(one, &b);
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        settings.n_shards = counts[k];
        rn_training *many = make_training(net, pool, &settings);
        const rn_step_result result = run_step(many, &b);
        assert_true(fabs(result.loss - expected.loss) < 1e-4 * expected.loss);
        check_gradients(many, one, 1, 2e-3);
        rn_training_free(many);
    }
    rn_training_free(one);
    rn_net_free(net);
    free_batch(&b);
    rn_pool_free(pool);
}

static void threads_do_not_show(void **state)
{
    (void)state;
    batch b = make_batch(9, 40, 32, N_CLASSES);
    float *first = NULL;
    for (size_t n_threads = 1; n_threads <= 4; n_threads++) {
        rn_net *net = make_steady_net(1, 0.3f);
        rn_pool *pool = make_pool(n_threads);
        const rn_training_settings settings = settings_with_shards(4);
        rn_training *t = make_training(net, pool, &settings);
        for (uint64_t step = 0; step < 5; step++) {
            (void)run_part(t, &b, 0, step == 3 ? 5 : b.n, step, false); /* one odd batch */
            descend(t, 1e-4f);
        }
        if (!first) {
            first = make_floats(net->arena_count);
            memcpy(first, net->arena, net->arena_count * sizeof *first);
        }
        assert_memory_equal(first, net->arena, net->arena_count * sizeof *first);
        rn_training_free(t);
        rn_pool_free(pool);
        rn_net_free(net);
    }
    rn_free(first);
    free_batch(&b);
}

/* A resumed run has not seen the batches before; its bits must be those of the run that has. The
 * shards of 12 images use Winograd's algorithm in places, those of 11 and fewer do not. */
static void batches_before_do_not_show(void **state)
{
    (void)state;
    const size_t sizes[] = {24, 22, 5, 23, 1};
    enum { N_SIZES = 5 };
    batch b = make_batch(24, 32, 32, N_CLASSES);
    rn_net *net = make_steady_net(0, 0);
    rn_pool *pool = make_pool(4);
    rn_training_settings settings = settings_with_shards(2);
    settings.keep_statistics = true; /* the net stays as it is */
    rn_training *with_past = make_training(net, pool, &settings);
    (void)run_step(
        with_past,
        &(batch){
            .n = 2, .h = 48, .w = 32, .images = b.images, .labels = b.labels, .target = b.target});
    for (size_t k = 0; k < N_SIZES; k++) {
        rn_training *fresh = make_training(net, pool, &settings);
        const rn_step_result a = run_part(fresh, &b, 0, sizes[k], 0, false);
        const rn_step_result c = run_part(with_past, &b, 0, sizes[k], 0, false);
        assert_true(a.loss == c.loss);
        check_same_bits(with_past, fresh);
        rn_training_free(fresh);
    }
    rn_training_free(with_past);
    rn_pool_free(pool);
    rn_net_free(net);
    free_batch(&b);
}

static void steps_allocate_nothing(void **state)
{
    (void)state;
    batch b = make_batch(6, 32, 32, N_CLASSES);
    rn_net *net = make_steady_net(1, 0.5f);
    rn_pool *pool = make_pool(3);
    bool mask[53];
    for (size_t freeze = 0; freeze <= 5; freeze += 5) {
        rn_training_settings settings = settings_with_shards(4);
        freeze_stages(&settings, mask, freeze);
        rn_training *t = make_training(net, pool, &settings);
        const size_t count = rn_training_count_features(t, b.h, b.w);
        float *features = make_floats(b.n * count);
        rn_step_result result;
        uint64_t before = 0;
        for (uint64_t step = 0; step < 4; step++) {
            if (step == 2) before = rn_mem_count();
            if (freeze) assert_ok(rn_training_run_prefix(t, b.images, b.n, b.h, b.w, features));
            assert_ok(rn_training_run(t, freeze ? features : b.images, b.n - step % 2, b.h, b.w,
                                      &b.target, step, step & 1, &result));
            rn_training_values_changed(t);
        }
        assert_int_equal(rn_mem_count(), before);
        rn_free(features);
        rn_training_free(t);
    }
    rn_pool_free(pool);
    rn_net_free(net);
    free_batch(&b);
}

/* The head alone, where differences are exact enough to test every kind of layer. `scale` moves
 * the hidden layers away from a function's corner, or leaves them where it is not flat. */
static void check_head(int32_t first, int32_t second, float scale)
{
    batch b = make_batch(5, 32, 32, N_CLASSES);
    float class_weights[N_CLASSES] = {1, 0.5f, 2, 1, 3};
    rn_net *net = make_steady_net(2, 0.4f);
    rn_pool *pool = make_pool(2);
    rn_training_settings settings = settings_with_shards(2);
    bool mask[53];
    freeze_stages(&settings, mask, 5);
    net->settings.activations[0] = (rn_arch_activation){first, 0.3f};
    net->settings.activations[1] = (rn_arch_activation){second, 0.3f};
    rn_training *t = make_training(net, pool, &settings);
    for (size_t i = 0; i < net->n_linears; i++)
        for (size_t k = 0; k < net->params[net->linears[i].weight].count; k++)
            rn_net_get_values(net, net->linears[i].weight)[k] *= scale;
    float *features = draw_floats(b.n * N_FEATURES, 50, 0, 1);
    rn_step_result result, nudged;
    b.target.class_weights = class_weights;
    b.target.label_smoothing = 0.1f;
    assert_ok(rn_training_run(t, features, b.n, 32, 32, &b.target, 3, false, &result));
    size_t n_params;
    const rn_learning_param *params = rn_training_get_params(t, &n_params);
    assert_int_equal(n_params, 6);
    rn_training *probe = make_training(net, pool, &settings);
    for (size_t i = 0; i < n_params; i++) {
        float got[8];
        double want[8];
        for (size_t k = 0; k < 8; k++) {
            const size_t at = k * (params[i].param->count - 1) / 7;
            const float kept = params[i].values[at], step = 1.0f / 512;
            double losses[2];
            for (int side = 0; side < 2; side++) {
                params[i].values[at] = kept + (side ? step : -step);
                assert_ok(
                    rn_training_run(probe, features, b.n, 32, 32, &b.target, 3, false, &nudged));
                losses[side] = nudged.loss;
            }
            params[i].values[at] = kept;
            got[k] = params[i].gradient[at];
            want[k] = (losses[1] - losses[0]) / (2 * (double)step);
        }
        assert_close(params[i].param->name, got, want, 8, 5e-3);
    }
    rn_free(features);
    rn_training_free(probe);
    rn_training_free(t);
    rn_pool_free(pool);
    rn_net_free(net);
    free_batch(&b);
}

static void the_head_matches_differences(void **state)
{
    (void)state;
    check_head(0, RESNET_ACTIVATION_RELU, 8);
    check_head(RESNET_ACTIVATION_LEAKY_RELU, RESNET_ACTIVATION_ELU, 8);
    check_head(RESNET_ACTIVATION_SELU, RESNET_ACTIVATION_LINEAR, 8);
    check_head(RESNET_ACTIVATION_GELU, RESNET_ACTIVATION_GELU_TANH, 1);
    check_head(RESNET_ACTIVATION_SILU, RESNET_ACTIVATION_TANH, 1);
    check_head(RESNET_ACTIVATION_TANH, RESNET_ACTIVATION_SIGMOID, 1);
}

static double loss_at_step(rn_training *t, const batch *b, const float *features, uint64_t step)
{
    rn_step_result result;
    assert_ok(rn_training_run(t, features, b->n, b->h, b->w, &b->target, step, false, &result));
    return result.loss;
}

static void dropout_draws_by_the_step(void **state)
{
    (void)state;
    batch b = make_batch(5, 32, 32, N_CLASSES);
    rn_net *net = make_steady_net(0, 0.5f);
    rn_pool *pool = make_pool(1);
    rn_training_settings settings = settings_with_shards(2);
    bool mask[53];
    freeze_stages(&settings, mask, 5);
    rn_training *t = make_training(net, pool, &settings);
    settings.seed++;
    rn_training *other = make_training(net, pool, &settings);
    float *features = draw_floats(b.n * N_FEATURES, 50, 0, 1);
    const double first = loss_at_step(t, &b, features, 0);
    assert_true(loss_at_step(t, &b, features, 1) != first);
    assert_true(loss_at_step(other, &b, features, 0) != first);
    assert_true(loss_at_step(t, &b, features, 0) == first);
    const rn_learning_param *weight = find_learning_param(t, "fc.weight");
    size_t n_dropped = 0; /* an input dropped in all images leaves no gradient: 1 in 32 */
    for (size_t i = 0; i < N_FEATURES; i++) n_dropped += weight->gradient[i] == 0;
    assert_in_range(n_dropped, 30, 110);
    net->settings.dropout = 0;
    assert_true(loss_at_step(t, &b, features, 0) == loss_at_step(t, &b, features, 1));
    rn_free(features);
    rn_training_free(t);
    rn_training_free(other);
    rn_pool_free(pool);
    rn_net_free(net);
    free_batch(&b);
}

/* Max pooling sends the gradient elsewhere than the average: seen at the last convolution. */
static void max_pooling_trains(void **state)
{
    (void)state;
    batch b = make_batch(4, 96, 64, N_CLASSES);
    rn_net *net = make_steady_net(0, 0);
    net->settings.pooling = RESNET_POOLING_MAX;
    rn_pool *pool = make_pool(2);
    rn_training_settings settings = settings_with_shards(2);
    settings.keep_statistics = true;
    bool mask[53];
    freeze_stages(&settings, mask, 4);
    rn_training *t = make_training(net, pool, &settings);
    const size_t count = rn_training_count_features(t, b.h, b.w);
    float *features = make_floats(b.n * count);
    assert_ok(rn_training_run_prefix(t, b.images, b.n, b.h, b.w, features));
    (void)loss_at_step(t, &b, features, 0);
    const rn_learning_param *beta = find_learning_param(t, "layer4.2.bn3.bias");
    float got[6];
    double want[6];
    size_t n_checked = 0;
    for (size_t c = 0; n_checked < 6 && c < beta->param->count; c += 101) {
        const float kept = beta->values[c], step = 1.0f / 64;
        got[n_checked] = beta->gradient[c];
        double losses[2];
        rn_training *probe = make_training(net, pool, &settings);
        for (int side = 0; side < 2; side++) {
            beta->values[c] = kept + (side ? step : -step);
            losses[side] = loss_at_step(probe, &b, features, 0);
        }
        rn_training_free(probe);
        beta->values[c] = kept;
        want[n_checked++] = (losses[1] - losses[0]) / (2 * (double)step);
    }
    assert_close("beta", got, want, n_checked, 1e-2);
    rn_free(features);
    rn_training_free(t);
    rn_pool_free(pool);
    rn_net_free(net);
    free_batch(&b);
}

static void broken_weights_show_in_the_loss(void **state)
{
    (void)state;
    batch b = make_batch(4, 32, 32, N_CLASSES);
    rn_net *net = make_steady_net(1, 0);
    rn_pool *pool = make_pool(2);
    rn_training_settings settings = settings_with_shards(2);
    settings.keep_statistics = true;
    const size_t broken[] = {net->linears[0].weight, net->convs[30].weight};
    for (size_t k = 0; k < 2; k++) {
        rn_training *t = make_training(net, pool, &settings);
        float *value = rn_net_get_values(net, broken[k]), kept = *value;
        assert_true(isfinite(run_step(t, &b).loss));
        *value = NAN;
        rn_training_values_changed(t);
        assert_true(isnan(run_step(t, &b).loss));
        *value = kept;
        rn_training_values_changed(t);
        assert_true(isfinite(run_step(t, &b).loss));
        rn_training_free(t);
    }
    rn_pool_free(pool);
    rn_net_free(net);
    free_batch(&b);
}

static void one_class_and_one_image(void **state)
{
    (void)state;
    const rn_net_settings net_of_one = net_settings(1);
    rn_net *net = make_net(&net_of_one);
    draw_values(net, 3);
    rn_pool *pool = make_pool(2);
    batch b = make_batch(1, 33, 47, 1);
    const rn_training_settings settings = settings_with_shards(8);
    rn_training *t = make_training(net, pool, &settings);
    const rn_step_result result = run_step(t, &b);
    assert_true(result.loss == 0);
    assert_int_equal(result.n_correct, 1);
    size_t n_params;
    const rn_learning_param *params = rn_training_get_params(t, &n_params);
    for (size_t i = 0; i < n_params; i++)
        for (size_t k = 0; k < params[i].param->count; k++) assert_true(params[i].gradient[k] == 0);
    rn_training_free(t);
    rn_pool_free(pool);
    rn_net_free(net);
    free_batch(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frozen_prefixes_leave_the_gradients_behind_them),
        cmocka_unit_test(a_mask_may_freeze_any_convolution),
        cmocka_unit_test(frozen_statistics_stay),
        cmocka_unit_test(halves_accumulate_to_the_whole),
        cmocka_unit_test(halves_of_the_shards_are_subtrees),
        cmocka_unit_test(any_number_of_shards_gives_the_same_gradients),
        cmocka_unit_test(threads_do_not_show),
        cmocka_unit_test(batches_before_do_not_show),
        cmocka_unit_test(steps_allocate_nothing),
        cmocka_unit_test(the_head_matches_differences),
        cmocka_unit_test(dropout_draws_by_the_step),
        cmocka_unit_test(max_pooling_trains),
        cmocka_unit_test(broken_weights_show_in_the_loss),
        cmocka_unit_test(one_class_and_one_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
