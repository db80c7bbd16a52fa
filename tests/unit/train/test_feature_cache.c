/* The feature cache: budget, the file of an earlier run, stale keys, damage, full and foreign
 * files. SPDX-License-Identifier: MIT */
#include "check.h"

#include "golden.h"

#include "core/mem.h"
#include "train/feature_cache.h"

#include <resnet/error.h>
#include <stdlib.h>
#include <unistd.h>

#define N_ENTRIES 6
#define N_FLOATS 5
#define N_INPUT 7

static char path[64];
static char warning[256];

static int enter(void **state)
{
    (void)state;
    strcpy(path, "/tmp/resnet50-features-XXXXXX");
    const int fd = mkstemp(path);
    warning[0] = '\0';
    return fd < 0 ? -1 : close(fd);
}

static int leave(void **state)
{
    (void)state;
    return unlink(path);
}

static void hear(void *user_data, int32_t level, const char *message)
{
    (void)user_data, (void)level;
    snprintf(warning, sizeof warning, "%s", message);
}

static rn_feature_cache_settings make_settings(size_t n_in_memory)
{
    return (rn_feature_cache_settings){
        .n_entries = N_ENTRIES,
        .n_floats = N_FLOATS,
        .budget = n_in_memory * N_FLOATS * sizeof(float),
        .path = path,
        .key = {{1, 2}},
        .log = {hear, NULL},
    };
}

static rn_feature_cache *open_cache(const rn_feature_cache_settings *settings)
{
    rn_feature_cache *cache = NULL;
    assert_ok(rn_feature_cache_create(&cache, settings));
    return cache;
}

static void fill(float *values, size_t n, size_t entry)
{
    for (size_t i = 0; i < n; i++) values[i] = (float)(100 * entry + i);
}

static void put(rn_feature_cache *cache, size_t entry)
{
    float input[N_INPUT], features[N_FLOATS];
    fill(input, N_INPUT, entry);
    fill(features, N_FLOATS, entry + 50);
    rn_feature_cache_put(cache, entry, input, N_INPUT, features);
}

static bool find(rn_feature_cache *cache, size_t entry)
{
    float input[N_INPUT];
    fill(input, N_INPUT, entry);
    return rn_feature_cache_find(cache, entry, input, N_INPUT);
}

static void assert_has(rn_feature_cache *cache, size_t entry)
{
    float features[N_FLOATS], expected[N_FLOATS];
    assert_true(rn_feature_cache_has(cache, entry));
    assert_true(rn_feature_cache_get(cache, entry, features));
    fill(expected, N_FLOATS, entry + 50);
    assert_memory_equal(features, expected, sizeof features);
}

static void test_memory_only_up_to_the_budget(void **state)
{
    (void)state;
    rn_feature_cache_settings settings = make_settings(3);
    settings.path = NULL;
    rn_feature_cache *cache = open_cache(&settings);
    assert_false(rn_feature_cache_has(cache, 0));
    for (size_t i = 0; i < N_ENTRIES; i++) put(cache, i);
    for (size_t i = 0; i < 3; i++) assert_has(cache, i);
    assert_false(rn_feature_cache_has(cache, 3));
    rn_feature_cache_free(cache);
}

static void test_file_takes_the_rest_and_lasts(void **state)
{
    (void)state;
    const rn_feature_cache_settings settings = make_settings(2);
    rn_feature_cache *cache = open_cache(&settings);
    for (size_t i = 0; i < N_ENTRIES - 1; i++) put(cache, i);
    for (size_t i = 0; i < N_ENTRIES - 1; i++) assert_has(cache, i);
    rn_feature_cache_free(cache);
    cache = open_cache(&settings);
    for (size_t i = 0; i < N_ENTRIES; i++) {
        assert_false(rn_feature_cache_has(cache, i)); /* not before the image was seen */
        assert_int_equal(find(cache, i), i < N_ENTRIES - 1);
    }
    for (size_t i = 0; i < N_ENTRIES - 1; i++) assert_has(cache, i);
    rn_feature_cache_free(cache);
    assert_string_equal(warning, "");
}

static void test_other_weights_start_anew(void **state)
{
    (void)state;
    rn_feature_cache_settings settings = make_settings(2);
    rn_feature_cache *cache = open_cache(&settings);
    put(cache, 0);
    rn_feature_cache_free(cache);
    settings.key.words[1] = 3;
    cache = open_cache(&settings);
    assert_false(find(cache, 0));
    rn_feature_cache_free(cache);
}

