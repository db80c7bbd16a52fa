/* The folded network against its definition, and against itself: any batch, any number of threads,
 * any history. SPDX-License-Identifier: MIT */
#include "naive_net.h"

#include "net/inference.h"

static const rn_tap EMBEDDING = {RN_TAP_EMBEDDING, 0};

#define N_CLASSES 10

static rn_inference *make_inference(const rn_net *net, rn_pool *pool, bool winograd,
                                    size_t max_plans)
{
    rn_inference *inference = NULL;
    const rn_inference_settings settings = {.winograd = winograd, .max_plans = max_plans};
    assert_ok(rn_inference_create(&inference, net, pool, &settings));
    return inference;
}

static void check_against_definition(const rn_net_settings *settings, size_t h, size_t w)
{
    rn_net *net = make_net(settings);
    draw_values(net, 0);
    float *image = draw_images(1, h, w);
    naive_result want = naive_forward(net, image, h, w);
    rn_pool *pool = make_pool(2);
    rn_inference *inference = make_inference(net, pool, false, 2);
    for (size_t i = 0; i < net->arch->n_blocks + 3; i++) {
        const bool is_map = i <= net->arch->n_blocks;
        const enum rn_tap_kind kind =
            i == net->arch->n_blocks + 1 ? RN_TAP_EMBEDDING : RN_TAP_LOGITS;
        const rn_tap tap = {is_map ? RN_TAP_MAP : kind, i};
        size_t chw[3];
        const size_t count = rn_inference_count_output(inference, h, w, tap, chw);
        float *got = make_floats(count);
        assert_ok(rn_inference_run(inference, image, 1, h, w, tap, got));
        if (is_map) {
            const naive_map *map = &want.blocks[i];
            assert_true(chw[0] == map->channels && chw[1] == map->h && chw[2] == map->w);
            assert_close("feature map", got, map->values, count, 1e-5);
        } else if (kind == RN_TAP_EMBEDDING) {
            assert_int_equal(count, net->arch->n_features);
            assert_close("embedding", got, want.embedding, count, 1e-5);
        } else {
            assert_int_equal(count, settings->n_classes);
            assert_close("logits", got, want.logits, count, 1e-5);
        }
        rn_free(got);
    }
    rn_inference_free(inference);
    rn_pool_free(pool);
    naive_free(&want);
    rn_free(image);
    rn_net_free(net);
}

static void v1_5_matches_its_definition(void **state)
{
    (void)state;
    const rn_net_settings settings = net_settings(N_CLASSES);
    check_against_definition(&settings, 32, 32);
}

static rn_arch *make_arch(size_t depth, const size_t (*inner_widths)[2])
{
    rn_arch *arch = NULL;
    const rn_arch_settings settings = {.depth = depth, .inner_widths = inner_widths};
    assert_ok(rn_arch_create(&arch, &settings));
    return arch;
}

/* Blocks of two convolutions, and of inner widths that no depth has, in whole images and strips. */
static void other_networks_match_their_definition(void **state)
{
    (void)state;
    static const size_t pruned[16][2] = {
        [0] = {16, 48}, [3] = {80, 0}, [4] = {0, 112}, [6] = {48, 16}};
    rn_arch *const archs[] = {make_arch(18, NULL), make_arch(50, pruned)};
    for (size_t i = 0; i < 2; i++) {
        rn_net_settings settings = net_settings(N_CLASSES);
        settings.arch = archs[i];
        check_against_definition(&settings, 32, 48);
        settings.variant = RESNET_VARIANT_V1;
        check_against_definition(&settings, 128, 32);
        rn_arch_free(archs[i]);
    }
}

static void v1_matches_its_definition(void **state)
{
    (void)state;
    rn_net_settings settings = net_settings(1);
    settings.variant = RESNET_VARIANT_V1;
    settings.stem_pool = RESNET_STEM_POOL_UNPADDED;
    settings.bn_epsilon = 1e-3f;
    settings.pooling = RESNET_POOLING_MAX;
    settings.n_hidden = 2;
    settings.hidden_sizes[0] = 37;
    settings.hidden_sizes[1] = 3;
    settings.activations[0] = (rn_arch_activation){RESNET_ACTIVATION_LEAKY_RELU, 0.25f};
    settings.activations[1].kind = RESNET_ACTIVATION_TANH;
    settings.dropout = 0.5f; /* training's alone */
    check_against_definition(&settings, 33, 47);
}

