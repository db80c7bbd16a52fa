/* ImageNet's layouts: each way of telling validation labels, and each way of getting them wrong.
 * SPDX-License-Identifier: MIT */
#include "core/mem.h"
#include "tree.h"

#include <resnet/dataset.h>

static tree t;

static const char *const WNIDS[] = {"n01440764", "n01443537", "n02119789"};
static const char MAP[] = "n02119789 1 kit_fox\nn01440764 2 tench\nn01443537 3 goldfish\n";

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

static void add_train(const char *folder)
{
    for (int c = 0; c < 3; c++) {
        char name[128];
        snprintf(name, sizeof name, "%strain/%s/%s_1.JPEG", folder, WNIDS[c], WNIDS[c]);
        tree_add_text(&t, name, "x");
    }
}

static void add_flat(const char *folder, int n)
{
    for (int i = 1; i <= n; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s/ILSVRC2012_val_%08d.JPEG", folder, i);
        tree_add_text(&t, name, "x");
    }
}

static resnet_status try_open(resnet_dataset **out, int32_t part, const char *synsets)
{
    char path[256] = "";
    resnet_dataset_options options;
    assert_ok(resnet_dataset_options_init(&options, sizeof options));
    options.part = part;
    if (synsets) snprintf(path, sizeof path, "%s/%s", t.root, synsets);
    return resnet_dataset_open_imagenet(out, t.root, NULL, synsets ? path : NULL, &options);
}

/* Expects the labels of a part in the order of its files, as digits. */
static void expect_labels(int32_t part, const char *synsets, const char *expected)
{
    char found[64] = "";
    resnet_dataset *dataset = NULL;
    if (try_open(&dataset, part, synsets) != RESNET_OK) fail_msg("%s", resnet_last_error());
    for (size_t i = 0; i < resnet_dataset_get_n_samples(dataset); i++)
        sprintf(found + i, "%c", '0' + (int)resnet_dataset_get_label(dataset, i));
    assert_string_equal(found, expected);
    assert_int_equal(resnet_dataset_get_n_classes(dataset), 3);
    assert_string_equal(resnet_dataset_get_class_name(dataset, 2), WNIDS[2]);
    resnet_dataset_free(dataset);
}

static void expect_failure(int32_t part, const char *synsets, const char *fragment)
{
    resnet_dataset *dataset = NULL;
    const resnet_status status = try_open(&dataset, part, synsets);
    if (status != RESNET_E_FORMAT) fail_msg("%d: %s", status, resnet_last_error());
    assert_null(dataset);
    assert_message_has(resnet_last_error(), fragment);
}

static void reads_folders_of_wnids(void **state)
{
    (void)state;
    add_train("");
    tree_add_text(&t, "val/n01443537/ILSVRC2012_val_00000002.JPEG", "x");
    tree_add_text(&t, "val/n01440764/ILSVRC2012_val_00000009.JPEG", "x");
    tree_add_text(&t, "test/ILSVRC2012_test_00000001.JPEG", "x");
    expect_labels(RESNET_PART_TRAIN, NULL, "012");
    expect_labels(RESNET_PART_VAL, NULL, "01");
    expect_labels(RESNET_PART_ALL, NULL, "01201");
    expect_labels(RESNET_PART_TEST, NULL, "/"); /* one before 0: none */
}

static void reads_the_kaggle_layout(void **state)
{
    (void)state;
    add_train("ILSVRC/Data/CLS-LOC/");
    add_flat("ILSVRC/Data/CLS-LOC/val", 3);
    tree_add_text(&t, "LOC_val_solution.csv",
                  "ImageId,PredictionString\n"
                  "ILSVRC2012_val_00000003,n01440764 85 1 499 272 \n"
                  "ILSVRC2012_val_00000001,n02119789 1 2 3 4 n02119789 5 6 7 8 \n"
                  "ILSVRC2012_val_00000002,n01443537 1 2 3 4 \n");
    expect_labels(RESNET_PART_TRAIN, NULL, "012");
    expect_labels(RESNET_PART_VAL, NULL, "210");
}

static void reads_tiny_imagenet(void **state)
{
    (void)state;
    for (int c = 0; c < 3; c++) {
        char name[128];
        snprintf(name, sizeof name, "train/%s/images/%s_0.JPEG", WNIDS[c], WNIDS[c]);
        tree_add_text(&t, name, "x");
        snprintf(name, sizeof name, "train/%s/%s_boxes.txt", WNIDS[c], WNIDS[c]);
        tree_add_text(&t, name, "x");
    }
    tree_add_text(&t, "val/images/val_0.JPEG", "x");
    tree_add_text(&t, "val/images/val_1.JPEG", "x");
    tree_add_text(
        &t, "val/val_annotations.txt",
        "val_0.JPEG\tn01443537\t0\t32\t44\t62\r\nval_1.JPEG\tn01440764\t52\t55\t57\t59\n");
    expect_labels(RESNET_PART_TRAIN, NULL, "012");
    expect_labels(RESNET_PART_VAL, NULL, "10");
}

