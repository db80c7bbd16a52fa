/* Files of every kind against the pixels Pillow sees in them. SPDX-License-Identifier: MIT */
#include "../../scratch.h"
#include "golden.h"

#include "core/file.h"
#include "core/mem.h"
#include "image/decode.h"
#include "image/recipe.h"
#include "image/resize.h"

#include <inttypes.h>
#include <unistd.h>

/* WebP may be left out of a build, which then says what it lacks. */
static int is_left_out(const char *name)
{
    resnet_image *image = NULL;
    char path[512];
    if (HAS_WEBP || !strstr(name, ".webp")) return 0;
    snprintf(path, sizeof path, "%s%s", GOLDEN_FILE(""), name);
    const resnet_status status = resnet_image_load(&image, path, NULL);
    assert_true(status == RESNET_E_UNSUPPORTED || status == RESNET_E_FORMAT);
    if (status == RESNET_E_UNSUPPORTED && !strstr(name, "sound"))
        assert_non_null(strstr(resnet_last_error(), "no libwebp"));
    return 1;
}

/* Without a pixel being decoded. */
static void check_size(const char *name, const resnet_image_options *options, size_t width,
                       size_t height)
{
    char path[512];
    size_t got_width = 0, got_height = 0;
    snprintf(path, sizeof path, "%s%s", GOLDEN_FILE(""), name);
    assert_ok(resnet_image_read_size(&got_width, &got_height, path, options));
    if (got_width != width || got_height != height)
        fail_msg("%s is %zu x %zu px, not %zu x %zu", name, width, height, got_width, got_height);
}

static void check_decode(const char *rest)
{
    char name[64];
    size_t width, height;
    uint64_t hash;
    resnet_image_options options = golden_options();
    assert_int_equal(sscanf(rest, "%63s %u %u %x %zu %zu %" SCNx64, name, &options.orient,
                            &options.alpha, &options.background_rgb, &width, &height, &hash),
                     7);
    if (is_left_out(name)) return;
    resnet_image *image = golden_load(name, &options);
    if (resnet_image_get_width(image) != width || resnet_image_get_height(image) != height ||
        golden_image_hash(image) != hash)
        fail_msg("%s differs from Pillow", name);
    resnet_image_free(image);
    check_size(name, &options, width, height);
}

static void decodes_as_pillow(void **state)
{
    (void)state;
    assert_true(golden_each("decode", check_decode) > 90);
}

static void check_refuse(const char *rest)
{
    char name[64], path[512];
    int expected;
    resnet_image *image = NULL;
    assert_int_equal(sscanf(rest, "%63s %d", name, &expected), 2);
    if (is_left_out(name)) return;
    snprintf(path, sizeof path, "%s%s", GOLDEN_FILE(""), name);
    assert_int_equal(resnet_image_load(&image, path, NULL), expected);
    assert_null(image);
    assert_non_null(strstr(resnet_last_error(), name)); /* the message names the file */
}

static void refuses_bad_files(void **state)
{
    (void)state;
    assert_true(golden_each("refuse", check_refuse) > 10);
}

static void refuses_every_truncation(void **state)
{
    static const char *const names[] = {
        "baseline-420.jpg",    "progressive-420.jpg",  "arithmetic.jpg",
        "type2-8bit.png",      "type3-4bit-adam7.png", "lossy.webp",
        "lossless-alpha.webp", "oriented-6.webp",      "frames.webp"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (is_left_out(names[i])) continue;
        size_t size;
        uint8_t *bytes = golden_read(names[i], &size);
        /* IEND and EOI carry no picture; a WebP tells its length */
        const size_t tail = strstr(names[i], "png") ? 12 : strstr(names[i], "webp") ? 0 : 2;
        for (size_t cut = 0; cut + tail < size; cut++) {
            /* in a block of its own size, so that reading beyond it is seen */
            uint8_t *part = malloc(cut + 1);
            assert_non_null(part);
            memcpy(part, bytes, cut);
            resnet_image *image = NULL;
            assert_int_equal(resnet_image_decode(&image, part, cut, NULL), RESNET_E_FORMAT);
            free(part);
        }
        free(bytes);
    }
}