/* Batches are cut in different ways by their size; the answer must not show it. */
static void batches_answer_as_single_images(void **state)
{
    (void)state;
    enum { MOST = 17, SIZE = 40 };
    const size_t batches[] = {1, 2, 3, 4, 5, 8, 9, 16, MOST};
    const rn_net_settings settings = net_settings(N_CLASSES);
    rn_net *net = make_net(&settings);
    draw_values(net, 0);
    float *images = draw_images(MOST, SIZE, SIZE);
    for (int winograd = 0; winograd < 2; winograd++) {
        rn_pool *pool = make_pool(3);
        rn_inference *inference = make_inference(net, pool, winograd, 8);
        float single[MOST * N_CLASSES], together[MOST * N_CLASSES];
        for (size_t i = 0; i < MOST; i++)
            assert_ok(rn_inference_run(inference, images + i * 3 * SIZE * SIZE, 1, SIZE, SIZE,
                                       LOGITS, single + i * N_CLASSES));
        double *want = to_doubles(single, MOST * N_CLASSES);
        for (size_t k = 0; k < sizeof batches / sizeof *batches; k++) {
            assert_ok(
                rn_inference_run(inference, images, batches[k], SIZE, SIZE, LOGITS, together));
            assert_close("logits", together, want, batches[k] * N_CLASSES, 1e-5);
        }
        rn_free(want);
        rn_inference_free(inference);
        rn_pool_free(pool);
    }
    rn_free(images);
    rn_net_free(net);
}

static void threads_do_not_show(void **state)
{
    (void)state;
    enum { MOST = 17, SIZE = 33 };
    const size_t batches[] = {2, 5, MOST};
    const size_t n_batches = sizeof batches / sizeof *batches;
    const rn_net_settings settings = net_settings(N_CLASSES);
    rn_net *net = make_net(&settings);
    draw_values(net, 0);
    float *images = draw_images(MOST, SIZE, SIZE);
    float *first = make_floats(n_batches * MOST * N_CLASSES);
    for (size_t n_threads = 1; n_threads <= 5; n_threads++) {
        rn_pool *pool = make_pool(n_threads);
        rn_inference *inference = make_inference(net, pool, true, 8);
        for (size_t k = 0; k < n_batches; k++) {
            float logits[MOST * N_CLASSES];
            float *of_one_thread = first + k * MOST * N_CLASSES;
            const size_t size = batches[k] * N_CLASSES * sizeof *logits;
            assert_ok(rn_inference_run(inference, images, batches[k], SIZE, SIZE, LOGITS, logits));
            if (n_threads == 1)
                memcpy(of_one_thread, logits, size);
            else
                assert_memory_equal(of_one_thread, logits, size);
        }
        rn_inference_free(inference);
        rn_pool_free(pool);
    }
    rn_free(first);
    rn_free(images);
    rn_net_free(net);
}

/* One image that several threads share is cut into rows at first; as one of four it is not. */
static void check_rows(const rn_net *net, bool winograd, size_t h, size_t w)
{
    static const rn_tap taps[] = {{RN_TAP_MAP, 0},   {RN_TAP_MAP, 1}, {RN_TAP_MAP, 3},
                                  {RN_TAP_MAP, 4},   {RN_TAP_MAP, 7}, {RN_TAP_MAP, 8},
                                  {RN_TAP_LOGITS, 0}};
    enum { TOGETHER = 4 };
    const size_t image = 3 * h * w;
    float *images = draw_images(TOGETHER, h, w), *first = NULL;
    for (size_t n_threads = 1; n_threads <= 5; n_threads += n_threads < 3 ? 1 : 2) {
        rn_pool *pool = make_pool(n_threads);
        rn_inference *inference = make_inference(net, pool, winograd, 4);
        for (size_t k = 0; n_threads == 2 && k < sizeof taps / sizeof *taps; k++) {
            const size_t count = rn_inference_count_output(inference, h, w, taps[k], NULL);
            float *together = make_floats(TOGETHER * count), *alone = make_floats(count);
            assert_ok(rn_inference_run(inference, images, TOGETHER, h, w, taps[k], together));
            double *want = to_doubles(together + 3 * count, count);
            assert_ok(rn_inference_run(inference, images + 3 * image, 1, h, w, taps[k], alone));
            assert_close("rows", alone, want, count, 1e-5);
            rn_free(together);
            rn_free(alone);
            rn_free(want);
        }
        float *logits = make_floats(3 * N_CLASSES);
        assert_ok(rn_inference_run(inference, images, 3, h, w, LOGITS, logits));
        if (first) assert_memory_equal(first, logits, 3 * N_CLASSES * sizeof *logits);
        if (first) rn_free(logits);
        if (!first) first = logits;
        rn_inference_free(inference);
        rn_pool_free(pool);
    }
    rn_free(first);
    rn_free(images);
}

