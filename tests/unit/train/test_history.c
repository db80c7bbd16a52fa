/* History files: contents, what a resumed run keeps, damage; TensorBoard's event files byte for
 * byte. SPDX-License-Identifier: MIT */
#include "check.h"

#include "golden.h"

#include "core/file.h"
#include "core/mem.h"
#include "train/files.h"
#include "train/journal.h"
#include "train/tensorboard.h"

#include <fcntl.h>
#include <resnet/error.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], path[96];

static int enter(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/resnet50-history-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/history", folder);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static size_t read_all(const char *name, char *out, size_t capacity)
{
    FILE *file = fopen(name, "rb");
    assert_non_null(file);
    const size_t size = fread(out, 1, capacity - 1, file);
    fclose(file);
    out[size] = '\0';
    return size;
}

static rn_history_record record_of(uint64_t epoch)
{
    return (rn_history_record){epoch, 10 * epoch, 0.1, 2.5, 0.25, NAN, 0.125, 0.5, 1000, 3};
}

static void add(enum rn_history_format format, uint64_t epoch)
{
    const rn_history_record record = record_of(epoch);
    assert_ok(rn_history_add(path, format, &record));
}

static void test_csv(void **state)
{
    (void)state;
    char text[1024];
    assert_ok(rn_history_start(path, RN_HISTORY_CSV, 1));
    add(RN_HISTORY_CSV, 1);
    add(RN_HISTORY_CSV, 2);
    read_all(path, text, sizeof text);
    assert_string_equal(text, "epoch,step,learning_rate,loss,accuracy,val_loss,val_accuracy,"
                              "val_macro_f1,images_per_second,seconds\n"
                              "1,10,0.1,2.5,0.25,,0.125,0.5,1000,3\n"
                              "2,20,0.1,2.5,0.25,,0.125,0.5,1000,3\n");
}

static void test_jsonl(void **state)
{
    (void)state;
    char text[1024];
    assert_ok(rn_history_start(path, RN_HISTORY_JSONL, 1));
    add(RN_HISTORY_JSONL, 7);
    read_all(path, text, sizeof text);
    json_t *line = json_loads(text, 0, NULL);
    assert_int_equal(json_object_size(line), 10);
    assert_int_equal(json_integer_value(json_object_get(line, "epoch")), 7);
    assert_true(json_is_null(json_object_get(line, "val_loss")));
    assert_near(golden_number(line, "val_accuracy", 0), 0.125, 0, "val_accuracy");
    json_decref(line);
}

static void test_resumed_run_drops_what_it_repeats(void **state)
{
    (void)state;
    const enum rn_history_format formats[] = {RN_HISTORY_CSV, RN_HISTORY_JSONL};
    for (size_t f = 0; f < 2; f++) {
        char whole[1024], resumed[1024];
        assert_ok(rn_history_start(path, formats[f], 1));
        for (uint64_t epoch = 1; epoch < 4; epoch++) add(formats[f], epoch);
        read_all(path, whole, sizeof whole);
        add(formats[f], 4);
        assert_ok(rn_file_append(path, "5,1", 3)); /* cut by a crash */
        assert_ok(rn_history_start(path, formats[f], 3));
        add(formats[f], 3);
        read_all(path, resumed, sizeof resumed);
        assert_string_equal(resumed, whole);
    }
}

/* All that a pipe holds now; -1 once its writers have gone and it is empty. */
static ssize_t read_available(int fd, char *text, size_t size)
{
    const ssize_t n = read(fd, text, size - 1);
    text[n > 0 ? n : 0] = '\0';
    return n > 0 ? n : n == 0 ? -1 : 0;
}

static void a_pipe_stays_open_until_the_end(void **state)
{
    (void)state;
    char pipe_path[128], text[1024];
    rn_journal journal = {.is_started = false};
    snprintf(pipe_path, sizeof pipe_path, "%s/pipe", folder);
    for (int format = 0; format < 2; format++) {
        assert_int_equal(mkfifo(pipe_path, 0600), 0);
        const int reader = open(pipe_path, O_RDONLY | O_NONBLOCK);
        journal = (rn_journal){.is_started = false};
        assert_ok(rn_journal_start(&journal, format ? NULL : pipe_path, format ? pipe_path : NULL,
                                   NULL, 1));
        assert_true((read_available(reader, text, sizeof text) > 0) == (format == 0));
        for (uint64_t epoch = 1; epoch < 4; epoch++) {
            const rn_history_record record = record_of(epoch);
            rn_journal_add(&journal, &record);
            assert_true(read_available(reader, text, sizeof text) > 0);
            assert_true(text[strlen(text) - 1] == '\n');
            assert_int_equal(read_available(reader, text, sizeof text), 0); /* and is no end */
        }
        rn_journal_clear(&journal);
        assert_int_equal(read_available(reader, text, sizeof text), -1);
        close(reader);
        assert_int_equal(unlink(pipe_path), 0);
    }
}

static void test_folders(void **state)
{
    (void)state;
    char deep[128], file[160];
    snprintf(deep, sizeof deep, "%s/a/b", folder);
    assert_ok(rn_files_make_folder(deep));
    assert_ok(rn_files_make_folder(deep));
    snprintf(file, sizeof file, "%s/absent/file", folder);
    assert_int_equal(rn_file_append(file, "x", 1), RESNET_E_NOT_FOUND);
    assert_non_null(strstr(resnet_last_error(), "absent/file"));
    snprintf(file, sizeof file, "%s/file", deep);
    assert_ok(rn_file_append(file, "x", 1));
    assert_int_equal(rn_files_make_folder(file), RESNET_E_IO); /* the name is taken */
    assert_non_null(strstr(resnet_last_error(), "no folder"));
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(deep), 0);
    *strrchr(deep, '/') = '\0';
    assert_int_equal(rmdir(deep), 0);
}

/* A first record begins in every file as here: 24 bytes, their checksum, wall time, version. */
static void test_tensorboard_framing(void **state)
{
    (void)state;
    char *name = NULL, text[1024];
    assert_ok(rn_tensorboard_start(&name, folder));
    const size_t start = read_all(name, text, sizeof text);
    assert_int_equal(start, 24 + 16);
    assert_memory_equal(text, "\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22\x09", 13);
    assert_memory_equal(text + 12 + 9,
                        "\x1a\x0d"
                        "brain.Event:2",
                        15);
    const rn_history_record record = record_of(300);
    assert_ok(rn_tensorboard_add(name, &record));
    const size_t size = read_all(name, text, sizeof text);
    const char scalar[] = "\x10\xac\x02\x2a\x13\x0a\x11\x0a\x0aloss/train\x15\x00\x00\x20\x40";
    assert_memory_equal(text + start + 12 + 9, scalar, sizeof scalar - 1);
    assert_null(memmem(text, size, "loss/validation", 15)); /* it was NaN */
    assert_non_null(memmem(text, size, "accuracy/validation", 19));
    assert_int_equal(unlink(name), 0);
    rn_free(name);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    resnet_status status = RESNET_E_NOMEM;
    add(RN_HISTORY_CSV, 0);
    for (uint64_t k = 1; status == RESNET_E_NOMEM; k++) {
        rn_mem_fail_at(k);
        status = rn_history_start(path, RN_HISTORY_CSV, 5);
        rn_mem_fail_at(0);
    }
    assert_ok(status);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_csv),
        TEST(test_jsonl),
        TEST(test_resumed_run_drops_what_it_repeats),
        TEST(a_pipe_stays_open_until_the_end),
        TEST(test_folders),
        TEST(test_tensorboard_framing),
        TEST(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