static void keeps_what_is_there(void **state)
{
    static const char *const names[] = {"cut.jpg", "cut-closed.jpg", "cut-scans.jpg", "cut.png",
                                        "cut-lossless.webp"};
    (void)state;
    resnet_image_options options = golden_options();
    options.keep_damaged = 1;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!is_left_out(names[i])) resnet_image_free(golden_load(names[i], &options));
    resnet_image *cut = golden_load("cut.jpg", &options);
    resnet_image *whole = golden_load("baseline-big.jpg", NULL);
    assert_memory_equal(resnet_image_get_pixels(cut), resnet_image_get_pixels(whole), 64 * 3 * 8);
    resnet_image_free(cut);
    resnet_image_free(whole);
}

static void caps_pixels_bytes_and_scans(void **state)
{
    (void)state;
    resnet_image *image = NULL;
    resnet_image_options options = golden_options();
    options.max_pixels = 64 * 48 - 1;
    assert_int_equal(resnet_image_load(&image, GOLDEN_FILE("baseline-big.jpg"), &options),
                     RESNET_E_UNSUPPORTED);
    options.max_pixels = 64 * 48;
    assert_ok(resnet_image_load(&image, GOLDEN_FILE("baseline-big.jpg"), &options));
    resnet_image_free(image);
    image = NULL;
    options.max_bytes = 100;
    assert_int_equal(resnet_image_load(&image, GOLDEN_FILE("type2-8bit.png"), &options),
                     RESNET_E_UNSUPPORTED);
    options = golden_options();
    options.max_scans = 3;
    assert_int_equal(resnet_image_load(&image, GOLDEN_FILE("progressive-420.jpg"), &options),
                     RESNET_E_UNSUPPORTED);
    assert_non_null(strstr(resnet_last_error(), "scans"));
}

static void a_bomb_costs_little(void **state)
{
    (void)state;
    resnet_image *image = golden_load("bombs.png", NULL);
    assert_int_equal(resnet_image_get_width(image), 17);
    resnet_image_free(image);
}

static void shrinks_by_powers_of_two(void **state)
{
    static const struct {
        uint32_t shrink_to;
        size_t width, height;
    } cases[] = {{0, 64, 48},  {48, 64, 48}, {25, 64, 48}, {24, 32, 24},
                 {12, 16, 12}, {6, 8, 6},    {1, 8, 6}};
    (void)state;
    resnet_image_options options = golden_options();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        options.shrink_to = cases[i].shrink_to;
        resnet_image *image = golden_load("baseline-big.jpg", &options);
        assert_int_equal(resnet_image_get_width(image), cases[i].width);
        assert_int_equal(resnet_image_get_height(image), cases[i].height);
        resnet_image_free(image);
    }
}

static resnet_status choose_given(void *context, rn_view *out, size_t width, size_t height)
{
    (void)width;
    (void)height;
    *out = *(const rn_view *)context;
    return RESNET_OK;
}

/* A view read straight from the file is the view of the whole picture. */
static void check_views_of(const char *name, const resnet_image_options *options)
{
    size_t size;
    uint8_t *bytes = golden_read(name, &size);
    resnet_image *whole = golden_load(name, options);
    const size_t w = resnet_image_get_width(whole), h = resnet_image_get_height(whole);
    const rn_view views[] = {
        {{0, 0, w, h}, w, h, 0, 0, w, h, RESNET_FILTER_BILINEAR},
        {{0, 0, w, h}, w, h, 7, 5, w / 2, h / 2, RESNET_FILTER_BICUBIC},
        {{w / 3, h / 3, w / 2, h / 2}, 33, 32, 0, 0, 33, 32, RESNET_FILTER_BICUBIC},
        {{w / 2, 1, w / 2, h - 1}, w, 2 * h, 3, 9, 11, 12, RESNET_FILTER_BILINEAR},
        {{17 % w, 3 % h, 1, 1}, 5, 4, 0, 0, 5, 4, RESNET_FILTER_BILINEAR},
        {{0, 0, w, h}, w / 2, h / 2, -5, -4, w, h, RESNET_FILTER_NEAREST},
        {{0, 0, w, h}, w, h, (int64_t)w + 1, 0, 9, 9, RESNET_FILTER_BILINEAR},
    };
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        resnet_image *direct = NULL, *detour = NULL;
        rn_view view = views[i];
        assert_ok(rn_resize_view(&detour, whole, &view));
        assert_ok(rn_image_decode_view(&direct, bytes, size, options, choose_given, &view));
        golden_assert_equal(direct, detour);
        resnet_image_free(direct);
        resnet_image_free(detour);
    }
    resnet_image_free(whole);
    free(bytes);
}