static void large_images_are_cut_into_rows(void **state)
{
    (void)state;
    static const size_t sizes[][2] = {{128, 40}, {135, 33}, {141, 64}};
    for (int kind = 0; kind < 3; kind++) {
        rn_net_settings settings = net_settings(N_CLASSES);
        if (kind > 0) settings.variant = RESNET_VARIANT_V1;
        settings.stem_pool = kind < 2 ? RESNET_STEM_POOL_PADDED : RESNET_STEM_POOL_UNPADDED;
        rn_net *net = make_net(&settings);
        draw_values(net, 0);
        check_rows(net, kind != 1, sizes[kind][0], sizes[kind][1]);
        rn_net_free(net);
    }
}

/* Plans come and go; answers stay. Whatever is kept ready is run without an allocation. */
static void few_plans_serve_many_shapes(void **state)
{
    (void)state;
    static const size_t shapes[][3] = {{1, 32, 32}, {5, 32, 32}, {9, 32, 40}, {1, 48, 32}};
    enum { N_SHAPES = 4, MOST = 9 };
    const rn_net_settings settings = net_settings(N_CLASSES);
    rn_net *net = make_net(&settings);
    draw_values(net, 0);
    float *images = draw_images(MOST, 48, 48), answers[N_SHAPES][MOST * N_CLASSES];
    rn_pool *pool = make_pool(2);
    rn_inference *few = make_inference(net, pool, true, 2),
                 *many = make_inference(net, pool, true, 9);
    for (size_t round = 0; round < 3; round++) {
        const uint64_t before = rn_mem_count();
        for (size_t k = 0; k < N_SHAPES; k++) {
            const size_t *s = shapes[k];
            assert_ok(rn_inference_run(many, images, s[0], s[1], s[2], LOGITS, answers[k]));
        }
        if (round > 0) assert_int_equal(rn_mem_count(), before);
    }
    for (size_t k = 0; k < 3 * N_SHAPES; k++) {
        float logits[MOST * N_CLASSES];
        const size_t *s = shapes[k * 3 % N_SHAPES];
        assert_ok(rn_inference_run(few, images, s[0], s[1], s[2], LOGITS, logits));
        assert_memory_equal(logits, answers[k * 3 % N_SHAPES], s[0] * N_CLASSES * sizeof *logits);
    }
    rn_inference_free(few);
    rn_inference_free(many);
    rn_pool_free(pool);
    rn_free(images);
    rn_net_free(net);
}

static void a_changed_model_is_noticed(void **state)
{
    (void)state;
    const rn_net_settings settings = net_settings(N_CLASSES);
    rn_net *net = make_net(&settings);
    draw_values(net, 0);
    float *images = draw_images(1, 32, 32), logits[N_CLASSES], again[N_CLASSES];
    rn_pool *pool = make_pool(1);
    rn_inference *inference = make_inference(net, pool, true, 2);
    assert_ok(rn_inference_run(inference, images, 1, 32, 32, LOGITS, logits));
    rn_net_get_values(net, net->convs[0].weight)[0] += 1;
    net->generation++;
    assert_fails(rn_inference_run(inference, images, 1, 32, 32, LOGITS, again), RESNET_E_STATE,
                 "changed");
    rn_inference *fresh = make_inference(net, pool, true, 2);
    assert_ok(rn_inference_run(fresh, images, 1, 32, 32, LOGITS, again));
    assert_memory_not_equal(logits, again, sizeof logits);
    rn_inference_accept_changes(inference); /* the folded weights are still the old ones */
    assert_ok(rn_inference_run(inference, images, 1, 32, 32, LOGITS, again));
    assert_memory_equal(logits, again, sizeof logits);
    rn_inference_free(inference);
    rn_inference_free(fresh);
    rn_pool_free(pool);
    rn_free(images);
    rn_net_free(net);
}

