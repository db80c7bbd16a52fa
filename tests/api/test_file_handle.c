/* Files that appear whole or not at all, through the interface. SPDX-License-Identifier: MIT */
#include "api.h"

#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/resnet50-test-file-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/answers.csv", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder); /* empty: nothing was left behind */
}

static void assert_holds(const char *text)
{
    char found[64] = "";
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    found[fread(found, 1, sizeof found - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(found, text);
}

static void appears_at_commit(void **state)
{
    (void)state;
    resnet_file *file = NULL;
    assert_ok(resnet_file_check(path));
    assert_int_not_equal(access(path, F_OK), 0);
    assert_ok(resnet_file_create(&file, path));
    assert_ok(resnet_file_write(file, "cat,", 4));
    assert_ok(resnet_file_write(file, NULL, 0));
    assert_ok(resnet_file_write(file, "0.98\n", 5));
    assert_int_not_equal(access(path, F_OK), 0);
    assert_ok(resnet_file_commit(file));
    assert_holds("cat,0.98\n");
    assert_fails(resnet_file_write(file, "x", 1), RESNET_E_STATE, "already committed");
    assert_fails(resnet_file_commit(file), RESNET_E_STATE, "already committed");
    resnet_file_free(file);
    assert_ok(resnet_file_create(&file, path));
    assert_ok(resnet_file_write(file, "dog", 3));
    resnet_file_free(file); /* not committed */
    assert_holds("cat,0.98\n");
    assert_int_equal(unlink(path), 0);
}

static void refuses(void **state)
{
    (void)state;
    resnet_file *file = NULL;
    assert_fails(resnet_file_check(NULL), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_file_create(&file, NULL), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_file_create(NULL, path), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_file_write(NULL, "x", 1), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_file_commit(NULL), RESNET_E_INVALID, "NULL");
    resnet_file_free(NULL);
    assert_fails(resnet_file_create(&file, folder), RESNET_E_IO, folder);
    assert_fails(resnet_file_check("/nonexistent/x"), RESNET_E_NOT_FOUND, "/nonexistent/x");
    assert_null(file);
    assert_ok(resnet_file_create(&file, "/dev/full"));
    assert_fails(resnet_file_write(file, "x", 1), RESNET_E_IO, "No space left");
    resnet_file_free(file);
}

/* What the library itself writes goes the same way. */
static void a_model_is_saved_through_links(void **state)
{
    (void)state;
    char link[64];
    struct stat info;
    resnet_model *model = make_model(2, 32);
    snprintf(link, sizeof link, "%s/link.h5", folder);
    assert_int_equal(symlink("answers.csv", link), 0);
    assert_ok(resnet_model_save(model, link, RESNET_FORMAT_HDF5));
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(chmod(path, 0600), 0);
    assert_ok(resnet_model_save(model, link, RESNET_FORMAT_SAFETENSORS));
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_ok(resnet_model_save(model, "/dev/null", RESNET_FORMAT_SAFETENSORS));
    assert_int_equal(lstat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
    assert_fails(resnet_model_save(model, "/dev/full", RESNET_FORMAT_HDF5), RESNET_E_IO, "full");
    assert_int_equal(unlink(link), 0);
    assert_int_equal(unlink(path), 0);
    resnet_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appears_at_commit),
        cmocka_unit_test(refuses),
        cmocka_unit_test(a_model_is_saved_through_links),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