static void views_are_parts_of_the_whole(void **state)
{
    static const char *const names[] = {"wide-1x1.jpg",   "wide-2x1.jpg",   "wide-2x2.jpg",
                                        "wide-1x2.jpg",   "wide-4x1.jpg",   "restart.jpg",
                                        "cmyk-adobe.jpg", "gray.jpg",       "wide-progressive.jpg",
                                        "oriented-6.jpg", "arithmetic.jpg", "type6-8bit.png",
                                        "wide-2x4.jpg",   "wide-4x2.jpg",   "xmp-6.jpg"};
    (void)state;
    resnet_image_options options = golden_options();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) check_views_of(names[i], &options);
    if (HAS_WEBP) check_views_of("lossy-alpha.webp", &options);
    if (HAS_WEBP) check_views_of("oriented-6.webp", &options);
    options.shrink_to = 10;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) check_views_of(names[i], &options);
}

/* Of a damaged file that is kept, a view read straight from it is that of the whole picture. */
static void compare_doors(const uint8_t *bytes, size_t size, const resnet_image_options *options)
{
    resnet_image *whole = NULL, *direct = NULL, *detour = NULL;
    const resnet_status status = resnet_image_decode(&whole, bytes, size, options);
    const size_t w = status == RESNET_OK ? resnet_image_get_width(whole) : 37;
    rn_view view = {{w / 3, 2, w / 3, 20}, w / 3, 20, 0, 0, w / 3, 20, RESNET_FILTER_BILINEAR};
    if (status == RESNET_OK && resnet_image_get_height(whole) < 22) {
        resnet_image_free(whole);
        return;
    }
    assert_int_equal(rn_image_decode_view(&direct, bytes, size, options, choose_given, &view),
                     status);
    if (status != RESNET_OK) return;
    assert_ok(rn_resize_view(&detour, whole, &view));
    golden_assert_equal(direct, detour);
    resnet_image_free(whole);
    resnet_image_free(direct);
    resnet_image_free(detour);
}

static void damage_shows_alike_through_both_doors(void **state)
{
    static const char *const names[] = {"wide-2x2.jpg",         "wide-2x1.jpg", "wide-1x1.jpg",
                                        "wide-progressive.jpg", "restart.jpg",  "wide-4x2.jpg",
                                        "type2-8bit.png"};
    (void)state;
    resnet_image_options options = golden_options();
    options.keep_damaged = 1;
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t size;
        uint8_t *bytes = golden_read(names[i], &size);
        for (size_t cut = 400; cut < size; cut += 37) compare_doors(bytes, cut, &options);
        for (int k = 0; k < 300; k++) {
            random = random * 1664525u + 1013904223u;
            const size_t at = 400 + random / 64 % (size - 400);
            const uint8_t kept = bytes[at];
            bytes[at] ^= (uint8_t)(random >> 24 | 1);
            compare_doors(bytes, size, &options);
            bytes[at] = kept;
        }
        free(bytes);
    }
}

static void views_find_damage_anywhere(void **state)
{
    (void)state;
    size_t size;
    uint8_t *bytes = golden_read("wide-2x2.jpg", &size);
    rn_view top = {{0, 0, 20, 3}, 20, 3, 0, 0, 20, 3, RESNET_FILTER_BILINEAR};
    const resnet_image_options options = golden_options();
    resnet_image *image = NULL;
    assert_int_equal(rn_image_decode_view(&image, bytes, size - 40, &options, choose_given, &top),
                     RESNET_E_FORMAT);
    assert_null(image);
    free(bytes);
}

static void survives_want_of_memory(void **state)
{
    static const char *const names[] = {
        "oriented-6.jpg",       "cmyk-adobe.jpg",   "oriented-6.png",
        "type6-8bit-adam7.png", "raw-exif.png",     "xmp-6.jpg",
        "xmp-8-packed.png",     "lossy-alpha.webp", "oriented-6.webp"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (is_left_out(names[i])) continue;
        size_t size;
        uint8_t *bytes = golden_read(names[i], &size);
        resnet_image *image = NULL, *expected = golden_load(names[i], NULL);
        resnet_status status = RESNET_E_NOMEM;
        uint64_t k = 1;
        for (; status != RESNET_OK; k++) {
            rn_mem_fail_at(k);
            status = resnet_image_decode(&image, bytes, size, NULL);
            rn_mem_fail_at(0);
            if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
        }
        assert_true(k > 3);
        golden_assert_equal(image, expected);
        resnet_image_free(image);
        resnet_image_free(expected);
        free(bytes);
    }
}

