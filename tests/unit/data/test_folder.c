/* Class folders: which files, in which order, with which labels. SPDX-License-Identifier: MIT */
#include "core/mem.h"
#include "tree.h"

#include <resnet/dataset.h>

static tree t;

static int begin(void **state)
{
    (void)state;
    tree_create(&t);
    return 0;
}

static int end(void **state)
{
    (void)state;
    tree_remove(&t);
    return 0;
}

static resnet_dataset_options defaults(int32_t part)
{
    resnet_dataset_options options;
    assert_ok(resnet_dataset_options_init(&options, sizeof options));
    options.part = part;
    return options;
}

static resnet_dataset *open_part(int32_t part)
{
    resnet_dataset *dataset = NULL;
    const resnet_dataset_options options = defaults(part);
    if (resnet_dataset_open_folder(&dataset, tree_path(&t, ""), &options) != RESNET_OK)
        fail_msg("%s", resnet_last_error());
    return dataset;
}

static void expect_failure(const resnet_dataset_options *options, resnet_status status,
                           const char *fragment)
{
    resnet_dataset *dataset = NULL;
    assert_int_equal(resnet_dataset_open_folder(&dataset, tree_path(&t, ""), options), status);
    assert_null(dataset);
    assert_message_has(resnet_last_error(), fragment);
}

