/* What goes in comes out, the same bytes every time; any damage is seen. SPDX-License-Identifier:
 * MIT
 */
#include "check.h"

#include "../../scratch.h"

#include "core/file.h"
#include "core/mem.h"
#include "store/checkpoint.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MAX_BYTES (1u << 24)
#define N_FLOATS 3000

static char folder[SCRATCH_SIZE];
static char *path, *other_path;
static float floats[N_FLOATS];
static const uint64_t COUNTERS[] = {1, UINT64_MAX, 0};

static int set_up(void **state)
{
    (void)state;
    if (!scratch_folder(folder)) return 1;
    path = rn_format("%s/last", folder);
    other_path = rn_format("%s/other", folder);
    for (size_t i = 0; i < N_FLOATS; i++) floats[i] = (float)i / 7;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    unlink(other_path);
    rn_free(path);
    rn_free(other_path);
    return rmdir(folder);
}

static resnet_status make(rn_checkpoint **out)
{
    const uint64_t dims[] = {30, 100}, none = 0;
    rn_checkpoint *checkpoint = NULL;
    resnet_status status;
    RN_TRY(rn_checkpoint_create(&checkpoint));
    RN_TRY(rn_checkpoint_add_f32(checkpoint, "layer1.0.conv1.weight", 2, dims, floats));
    RN_TRY(rn_checkpoint_add_f32(checkpoint, "momentum.fc.weight", 2, dims, floats));
    RN_TRY(rn_checkpoint_add_f32(checkpoint, "scalar", 0, NULL, floats + 5));
    RN_TRY(rn_checkpoint_add_f32(checkpoint, "empty", 1, &none, NULL));
    RN_TRY(rn_checkpoint_add_u64(checkpoint, "counters", 3, COUNTERS));
    RN_TRY(rn_checkpoint_add_text(checkpoint, "state", "{\"epoch\": 3, \"\xc3\xa9\": null}"));
    RN_TRY(rn_checkpoint_add_text(checkpoint, "nothing", ""));
    *out = checkpoint;
    return RESNET_OK;
done:
    rn_checkpoint_free(checkpoint);
    return status;
}

static resnet_status make_and_write(const char *to)
{
    rn_checkpoint *checkpoint = NULL;
    resnet_status status = make(&checkpoint);
    if (status == RESNET_OK) status = rn_checkpoint_write(checkpoint, to);
    rn_checkpoint_free(checkpoint);
    return status;
}

static void test_round_trip(void **state)
{
    (void)state;
    rn_checkpoint *checkpoint = NULL;
    size_t count = 0, n_dims = 0;
    uint64_t dims[RN_CHECKPOINT_MAX_DIMS];
    assert_ok(make_and_write(path));
    assert_ok(rn_checkpoint_read(&checkpoint, path, MAX_BYTES));
    assert_memory_equal(rn_checkpoint_find_f32(checkpoint, "layer1.0.conv1.weight", &count), floats,
                        sizeof floats);
    assert_int_equal(count, N_FLOATS);
    assert_true(rn_checkpoint_get_dims(checkpoint, "layer1.0.conv1.weight", &n_dims, dims));
    assert_int_equal(n_dims, 2);
    assert_int_equal(dims[1], 100);
    assert_true(*rn_checkpoint_find_f32(checkpoint, "scalar", &count) == floats[5]);
    assert_int_equal(count, 1);
    assert_non_null(rn_checkpoint_find_f32(checkpoint, "empty", &count));
    assert_int_equal(count, 0);
    assert_memory_equal(rn_checkpoint_find_u64(checkpoint, "counters", &count), COUNTERS,
                        sizeof COUNTERS);
    assert_string_equal(rn_checkpoint_find_text(checkpoint, "state"),
                        "{\"epoch\": 3, \"\xc3\xa9\": null}");
    assert_string_equal(rn_checkpoint_find_text(checkpoint, "nothing"), "");
    assert_null(rn_checkpoint_find_text(checkpoint, "counters"));
    assert_null(rn_checkpoint_find_f32(checkpoint, "absent", NULL));
    assert_string_equal(rn_checkpoint_get_name(checkpoint, 0), "counters");
    assert_null(rn_checkpoint_get_name(checkpoint, 7));
    rn_checkpoint_free(checkpoint);
}

static void test_same_bytes(void **state)
{
    (void)state;
    void *a = NULL, *b = NULL;
    size_t a_size = 0, b_size = 0;
    assert_ok(make_and_write(path));
    assert_ok(make_and_write(other_path));
    assert_ok(rn_file_read(&a, &a_size, path, MAX_BYTES));
    assert_ok(rn_file_read(&b, &b_size, other_path, MAX_BYTES));
    assert_int_equal(a_size, b_size);
    assert_memory_equal(a, b, a_size);
    rn_free(a);
    rn_free(b);
}

