/* Pictures that a model was given are known again by their names. SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/mem.h"
#include "data/dataset.h"
#include "train/learnt_names.h"

#include <resnet/trainer.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define N 40

static resnet_model *model;

static int set_up(void **state)
{
    (void)state;
    resnet_model_options options;
    assert_ok(resnet_model_options_init(&options, sizeof options));
    options.n_classes = 2;
    assert_ok(resnet_model_create(&model, &options));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    resnet_model_free(model);
    return 0;
}

/* Files first to last - 1 of a folder, which need not be there. */
static resnet_dataset *list_files(const char *root, int first, int last)
{
    rn_source *source = NULL;
    resnet_dataset *dataset = NULL;
    resnet_dataset_options options;
    assert_ok(rn_source_read_options(&options, NULL));
    assert_ok(rn_source_create(&source, &RN_SOURCE_FILES, &options));
    assert_ok(rn_source_add_class(source, "even"));
    assert_ok(rn_source_add_class(source, "odd"));
    for (int i = first; i < last; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s/%s/%03d.jpg", root, i % 2 ? "odd" : "even", i);
        assert_ok(rn_source_add(source, name, strlen(name), i % 2));
    }
    assert_ok(rn_source_set_root(source, root));
    assert_ok(rn_dataset_wrap(&dataset, source));
    return dataset;
}

/* File number of sample `index`. */
static int number_of(const resnet_dataset *dataset, size_t index)
{
    const char *path = resnet_dataset_get_path(dataset, index);
    return atoi(path + strlen(path) - strlen("000.jpg"));
}

/* What was taught and held out by number, against what is known of files first to last - 1. */
static void check_known(const bool taught[N], const char *root, int first, int last)
{
    uint8_t known[2 * N];
    resnet_dataset *dataset = list_files(root, first, last);
    assert_ok(resnet_model_copy_learnt(known, sizeof known, model, dataset));
    for (size_t i = 0; i < resnet_dataset_get_n_samples(dataset); i++) {
        const int number = number_of(dataset, i);
        const int want = number >= N      ? RESNET_SAMPLE_NEW
                         : taught[number] ? RESNET_SAMPLE_LEARNT
                                          : RESNET_SAMPLE_HELD_OUT;
        assert_int_equal(known[i], want);
    }
    resnet_dataset_free(dataset);
}

static void names_outlast_a_changed_folder(void **state)
{
    (void)state;
    bool taught[N] = {false};
    resnet_dataset *all = list_files("/pets", 0, N), *train = NULL, *val = NULL;
    assert_ok(resnet_dataset_split(&train, &val, all, 0.25, 7));
    for (size_t i = 0; i < train->n; i++) taught[number_of(train, i)] = true;
    for (int with_validation = 0; with_validation < 2; with_validation++) {
        assert_ok(rn_learnt_names_note(model, train, with_validation ? val : NULL));
        check_known(taught, "/pets", 0, N);
        check_known(taught, "/moved/elsewhere", 0, N);
        check_known(taught, "/pets", 0, N + 9);
        check_known(taught, "/pets", 11, N + 1);
    }
    resnet_dataset_free(train);
    resnet_dataset_free(val);
    resnet_dataset_free(all);
}

static void write_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (size_t i = 0; i < size; i++) fputc('x', file);
    assert_int_equal(fclose(file), 0);
}

/* Another folder that counts its pictures likewise. */
static void a_file_of_another_size_is_new(void **state)
{
    (void)state;
    uint8_t known[2];
    char root[64], even[96], odd[96];
    snprintf(root, sizeof root, "/tmp/resnet-learnt-%d", (int)getpid());
    snprintf(even, sizeof even, "%s/even", root);
    snprintf(odd, sizeof odd, "%s/odd", root);
    assert_int_equal(mkdir(root, 0700) | mkdir(even, 0700) | mkdir(odd, 0700), 0);
    strcat(even, "/000.jpg"), strcat(odd, "/001.jpg");
    write_file(even, 100), write_file(odd, 100);
    resnet_dataset *files = list_files(root, 0, 2);
    assert_ok(rn_learnt_names_note(model, files, NULL));
    write_file(odd, 101);
    assert_ok(resnet_model_copy_learnt(known, 2, model, files));
    assert_int_equal(known[0], RESNET_SAMPLE_LEARNT);
    assert_int_equal(known[1], RESNET_SAMPLE_NEW);
    resnet_dataset_free(files);
    unlink(even), unlink(odd);
    *strrchr(even, '/') = *strrchr(odd, '/') = '\0';
    assert_int_equal(rmdir(even) | rmdir(odd) | rmdir(root), 0);
}