static void expect_paths(const resnet_dataset *dataset, const char *const *paths, size_t n)
{
    assert_int_equal(resnet_dataset_get_n_samples(dataset), n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(resnet_dataset_get_path(dataset, i), tree_path(&t, paths[i]));
}

static void lists_as_torchvision_does(void **state)
{
    (void)state;
    /* "b-x" sorts before "b/c" and after "b", and "B" before "a". */
    const char *const sorted[] = {"B/1.JPG",     "a/2.jpeg",    "a/10.png",   "a/b/z.jpg",
                                  "a/b-x/1.jpg", "a/b/c/1.jpg", "a-/only.png"};
    for (size_t i = 0; i < 7; i++) tree_add_text(&t, sorted[i], "x");
    tree_add_text(&t, "a/notes.txt", "x");
    tree_add_text(&t, "a/.hidden.jpg", "x");
    tree_add_text(&t, ".git/1.jpg", "x");
    tree_add_text(&t, "stray.jpg", "x");
    resnet_dataset *dataset = open_part(RESNET_PART_ALL);
    const char *const expected[] = {"B/1.JPG",     "a/10.png",    "a/2.jpeg",   "a/b/z.jpg",
                                    "a/b-x/1.jpg", "a/b/c/1.jpg", "a-/only.png"};
    expect_paths(dataset, expected, 7);
    assert_int_equal(resnet_dataset_get_n_classes(dataset), 3);
    assert_string_equal(resnet_dataset_get_class_name(dataset, 0), "B");
    assert_string_equal(resnet_dataset_get_class_name(dataset, 2), "a-");
    assert_null(resnet_dataset_get_class_name(dataset, 3));
    assert_int_equal(resnet_dataset_get_label(dataset, 0), 0);
    assert_int_equal(resnet_dataset_get_label(dataset, 5), 1);
    assert_int_equal(resnet_dataset_get_label(dataset, 6), 2);
    assert_int_equal(resnet_dataset_get_label(dataset, 7), RESNET_UNLABELLED);
    assert_int_equal(resnet_dataset_get_n_ignored(dataset), 2); /* notes.txt and stray.jpg */
    resnet_dataset_free(dataset);
}

static void slashes_at_the_end_do_not_show(void **state)
{
    (void)state;
    tree_add_text(&t, "a/1.jpg", "x");
    resnet_dataset *dataset = NULL;
    char root[80];
    snprintf(root, sizeof root, "%s//", t.root);
    assert_ok(resnet_dataset_open_folder(&dataset, root, NULL));
    expect_paths(dataset, (const char *const[]){"a/1.jpg"}, 1);
    resnet_dataset_free(dataset);
}

static void takes_parts_from_folders(void **state)
{
    (void)state;
    tree_add_text(&t, "train/cat/1.jpg", "x");
    tree_add_text(&t, "train/dog/1.jpg", "x");
    tree_add_text(&t, "train/emu/1.jpg", "x");
    tree_add_text(&t, "validation/dog/7.jpg", "x");
    tree_add_text(&t, "test/cat/9.jpg", "x");
    resnet_dataset *train = open_part(RESNET_PART_TRAIN);
    resnet_dataset *val = open_part(RESNET_PART_VAL);
    resnet_dataset *test = open_part(RESNET_PART_TEST);
    resnet_dataset *all = open_part(RESNET_PART_ALL);
    assert_int_equal(resnet_dataset_get_n_samples(train), 3);
    expect_paths(val, (const char *const[]){"validation/dog/7.jpg"}, 1);
    assert_int_equal(resnet_dataset_get_label(val, 0), 1); /* by name, not by place */
    assert_int_equal(resnet_dataset_get_n_classes(val), 3);
    expect_paths(test, (const char *const[]){"test/cat/9.jpg"}, 1);
    assert_int_equal(resnet_dataset_get_n_samples(all), 4);
    resnet_dataset_free(train);
    resnet_dataset_free(val);
    resnet_dataset_free(test);
    resnet_dataset_free(all);
}

static void test_serves_as_val_when_alone(void **state)
{
    (void)state;
    tree_add_text(&t, "train/cat/1.jpg", "x");
    tree_add_text(&t, "test/cat/9.jpg", "x");
    resnet_dataset *val = open_part(RESNET_PART_VAL);
    expect_paths(val, (const char *const[]){"test/cat/9.jpg"}, 1);
    resnet_dataset_free(val);
}

static void a_class_may_be_called_train(void **state)
{
    (void)state;
    tree_add_text(&t, "plane/1.jpg", "x");
    tree_add_text(&t, "train/1.jpg", "x");
    resnet_dataset *dataset = open_part(RESNET_PART_ALL);
    assert_int_equal(resnet_dataset_get_n_classes(dataset), 2);
    resnet_dataset_free(dataset);
}

static void add_many(const char *const *classes, size_t n_classes, size_t n)
{
    for (size_t c = 0; c < n_classes; c++)
        for (size_t i = 0; i < n; i++) {
            char name[64];
            snprintf(name, sizeof name, "%s/%03zu.jpg", classes[c], i);
            tree_add_text(&t, name, "x");
        }
}

static void splits_one_folder(void **state)
{
    (void)state;
    add_many((const char *const[]){"a", "b"}, 2, 10);
    resnet_dataset *train = open_part(RESNET_PART_TRAIN), *val = open_part(RESNET_PART_VAL);
    assert_int_equal(resnet_dataset_get_n_samples(train), 16);
    assert_int_equal(resnet_dataset_get_n_samples(val), 4);
    uint64_t counts[2];
    assert_ok(resnet_dataset_copy_class_counts(counts, 2, val));
    assert_int_equal(counts[0], 2);
    assert_int_equal(counts[1], 2);
    for (size_t i = 0; i < 16; i++)
        for (size_t j = 0; j < 4; j++)
            assert_string_not_equal(resnet_dataset_get_path(train, i),
                                    resnet_dataset_get_path(val, j));
    resnet_dataset_free(train);
    resnet_dataset_free(val);
    const resnet_dataset_options options = defaults(RESNET_PART_TEST);
    expect_failure(&options, RESNET_E_UNSUPPORTED, "test/");
}

static void names_what_is_wrong(void **state)
{
    (void)state;
    resnet_dataset *dataset = NULL;
    assert_int_equal(resnet_dataset_open_folder(&dataset, "/nowhere/at/all", NULL),
                     RESNET_E_NOT_FOUND);
    assert_message_has(resnet_last_error(), "/nowhere/at/all");
    expect_failure(NULL, RESNET_E_FORMAT, "no class folders");
    tree_add_text(&t, "train/cat/1.jpg", "x");
    tree_add_text(&t, "train/dog/readme", "x");
    expect_failure(NULL, RESNET_E_FORMAT, "train/dog: a class without images");
    resnet_dataset_options options = defaults(RESNET_PART_ALL);
    options.allow_empty = 1;
    assert_ok(resnet_dataset_open_folder(&dataset, tree_path(&t, ""), &options));
    assert_int_equal(resnet_dataset_get_n_classes(dataset), 2);
    resnet_dataset_free(dataset);
    tree_add_text(&t, "val/cow/1.jpg", "x");
    options.part = RESNET_PART_VAL;
    expect_failure(&options, RESNET_E_FORMAT, "val/cow");
}

static void refuses_names_that_are_not_utf8(void **state)
{
    (void)state;
    tree_add_text(&t, "caf\xe9/1.jpg", "x");
    expect_failure(NULL, RESNET_E_FORMAT, "caf\\xe9");
}

static void follows_links_but_not_for_ever(void **state)
{
    (void)state;
    tree_add_text(&t, "elsewhere/deep/1.jpg", "x");
    tree_add_folder(&t, "data");
    char target[128];
    snprintf(target, sizeof target, "%s/elsewhere", t.root);
    assert_int_equal(symlink(target, tree_path(&t, "data/linked")), 0);
    assert_int_equal(symlink("nothing", tree_path(&t, "data/linked/gone.png")), 0);
    resnet_dataset *dataset = NULL;
    assert_ok(resnet_dataset_open_folder(&dataset, tree_path(&t, "data"), NULL));
    assert_int_equal(resnet_dataset_get_n_samples(dataset), 2); /* the reader will tell of gone */
    resnet_dataset_free(dataset);
    dataset = NULL;
    assert_int_equal(symlink("..", tree_path(&t, "elsewhere/deep/back")), 0);
    assert_int_equal(resnet_dataset_open_folder(&dataset, tree_path(&t, "data"), NULL),
                     RESNET_E_FORMAT);
    assert_message_has(resnet_last_error(), "deep/back");
}

static void tells_of_unreadable_folders(void **state)
{
    (void)state;
    const uid_t user = geteuid();
    tree_add_text(&t, "a/locked/1.jpg", "x");
    chmod(t.root, 0755);
    chmod(tree_path(&t, "a/locked"), 0);
    if (user == 0) assert_int_equal(seteuid(65534), 0); /* root may read everything */
    expect_failure(NULL, RESNET_E_IO, "a/locked");
    assert_int_equal(seteuid(user), 0);
    chmod(tree_path(&t, "a/locked"), 0700);
}

static void rejects_options(void **state)
{
    (void)state;
    resnet_dataset_options options = defaults(7);
    expect_failure(&options, RESNET_E_INVALID, "part");
    options = defaults(RESNET_PART_ALL);
    options.val_fraction = 1;
    expect_failure(&options, RESNET_E_INVALID, "val_fraction");
    options = defaults(RESNET_PART_ALL);
    options.struct_size = 8;
    expect_failure(&options, RESNET_E_INVALID, "struct_size");
}

static void age_all(void)
{
    tree_set_age(&t, "data/a", 100);
    tree_set_age(&t, "data/b", 100);
    tree_set_age(&t, "data", 100);
}

static size_t count_cached(const char *cache)
{
    char cache_path[256];
    snprintf(cache_path, sizeof cache_path, "%s/%s", t.root, cache);
    resnet_dataset_options options = defaults(RESNET_PART_ALL);
    options.cache_file = cache_path;
    resnet_dataset *dataset = NULL;
    if (resnet_dataset_open_folder(&dataset, tree_path(&t, "data"), &options) != RESNET_OK)
        fail_msg("%s", resnet_last_error());
    const size_t n = resnet_dataset_get_n_samples(dataset);
    assert_int_equal(resnet_dataset_get_label(dataset, n - 1), 1);
    assert_string_equal(resnet_dataset_get_path(dataset, 0), tree_path(&t, "data/a/1.jpg"));
    resnet_dataset_free(dataset);
    return n;
}

static void remembers_a_listing(void **state)
{
    (void)state;
    tree_add_text(&t, "data/a/1.jpg", "x");
    tree_add_text(&t, "data/b/1.jpg", "x");
    age_all();
    assert_int_equal(count_cached("list"), 2);
    tree_add_text(&t, "data/b/2.jpg", "x");
    assert_int_equal(count_cached("list"), 3); /* the folder's time has changed */
    age_all();
    assert_int_equal(count_cached("list"), 3);
    /* With the folder's time put back nothing shows: the listing is what is read. */
    struct stat before;
    assert_int_equal(stat(tree_path(&t, "data/b"), &before), 0);
    tree_add_text(&t, "data/b/3.jpg", "x");
    const struct timespec times[2] = {before.st_atim, before.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, tree_path(&t, "data/b"), times, 0), 0);
    assert_int_equal(count_cached("list"), 3);
}

