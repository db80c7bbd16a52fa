/* CIFAR's binary files, whole and damaged. SPDX-License-Identifier: MIT */
#include "core/mem.h"
#include "tree.h"

#include <resnet/dataset.h>

#define PIXELS 3072

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

/* n records whose pixel (channel c, place i) of record r is r + 5c + i, mod 251. */
static void add_records(const char *name, size_t n, size_t n_label_bytes, int n_classes)
{
    const size_t record = n_label_bytes + PIXELS;
    unsigned char *bytes = calloc(n, record);
    assert_non_null(bytes);
    for (size_t r = 0; r < n; r++) {
        for (size_t b = 0; b < n_label_bytes; b++)
            bytes[r * record + b] =
                (unsigned char)(b == 0 && n_label_bytes == 2 ? r % 20 : r % (size_t)n_classes);
        for (size_t i = 0; i < PIXELS; i++)
            bytes[r * record + n_label_bytes + i] =
                (unsigned char)((r + 5 * (i / 1024) + i % 1024) % 251);
    }
    tree_add_bytes(&t, name, bytes, n * record);
    free(bytes);
}

static void add_names(const char *name, int n)
{
    char text[4096] = "";
    for (int i = 0; i < n; i++) sprintf(text + strlen(text), "thing %d\r\n", i);
    strcat(text, "\n");
    tree_add_text(&t, name, text);
}

static void add_cifar_10(void)
{
    for (int i = 1; i <= 5; i++) {
        char name[32];
        sprintf(name, "data_batch_%d.bin", i);
        add_records(name, 12, 1, 10);
    }
    add_records("test_batch.bin", 11, 1, 10);
    add_names("batches.meta.txt", 10);
}

static resnet_dataset_options part_options(int32_t part)
{
    resnet_dataset_options options;
    assert_ok(resnet_dataset_options_init(&options, sizeof options));
    options.part = part;
    return options;
}

static resnet_dataset *open_part(int32_t part, uint32_t coarse)
{
    resnet_dataset *dataset = NULL;
    const resnet_dataset_options options = part_options(part);
    if (resnet_dataset_open_cifar(&dataset, t.root, coarse, &options) != RESNET_OK)
        fail_msg("%s", resnet_last_error());
    return dataset;
}

static void expect_failure(resnet_status status, const char *fragment)
{
    resnet_dataset *dataset = NULL;
    assert_int_equal(resnet_dataset_open_cifar(&dataset, t.root, 0, NULL), status);
    assert_null(dataset);
    assert_message_has(resnet_last_error(), fragment);
}

static void reads_cifar_10(void **state)
{
    (void)state;
    add_cifar_10();
    resnet_dataset *train = open_part(RESNET_PART_TRAIN, 0), *val = open_part(RESNET_PART_VAL, 0);
    resnet_dataset *all = open_part(RESNET_PART_ALL, 0);
    assert_int_equal(resnet_dataset_get_n_samples(train), 60);
    assert_int_equal(resnet_dataset_get_n_samples(val), 11);
    assert_int_equal(resnet_dataset_get_n_samples(all), 71);
    assert_string_equal(resnet_dataset_get_class_name(train, 9), "thing 9");
    assert_int_equal(resnet_dataset_get_label(train, 13), 1); /* record 1 of the second file */
    assert_message_has(resnet_dataset_get_path(train, 13), "data_batch_2.bin#1");
    resnet_image *image = NULL;
    assert_ok(resnet_dataset_load_image(&image, train, 13));
    assert_int_equal(resnet_image_get_width(image), 32);
    const uint8_t *pixels = resnet_image_get_pixels(image);
    for (int i = 0; i < 1024; i++)
        for (int c = 0; c < 3; c++) assert_int_equal(pixels[3 * i + c], (1 + 5 * c + i) % 251);
    resnet_image_free(image);
    resnet_dataset_free(train);
    resnet_dataset_free(val);
    resnet_dataset_free(all);
}

static void reads_cifar_100(void **state)
{
    (void)state;
    add_records("train.bin", 130, 2, 100);
    add_records("test.bin", 30, 2, 100);
    add_names("fine_label_names.txt", 100);
    add_names("coarse_label_names.txt", 20);
    resnet_dataset *fine = open_part(RESNET_PART_TRAIN, 0);
    resnet_dataset *coarse = open_part(RESNET_PART_TRAIN, 1);
    assert_int_equal(resnet_dataset_get_n_classes(fine), 100);
    assert_int_equal(resnet_dataset_get_n_classes(coarse), 20);
    assert_int_equal(resnet_dataset_get_label(fine, 57), 57);
    assert_int_equal(resnet_dataset_get_label(coarse, 57), 17);
    resnet_dataset_free(fine);
    resnet_dataset_free(coarse);
}

static void tells_what_is_wrong(void **state)
{
    (void)state;
    expect_failure(RESNET_E_NOT_FOUND, "batches.meta.txt");
    add_cifar_10();
    assert_int_equal(truncate(tree_path(&t, "data_batch_3.bin"), 2 * 3073 + 5), 0);
    expect_failure(RESNET_E_FORMAT, "data_batch_3.bin: 6151 bytes, cut in record 2");
    add_records("data_batch_3.bin", 12, 1, 11); /* has a label 10 */
    expect_failure(RESNET_E_FORMAT, "data_batch_3.bin: record 10 has label 10");
    tree_add_text(&t, "data_batch_3.bin", "");
    expect_failure(RESNET_E_FORMAT, "data_batch_3.bin: 0 bytes");
    add_names("batches.meta.txt", 9);
    expect_failure(RESNET_E_FORMAT, "9 names, expected 10");
    assert_int_equal(unlink(tree_path(&t, "data_batch_3.bin")), 0);
    add_names("batches.meta.txt", 10);
    expect_failure(RESNET_E_NOT_FOUND, "data_batch_3.bin");
}

static void fails_cleanly_without_memory(void **state)
{
    (void)state;
    add_cifar_10();
    resnet_dataset *dataset = NULL;
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status != RESNET_OK; k++) {
        rn_mem_fail_at(k);
        status = resnet_dataset_open_cifar(&dataset, t.root, 0, NULL);
        rn_mem_fail_at(0);
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
    }
    resnet_dataset_free(dataset);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(reads_cifar_10),
        T(reads_cifar_100),
        T(tells_what_is_wrong),
        T(fails_cleanly_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