/* One bit at a time, anywhere but in the zeros behind the seal. */
static void test_damage(void **state)
{
    (void)state;
    unsigned char *bytes = NULL;
    size_t size = 0;
    assert_ok(make_and_write(path));
    assert_ok(rn_file_read((void **)&bytes, &size, path, MAX_BYTES));
    for (size_t at = 0; at < size; at += at < 37 ? 1 : at < 512 ? 512 - at : 211) {
        rn_checkpoint *checkpoint = NULL;
        bytes[at] ^= (unsigned char)(1u << at % 8);
        assert_ok(rn_file_write(other_path, bytes, size));
        bytes[at] ^= (unsigned char)(1u << at % 8);
        assert_int_equal(rn_checkpoint_read(&checkpoint, other_path, MAX_BYTES), RESNET_E_FORMAT);
        assert_null(checkpoint);
    }
    rn_free(bytes);
}

static void test_cut_short(void **state)
{
    (void)state;
    void *bytes = NULL;
    size_t size = 0;
    assert_ok(make_and_write(path));
    assert_ok(rn_file_read(&bytes, &size, path, MAX_BYTES));
    for (size_t length = 0; length < size; length += 307) {
        rn_checkpoint *checkpoint = NULL;
        assert_ok(rn_file_write(other_path, bytes, length));
        assert_int_equal(rn_checkpoint_read(&checkpoint, other_path, MAX_BYTES), RESNET_E_FORMAT);
        assert_null(checkpoint);
    }
    rn_free(bytes);
}

static void test_other_files(void **state)
{
    (void)state;
    rn_checkpoint *checkpoint = NULL;
    assert_int_equal(rn_checkpoint_read(&checkpoint, folder, MAX_BYTES), RESNET_E_IO);
    assert_int_equal(
        rn_checkpoint_read(&checkpoint, GOLDEN_DIR "/store/keras_2_fixed.h5", MAX_BYTES),
        RESNET_E_FORMAT);
    assert_non_null(strstr(resnet_last_error(), "not a checkpoint"));
    assert_ok(make_and_write(path));
    assert_int_equal(rn_checkpoint_read(&checkpoint, path, 100), RESNET_E_UNSUPPORTED);
    assert_null(checkpoint);
}

static void test_names(void **state)
{
    (void)state;
    rn_checkpoint *checkpoint = NULL;
    char long_name[RN_CHECKPOINT_MAX_NAME + 2];
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_ok(rn_checkpoint_create(&checkpoint));
    assert_ok(rn_checkpoint_add_text(checkpoint, "a", "1"));
    assert_int_equal(rn_checkpoint_add_text(checkpoint, "a", "2"), RESNET_E_INVALID);
    assert_int_equal(rn_checkpoint_add_text(checkpoint, "", "2"), RESNET_E_INVALID);
    assert_int_equal(rn_checkpoint_add_text(checkpoint, "a/b", "2"), RESNET_E_INVALID);
    assert_int_equal(rn_checkpoint_add_text(checkpoint, ".", "2"), RESNET_E_INVALID);
    assert_int_equal(rn_checkpoint_add_text(checkpoint, long_name, "2"), RESNET_E_INVALID);
    assert_string_equal(rn_checkpoint_find_text(checkpoint, "a"), "1");
    rn_checkpoint_free(checkpoint);
}

static void test_disk_full(void **state)
{
    (void)state;
    rn_checkpoint *checkpoint = NULL;
    struct rlimit before, limit;
    assert_ok(make_and_write(path));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 4096;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(make_and_write(path), RESNET_E_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_ok(rn_checkpoint_read(&checkpoint, path, MAX_BYTES));
    rn_checkpoint_free(checkpoint);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status == RESNET_E_NOMEM; k++) {
        rn_mem_fail_at(k);
        status = make_and_write(path);
        rn_mem_fail_at(0);
    }
    assert_ok(status);
    status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status == RESNET_E_NOMEM; k++) {
        rn_checkpoint *checkpoint = NULL;
        rn_mem_fail_at(k);
        status = rn_checkpoint_read(&checkpoint, path, MAX_BYTES);
        rn_mem_fail_at(0);
        rn_checkpoint_free(checkpoint);
    }
    assert_ok(status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),  cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_damage),      cmocka_unit_test(test_cut_short),
        cmocka_unit_test(test_other_files), cmocka_unit_test(test_names),
        cmocka_unit_test(test_disk_full),   cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
