/* Batches: the same for any number of workers, in order, bounded, and honest about bad files.
 * SPDX-License-Identifier: MIT */
#include "core/mem.h"
#include "data/loader.h"
#include "tree.h"

#include <sys/resource.h>
#include <sys/wait.h>

#define N 23 /* samples: 12 of class 0, 8 of class 1, 3 of class 2 */

static tree t;
static resnet_recipe recipe;

static int begin_all(void **state)
{
    (void)state;
    static const int SIZES[3] = {12, 8, 3};
    tree_create(&t);
    for (int c = 0, number = 0; c < 3; c++)
        for (int i = 0; i < SIZES[c]; i++, number++) {
            char name[32];
            snprintf(name, sizeof name, "good/%c/%02d.png", 'a' + c, i);
            tree_add_png(&t, name, 40 + (unsigned)i, 36, (unsigned)number);
            snprintf(name, sizeof name, "bad/%c/%02d.png", 'a' + c, i);
            if (number % 5 == 3)
                tree_add_text(&t, name, "not a picture");
            else
                tree_add_png(&t, name, 40, 36 + (unsigned)i, (unsigned)number);
        }
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, "unit"));
    return resnet_recipe_set_size(&recipe, 32);
}

static int end_all(void **state)
{
    (void)state;
    tree_remove(&t);
    return 0;
}

static resnet_dataset *open_folder(const char *name, int32_t on_corrupt)
{
    resnet_dataset *dataset = NULL;
    resnet_dataset_options options;
    assert_ok(resnet_dataset_options_init(&options, sizeof options));
    options.on_corrupt = on_corrupt;
    assert_ok(resnet_dataset_open_folder(&dataset, tree_path(&t, name), &options));
    return dataset;
}

static rn_loader *create(const resnet_dataset *dataset, const rn_loader_options *options)
{
    rn_loader *loader = NULL;
    if (rn_loader_create(&loader, dataset, &recipe, options) != RESNET_OK)
        fail_msg("%s", resnet_last_error());
    return loader;
}

static rn_loader_options make_options(size_t batch, size_t n_workers, enum rn_order_kind order)
{
    rn_loader_options options = rn_loader_default_options();
    options.batch = batch;
    options.n_workers = n_workers;
    options.order = order;
    options.seed = 77;
    return options;
}

/* What an epoch showed. */
typedef struct record {
    uint64_t hash; /* of all pixels, labels and sizes in their order */
    size_t n, n_batches;
    uint64_t samples[256];
    uint64_t seen[N];
} record;

static void add_to_hash(record *r, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        r->hash = (r->hash ^ ((const unsigned char *)bytes)[i]) * 1099511628211u;
}

static void note_batch(record *r, const rn_batch *batch)
{
    assert_int_equal(batch->height, 32);
    assert_int_equal((uintptr_t)batch->images_nchw % 4096, 0);
    add_to_hash(r, batch->images_nchw, batch->n * 3 * 32 * 32 * sizeof(float));
    add_to_hash(r, batch->labels, batch->n * sizeof *batch->labels);
    add_to_hash(r, &batch->n, sizeof batch->n);
    for (size_t i = 0; i < batch->n; i++) {
        r->samples[r->n++] = batch->samples[i];
        r->seen[batch->samples[i]]++;
    }
    r->n_batches++;
}

static record run_epoch(rn_loader *loader, uint64_t epoch, size_t first_batch)
{
    record r = {0};
    const rn_batch *batch = NULL;
    assert_ok(rn_loader_start_epoch(loader, epoch, first_batch));
    for (;;) {
        if (rn_loader_next(loader, &batch) != RESNET_OK) fail_msg("%s", resnet_last_error());
        if (!batch) return r;
        note_batch(&r, batch);
        rn_loader_release(loader, batch);
    }
}

static void keeps_order_when_asked(void **state)
{
    (void)state;
    resnet_dataset *dataset = open_folder("good", RESNET_CORRUPT_ERROR);
    const rn_loader_options options = make_options(5, 3, RN_ORDER_SEQUENTIAL);
    rn_loader *loader = create(dataset, &options);
    const record r = run_epoch(loader, 0, 0);
    assert_int_equal(r.n, N);
    assert_int_equal(r.n_batches, 5);
    for (size_t i = 0; i < N; i++) assert_int_equal(r.samples[i], i);
    assert_true(run_epoch(loader, 1, 0).hash == r.hash);
    rn_loader_free(loader);
    resnet_dataset_free(dataset);
}

