/* Small files as the frameworks wrote them (tests/golden/make_store.py): each container's parser
 * against the tensors that went in, cut short at every length, and with every allocation failing.
 * SPDX-License-Identifier: MIT */
#include "check.h"

#include "core/file.h"
#include "core/mem.h"
#include "store/containers.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static rn_budget budget = {UINT64_MAX, UINT64_MAX};

#define MAX_FILE (1u << 20)

static json_t *expected;

static int load_expected(void **state)
{
    (void)state;
    expected = json_load_file(GOLDEN_DIR "/store/expected.json", 0, NULL);
    return expected ? 0 : 1;
}

static int drop_expected(void **state)
{
    (void)state;
    json_decref(expected);
    return 0;
}

static void *read_golden(const char *name, size_t *out_size)
{
    void *bytes = NULL;
    char *path = rn_format("%s/store/%s", GOLDEN_DIR, name);
    assert_ok(rn_file_read(&bytes, out_size, path, MAX_FILE));
    rn_free(path);
    return bytes;
}

static const rn_raw_tensor *find(const rn_raw_set *set, const char *key)
{
    for (size_t i = 0; i < set->n_tensors; i++)
        if (strcmp(set->tensors[i].key, key) == 0) return &set->tensors[i];
    fail_msg("no tensor %s", key);
    return NULL;
}

static void check_values(const rn_raw_set *set, const rn_raw_tensor *tensor, const json_t *values)
{
    const uint64_t count = rn_raw_count(tensor);
    float *floats = rn_alloc(count, sizeof *floats);
    assert_int_equal(count, json_array_size(values));
    assert_ok(rn_raw_read(set, tensor, floats));
    for (uint64_t i = 0; i < count; i++)
        assert_true(floats[i] == (float)json_number_value(json_array_get(values, i)));
    rn_free(floats);
}

static void check_tensor(const rn_raw_set *set, const char *key, const json_t *entry)
{
    const rn_raw_tensor *tensor = find(set, key);
    const json_t *dims = json_object_get(entry, "dims");
    const json_t *values = json_object_get(entry, "values");
    assert_int_equal(tensor->n_dims, json_array_size(dims));
    for (size_t i = 0; i < tensor->n_dims; i++)
        assert_int_equal(tensor->dims[i], json_integer_value(json_array_get(dims, i)));
    if (values) {
        check_values(set, tensor, values);
    } else {
        float unused[1];
        assert_int_equal(rn_raw_read(set, tensor, unused), RESNET_E_UNSUPPORTED);
    }
}

static void test_tensors(void **state)
{
    (void)state;
    const char *name, *key;
    json_t *tensors, *entry;
    json_object_foreach(json_object_get(expected, "tensors"), name, tensors)
    {
        size_t size = 0;
        void *bytes = read_golden(name, &size);
        rn_raw_set *set = NULL;
        if (rn_container_parse(&set, bytes, size, RN_ACCEPT_ALL, &budget) != RESNET_OK)
            fail_msg("%s: %s", name, resnet_last_error());
        assert_int_equal(set->n_tensors, json_object_size(tensors));
        json_object_foreach(tensors, key, entry) check_tensor(set, key, entry);
        rn_raw_free(set);
        rn_free(bytes);
    }
}

static void test_refused(void **state)
{
    (void)state;
    const char *name;
    json_t *word;
    json_object_foreach(json_object_get(expected, "refused"), name, word)
    {
        size_t size = 0;
        void *bytes = read_golden(name, &size);
        rn_raw_set *set = NULL;
        const resnet_status status = rn_container_parse(&set, bytes, size, RN_ACCEPT_ALL, &budget);
        assert_true(status == RESNET_E_UNSUPPORTED || status == RESNET_E_FORMAT);
        if (!strstr(resnet_last_error(), json_string_value(word)))
            fail_msg("%s: \"%s\" lacks \"%s\"", name, resnet_last_error(), json_string_value(word));
        assert_null(set);
        rn_free(bytes);
    }
}

static resnet_status parse_and_read(const void *bytes, size_t size)
{
    rn_raw_set *set = NULL;
    resnet_status status = rn_container_parse(&set, bytes, size, RN_ACCEPT_ALL, &budget);
    for (size_t i = 0; status == RESNET_OK && i < set->n_tensors; i++) {
        const rn_raw_tensor *tensor = &set->tensors[i];
        if (tensor->dtype == RN_DTYPE_OTHER) continue;
        float *floats = rn_alloc(rn_raw_count(tensor), sizeof *floats);
        status = floats ? rn_raw_read(set, tensor, floats) : RESNET_E_NOMEM;
        rn_free(floats);
    }
    rn_raw_free(set);
    return status;
}

/* The bytes lie in a block of their exact length, so that a sanitiser sees every overrun. */
static void test_truncated(void **state)
{
    (void)state;
    const char *name;
    json_t *tensors;
    json_object_foreach(json_object_get(expected, "tensors"), name, tensors)
    {
        size_t size = 0;
        void *bytes = read_golden(name, &size);
        const size_t step = size > 4096 ? 61 : 1;
        for (size_t length = 0; length < size; length += step) {
            char *cut = test_malloc(length + 1);
            memcpy(cut, bytes, length);
            (void)parse_and_read(cut, length); /* a tar's or HDF5's last bytes may not matter */
            test_free(cut);
        }
        assert_int_not_equal(parse_and_read(bytes, size / 4), RESNET_OK);
        rn_free(bytes);
    }
}

/* Each storage is unpacked once, however its tensors take turns: twice 256 KiB, charged fourfold.
 */