static void overwrite(long offset, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset, offset < 0 ? SEEK_END : SEEK_SET), 0);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void test_damage_is_computed_anew(void **state)
{
    (void)state;
    const rn_feature_cache_settings settings = make_settings(0);
    float features[N_FLOATS];
    rn_feature_cache *cache = open_cache(&settings);
    put(cache, 0);
    put(cache, 1);
    rn_feature_cache_free(cache);
    overwrite(-4, "\x7f", 1); /* in the last float of entry 1 */
    cache = open_cache(&settings);
    assert_true(find(cache, 0) && find(cache, 1));
    assert_has(cache, 0);
    assert_false(rn_feature_cache_get(cache, 1, features));
    assert_non_null(strstr(warning, "slot 1 is damaged"));
    assert_false(rn_feature_cache_has(cache, 1));
    assert_false(find(cache, 1));
    put(cache, 1);
    assert_has(cache, 1);
    rn_feature_cache_free(cache);
    cache = open_cache(&settings); /* the newer of two slots counts */
    assert_true(find(cache, 1));
    assert_has(cache, 1);
    rn_feature_cache_free(cache);
}

static void test_cut_short(void **state)
{
    (void)state;
    const rn_feature_cache_settings settings = make_settings(0);
    rn_feature_cache *cache = open_cache(&settings);
    put(cache, 0);
    put(cache, 1);
    rn_feature_cache_free(cache);
    FILE *file = fopen(path, "r+b");
    fseek(file, 0, SEEK_END);
    assert_int_equal(ftruncate(fileno(file), ftell(file) - 3), 0);
    fclose(file);
    cache = open_cache(&settings);
    assert_true(find(cache, 0));
    assert_false(find(cache, 1));
    put(cache, 1);
    assert_has(cache, 0);
    assert_has(cache, 1);
    rn_feature_cache_free(cache);
}

static void test_foreign_file_is_left_alone(void **state)
{
    (void)state;
    char text[64] = "";
    const rn_feature_cache_settings settings = make_settings(6);
    overwrite(0, "Dear diary, this is not a file of features at all.", 50);
    rn_feature_cache *cache = open_cache(&settings);
    assert_non_null(strstr(warning, "not a file of features"));
    put(cache, 0);
    assert_has(cache, 0);
    rn_feature_cache_free(cache);
    FILE *file = fopen(path, "rb");
    assert_int_equal(fread(text, 1, sizeof text, file), 50);
    fclose(file);
    assert_memory_equal(text, "Dear diary", 10);
}

static void test_two_at_once(void **state)
{
    (void)state;
    const rn_feature_cache_settings settings = make_settings(1);
    rn_feature_cache *first = open_cache(&settings), *second = open_cache(&settings);
    assert_non_null(strstr(warning, "another process"));
    put(second, 0);
    put(first, 0);
    assert_has(first, 0);
    assert_has(second, 0);
    rn_feature_cache_free(second);
    rn_feature_cache_free(first);
}

static void test_many_entries(void **state)
{
    (void)state;
    rn_feature_cache_settings settings = make_settings(0);
    settings.n_entries = 5000;
    rn_feature_cache *cache = open_cache(&settings);
    for (size_t i = 0; i < settings.n_entries; i++) put(cache, i);
    rn_feature_cache_free(cache);
    cache = open_cache(&settings);
    for (size_t i = settings.n_entries; i-- > 0;) {
        assert_true(find(cache, i));
        assert_has(cache, i);
    }
    rn_feature_cache_free(cache);
}

static void test_hash_tells_inputs_apart(void **state)
{
    (void)state;
    const rn_hash none = {{0, 0}};
    char bytes[16] = {0};
    rn_hash seen[17];
    for (size_t size = 0; size <= 16; size++) seen[size] = rn_hash_bytes(none, bytes, size);
    for (size_t a = 0; a <= 16; a++)
        for (size_t b = 0; b < a; b++) assert_true(memcmp(&seen[a], &seen[b], sizeof none) != 0);
    bytes[15] = 1;
    const rn_hash other = rn_hash_bytes(none, bytes, 16);
    assert_true(other.words[0] != seen[16].words[0] && other.words[1] != seen[16].words[1]);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    const rn_feature_cache_settings settings = make_settings(2);
    rn_feature_cache *cache = NULL;
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status == RESNET_E_NOMEM; k++) {
        rn_mem_fail_at(k);
        status = rn_feature_cache_create(&cache, &settings);
        rn_mem_fail_at(0);
    }
    assert_ok(status); /* perhaps without the file, which was warned of */
    put(cache, 0);
    assert_has(cache, 0);
    rn_feature_cache_free(cache);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_memory_only_up_to_the_budget),
        TEST(test_file_takes_the_rest_and_lasts),
        TEST(test_other_weights_start_anew),
        TEST(test_damage_is_computed_anew),
        TEST(test_cut_short),
        TEST(test_foreign_file_is_left_alone),
        TEST(test_two_at_once),
        TEST(test_many_entries),
        TEST(test_hash_tells_inputs_apart),
        TEST(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