static void prepares_as_the_image_functions_do(void **state)
{
    (void)state;
    resnet_dataset *dataset = open_folder("good", RESNET_CORRUPT_ERROR);
    const rn_loader_options options = make_options(N, 2, RN_ORDER_SEQUENTIAL);
    rn_loader *loader = create(dataset, &options);
    const rn_batch *batch = NULL;
    static float expected[3 * 32 * 32];
    assert_ok(rn_loader_start_epoch(loader, 0, 0));
    assert_ok(rn_loader_next(loader, &batch));
    for (size_t i = 0; i < N; i++) {
        resnet_image *image = NULL;
        assert_ok(resnet_dataset_load_image(&image, dataset, i));
        assert_ok(resnet_image_prepare(expected, 3 * 32 * 32, image, &recipe));
        assert_memory_equal(batch->images_nchw + i * 3 * 32 * 32, expected, sizeof expected);
        assert_int_equal(batch->labels[i], resnet_dataset_get_label(dataset, i));
        resnet_image_free(image);
    }
    rn_loader_free(loader);
    resnet_dataset_free(dataset);
}

/* An augmentation that can be recognised: one corner cut off, as the numbers say. */
static resnet_status shift(void *context, resnet_image **out, const resnet_image *in,
                           rn_showing showing)
{
    (void)context;
    const int64_t by = (int64_t)((showing.seed + 3 * showing.epoch + 7 * showing.sample) % 5);
    return resnet_image_crop(out, in, by, by, resnet_image_get_width(in) - 4,
                             resnet_image_get_height(in) - 4);
}

static void workers_do_not_show(void **state)
{
    (void)state;
    resnet_dataset *good = open_folder("good", RESNET_CORRUPT_ERROR);
    resnet_dataset *bad = open_folder("bad", RESNET_CORRUPT_SKIP);
    for (int variant = 0; variant < 16; variant++) {
        uint64_t first = 0;
        for (size_t n_workers = 1; n_workers <= 4; n_workers++) {
            rn_loader_options options =
                make_options(4, n_workers, variant & 1 ? RN_ORDER_BALANCED : RN_ORDER_SHUFFLED);
            options.augment = variant & 2 ? shift : NULL;
            options.cache_bytes = variant & 4 ? 40000 : 0; /* room for some */
            rn_loader *loader = create(variant & 8 ? bad : good, &options);
            uint64_t hash = 0;
            for (uint64_t epoch = 0; epoch < 3; epoch++)
                hash = hash * 31 + run_epoch(loader, epoch, 0).hash;
            if (n_workers == 1) first = hash;
            assert_true(hash == first);
            rn_loader_free(loader);
        }
    }
    resnet_dataset_free(good);
    resnet_dataset_free(bad);
}

static void the_cache_does_not_show(void **state)
{
    (void)state;
    resnet_dataset *dataset = open_folder("good", RESNET_CORRUPT_ERROR);
    uint64_t hashes[3];
    const uint64_t budgets[3] = {0, 30000, 1 << 24};
    for (size_t i = 0; i < 3; i++) {
        rn_loader_options options = make_options(6, 3, RN_ORDER_SHUFFLED);
        options.cache_bytes = budgets[i];
        options.augment = shift;
        rn_loader *loader = create(dataset, &options);
        run_epoch(loader, 0, 0);
        hashes[i] = run_epoch(loader, 1, 0).hash;
        rn_loader_free(loader);
    }
    assert_true(hashes[0] == hashes[1] && hashes[0] == hashes[2]);
    resnet_dataset_free(dataset);
}

static int n_from_files;

static resnet_status shift_file(void *context, resnet_image **out, const void *bytes, size_t size,
                                const resnet_image_options *options, rn_showing showing)
{
    resnet_image *image = NULL;
    __atomic_add_fetch(&n_from_files, 1, __ATOMIC_RELAXED);
    resnet_status status = resnet_image_decode(&image, bytes, size, options);
    if (status != RESNET_OK) return status;
    status = shift(context, out, image, showing);
    resnet_image_free(image);
    return status;
}

