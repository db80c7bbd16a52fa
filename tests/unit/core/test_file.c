/* Reading, and writing whole. SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/file.h"
#include "core/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/resnet50-test-file-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/model.h5", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static size_t count_files(void)
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

static void assert_holds(const char *text)
{
    void *bytes = NULL;
    size_t size = 0;
    assert_ok(rn_file_read(&bytes, &size, path, 1000));
    assert_int_equal(size, strlen(text));
    assert_memory_equal(bytes, text, size);
    rn_free(bytes);
}

static void writes_and_reads(void **state)
{
    (void)state;
    assert_ok(rn_file_write(path, "first", 5));
    assert_holds("first");
    assert_ok(rn_file_write(path, "", 0));
    assert_holds("");
    assert_ok(rn_file_write(path, "second", 6));
    assert_holds("second");
    assert_int_equal(count_files(), 1);
}

static void says_what_cannot_be_read(void **state)
{
    (void)state;
    void *bytes = NULL;
    size_t size = 0;
    assert_fails(rn_file_read(&bytes, &size, "/nonexistent/weights", 10), RESNET_E_NOT_FOUND,
                 "/nonexistent/weights: cannot open: No such file");
    assert_fails(rn_file_read(&bytes, &size, folder, 10), RESNET_E_IO, "not a regular file");
    assert_fails(rn_file_read(&bytes, &size, "/dev/null", 10), RESNET_E_IO, "not a regular file");
    assert_fails(rn_file_write("/nonexistent/weights", "x", 1), RESNET_E_NOT_FOUND,
                 "/nonexistent/weights: cannot open its folder: No such file");
    assert_ok(rn_file_write(path, "12345678901", 11));
    assert_fails(rn_file_read(&bytes, &size, path, 10), RESNET_E_UNSUPPORTED,
                 "11 bytes, above the cap of 10");
    assert_null(bytes);
}

/* A pipe nobody writes to must not hold up an open. */
static void does_not_wait_for_a_pipe(void **state)
{
    (void)state;
    char pipe_path[80];
    void *bytes = NULL;
    size_t size = 0;
    snprintf(pipe_path, sizeof pipe_path, "%s/pipe", folder);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    alarm(20);
    assert_fails(rn_file_read(&bytes, &size, pipe_path, 10), RESNET_E_IO, "not a regular file");
    alarm(0);
    unlink(pipe_path);
}

static void unreadable_files_are_named(void **state)
{
    (void)state;
    void *bytes = NULL;
    size_t size = 0;
    if (geteuid() == 0) skip(); /* root reads everything */
    assert_ok(rn_file_write(path, "x", 1));
    assert_int_equal(chmod(path, 0), 0);
    assert_fails(rn_file_read(&bytes, &size, path, 10), RESNET_E_IO, "Permission denied");
}

static void out_of_memory(void **state)
{
    (void)state;
    assert_ok(rn_file_write(path, "old", 3));
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status != RESNET_OK; k++) {
        rn_mem_fail_at(k);
        status = rn_file_write(path, "new", 3);
        rn_mem_fail_at(0);
        if (status != RESNET_OK) {
            assert_int_equal(status, RESNET_E_NOMEM);
            assert_holds("old");
        }
        assert_int_equal(count_files(), 1);
    }
    assert_holds("new");
    void *bytes = NULL;
    size_t size = 0;
    rn_mem_fail_at(1);
    assert_int_equal(rn_file_read(&bytes, &size, path, 10), RESNET_E_NOMEM);
    rn_mem_fail_at(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_and_reads),           cmocka_unit_test(says_what_cannot_be_read),
        cmocka_unit_test(does_not_wait_for_a_pipe),   cmocka_unit_test(out_of_memory),
        cmocka_unit_test(unreadable_files_are_named),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
