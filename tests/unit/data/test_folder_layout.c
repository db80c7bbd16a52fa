/* Which folders are parts, which are classes, and what may be meant in two ways.
 * SPDX-License-Identifier: MIT */
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

static resnet_status open_part(resnet_dataset **out, int32_t part)
{
    resnet_dataset_options options;
    assert_ok(resnet_dataset_options_init(&options, sizeof options));
    options.part = part;
    *out = NULL;
    return resnet_dataset_open_folder(out, t.root, &options);
}

/* Whether the part is this one file, of the first of two classes. */
static void expect_part(int32_t part, const char *file)
{
    resnet_dataset *dataset = NULL;
    if (open_part(&dataset, part) != RESNET_OK) fail_msg("%s", resnet_last_error());
    assert_int_equal(resnet_dataset_get_n_classes(dataset), 2);
    assert_string_equal(resnet_dataset_get_class_name(dataset, 0), "cat");
    assert_string_equal(resnet_dataset_get_path(dataset, 0), tree_path(&t, file));
    resnet_dataset_free(dataset);
}

static void expect_refusal(const char *fragment)
{
    resnet_dataset *dataset = NULL;
    assert_int_equal(open_part(&dataset, RESNET_PART_TRAIN), RESNET_E_FORMAT);
    assert_null(dataset);
    assert_message_has(resnet_last_error(), fragment);
}

static void add(const char *folder)
{
    char name[128];
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s/%s/%d.jpg", folder, i % 2 ? "dog" : "cat", i);
        tree_add_text(&t, name, "x");
    }
}

static void start_again(void)
{
    tree_remove(&t);
    assert_int_equal(mkdir(t.root, 0777), 0);
}