static void files_may_be_augmented_while_decoding(void **state)
{
    (void)state;
    resnet_dataset *dataset = open_folder("bad", RESNET_CORRUPT_SKIP);
    uint64_t hashes[2];
    for (size_t i = 0; i < 2; i++) {
        rn_loader_options options = make_options(6, 3, RN_ORDER_SHUFFLED);
        options.augment = shift;
        options.augment_file = i ? shift_file : NULL;
        rn_loader *loader = create(dataset, &options);
        hashes[i] = run_epoch(loader, 2, 0).hash;
        rn_loader_free(loader);
    }
    assert_int_equal(n_from_files, N);
    assert_true(hashes[0] == hashes[1]);
    resnet_dataset_free(dataset);
}

static void shuffles_by_epoch(void **state)
{
    (void)state;
    resnet_dataset *dataset = open_folder("good", RESNET_CORRUPT_ERROR);
    const rn_loader_options options = make_options(5, 2, RN_ORDER_SHUFFLED);
    rn_loader *loader = create(dataset, &options);
    const record first = run_epoch(loader, 0, 0), second = run_epoch(loader, 1, 0);
    for (size_t i = 0; i < N; i++) assert_int_equal(first.seen[i], 1);
    for (size_t i = 0; i < N; i++) assert_int_equal(second.seen[i], 1);
    assert_memory_not_equal(first.samples, second.samples, N * sizeof(uint64_t));
    /* From the middle of an epoch on: what the whole epoch would have shown. */
    const record rest = run_epoch(loader, 0, 3);
    assert_int_equal(rest.n, N - 15);
    assert_memory_equal(rest.samples, first.samples + 15, rest.n * sizeof(uint64_t));
    assert_int_equal(run_epoch(loader, 0, 5).n, 0);
    assert_int_equal(rn_loader_start_epoch(loader, 0, 6), RESNET_E_INVALID);
    rn_loader_free(loader);
    resnet_dataset_free(dataset);
}

static void drops_a_last_batch_that_is_not_full(void **state)
{
    (void)state;
    resnet_dataset *dataset = open_folder("good", RESNET_CORRUPT_ERROR);
    rn_loader_options options = make_options(5, 2, RN_ORDER_SHUFFLED);
    options.drop_last = true;
    rn_loader *loader = create(dataset, &options);
    assert_int_equal(rn_loader_get_n_batches(loader), 4);
    assert_int_equal(run_epoch(loader, 0, 0).n, 20);
    rn_loader_free(loader);
    resnet_dataset_free(dataset);
}

/* Sizes of the batches of an epoch of N samples, in order. */
static size_t measure_batches(size_t batch, size_t *sizes)
{
    resnet_dataset *dataset = open_folder("good", RESNET_CORRUPT_ERROR);
    rn_loader_options options = make_options(batch, 3, RN_ORDER_SHUFFLED);
    options.share_last = true;
    rn_loader *loader = create(dataset, &options);
    const rn_batch *next = NULL;
    size_t n = 0;
    assert_ok(rn_loader_start_epoch(loader, 0, 0));
    while (rn_loader_next(loader, &next) == RESNET_OK && next) {
        assert_int_equal(next->number, n);
        sizes[n++] = next->n;
        rn_loader_release(loader, next);
    }
    assert_int_equal(n, rn_loader_get_n_batches(loader));
    assert_int_equal(rn_loader_get_start(loader, n), N);
    rn_loader_free(loader);
    resnet_dataset_free(dataset);
    return n;
}

static void fills_a_small_last_batch_from_the_one_before(void **state)
{
    (void)state;
    static const struct {
        size_t batch, n, last_two[2];
    } CASES[] = {{20, 2, {12, 11}}, {7, 4, {5, 4}}, {11, 3, {6, 6}}, {5, 5, {5, 3}},
                 {2, 12, {2, 1}},   {3, 8, {3, 2}}, {1, 23, {1, 1}}, {22, 2, {12, 11}}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        size_t sizes[N], n = measure_batches(CASES[i].batch, sizes), sum = 0;
        for (size_t b = 0; b < n; b++) sum += sizes[b];
        assert_int_equal(n, CASES[i].n);
        assert_int_equal(sum, N);
        assert_memory_equal(sizes + n - 2, CASES[i].last_two, sizeof CASES[i].last_two);
    }
    size_t alone[N];
    assert_int_equal(measure_batches(64, alone), 1);
    assert_int_equal(alone[0], N);
}

