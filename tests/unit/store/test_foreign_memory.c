/* Every allocation of jansson, libzip and zlib failing in turn while files are read: out of memory
 * is said to be that, and never to be damage. malloc() and its kin are taken over in this program,
 * which shared libraries then use, too; ours goes through aligned_alloc() and is not concerned.
 * SPDX-License-Identifier: MIT */
#include "../../scratch.h"
#include "../check.h"

#include "core/file.h"
#include "core/json_text.h"
#include "core/mem.h"
#include "store/containers.h"

#include <errno.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_INTERPOSED 0 /* the sanitiser has taken them over */
#else
#define IS_INTERPOSED 1

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

static uint64_t left = UINT64_MAX; /* allocations until one fails; a single one does */

static bool must_fail(void)
{
    if (left == UINT64_MAX || --left > 0) return false;
    left = UINT64_MAX;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return must_fail() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return must_fail() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    return must_fail() ? NULL : __libc_realloc(block, size);
}
#endif

/* Whether the k-th allocation came to pass in the last attempt, and so had to fail. */
static void arm(uint64_t k)
{
#if IS_INTERPOSED
    left = k;
#else
    (void)k;
#endif
}

static bool disarm(void)
{
#if IS_INTERPOSED
    const bool failed = left == UINT64_MAX;
    left = UINT64_MAX;
    return failed;
#else
    return false;
#endif
}

static resnet_status parse_and_read(const void *bytes, size_t size)
{
    rn_raw_set *set = NULL;
    rn_budget budget = rn_budget_make(RN_DEFAULT_BUDGET(size));
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

static void check_file(const char *name)
{
    char *path = rn_format("%s/store/%s", GOLDEN_DIR, name);
    void *bytes = NULL;
    size_t size = 0;
    uint64_t k = 0;
    bool failed = true;
    assert_ok(rn_file_read(&bytes, &size, path, UINT64_MAX));
    while (failed) {
        arm(++k);
        const resnet_status status = parse_and_read(bytes, size);
        failed = disarm();
        if (status != RESNET_OK && (status != RESNET_E_NOMEM || !failed))
            fail_msg("%s, allocation %llu: %s", name, (unsigned long long)k, resnet_last_error());
    }
    if (IS_INTERPOSED) assert_true(k > 10);
    rn_free(bytes);
    rn_free(path);
}

static void is_told_from_damage(void **state)
{
    (void)state;
    static const char *const FILES[] = {"tensors.safetensors", "odd.safetensors", "torch_zip.pth",
                                        "torch_turns.pth", "torch_extras.pth"};
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) check_file(FILES[i]);
}

static void is_told_from_bad_json(void **state)
{
    (void)state;
    static const char TEXT[] = "{\"a\": [1, 2.5, \"text\\u00e9\", {\"b\": null}], \"c\": \"d\"}";
    bool failed = true;
    for (uint64_t k = 1; failed; k++) {
        json_t *json = NULL;
        char *text = NULL;
        arm(k);
        resnet_status status = rn_json_load(&json, TEXT, sizeof TEXT - 1, NULL, "text");
        if (status == RESNET_OK) status = rn_json_dump(&text, json, RN_JSON_FLOAT_DIGITS, "text");
        failed = disarm();
        assert_int_equal(status, failed ? RESNET_E_NOMEM : RESNET_OK);
        json_decref(json);
        rn_free(text);
    }
}

static rn_weights *make_weights(void)
{
    static const uint64_t DIMS[] = {2, 3};
    rn_weights *weights = NULL;
    float *data = NULL;
    assert_ok(rn_weights_create(&weights));
    assert_ok(rn_weights_add(weights, &data, "fc.weight", NULL, 2, DIMS));
    memset(data, 0, 6 * sizeof *data);
    rn_weights_info *info = &weights->info;
    assert_ok(resnet_recipe_init(&info->recipe, sizeof info->recipe, NULL));
    info->has_recipe = true;
    info->bn_epsilon = 1e-5f;
    info->licence = rn_strdup("CC0-1.0");
    info->class_names = rn_calloc(2, sizeof *info->class_names);
    for (size_t i = 0; i < 2; i++) info->class_names[i] = rn_format("class %zu", i);
    info->n_class_names = 2;
    return weights;
}

/* What is written is whole, or what stood there stays. */
static void is_never_half_a_file(void **state)
{
    (void)state;
    char path[SCRATCH_SIZE];
    rn_weights *weights = make_weights();
    size_t whole_size = 0;
    bool failed = true;
    void *whole = NULL;
    assert_true(scratch_file(path));
    assert_ok(rn_weights_write_safetensors(weights, path));
    assert_ok(rn_file_read(&whole, &whole_size, path, UINT64_MAX));
    for (uint64_t k = 1; failed; k++) {
        void *bytes = NULL;
        size_t size = 0;
        assert_ok(rn_file_write(path, "before", 6));
        arm(k);
        const resnet_status status = rn_weights_write_safetensors(weights, path);
        failed = disarm();
        assert_true(failed || status == RESNET_OK);
        assert_ok(rn_file_read(&bytes, &size, path, UINT64_MAX));
        const size_t expected = status == RESNET_OK ? whole_size : 6;
        assert_int_equal(size, expected);
        assert_memory_equal(bytes, status == RESNET_OK ? whole : "before", expected);
        rn_free(bytes);
    }
    unlink(path);
    rn_free(whole);
    rn_weights_free(weights);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_told_from_bad_json),
        cmocka_unit_test(is_told_from_damage),
        cmocka_unit_test(is_never_half_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