static void parts_go_by_several_names(void **state)
{
    static const char *const cases[][2] = {{"Train", "Test"},         {"Training", "Testing"},
                                           {"TRAIN", "VAL"},          {"training", "testing"},
                                           {"train", "Validation"},   {"Train", "Valid"},
                                           {"training", "validation"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char expected[64];
        add(cases[i][0]);
        add(cases[i][1]);
        snprintf(expected, sizeof expected, "%s/cat/0.jpg", cases[i][0]);
        expect_part(RESNET_PART_TRAIN, expected);
        snprintf(expected, sizeof expected, "%s/cat/0.jpg", cases[i][1]);
        expect_part(RESNET_PART_VAL, expected);
        start_again();
    }
}

static void parts_may_lie_further_down(void **state)
{
    (void)state;
    add("pets/train");
    add("pets/val");
    tree_add_text(&t, "README.txt", "words");
    tree_add_text(&t, "__MACOSX/pets/train/cat/._0.jpg", "left behind");
    expect_part(RESNET_PART_VAL, "pets/val/cat/0.jpg");
    start_again();
    add("archive/pets/Training");
    add("archive/pets/Testing");
    expect_part(RESNET_PART_TRAIN, "archive/pets/Training/cat/0.jpg");
    start_again();
    add("train/train");
    add("test/test");
    expect_part(RESNET_PART_TRAIN, "train/train/cat/0.jpg");
    expect_part(RESNET_PART_VAL, "test/test/cat/0.jpg");
}

static void a_folder_of_its_own_name_is_looked_into(void **state)
{
    (void)state;
    char inner[128];
    snprintf(inner, sizeof inner, "%s", strrchr(t.root, '/') + 1);
    add(inner);
    resnet_dataset *dataset = NULL;
    if (open_part(&dataset, RESNET_PART_ALL) != RESNET_OK) fail_msg("%s", resnet_last_error());
    assert_int_equal(resnet_dataset_get_n_classes(dataset), 2);
    resnet_dataset_free(dataset);
}

static void a_lone_class_is_a_class(void **state)
{
    (void)state;
    add("pets"); /* cat and dog may be breeds, or evenings on which pets were photographed */
    resnet_dataset *dataset = NULL;
    assert_ok(open_part(&dataset, RESNET_PART_ALL));
    assert_int_equal(resnet_dataset_get_n_classes(dataset), 1);
    resnet_dataset_free(dataset);
}

static void what_may_be_meant_in_two_ways_is_refused(void **state)
{
    (void)state;
    add("train");
    add("Training");
    expect_refusal("the same part by two names");
    start_again();
    add("train");
    add("val");
    add("valid");
    expect_refusal("val/ and valid/");
    start_again();
    add("seg_train");
    add("seg_test");
    add("seg_pred");
    expect_refusal("seg_train/ and seg_test/ look like parts");
    start_again();
    add("images-train");
    add("images-val");
    expect_refusal("look like parts");
    start_again();
    add("images/train");
    add("images/test");
    add("labels");
    expect_refusal("images/ holds a train/ of its own");
}

static void classes_may_have_such_words_in_them(void **state)
{
    (void)state;
    tree_add_text(&t, "bullet_train/1.jpg", "x");
    tree_add_text(&t, "test_tube/1.jpg", "x");
    tree_add_text(&t, "train/1.jpg", "x");
    tree_add_text(&t, "trainer/1.jpg", "x");
    resnet_dataset *dataset = NULL;
    assert_ok(open_part(&dataset, RESNET_PART_ALL));
    assert_int_equal(resnet_dataset_get_n_classes(dataset), 4);
    resnet_dataset_free(dataset);
}

/* A test set without labels, as competitions give it, holds nothing out. */
static void unlabelled_tests_are_not_measured(void **state)
{
    (void)state;
    add("train");
    tree_add_text(&t, "test/1.jpg", "x");
    resnet_dataset *dataset = NULL;
    assert_ok(open_part(&dataset, RESNET_PART_VAL));
    assert_int_equal(resnet_dataset_has_parts(dataset), 0);
    assert_int_equal(resnet_dataset_get_n_samples(dataset), 2); /* one of each class */
    resnet_dataset_free(dataset);
}

static void pictures_of_other_kinds_are_told(void **state)
{
    static const char *const others[] = {"a.bmp", "b.GIF", "c.tif", "d.tiff", "e.heic"};
    (void)state;
    tree_add_text(&t, "cat/1.jfif", "x");
    tree_add_text(&t, "cat/2.WebP", "x");
    tree_add_text(&t, "dog/1.jpg", "x");
    tree_add_text(&t, "dog/notes.txt", "x");
    tree_add_text(&t, "stray.png", "x");
    for (size_t i = 0; i < 5; i++) {
        char name[64];
        snprintf(name, sizeof name, "cat/%s", others[i]);
        tree_add_text(&t, name, "x");
    }
    resnet_dataset_options options;
    assert_ok(resnet_dataset_options_init(&options, sizeof options));
    char list[512];
    snprintf(list, sizeof list, "%s.list", t.root);
    options.cache_file = list;
    for (int round = 0; round < 2; round++) { /* the second time from the listing that was kept */
        resnet_dataset *dataset = NULL;
        assert_ok(resnet_dataset_open_folder(&dataset, t.root, &options));
        assert_int_equal(resnet_dataset_get_n_samples(dataset), 3);
        assert_int_equal(resnet_dataset_get_n_ignored(dataset), 7);
        assert_int_equal(resnet_dataset_get_n_foreign(dataset), 6);
        resnet_dataset_free(dataset);
        tree_set_age(&t, "cat", 100);
        tree_set_age(&t, "dog", 100);
        tree_set_age(&t, "", 100);
    }
    assert_int_equal(unlink(list), 0);
    tree_add_text(&t, "emu/only.gif", "x");
    expect_refusal("emu: a class without images");
    assert_message_has(resnet_last_error(), "6 pictures of kinds that are not read");
}

/* ---- what a list is known again by ---- */

static void digest(char out[RESNET_DIGEST_SIZE], const char *root, int32_t part, uint64_t seed)
{
    resnet_dataset_options options;
    resnet_dataset *dataset = NULL;
    assert_ok(resnet_dataset_options_init(&options, sizeof options));
    options.part = part;
    options.seed = seed;
    assert_ok(resnet_dataset_open_folder(&dataset, root, &options));
    assert_ok(resnet_dataset_copy_digest(out, RESNET_DIGEST_SIZE, dataset));
    assert_int_equal(strlen(out), RESNET_DIGEST_SIZE - 1);
    assert_int_equal(resnet_dataset_copy_digest(out, 32, dataset), RESNET_E_INVALID);
    resnet_dataset_free(dataset);
}

static void digests_tell_lists_apart(void **state)
{
    (void)state;
    char all[RESNET_DIGEST_SIZE], other[RESNET_DIGEST_SIZE], name[64], path[512], moved[520];
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "here/%s/%d.jpg", i % 2 ? "dog" : "cat", i);
        tree_add_text(&t, name, "x");
    }
    snprintf(path, sizeof path, "%s", tree_path(&t, "here"));
    snprintf(moved, sizeof moved, "%s", tree_path(&t, "there"));
    digest(all, path, RESNET_PART_ALL, 0);
    digest(other, path, RESNET_PART_TRAIN, 0);
    assert_string_not_equal(all, other);
    char again[RESNET_DIGEST_SIZE];
    digest(again, path, RESNET_PART_TRAIN, 1);
    assert_string_not_equal(again, other);
    digest(again, path, RESNET_PART_TRAIN, 0);
    assert_string_equal(again, other);
    assert_int_equal(rename(path, moved), 0);
    strcat(moved, "///");
    digest(again, moved, RESNET_PART_ALL, 0); /* wherever it lies */
    assert_string_equal(again, all);
    tree_add_text(&t, "there/cat/41.jpg", "x");
    digest(again, moved, RESNET_PART_ALL, 0);
    assert_string_not_equal(again, all);
}

static void fails_cleanly_without_memory(void **state)
{
    (void)state;
    add("archive/train");
    add("archive/test");
    resnet_dataset *dataset = NULL;
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status != RESNET_OK; k++) {
        rn_mem_fail_at(k);
        status = open_part(&dataset, RESNET_PART_VAL);
        rn_mem_fail_at(0);
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
    }
    resnet_dataset_free(dataset);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(parts_go_by_several_names),
        T(parts_may_lie_further_down),
        T(a_folder_of_its_own_name_is_looked_into),
        T(a_lone_class_is_a_class),
        T(what_may_be_meant_in_two_ways_is_refused),
        T(classes_may_have_such_words_in_them),
        T(unlabelled_tests_are_not_measured),
        T(pictures_of_other_kinds_are_told),
        T(digests_tell_lists_apart),
        T(fails_cleanly_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