static void not_a_number_goes_through(void **state)
{
    (void)state;
    const rn_net_settings settings = net_settings(N_CLASSES);
    rn_net *net = make_net(&settings);
    draw_values(net, 0);
    float *images = draw_images(5, 32, 32), logits[5 * N_CLASSES], clean[5 * N_CLASSES];
    rn_pool *pool = make_pool(2);
    rn_inference *inference = make_inference(net, pool, true, 2);
    assert_ok(rn_inference_run(inference, images, 5, 32, 32, LOGITS, clean));
    for (size_t i = 0; i < 3 * 32 * 32; i++) images[i] = NAN;
    assert_ok(rn_inference_run(inference, images, 5, 32, 32, LOGITS, logits));
    assert_memory_equal(logits + N_CLASSES, clean + N_CLASSES, 4 * N_CLASSES * sizeof *logits);
    rn_inference_free(inference);
    rn_pool_free(pool);
    rn_free(images);
    rn_net_free(net);
}

/* ---- an image's answer is its own ---- */

typedef struct alone {
    size_t h, w, count;
    float *images, *answers; /* [MOST_TOGETHER] */
} alone;

enum { MOST_TOGETHER = 17 };

static rn_inference *make_whole_inference(const rn_net *net, rn_pool *pool)
{
    rn_inference *inference = NULL;
    const rn_inference_settings settings = {.winograd = true, .max_plans = 4, .whole = true};
    assert_ok(rn_inference_create(&inference, net, pool, &settings));
    return inference;
}

static alone answer_alone(const rn_net *net, size_t h, size_t w)
{
    const size_t image = 3 * h * w;
    alone a = {h, w, net->arch->n_features, draw_images(MOST_TOGETHER, h, w),
               make_floats(MOST_TOGETHER * net->arch->n_features)};
    rn_pool *pool = make_pool(1);
    rn_inference *inference = make_whole_inference(net, pool);
    for (size_t i = 0; i < MOST_TOGETHER; i++)
        assert_ok(rn_inference_run(inference, a.images + i * image, 1, h, w, EMBEDDING,
                                   a.answers + i * a.count));
    rn_inference_free(inference);
    rn_pool_free(pool);
    return a;
}

/* Images first to first + n - 1. */
static void check_batch(rn_inference *inference, const alone *a, size_t first, size_t n)
{
    float *got = make_floats(n * a->count);
    assert_ok(rn_inference_run(inference, a->images + first * 3 * a->h * a->w, n, a->h, a->w,
                               EMBEDDING, got));
    for (size_t i = 0; i < n * a->count; i++)
        if (memcmp(&got[i], &a->answers[first * a->count + i], sizeof *got) != 0)
            fail_msg("%zux%zu px, image %zu of %zu: value %zu is %.9g, alone %.9g", a->w, a->h,
                     i / a->count, n, i % a->count, (double)got[i],
                     (double)a->answers[first * a->count + i]);
    rn_free(got);
}

static void check_batches(const rn_net *net, size_t h, size_t w, size_t step)
{
    alone a = answer_alone(net, h, w);
    for (size_t n_threads = 1; n_threads <= 4; n_threads++) {
        rn_pool *pool = make_pool(n_threads);
        rn_inference *whole = make_whole_inference(net, pool);
        rn_inference *sharing = make_inference(net, pool, true, 4);
        for (size_t n = 1 + (n_threads - 1) % step; n <= MOST_TOGETHER; n += step)
            check_batch(n > 1 && n_threads % 2 ? sharing : whole, &a, MOST_TOGETHER - n, n);
        rn_inference_free(whole);
        rn_inference_free(sharing);
        rn_pool_free(pool);
    }
    rn_free(a.images);
    rn_free(a.answers);
}

static void neighbours_do_not_show(void **state)
{
    (void)state;
    rn_net_settings settings = net_settings(N_CLASSES);
    for (int variant = RESNET_VARIANT_V1; variant <= RESNET_VARIANT_V1_5; variant++) {
        settings.variant = variant;
        rn_net *net = make_net(&settings);
        draw_values(net, 0);
        check_batches(net, 64, 64, variant == RESNET_VARIANT_V1 ? 4 : 1);
        check_batches(net, 128, 128, variant == RESNET_VARIANT_V1 ? 8 : 4);
        if (variant == RESNET_VARIANT_V1_5) check_batches(net, 224, 96, 8);
        rn_net_free(net);
    }
}

#define MOST_ROWS 64