static void test_turns(void **state)
{
    (void)state;
    size_t size = 0;
    void *bytes = read_golden("torch_turns.pth", &size);
    rn_budget before = budget;
    assert_ok(parse_and_read(bytes, size));
    assert_in_range(before.left - budget.left, 2 << 20, 3 << 20);
    before = budget;
    budget = rn_budget_make(1 << 20);
    assert_int_equal(parse_and_read(bytes, size), RESNET_E_UNSUPPORTED);
    budget = before;
    rn_free(bytes);
}

static void expect_refusal(const void *bytes, size_t size, uint32_t accepted, const char *word)
{
    rn_raw_set *set = NULL;
    assert_int_not_equal(rn_container_parse(&set, bytes, size, accepted, &budget), RESNET_OK);
    if (!strstr(resnet_last_error(), word))
        fail_msg("\"%s\" lacks \"%s\"", resnet_last_error(), word);
    assert_null(set);
}

/* What lies where weights should be. */
static void test_no_weights(void **state)
{
    (void)state;
    static const struct {
        const char *text, *word;
    } CASES[] = {
        {"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "Git LFS pointer"},
        {"\n <!DOCTYPE HTML><html></html>", "HTML page"},
        {"<html><body>404</body></html>", "HTML page"},
        {"{\"metadata\":{},\"weight_map\":{\"a\":\"b\"}}", "index of the files"},
        {"{\"architectures\": []}", "JSON text"},
        {"\x1f\x8b\x08 and so on", "gzip"},
        {"\xff\xd8\xff\xe0 and so on", "a picture"},
        {"PK\x03\x04 and so on, at some length, since it was cut", "cut short"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        expect_refusal(CASES[i].text, strlen(CASES[i].text), RN_ACCEPT_ALL, CASES[i].word);
}

static void test_accepted(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t accept;
    } CASES[] = {{"torch_zip.pth", RN_ACCEPT_TORCH},
                 {"torch_before_1.6.pth", RN_ACCEPT_TORCH},
                 {"torch_2016.pth", RN_ACCEPT_TORCH},
                 {"keras_3.keras", RN_ACCEPT_KERAS},
                 {"tensors.safetensors", RN_ACCEPT_SAFETENSORS},
                 {"keras_1.h5", RN_ACCEPT_HDF5}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        size_t size = 0;
        void *bytes = read_golden(CASES[i].name, &size);
        rn_raw_set *set = NULL;
        expect_refusal(bytes, size, RN_ACCEPT_ALL & ~CASES[i].accept, "not among the formats");
        assert_ok(rn_container_parse(&set, bytes, size, CASES[i].accept, &budget));
        rn_raw_free(set);
        rn_free(bytes);
    }
}

/* References of 2016 are numbers; what is none, or too long for one, must not be computed with. */
static void test_bad_reference(void **state)
{
    (void)state;
    size_t size = 0;
    char *bytes = read_golden("torch_2016.pth", &size);
    char *reference = memmem(bytes, size,
                             "\x05\0\0\0"
                             "70000",
                             9);
    assert_non_null(reference);
    memset(reference + 4, '\x7f', 5);
    expect_refusal(bytes, size, RN_ACCEPT_ALL, "not a number of up to 18 digits");
    rn_free(bytes);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    const char *name;
    json_t *tensors;
    json_object_foreach(json_object_get(expected, "tensors"), name, tensors)
    {
        size_t size = 0;
        void *bytes = read_golden(name, &size);
        resnet_status status = RESNET_E_NOMEM;
        for (uint64_t k = 1; status == RESNET_E_NOMEM; k++) {
            rn_mem_fail_at(k);
            status = parse_and_read(bytes, size);
            rn_mem_fail_at(0);
        }
        if (status != RESNET_OK) fail_msg("%s: %s", name, resnet_last_error());
        rn_free(bytes);
    }
}

/* Understood only with the tensors, when the network is (test_keras_model.c). */
static void test_config(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"keras_3.keras", "keras_3_model.h5"};
    for (size_t i = 0; i < 2; i++) {
        size_t size = 0;
        void *bytes = read_golden(NAMES[i], &size);
        rn_raw_set *set = NULL;
        assert_ok(rn_container_parse(&set, bytes, size, RN_ACCEPT_ALL, &budget));
        assert_non_null(set->model_config);
        assert_non_null(strstr(set->model_config, "GlobalMaxPooling2D"));
        rn_raw_free(set);
        rn_free(bytes);
    }
}

static void test_detect(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum rn_container container;
    } CASES[] = {
        {"torch_zip.pth", RN_CONTAINER_TORCH_ZIP},
        {"torch_before_1.6.pth", RN_CONTAINER_TORCH_LEGACY},
        {"torch_2016.pth", RN_CONTAINER_TORCH_TAR},
        {"tensors.safetensors", RN_CONTAINER_SAFETENSORS},
        {"keras_3.keras", RN_CONTAINER_KERAS_ZIP},
        {"keras_1.h5", RN_CONTAINER_HDF5},
        {"plain.pickle", RN_CONTAINER_UNKNOWN},
    };
    enum rn_container found = RN_CONTAINER_HDF5;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        size_t size = 0;
        void *bytes = read_golden(CASES[i].name, &size);
        assert_ok(rn_container_detect(&found, bytes, size));
        assert_int_equal(found, CASES[i].container);
        rn_free(bytes);
    }
    assert_ok(rn_container_detect(&found, "", 0));
    assert_int_equal(found, RN_CONTAINER_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_detect),    cmocka_unit_test(test_tensors),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_config),
        cmocka_unit_test(test_truncated), cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_turns),     cmocka_unit_test(test_no_weights),
        cmocka_unit_test(test_accepted),  cmocka_unit_test(test_bad_reference),
    };
    return cmocka_run_group_tests(tests, load_expected, drop_expected);
}
