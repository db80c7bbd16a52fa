/* What a scan finds in a tree made to have one of everything. SPDX-License-Identifier: MIT */
#include "core/mem.h"
#include "data/fingerprint.h"
#include "tree.h"

#include <jpeglib.h>
#include <resnet/dataset.h>

static tree t;

/* What the callback heard, one line each: kind, path, other. */
static char heard[8192];
static int stop_after; /* findings; 0: never */

static int begin(void **state)
{
    (void)state;
    tree_create(&t);
    heard[0] = '\0';
    stop_after = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    tree_remove(&t);
    return 0;
}

static int32_t hear(void *user_data, const resnet_finding *finding)
{
    (void)user_data;
    const size_t root = strlen(t.root) + (strlen(finding->path) > strlen(t.root));
    assert_true(strlen(finding->message) > 0);
    assert_null(strstr(finding->message, t.root));
    sprintf(heard + strlen(heard), "%d %s%s%s\n", (int)finding->kind, finding->path + root,
            finding->other ? " " : "", finding->other ? finding->other + root : "");
    return stop_after && --stop_after == 0;
}

static void add_jpeg(const char *name, int orientation, unsigned number)
{
    struct jpeg_compress_struct info;
    struct jpeg_error_mgr errors;
    unsigned char exif[] = "Exif\0\0MM\0*\0\0\0\10\0\1\1\22\0\3\0\0\0\1\0\0\0\0\0\0\0\0";
    unsigned char row[48 * 3], *rows[1] = {row};
    exif[25] = (unsigned char)orientation;
    FILE *file = fopen(tree_make_room(&t, name), "wb");
    assert_non_null(file);
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    jpeg_stdio_dest(&info, file);
    info.image_width = 48;
    info.image_height = 40;
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_start_compress(&info, TRUE);
    if (orientation) jpeg_write_marker(&info, JPEG_APP0 + 1, exif, sizeof exif - 1);
    for (unsigned y = 0; y < 40; y++) {
        for (unsigned i = 0; i < sizeof row; i++)
            row[i] = (unsigned char)(i * number + y * 5 + (i % 3) * 40);
        jpeg_write_scanlines(&info, rows, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    fclose(file);
}

static void copy_file(const char *from, const char *to)
{
    static char bytes[100000];
    FILE *file = fopen(tree_path(&t, from), "rb");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    tree_add_bytes(&t, to, bytes, size);
}

static void damage(const char *name, long offset)
{
    FILE *file = fopen(tree_path(&t, name), "rb+");
    assert_non_null(file);
    fseek(file, offset, SEEK_SET);
    for (int i = 0; i < 40; i++) fputc(0xff, file);
    fclose(file);
}

static off_t get_size(const char *name)
{
    struct stat info;
    assert_int_equal(stat(tree_path(&t, name), &info), 0);
    return info.st_size;
}

static resnet_scan_summary scan(uint32_t n_threads, resnet_status expected)
{
    resnet_scan_options options;
    resnet_scan_summary summary;
    assert_ok(resnet_scan_options_init(&options, sizeof options));
    options.on_finding = hear;
    options.n_threads = n_threads;
    const resnet_status status = resnet_dataset_scan(&summary, sizeof summary, t.root, &options);
    if (status != expected) fail_msg("%d: %s", status, resnet_last_error());
    return summary;
}

static void add_one_of_everything(void)
{
    add_jpeg("train/cat/good.jpg", 0, 3);
    tree_add_png(&t, "train/cat/good.png", 40, 40, 1);
    copy_file("train/cat/good.jpg", "train/cat/same.jpg");
    add_jpeg("train/cat/turned.jpeg", 6, 5);
    tree_add_png(&t, "train/cat/tiny.png", 31, 200, 2);
    tree_add_text(&t, "train/cat/empty.jpg", "");
    tree_add_text(&t, "train/cat/gif.jpg", "GIF89a and so on");
    tree_add_text(&t, "train/cat/notes.txt", "just words");
    tree_add_text(&t, "README", "belongs to no class");
    add_jpeg("train/cat/cut.jpg", 0, 7);
    assert_int_equal(
        truncate(tree_path(&t, "train/cat/cut.jpg"), get_size("train/cat/cut.jpg") / 2), 0);
    tree_add_png(&t, "train/cat/cut.png", 40, 40, 9);
    assert_int_equal(
        truncate(tree_path(&t, "train/cat/cut.png"), get_size("train/cat/cut.png") - 40), 0);
    tree_add_png(&t, "train/cat/hurt.png", 200, 200, 11);
    damage("train/cat/hurt.png", get_size("train/cat/hurt.png") / 2);
    assert_int_equal(symlink("nowhere", tree_path(&t, "train/cat/lost.png")), 0);
    copy_file("train/cat/good.png", "train/dog/again.png");
    tree_add_png(&t, "train/dog/own.png", 50, 40, 4);
    copy_file("train/cat/good.jpg", "val/cat/leaked.jpg");
    tree_add_png(&t, "val/dog/1.png", 50, 41, 4);
    tree_add_folder(&t, "train/emu");
}

static const char EVERYTHING[] = "2 train/cat/cut.jpg\n"
                                 "2 train/cat/cut.png\n"
                                 "1 train/cat/empty.jpg\n"
                                 "1 train/cat/gif.jpg\n"
                                 "3 train/cat/hurt.png\n"
                                 "0 train/cat/lost.png\n"
                                 "5 train/cat/tiny.png\n"
                                 "6 train/cat/turned.jpeg\n"
                                 "1 train/cat/notes.txt\n"
                                 "10 train/emu\n"
                                 "7 train/cat/same.jpg train/cat/good.jpg\n"
                                 "8 train/dog/again.png train/cat/good.png\n"
                                 "9 val/cat/leaked.jpg train/cat/good.jpg\n";

static void finds_one_of_everything(void **state)
{
    (void)state;
    add_one_of_everything();
    for (uint32_t n_threads = 1; n_threads <= 4; n_threads += 3) {
        heard[0] = '\0';
        const resnet_scan_summary summary = scan(n_threads, RESNET_OK);
        assert_string_equal(heard, EVERYTHING);
        assert_int_equal(summary.n_files, 16);
        assert_int_equal(summary.n_images, 9);
        assert_int_equal(summary.counts[RESNET_FINDING_NOT_AN_IMAGE], 3);
        assert_int_equal(summary.counts[RESNET_FINDING_LEAK], 1);
    }
}

static void a_good_tree_has_no_findings(void **state)
{
    (void)state;
    tree_add_png(&t, "a/1.png", 40, 40, 1);
    tree_add_png(&t, "b/1.png", 40, 40, 2);
    tree_add_png(&t, "b/2.png", 40, 40, 3); /* to be held out */
    const resnet_scan_summary summary = scan(0, RESNET_OK);
    assert_string_equal(heard, "");
    assert_int_equal(summary.n_images, 3);
    for (size_t i = 0; i < 16; i++) assert_int_equal(summary.counts[i], 0);
}

/* What training would refuse as a whole, from the mouth of what it opens. */
static void tells_what_training_would_refuse(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        char name[32];
        snprintf(name, sizeof name, "train/cat/%u.png", i);
        tree_add_png(&t, name, 40, 40, i);
        snprintf(name, sizeof name, "train/dog/%u.png", i);
        tree_add_png(&t, name, 40, 40, 10 + i);
    }
    tree_add_png(&t, "val/cat/1.png", 40, 40, 20);
    tree_add_png(&t, "val/emu/1.png", 40, 40, 21);
    assert_int_equal(scan(1, RESNET_OK).counts[RESNET_FINDING_REFUSED], 1);
    assert_string_equal(heard, "11 val/emu\n");
    char emu[512];
    snprintf(emu, sizeof emu, "%s", tree_path(&t, "val/emu"));
    assert_int_equal(rename(emu, tree_path(&t, "val/dog")), 0);
    assert_int_equal(scan(1, RESNET_OK).counts[RESNET_FINDING_REFUSED], 0);
    tree_add_png(&t, "Training/cat/1.png", 40, 40, 22);
    assert_int_equal(scan(1, RESNET_OK).counts[RESNET_FINDING_REFUSED], 1);
}

static void one_class_is_refused(void **state)
{
    (void)state;
    const size_t length = strlen(t.root);
    tree_add_png(&t, "x/cat/1.png", 40, 40, 1);
    tree_add_png(&t, "x/cat/2.png", 40, 40, 2);
    strcat(t.root, "/x");
    assert_int_equal(scan(1, RESNET_OK).counts[RESNET_FINDING_REFUSED], 1);
    t.root[length] = '\0';
}

static void can_be_stopped(void **state)
{
    (void)state;
    add_one_of_everything();
    stop_after = 3;
    const resnet_scan_summary summary = scan(2, RESNET_E_CANCELLED);
    assert_int_equal(summary.counts[RESNET_FINDING_TRUNCATED], 2);
    assert_int_equal(summary.counts[RESNET_FINDING_DUPLICATE], 0);
}

static void rejects_nonsense(void **state)
{
    (void)state;
    resnet_scan_summary summary = {0};
    assert_int_equal(resnet_dataset_scan(&summary, 8, t.root, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_dataset_scan(&summary, sizeof summary, "/no/where", NULL),
                     RESNET_E_NOT_FOUND);
    assert_message_has(resnet_last_error(), "/no/where");
}

static void fingerprints_tell_apart(void **state)
{
    (void)state;
    unsigned char bytes[100] = {0};
    rn_fingerprint seen[900];
    size_t n = 0;
    for (size_t size = 0; size <= 100; size++) seen[n++] = rn_fingerprint_bytes(bytes, size, 0);
    for (size_t bit = 0; bit < 798; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        seen[n++] = rn_fingerprint_bytes(bytes, 100, 0);
        bytes[bit / 8] = 0;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(seen[i].high != seen[j].high && seen[i].low != seen[j].low);
    assert_int_equal(rn_fingerprint_compare(&seen[3], &seen[3]), 0);
}

static void fails_cleanly_without_memory(void **state)
{
    (void)state;
    tree_add_png(&t, "a/1.png", 40, 40, 1);
    tree_add_png(&t, "a/2.png", 40, 40, 1);
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status != RESNET_OK; k++) {
        resnet_scan_options options;
        resnet_scan_summary summary;
        assert_ok(resnet_scan_options_init(&options, sizeof options));
        options.n_threads = 1;
        options.on_finding = hear;
        rn_mem_fail_at(k);
        status = resnet_dataset_scan(&summary, sizeof summary, t.root, &options);
        rn_mem_fail_at(0);
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(finds_one_of_everything),
        T(a_good_tree_has_no_findings),
        T(tells_what_training_would_refuse),
        T(one_class_is_refused),
        T(can_be_stopped),
        T(rejects_nonsense),
        T(fingerprints_tell_apart),
        T(fails_cleanly_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