static void balances_classes(void **state)
{
    (void)state;
    resnet_dataset *dataset = open_folder("good", RESNET_CORRUPT_ERROR);
    const rn_loader_options options = make_options(5, 2, RN_ORDER_BALANCED);
    rn_loader *loader = create(dataset, &options);
    const record r = run_epoch(loader, 3, 0);
    assert_int_equal(r.n, N);
    uint64_t of_class[3] = {0}, most = 0, least = N;
    for (size_t i = 0; i < N; i++) of_class[resnet_dataset_get_label(dataset, i)] += r.seen[i];
    for (size_t c = 0; c < 3; c++) assert_in_range(of_class[c], 7, 8);
    for (size_t i = 20; i < N; i++) {
        most = r.seen[i] > most ? r.seen[i] : most;
        least = r.seen[i] < least ? r.seen[i] : least;
    }
    assert_true(least >= 2 && most <= 3); /* the small class evenly, again and again */
    rn_loader_free(loader);
    resnet_dataset_free(dataset);
}

static void stops_at_a_bad_file(void **state)
{
    (void)state;
    resnet_dataset *dataset = open_folder("bad", RESNET_CORRUPT_ERROR);
    const rn_loader_options options = make_options(10, 4, RN_ORDER_SEQUENTIAL);
    rn_loader *loader = create(dataset, &options);
    const rn_batch *batch = NULL;
    for (int again = 0; again < 3; again++) {
        assert_ok(rn_loader_start_epoch(loader, 0, 0));
        const resnet_status status = rn_loader_next(loader, &batch);
        assert_true(status == RESNET_E_FORMAT || status == RESNET_E_UNSUPPORTED);
        assert_message_has(resnet_last_error(), "bad/a/03.png"); /* the first of the batch */
        assert_null(batch);
    }
    assert_true(rn_loader_next(loader, &batch) != RESNET_OK); /* the next batch has one too */
    assert_message_has(resnet_last_error(), "bad/b/01.png");
    rn_loader_free(loader);
    resnet_dataset_free(dataset);
}

static void hear(void *user_data, int32_t level, const char *message)
{
    assert_int_equal(level, RESNET_LOG_WARNING);
    assert_message_has(message, "bad/");
    ++*(int *)user_data;
}

static void leaves_out_bad_files(void **state)
{
    (void)state;
    int n_heard = 0;
    resnet_dataset *dataset = open_folder("bad", RESNET_CORRUPT_SKIP);
    rn_loader_options options = make_options(10, 4, RN_ORDER_SEQUENTIAL);
    options.log = (rn_log){hear, &n_heard};
    rn_loader *loader = create(dataset, &options);
    for (uint64_t epoch = 0; epoch < 2; epoch++) {
        const record r = run_epoch(loader, epoch, 0);
        assert_int_equal(r.n, N - 4);
        assert_int_equal(r.n_batches, 3);
        for (size_t i = 0; i < N; i++) assert_int_equal(r.seen[i], i % 5 != 3);
    }
    uint64_t skipped[2] = {0};
    assert_int_equal(rn_loader_copy_skipped(loader, skipped, 2), 4);
    assert_int_equal(skipped[0], 3);
    assert_int_equal(skipped[1], 8);
    assert_int_equal(n_heard, 4);
    rn_loader_free(loader);
    /* Batches of one: those of bad samples alone are passed over. */
    options = make_options(1, 2, RN_ORDER_SHUFFLED);
    loader = create(dataset, &options);
    assert_int_equal(run_epoch(loader, 0, 0).n_batches, N - 4);
    rn_loader_free(loader);
    resnet_dataset_free(dataset);
}

/* The status of an epoch over a folder in which bad pictures are left out up to a share. */
static resnet_status skim(const char *name, double max_corrupt, void (*meanwhile)(void),
                          size_t *n_skipped)
{
    resnet_dataset *dataset = NULL;
    resnet_dataset_options options;
    assert_ok(resnet_dataset_options_init(&options, sizeof options));
    options.on_corrupt = RESNET_CORRUPT_SKIP;
    options.max_corrupt = max_corrupt;
    assert_ok(resnet_dataset_open_folder(&dataset, tree_path(&t, name), &options));
    const rn_loader_options loading = make_options(2, 3, RN_ORDER_SEQUENTIAL);
    rn_loader *loader = create(dataset, &loading);
    if (meanwhile) meanwhile();
    const rn_batch *batch = NULL;
    resnet_status status = rn_loader_start_epoch(loader, 0, 0);
    while (status == RESNET_OK && (status = rn_loader_next(loader, &batch)) == RESNET_OK && batch)
        rn_loader_release(loader, batch);
    *n_skipped = rn_loader_copy_skipped(loader, NULL, 0);
    rn_loader_free(loader);
    resnet_dataset_free(dataset);
    return status;
}