/* Parts that the data have themselves are sources of their own. */
static void validation_data_is_held_out(void **state)
{
    (void)state;
    bool taught[N] = {false};
    for (int i = 0; i < 30; i++) taught[i] = true;
    resnet_dataset *train = list_files("/pets", 0, 30), *val = list_files("/pets", 28, N);
    assert_ok(rn_learnt_names_note(model, train, val));
    check_known(taught, "/pets", 0, N + 5); /* 28 and 29, which are in both, were learnt */
    resnet_dataset_free(train);
    resnet_dataset_free(val);
}

static void what_is_saved_is_known_again(void **state)
{
    (void)state;
    bool taught[N];
    resnet_bytes *bytes = NULL;
    resnet_model *before = model;
    memset(taught, true, sizeof taught);
    resnet_dataset *train = list_files("/pets", 0, N);
    for (int32_t format = RESNET_FORMAT_HDF5; format <= RESNET_FORMAT_SAFETENSORS; format++) {
        assert_ok(rn_learnt_names_note(before, train, NULL));
        assert_ok(resnet_model_save_memory(&bytes, before, format));
        assert_ok(resnet_model_load_memory(&model, resnet_bytes_get_data(bytes),
                                           resnet_bytes_get_size(bytes), NULL));
        check_known(taught, "/pets", 0, N + 3);
        resnet_model_free(model);
        resnet_bytes_free(bytes);
    }
    model = before;
    resnet_dataset_free(train);
}

static void too_many_are_not_kept(void **state)
{
    (void)state;
    uint8_t *known = malloc(131001);
    resnet_dataset *few = list_files("/pets", 0, N), *all = list_files("/pets", 0, 131000);
    resnet_dataset *more = list_files("/pets", 0, 131001);
    assert_non_null(known);
    assert_ok(rn_learnt_names_note(model, all, NULL));
    assert_ok(resnet_model_copy_learnt(known, 131001, model, more));
    for (size_t i = 0; i < 131001; i++)
        assert_int_equal(known[i], i < 131000 ? RESNET_SAMPLE_LEARNT : RESNET_SAMPLE_NEW);
    assert_ok(rn_learnt_names_note(model, more, NULL)); /* and forgets those before */
    assert_fails(resnet_model_copy_learnt(known, 131001, model, few), RESNET_E_NOT_FOUND,
                 "does not say");
    assert_fails(resnet_model_copy_learnt(known, N - 1, model, few), RESNET_E_INVALID, "room for");
    assert_fails(resnet_model_copy_learnt(NULL, N, model, few), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_model_copy_learnt(known, N, NULL, few), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_model_copy_learnt(known, N, model, NULL), RESNET_E_INVALID, "NULL");
    resnet_dataset_free(few);
    resnet_dataset_free(all);
    resnet_dataset_free(more);
    free(known);
}

static void memory_may_run_out(void **state)
{
    (void)state;
    uint8_t known[N];
    resnet_dataset *train = list_files("/pets", 0, N);
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status != RESNET_OK; k++) {
        rn_mem_fail_at(k);
        status = rn_learnt_names_note(model, train, NULL);
        rn_mem_fail_at(0);
        assert_true(status == RESNET_OK || status == RESNET_E_NOMEM);
    }
    status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status != RESNET_OK; k++) {
        rn_mem_fail_at(k);
        status = resnet_model_copy_learnt(known, N, model, train);
        rn_mem_fail_at(0);
        assert_true(status == RESNET_OK || status == RESNET_E_NOMEM);
    }
    resnet_dataset_free(train);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_outlast_a_changed_folder),
        cmocka_unit_test(a_file_of_another_size_is_new),
        cmocka_unit_test(validation_data_is_held_out),
        cmocka_unit_test(what_is_saved_is_known_again),
        cmocka_unit_test(too_many_are_not_kept),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