static void ground_truth_needs_synsets(void **state)
{
    (void)state;
    add_train("");
    add_flat("val", 4);
    tree_add_text(&t, "ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt",
                  "1\n2\n3\n1\n");
    expect_failure(RESNET_PART_VAL, NULL, "a synsets file must say");
    tree_add_text(&t, "ids.txt", MAP);
    expect_labels(RESNET_PART_VAL, "ids.txt", "2012");
    tree_add_text(&t, "ids.txt", "n02119789\nn01440764\nn01443537\n"); /* in order of ID */
    expect_labels(RESNET_PART_VAL, "ids.txt", "2012");
    tree_add_text(&t, "ids.txt", "n01440764\nn01443537\nn02119789\n");
    expect_failure(RESNET_PART_VAL, "ids.txt", "which is not the order of ILSVRC2012_ID");
    tree_add_text(&t, "ids.txt", "n02119789 1\nn01440764 1\nn01443537 2\n");
    expect_failure(RESNET_PART_VAL, "ids.txt", "n01440764: number 1 of 3");
    tree_add_text(&t, "ids.txt", "n02119789 1\nfox 2\n");
    expect_failure(RESNET_PART_VAL, "ids.txt", "line 2: no wnid");
    tree_add_text(&t, "ILSVRC2012_devkit_t12/data/map_clsloc.txt", MAP); /* found by itself */
    expect_labels(RESNET_PART_VAL, NULL, "2012");
}

static void indices_count_from_zero(void **state)
{
    (void)state;
    add_train("");
    add_flat("val", 2);
    tree_add_text(&t, "val/val_annotations.txt",
                  "ILSVRC2012_val_00000001.JPEG 2\nILSVRC2012_val_00000002.JPEG 0\n");
    expect_labels(RESNET_PART_VAL, NULL, "20");
    tree_add_text(&t, "val/val_annotations.txt",
                  "ILSVRC2012_val_00000001.JPEG 2\nILSVRC2012_val_00000002.JPEG 3\n");
    expect_failure(RESNET_PART_VAL, NULL, "line 2: 3 is none of the classes");
}

static void val_alone_knows_its_classes(void **state)
{
    (void)state;
    add_flat("val", 3);
    tree_add_text(&t, "val/val_annotations.txt",
                  "ILSVRC2012_val_00000001.JPEG n02119789\nILSVRC2012_val_00000002.JPEG n01440764\n"
                  "ILSVRC2012_val_00000003.JPEG n01443537\n");
    expect_labels(RESNET_PART_VAL, NULL, "201");
    tree_add_text(&t, "val/val_annotations.txt", "1\n1\n3\n");
    tree_add_text(&t, "ids.txt", MAP);
    expect_labels(RESNET_PART_VAL, "ids.txt", "221");
    resnet_dataset *dataset = NULL;
    assert_int_equal(try_open(&dataset, RESNET_PART_TRAIN, "ids.txt"), RESNET_E_UNSUPPORTED);
    assert_message_has(resnet_last_error(), "no train/");
}

static void names_file_line_and_fact(void **state)
{
    (void)state;
    add_train("");
    add_flat("val", 2);
    expect_failure(RESNET_PART_VAL, NULL, "no annotations found");
    const char *const one = "ILSVRC2012_val_00000001.JPEG n02119789\n";
    char text[512];
    tree_add_text(&t, "val/val_annotations.txt", one);
    expect_failure(RESNET_PART_VAL, NULL, "val/ILSVRC2012_val_00000002.JPEG: not in");
    snprintf(text, sizeof text, "%sILSVRC2012_val_00000002.JPEG n01440764\nabsent.JPEG n01440764\n",
             one);
    tree_add_text(&t, "val/val_annotations.txt", text);
    expect_failure(RESNET_PART_VAL, NULL, "val_annotations.txt: line 3: no image absent");
    snprintf(text, sizeof text, "%sILSVRC2012_val_00000002.JPEG n09999999\n", one);
    tree_add_text(&t, "val/val_annotations.txt", text);
    expect_failure(RESNET_PART_VAL, NULL, "line 2: n09999999 is none of the classes");
    snprintf(text, sizeof text, "%s%s", one, "ILSVRC2012_val_00000001.JPEG n01440764\n");
    tree_add_text(&t, "val/val_annotations.txt", text);
    expect_failure(RESNET_PART_VAL, NULL, "was answered on line 1 already");
    snprintf(text, sizeof text, "%sjust words\n", one);
    tree_add_text(&t, "val/val_annotations.txt", text);
    expect_failure(RESNET_PART_VAL, NULL, "line 2: \"words\" is neither");
    snprintf(text, sizeof text, "%s17\n", one);
    tree_add_text(&t, "val/val_annotations.txt", text);
    expect_failure(RESNET_PART_VAL, NULL, "line 2: not in the form");
    /* Two files of one annotation. */
    snprintf(text, sizeof text, "%sILSVRC2012_val_00000002.JPEG n01440764\n", one);
    tree_add_text(&t, "val/val_annotations.txt", text);
    tree_add_text(&t, "val/ILSVRC2012_val_00000002.png", "x");
    expect_failure(RESNET_PART_VAL, NULL, "has the annotation of ILSVRC2012_val_00000002.JPEG too");
    tree_add_text(&t, "train/tench/1.JPEG", "x");
    expect_failure(RESNET_PART_TRAIN, NULL, "folder \"tench\" is no wnid");
}

static void fails_cleanly_without_memory(void **state)
{
    (void)state;
    add_train("");
    add_flat("val", 3);
    tree_add_text(&t, "ILSVRC2012_validation_ground_truth.txt", "1\n2\n3\n");
    tree_add_text(&t, "ids.txt", MAP);
    resnet_dataset *dataset = NULL;
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status != RESNET_OK; k++) {
        rn_mem_fail_at(k);
        status = try_open(&dataset, RESNET_PART_ALL, "ids.txt");
        rn_mem_fail_at(0);
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
    }
    resnet_dataset_free(dataset);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(reads_folders_of_wnids),   T(reads_the_kaggle_layout),
        T(reads_tiny_imagenet),      T(ground_truth_needs_synsets),
        T(indices_count_from_zero),  T(val_alone_knows_its_classes),
        T(names_file_line_and_fact), T(fails_cleanly_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