/* What an observer was shown of a small batch. */
typedef struct diary {
    const rn_arch *arch;
    size_t times[MOST_ROWS]; /* images */
    float *maps[MOST_ROWS];  /* outputs, [n][count] */
    size_t n_unlike;         /* inputs that are not what the convolution before gave */
} diary;

/* One worker, so nobody else writes. */
static void write_down(void *context, size_t worker, const rn_observation *what)
{
    diary *d = context;
    const size_t in = rn_map_count(what->in), out = rn_map_count(what->out), row = what->row;
    const uint8_t role = d->arch->convs[row].role;
    assert_int_equal(worker, 0);
    d->times[row] += what->n;
    memcpy(d->maps[row] + what->first_image * out, what->output, what->n * out * sizeof(float));
    if (role == RN_ROLE_INNER || role == RN_ROLE_LAST)
        d->n_unlike += memcmp(d->maps[row - 1] + what->first_image * in, what->input,
                              what->n * in * sizeof(float)) != 0;
}

/* Whole maps, each image once, the same that come out as features; with few images, which several
 * threads would share otherwise, and with tasks of several and a rest. */
static void observer_sees_each_map(void **state)
{
    (void)state;
    enum { SIZE = 40, MOST = 17 };
    const size_t batches[] = {1, 3, 9, MOST};
    const rn_net_settings settings = net_settings(N_CLASSES);
    rn_net *net = make_net(&settings);
    draw_values(net, 0);
    float *images = draw_images(MOST, SIZE, SIZE);
    rn_pool *pool = make_pool(1);
    rn_geometry geometry;
    assert_ok(rn_geometry_init(&geometry, &net->settings, SIZE, SIZE));
    for (size_t k = 0; k < 4; k++) {
        diary d = {.arch = net->arch};
        const rn_observer observer = {&d, write_down};
        const rn_inference_settings observed = {
            .winograd = true, .observer = &observer, .blocked_maps = true};
        rn_inference *inference = NULL;
        const size_t last = net->arch->n_convs - 1, n = batches[k];
        const rn_tap end = {RN_TAP_MAP, net->arch->n_blocks};
        const size_t count = rn_map_count(&geometry.rows[last].out);
        float *features = make_floats(n * count);
        for (size_t row = 0; row <= last; row++)
            d.maps[row] = make_floats(n * rn_map_count(&geometry.rows[row].out));
        assert_ok(rn_inference_create(&inference, net, pool, &observed));
        assert_ok(rn_inference_run(inference, images, n, SIZE, SIZE, end, features));
        for (size_t row = 0; row <= last; row++) assert_int_equal(d.times[row], n);
        assert_int_equal(d.n_unlike, 0);
        assert_memory_equal(d.maps[last], features, n * count * sizeof(float));
        for (size_t row = 0; row <= last; row++) rn_free(d.maps[row]);
        rn_free(features);
        rn_inference_free(inference);
    }
    rn_geometry_clear(&geometry);
    rn_pool_free(pool);
    rn_free(images);
    rn_net_free(net);
}

static void refuses_types_without_kernels(void **state)
{
    (void)state;
    const rn_net_settings settings = net_settings(N_CLASSES);
    rn_net *net = make_net(&settings);
    draw_values(net, 0);
    rn_pool *pool = make_pool(2);
    rn_inference *inference = NULL;
    const rn_inference_settings wanted = {.dtype = RN_DTYPE_BF16};
    assert_ok(rn_inference_create(&inference, net, pool, &wanted));
    for (size_t n = 1; n < 10; n += 8)
        assert_fails(rn_inference_prepare(inference, n, 128, 128), RESNET_E_UNSUPPORTED, "BF16");
    rn_inference_free(inference);
    rn_pool_free(pool);
    rn_net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v1_5_matches_its_definition),
        cmocka_unit_test(v1_matches_its_definition),
        cmocka_unit_test(other_networks_match_their_definition),
        cmocka_unit_test(batches_answer_as_single_images),
        cmocka_unit_test(threads_do_not_show),
        cmocka_unit_test(large_images_are_cut_into_rows),
        cmocka_unit_test(few_plans_serve_many_shapes),
        cmocka_unit_test(a_changed_model_is_noticed),
        cmocka_unit_test(not_a_number_goes_through),
        cmocka_unit_test(neighbours_do_not_show),
        cmocka_unit_test(observer_sees_each_map),
        cmocka_unit_test(refuses_types_without_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