static void survives_a_damaged_listing(void **state)
{
    (void)state;
    tree_add_text(&t, "data/a/1.jpg", "x");
    tree_add_text(&t, "data/b/1.jpg", "x");
    age_all();
    assert_int_equal(count_cached("list"), 2);
    FILE *file = fopen(tree_path(&t, "list"), "rb+");
    assert_non_null(file);
    fseek(file, 60, SEEK_SET);
    fputc('!', file);
    fclose(file);
    assert_int_equal(count_cached("list"), 2);
    for (int size = 0; size < 200; size += 13) {
        assert_int_equal(truncate(tree_path(&t, "list"), size), 0);
        assert_int_equal(count_cached("list"), 2);
    }
}

static void fails_cleanly_without_memory(void **state)
{
    (void)state;
    tree_add_text(&t, "train/a/1.jpg", "x");
    tree_add_text(&t, "train/a/2.jpg", "x");
    tree_add_text(&t, "train/a/deep/2.jpg", "x");
    tree_add_text(&t, "train/b/1.jpg", "x");
    resnet_dataset_options options = defaults(RESNET_PART_VAL);
    options.val_fraction = 0.5;
    resnet_dataset *dataset = NULL;
    resnet_status status = RESNET_E_NOMEM;
    uint64_t k = 0;
    while (status != RESNET_OK) {
        rn_mem_fail_at(++k);
        status = resnet_dataset_open_folder(&dataset, tree_path(&t, ""), &options);
        rn_mem_fail_at(0);
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
    }
    assert_true(k > 10);
    resnet_dataset_free(dataset);
}