static void too_many_bad_pictures_stop_it(void **state)
{
    (void)state;
    size_t n;
    assert_ok(skim("bad", 4.0 / N, NULL, &n)); /* 4 are bad */
    assert_int_equal(n, 4);
    assert_int_equal(skim("bad", 3.9 / N, NULL, &n), RESNET_E_FORMAT);
    assert_message_has(resnet_last_error(), "4 of 23 pictures cannot be read");
    assert_int_equal(skim("bad", 0, NULL, &n), RESNET_E_FORMAT);
    for (int i = 0; i < 3; i++) {
        char name[32];
        snprintf(name, sizeof name, "hopeless/a/%d.jpg", i);
        tree_add_text(&t, name, "not a picture");
    }
    assert_int_equal(skim("hopeless", 0.5, NULL, &n), RESNET_E_FORMAT);
    assert_int_equal(skim("hopeless", 1, NULL, &n), RESNET_E_FORMAT);
    assert_message_has(resnet_last_error(), "none of 3 pictures could be read");
}

static void make_three(void)
{
    for (unsigned i = 0; i < 3; i++) {
        char name[32];
        snprintf(name, sizeof name, "gone/a/%u.png", i);
        tree_add_png(&t, name, 40, 36, i);
    }
}

static void take_one_away(void)
{
    assert_int_equal(unlink(tree_path(&t, "gone/a/1.png")), 0);
}

static void take_folder_away(void)
{
    char from[512];
    snprintf(from, sizeof from, "%s", tree_path(&t, "gone/a"));
    assert_int_equal(rename(from, tree_path(&t, "elsewhere")), 0);
}

static void bring_folder_back(void)
{
    char from[512];
    snprintf(from, sizeof from, "%s", tree_path(&t, "elsewhere"));
    assert_int_equal(rename(from, tree_path(&t, "gone/a")), 0);
}

static void make_loop(void)
{
    take_one_away();
    assert_int_equal(symlink("1.png", tree_path(&t, "gone/a/1.png")), 0);
}

static struct rlimit descriptors;

static void use_up_descriptors(void)
{
    const int lowest = dup(0); /* those below it are in use */
    assert_true(lowest >= 0);
    close(lowest);
    const struct rlimit none = {(rlim_t)lowest, descriptors.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
}

/* Whatever is not the picture's fault stops the work, though bad pictures would be left out. */
static void only_pictures_can_be_bad(void **state)
{
    (void)state;
    size_t n;
    make_three();
    assert_ok(skim("gone", 1, take_one_away, &n));
    assert_int_equal(n, 1);
    make_three();
    assert_int_equal(skim("gone", 1, take_folder_away, &n), RESNET_E_NOT_FOUND);
    bring_folder_back();
    assert_int_equal(n, 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &descriptors), 0);
    const resnet_status status = skim("gone", 1, use_up_descriptors, &n);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &descriptors), 0);
    assert_int_equal(status, RESNET_E_IO);
    assert_int_equal(n, 0);
    assert_int_equal(skim("gone", 1, make_loop, &n), RESNET_E_IO);
    assert_int_equal(n, 0);
}

static resnet_status fail_to_read(void *user_data, resnet_image **out, uint64_t index)
{
    (void)out, (void)index;
    return *(const resnet_status *)user_data;
}