static void rejects_bad_arguments(void **state)
{
    (void)state;
    resnet_image *image = NULL;
    resnet_image_options options = golden_options();
    assert_int_equal(resnet_image_load(NULL, "x", NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_image_load(&image, NULL, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_image_decode(&image, NULL, 1, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_image_decode(&image, NULL, 0, NULL), RESNET_E_FORMAT);
    assert_int_equal(resnet_image_load(&image, GOLDEN_FILE("absent.jpg"), NULL),
                     RESNET_E_NOT_FOUND);
    assert_int_equal(resnet_image_load(&image, GOLDEN_DIR, NULL), RESNET_E_IO);
    options.alpha = 2;
    assert_int_equal(resnet_image_load(&image, GOLDEN_FILE("gray.jpg"), &options),
                     RESNET_E_INVALID);
    options = golden_options();
    options.orient = 2;
    assert_int_equal(resnet_image_load(&image, GOLDEN_FILE("gray.jpg"), &options),
                     RESNET_E_INVALID);
    options = golden_options();
    options.background_rgb = 0x1000000;
    assert_int_equal(resnet_image_load(&image, GOLDEN_FILE("gray.jpg"), &options),
                     RESNET_E_INVALID);
    assert_null(image);
    assert_int_equal(resnet_image_get_width(NULL), 0);
    assert_null(resnet_image_get_pixels(NULL));
    resnet_image_free(NULL);
}

/* A host's stream, which gives at most `step` bytes at a time and breaks at `breaks_at`. */
typedef struct stream {
    const uint8_t *bytes;
    size_t size, at, step, breaks_at;
} stream;

static int64_t read_stream(void *user_data, void *buffer, uint64_t size)
{
    stream *s = user_data;
    size_t n = s->size - s->at;
    if (n > s->step) n = s->step;
    if (n > size) n = size;
    if (s->at + n > s->breaks_at) return -5;
    memcpy(buffer, s->bytes + s->at, n);
    s->at += n;
    return (int64_t)n;
}

static int64_t claim_too_much(void *user_data, void *buffer, uint64_t size)
{
    (void)user_data, (void)buffer;
    return (int64_t)size + 1;
}

static int64_t fail_with_words(void *user_data, void *buffer, uint64_t size)
{
    (void)user_data, (void)buffer, (void)size;
    return resnet_set_error(RESNET_E_CANCELLED, "the tape ran out");
}

static void streams_are_decoded(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 1000, SIZE_MAX};
    uint8_t *bytes;
    size_t size;
    resnet_image *image = NULL, *streamed = NULL;
    resnet_image_options options = golden_options();
    const char *path = GOLDEN_FILE("oriented-6.jpg");
    assert_ok(rn_file_read((void **)&bytes, &size, path, 1 << 24));
    assert_ok(resnet_image_load(&image, path, NULL));
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        stream s = {bytes, size, 0, steps[i], SIZE_MAX};
        assert_ok(resnet_image_load_callback(&streamed, read_stream, &s, NULL));
        assert_int_equal(golden_image_hash(streamed), golden_image_hash(image));
        resnet_image_free(streamed);
        streamed = NULL;
    }
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status != RESNET_OK; k++) {
        stream s = {bytes, size, 0, 1000, SIZE_MAX};
        rn_mem_fail_at(k);
        status = resnet_image_load_callback(&streamed, read_stream, &s, NULL);
        rn_mem_fail_at(0);
        assert_true(status == RESNET_OK || status == RESNET_E_NOMEM);
    }
    resnet_image_free(streamed);
    streamed = NULL;
    stream broken = {bytes, size, 0, 100, size / 2};
    assert_int_equal(resnet_image_load_callback(&streamed, read_stream, &broken, NULL),
                     RESNET_E_IO);
    assert_non_null(strstr(resnet_last_error(), "-5"));
    assert_int_equal(resnet_image_load_callback(&streamed, fail_with_words, NULL, NULL),
                     RESNET_E_CANCELLED);
    assert_string_equal(resnet_last_error(), "the tape ran out");
    assert_int_equal(resnet_image_load_callback(&streamed, claim_too_much, NULL, NULL),
                     RESNET_E_IO);
    stream empty = {bytes, 0, 0, 100, SIZE_MAX};
    assert_int_equal(resnet_image_load_callback(&streamed, read_stream, &empty, NULL),
                     RESNET_E_FORMAT);
    options.max_bytes = size - 1;
    stream large = {bytes, size, 0, 100, SIZE_MAX};
    assert_int_equal(resnet_image_load_callback(&streamed, read_stream, &large, &options),
                     RESNET_E_UNSUPPORTED);
    assert_int_equal(resnet_image_load_callback(NULL, read_stream, &large, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_image_load_callback(&streamed, NULL, NULL, NULL), RESNET_E_INVALID);
    assert_null(streamed);
    resnet_image_free(image);
    rn_free(bytes);
}

static void sizes_are_refused_as_pictures_are(void **state)
{
    (void)state;
    size_t width = 7, height = 7;
    resnet_image_options options = golden_options();
    const char *path = GOLDEN_FILE("oriented-6.jpg");
    assert_int_equal(resnet_image_read_size(&width, &height, GOLDEN_FILE("absent.jpg"), NULL),
                     RESNET_E_NOT_FOUND);
    assert_int_equal(resnet_image_read_size_bytes(&width, &height, "no picture", 10, NULL),
                     RESNET_E_UNSUPPORTED);
    assert_int_equal(resnet_image_read_size(NULL, &height, path, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_image_read_size(&width, &height, NULL, NULL), RESNET_E_INVALID);
    options.max_pixels = 10;
    assert_int_equal(resnet_image_read_size(&width, &height, path, &options), RESNET_E_UNSUPPORTED);
    assert_non_null(strstr(resnet_last_error(), "oriented-6.jpg"));
    assert_true(width == 7 && height == 7);
}

/* oriented-6.jpg with n comments of 64 KiB before everything else, in a file of `size` bytes. */
static void write_heavy(char path[SCRATCH_SIZE], size_t n, off_t size)
{
    static const unsigned char comment[65537] = {0xFF, 0xFE, 0xFF, 0xFF};
    void *bytes = NULL;
    size_t n_bytes = 0;
    assert_true(scratch_file(path));
    assert_ok(rn_file_read(&bytes, &n_bytes, GOLDEN_FILE("oriented-6.jpg"), SIZE_MAX));
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fwrite(bytes, 1, 2, file);
    for (size_t i = 0; i < n; i++) fwrite(comment, 1, sizeof comment, file);
    fwrite((char *)bytes + 2, 1, n_bytes - 2, file);
    assert_int_equal(fclose(file), 0);
    if (size > 0) assert_int_equal(truncate(path, size), 0);
    rn_free(bytes);
}

static void sizes_need_the_head_of_a_file_only(void **state)
{
    (void)state;
    char path[SCRATCH_SIZE];
    size_t width = 0, height = 0, heavy_width = 0, heavy_height = 0;
    resnet_image_options options = golden_options();
    options.max_bytes = UINT64_MAX;
    assert_ok(resnet_image_read_size(&width, &height, GOLDEN_FILE("oriented-6.jpg"), &options));
    assert_true(width != height);
    for (size_t n = 0; n < 5; n++) /* from two on, what is wanted lies behind the first part read */
        for (options.keep_damaged = 0; options.keep_damaged < 2; options.keep_damaged++) {
            write_heavy(path, n, 0);
            assert_ok(resnet_image_read_size(&heavy_width, &heavy_height, path, &options));
            assert_true(heavy_width == width && heavy_height == height);
            unlink(path);
        }
    options.keep_damaged = 0;
    write_heavy(path, 0, (off_t)1 << 40); /* no machine has the memory for the whole of it */
    assert_ok(resnet_image_read_size(&heavy_width, &heavy_height, path, &options));
    assert_true(heavy_width == width && heavy_height == height);
    options.max_bytes = UINT64_C(1) << 39;
    assert_int_equal(resnet_image_read_size(&width, &height, path, &options), RESNET_E_UNSUPPORTED);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_as_pillow),
        cmocka_unit_test(streams_are_decoded),
        cmocka_unit_test(sizes_are_refused_as_pictures_are),
        cmocka_unit_test(sizes_need_the_head_of_a_file_only),
        cmocka_unit_test(refuses_bad_files),
        cmocka_unit_test(refuses_every_truncation),
        cmocka_unit_test(keeps_what_is_there),
        cmocka_unit_test(caps_pixels_bytes_and_scans),
        cmocka_unit_test(a_bomb_costs_little),
        cmocka_unit_test(shrinks_by_powers_of_two),
        cmocka_unit_test(views_are_parts_of_the_whole),
        cmocka_unit_test(damage_shows_alike_through_both_doors),
        cmocka_unit_test(views_find_damage_anywhere),
        cmocka_unit_test(survives_want_of_memory),
        cmocka_unit_test(rejects_bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