static void lists_a_hundred_thousand_files(void **state)
{
    (void)state;
    for (int c = 0; c < 10; c++) {
        char name[32];
        snprintf(name, sizeof name, "c%d", c);
        tree_add_folder(&t, name);
        const int folder = open(tree_path(&t, name), O_RDONLY | O_DIRECTORY);
        for (int i = 0; i < 10000; i++) {
            snprintf(name, sizeof name, "%05d.jpg", i);
            close(openat(folder, name, O_CREAT | O_WRONLY, 0666));
        }
        close(folder);
    }
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    resnet_dataset *dataset = open_part(RESNET_PART_ALL);
    clock_gettime(CLOCK_MONOTONIC, &to);
    const double seconds =
        (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    print_message("100000 files listed in %.3f s\n", seconds);
    assert_int_equal(resnet_dataset_get_n_samples(dataset), 100000);
    assert_true(seconds < 20);
    resnet_dataset_free(dataset);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(lists_as_torchvision_does),
        T(slashes_at_the_end_do_not_show),
        T(takes_parts_from_folders),
        T(test_serves_as_val_when_alone),
        T(a_class_may_be_called_train),
        T(splits_one_folder),
        T(names_what_is_wrong),
        T(refuses_names_that_are_not_utf8),
        T(follows_links_but_not_for_ever),
        T(tells_of_unreadable_folders),
        T(rejects_options),
        T(remembers_a_listing),
        T(survives_a_damaged_listing),
        T(fails_cleanly_without_memory),
        T(lists_a_hundred_thousand_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