static void hosts_say_whose_fault_it_is(void **state)
{
    (void)state;
    static const resnet_status given[] = {RESNET_E_IO, RESNET_E_NOMEM, RESNET_E_FORMAT};
    const int32_t labels[2] = {0, 0};
    const char *const names[] = {"a"};
    resnet_dataset_options options;
    assert_ok(resnet_dataset_options_init(&options, sizeof options));
    options.on_corrupt = RESNET_CORRUPT_SKIP;
    options.max_corrupt = 1;
    for (size_t i = 0; i < 3; i++) {
        resnet_dataset *dataset = NULL;
        const rn_batch *batch = NULL;
        resnet_status status = given[i];
        assert_ok(resnet_dataset_from_callback(&dataset, fail_to_read, &status, 2, labels, names, 1,
                                               &options));
        const rn_loader_options loading = make_options(2, 1, RN_ORDER_SEQUENTIAL);
        rn_loader *loader = create(dataset, &loading);
        assert_ok(rn_loader_start_epoch(loader, 0, 0));
        assert_int_equal(rn_loader_next(loader, &batch), given[i]);
        assert_int_equal(rn_loader_copy_skipped(loader, NULL, 0), i == 2 ? 2 : 0);
        rn_loader_free(loader);
        resnet_dataset_free(dataset);
    }
}

static void holds_several_batches(void **state)
{
    (void)state;
    resnet_dataset *dataset = open_folder("good", RESNET_CORRUPT_ERROR);
    rn_loader_options options = make_options(2, 2, RN_ORDER_SEQUENTIAL);
    options.prefetch = 2;
    rn_loader *loader = create(dataset, &options);
    const rn_batch *held[3] = {NULL}, *more = NULL;
    assert_int_equal(rn_loader_next(loader, &more), RESNET_E_STATE);
    assert_ok(rn_loader_start_epoch(loader, 0, 0));
    for (size_t i = 0; i < 3; i++) assert_ok(rn_loader_next(loader, &held[i]));
    assert_int_equal(rn_loader_next(loader, &more), RESNET_E_STATE);
    assert_int_equal(held[2]->samples[0], 4);
    rn_loader_release(loader, held[1]); /* not the one that is wanted next */
    assert_int_equal(rn_loader_next(loader, &more), RESNET_E_STATE);
    rn_loader_release(loader, held[0]);
    assert_ok(rn_loader_next(loader, &more));
    assert_int_equal(more->samples[0], 6);
    rn_loader_free(loader); /* with batches in hand */
    resnet_dataset_free(dataset);
}

static void can_be_left_at_any_time(void **state)
{
    (void)state;
    resnet_dataset *dataset = open_folder("good", RESNET_CORRUPT_ERROR);
    const rn_loader_options options = make_options(3, 4, RN_ORDER_SHUFFLED);
    for (size_t n_taken = 0; n_taken < 6; n_taken++) {
        rn_loader *loader = create(dataset, &options);
        const rn_batch *batch = NULL;
        for (uint64_t epoch = 0; epoch < 3; epoch++) {
            assert_ok(rn_loader_start_epoch(loader, epoch, 0));
            for (size_t i = 0; i < n_taken; i++) {
                assert_ok(rn_loader_next(loader, &batch));
                if (i % 2) rn_loader_release(loader, batch);
                if (i >= 2) break;
            }
        }
        assert_int_equal(run_epoch(loader, 9, 0).n, N);
        rn_loader_free(loader);
    }
    resnet_dataset_free(dataset);
}

static void allocates_only_while_decoding(void **state)
{
    (void)state;
    resnet_dataset *dataset = open_folder("good", RESNET_CORRUPT_ERROR);
    rn_loader_options options = make_options(5, 2, RN_ORDER_BALANCED);
    options.cache_bytes = 1 << 24;
    rn_loader *loader = create(dataset, &options);
    for (uint64_t epoch = 0; epoch < 5; epoch++) run_epoch(loader, epoch, 0);
    const uint64_t before = rn_mem_count();
    run_epoch(loader, 5, 0);
    const uint64_t per_epoch = rn_mem_count() - before;
    for (uint64_t epoch = 6; epoch < 10; epoch++) run_epoch(loader, epoch, 0);
    assert_true(rn_mem_count() - before <= 5 * per_epoch);
    assert_true(per_epoch <= 8 * N); /* what resnet_image_prepare() takes for itself */
    rn_loader_free(loader);
    resnet_dataset_free(dataset);
}

static size_t get_resident_kib(void)
{
    unsigned long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu %lu", &pages, &resident), 2);
    fclose(file);
    return resident * 4;
}

/* Sanitizers keep freed blocks to themselves for a while. gcc names them so, clang by features. */
#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MAY_GROW_KIB (1 << 20)
#else
#define MAY_GROW_KIB 4096
#endif

static void memory_stays_flat(void **state)
{
    (void)state;
    resnet_dataset *dataset = open_folder("good", RESNET_CORRUPT_ERROR);
    const rn_loader_options options = make_options(5, 4, RN_ORDER_SHUFFLED);
    rn_loader *loader = create(dataset, &options);
    for (uint64_t epoch = 0; epoch < 5; epoch++) run_epoch(loader, epoch, 0);
    const size_t before = get_resident_kib();
    for (uint64_t epoch = 5; epoch < 25; epoch++) run_epoch(loader, epoch, 0);
    const size_t after = get_resident_kib();
    print_message("resident after 5 epochs %zu KiB, after 25 %zu KiB\n", before, after);
    assert_true(after <= before + MAY_GROW_KIB);
    rn_loader_free(loader);
    resnet_dataset_free(dataset);
}

static void says_so_after_fork(void **state)
{
    (void)state;
    resnet_dataset *dataset = open_folder("good", RESNET_CORRUPT_ERROR);
    const rn_loader_options options = make_options(5, 2, RN_ORDER_SHUFFLED);
    rn_loader *loader = create(dataset, &options);
    run_epoch(loader, 0, 0);
    const pid_t child = fork();
    if (child == 0) _exit(rn_loader_start_epoch(loader, 1, 0) == RESNET_E_STATE ? 0 : 1);
    int result = 1;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    rn_loader_free(loader);
    resnet_dataset_free(dataset);
}

static void rejects_options(void **state)
{
    (void)state;
    resnet_dataset *dataset = open_folder("good", RESNET_CORRUPT_ERROR);
    rn_loader *loader = NULL;
    rn_loader_options options = make_options(0, 1, RN_ORDER_SHUFFLED);
    assert_int_equal(rn_loader_create(&loader, dataset, &recipe, &options), RESNET_E_INVALID);
    options = make_options(1, 1, RN_ORDER_SHUFFLED);
    options.prefetch = 0;
    assert_int_equal(rn_loader_create(&loader, dataset, &recipe, &options), RESNET_E_INVALID);
    assert_null(loader);
    rn_loader_free(NULL);
    resnet_dataset_free(dataset);
}

static void fails_cleanly_without_memory(void **state)
{
    (void)state;
    resnet_dataset *dataset = open_folder("good", RESNET_CORRUPT_SKIP);
    rn_loader_options options = make_options(4, 1, RN_ORDER_BALANCED);
    options.cache_bytes = 1 << 20;
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status != RESNET_OK; k++) {
        rn_loader *loader = NULL;
        const rn_batch *batch = NULL;
        rn_mem_fail_at(k);
        status = rn_loader_create(&loader, dataset, &recipe, &options);
        if (status == RESNET_OK) status = rn_loader_start_epoch(loader, 0, 0);
        if (status == RESNET_OK) status = rn_loader_next(loader, &batch);
        rn_mem_fail_at(0);
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM); /* never skipped */
        rn_loader_free(loader);
    }
    resnet_dataset_free(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order_when_asked),
        cmocka_unit_test(prepares_as_the_image_functions_do),
        cmocka_unit_test(workers_do_not_show),
        cmocka_unit_test(the_cache_does_not_show),
        cmocka_unit_test(files_may_be_augmented_while_decoding),
        cmocka_unit_test(shuffles_by_epoch),
        cmocka_unit_test(drops_a_last_batch_that_is_not_full),
        cmocka_unit_test(fills_a_small_last_batch_from_the_one_before),
        cmocka_unit_test(balances_classes),
        cmocka_unit_test(stops_at_a_bad_file),
        cmocka_unit_test(leaves_out_bad_files),
        cmocka_unit_test(too_many_bad_pictures_stop_it),
        cmocka_unit_test(only_pictures_can_be_bad),
        cmocka_unit_test(hosts_say_whose_fault_it_is),
        cmocka_unit_test(holds_several_batches),
        cmocka_unit_test(can_be_left_at_any_time),
        cmocka_unit_test(allocates_only_while_decoding),
        cmocka_unit_test(memory_stays_flat),
        cmocka_unit_test(says_so_after_fork),
        cmocka_unit_test(rejects_options),
        cmocka_unit_test(fails_cleanly_without_memory),
    };
    return cmocka_run_group_tests(tests, begin_all, end_all);
}
