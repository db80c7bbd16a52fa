/* From pictures of every kind to outputs: the bits are those of the prepared inputs.
 * SPDX-License-Identifier: MIT */
#include "api.h"

#include <pthread.h>
#include <unistd.h>

#define SIZE 32
#define N_CLASSES 5
#define MOST 83 /* more than one slice, and a rest */
#define INPUT_SIZE (3 * SIZE * SIZE)

typedef struct png_file {
    char path[64];
    unsigned char bytes[16384];
    size_t size;
} png_file;

static resnet_model *model;
static resnet_session *session;
static resnet_image *images[MOST];
static float inputs[MOST * INPUT_SIZE];
static png_file files[3];

static void write_png(png_file *file, const resnet_image *image, int number)
{
    snprintf(file->path, sizeof file->path, "/tmp/resnet-pictures-%d-%d.png", (int)getpid(),
             number);
    assert_ok(resnet_image_save_png(image, file->path));
    FILE *stream = fopen(file->path, "rb");
    assert_non_null(stream);
    file->size = fread(file->bytes, 1, sizeof file->bytes, stream);
    assert_true(file->size > 0 && file->size < sizeof file->bytes);
    fclose(stream);
}

static int set_up(void **state)
{
    (void)state;
    resnet_recipe recipe;
    model = make_model(N_CLASSES, SIZE);
    session = make_session(model, 2);
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, NULL));
    assert_ok(resnet_model_copy_recipe(&recipe, sizeof recipe, model));
    for (uint32_t i = 0; i < MOST; i++) {
        images[i] = make_image(40, 50, i);
        assert_ok(resnet_image_prepare(inputs + i * INPUT_SIZE, INPUT_SIZE, images[i], &recipe));
    }
    for (int i = 0; i < 3; i++) write_png(&files[i], images[i], i);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) unlink(files[i].path);
    for (int i = 0; i < MOST; i++) resnet_image_free(images[i]);
    resnet_session_free(session);
    resnet_model_free(model);
    return 0;
}

static void many_images_give_the_bits_of_their_inputs(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 3, 9, 64, 79, 80, MOST};
    static float want[MOST * N_CLASSES], got[MOST * N_CLASSES];
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        const size_t n = counts[c], count = n * N_CLASSES;
        assert_ok(resnet_session_logits(want, count, session, inputs, n, SIZE, SIZE));
        assert_ok(resnet_session_run_images(got, count, session, RESNET_OUTPUT_LOGITS, images, n));
        assert_memory_equal(want, got, count * sizeof *want);
    }
}

static void every_output_is_there(void **state)
{
    (void)state;
    enum { N = 3 };
    float want[N * 2048], got[N * 2048];
    assert_int_equal(resnet_session_get_n_values(session, RESNET_OUTPUT_LOGITS), N_CLASSES);
    assert_int_equal(resnet_session_get_n_values(session, RESNET_OUTPUT_PROBABILITIES), N_CLASSES);
    assert_int_equal(resnet_session_get_n_values(session, RESNET_OUTPUT_EMBEDDINGS), 2048);
    assert_int_equal(resnet_session_get_n_values(session, 3), 0);
    assert_int_equal(resnet_session_get_n_values(NULL, 0), 0);
    assert_ok(resnet_session_embeddings(want, N * 2048, session, inputs, N, SIZE, SIZE));
    assert_ok(
        resnet_session_run_images(got, N * 2048, session, RESNET_OUTPUT_EMBEDDINGS, images, N));
    assert_memory_equal(want, got, sizeof want);
    assert_ok(resnet_session_probabilities(want, N * N_CLASSES, session, inputs, N, SIZE, SIZE));
    assert_ok(resnet_session_run_images(got, N * N_CLASSES, session, RESNET_OUTPUT_PROBABILITIES,
                                        images, N));
    assert_memory_equal(want, got, N * N_CLASSES * sizeof *want);
}

static void every_kind_of_picture_gives_the_same(void **state)
{
    (void)state;
    enum { N = 3 };
    const void *bytes[N];
    size_t sizes[N];
    const char *paths[N];
    static unsigned char frames[N][50][40][4];
    float want[N * N_CLASSES], got[N * N_CLASSES];
    resnet_prediction best[N], again[N];
    for (size_t i = 0; i < N; i++) {
        bytes[i] = files[i].bytes;
        sizes[i] = files[i].size;
        paths[i] = files[i].path;
        const uint8_t *pixels = resnet_image_get_pixels(images[i]);
        for (size_t p = 0; p < 50 * 40; p++) { /* as BGRA, opaque */
            unsigned char *to = frames[i][p / 40][p % 40];
            for (size_t c = 0; c < 3; c++) to[c] = pixels[p * 3 + 2 - c];
            to[3] = 255;
        }
    }
    assert_ok(resnet_session_run_images(want, N * N_CLASSES, session, 0, images, N));
    assert_ok(resnet_session_run_bytes(got, N * N_CLASSES, session, 0, bytes, sizes, N, NULL));
    assert_memory_equal(want, got, sizeof want);
    assert_ok(resnet_session_run_files(got, N * N_CLASSES, session, 0, paths, N, NULL));
    assert_memory_equal(want, got, sizeof want);
    assert_ok(resnet_session_run_frames(got, N * N_CLASSES, session, 0, frames, N, 40, 50, 0,
                                        RESNET_PIXELS_BGRA));
    assert_memory_equal(want, got, sizeof want);

    assert_ok(resnet_session_classify_images(best, sizeof *best, session, images, N, 1));
    assert_ok(
        resnet_session_classify_bytes(again, sizeof *again, session, bytes, sizes, N, 1, NULL));
    assert_memory_equal(best, again, sizeof best);
    assert_ok(resnet_session_classify_files(again, sizeof *again, session, paths, N, 1, NULL));
    assert_memory_equal(best, again, sizeof best);
    assert_ok(resnet_session_classify_frames(again, sizeof *again, session, frames, N, 40, 50, 160,
                                             RESNET_PIXELS_BGRA, 1));
    assert_memory_equal(best, again, sizeof best);
}

/* What a caller would compute who prepares the views and averages their answers. */
static void average_views(float *out, int32_t views, size_t n, int32_t output, size_t n_values)
{
    resnet_recipe recipe;
    float *packed = malloc((size_t)views * INPUT_SIZE * sizeof *packed);
    float *rows = malloc((size_t)views * n_values * sizeof *rows);
    assert_true(packed && rows);
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, NULL));
    assert_ok(resnet_model_copy_recipe(&recipe, sizeof recipe, model));
    for (size_t i = 0; i < n; i++) {
        const size_t count = (size_t)views * n_values;
        assert_ok(resnet_image_prepare_views(packed, (size_t)views * INPUT_SIZE, images[i], &recipe,
                                             views));
        assert_ok(
            output == RESNET_OUTPUT_EMBEDDINGS
                ? resnet_session_embeddings(rows, count, session, packed, (size_t)views, SIZE, SIZE)
                : resnet_session_logits(rows, count, session, packed, (size_t)views, SIZE, SIZE));
        for (size_t v = 0; v < n_values; v++) {
            double sum = 0;
            for (size_t j = 0; j < (size_t)views; j++) sum += (double)rows[j * n_values + v];
            out[i * n_values + v] = (float)(sum / views);
        }
    }
    free(rows);
    free(packed);
}

static void assert_near(const float *got, const float *want, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - (double)want[i]) <= 1e-5 * (1 + fabs((double)want[i]))))
            fail_msg("value %zu: %.9g, expected %.9g", i, (double)got[i], (double)want[i]);
}

static resnet_session *make_views_session(int32_t views)
{
    resnet_session_options options;
    resnet_session *made = NULL;
    assert_ok(resnet_session_options_init(&options, sizeof options));
    assert_int_equal(options.views, RESNET_VIEWS_ONE);
    options.n_threads = 2;
    options.views = views;
    assert_ok(resnet_session_create(&made, model, &options));
    return made;
}

static void answers_to_several_views_are_averaged(void **state)
{
    (void)state;
    enum { N = 15 }; /* more than two slices of ten views */
    static const int32_t counts[] = {RESNET_VIEWS_FLIP, RESNET_VIEWS_FIVE, RESNET_VIEWS_TEN};
    static float want[N * 2048], got[N * 2048], one[N * N_CLASSES];
    assert_ok(resnet_session_run_images(one, N * N_CLASSES, session, 0, images, N));
    for (size_t c = 0; c < 3; c++) {
        resnet_session *several = make_views_session(counts[c]);
        average_views(want, counts[c], N, RESNET_OUTPUT_LOGITS, N_CLASSES);
        assert_ok(resnet_session_run_images(got, N * N_CLASSES, several, 0, images, N));
        assert_near(got, want, N * N_CLASSES);
        assert_true(memcmp(got, one, sizeof one) != 0);
        average_views(want, counts[c], 3, RESNET_OUTPUT_EMBEDDINGS, 2048);
        assert_ok(
            resnet_session_run_images(got, 3 * 2048, several, RESNET_OUTPUT_EMBEDDINGS, images, 3));
        assert_near(got, want, (size_t)3 * 2048);
        resnet_session_free(several);
    }
}

static void views_are_of_every_kind_of_picture(void **state)
{
    (void)state;
    enum { N = 3 };
    const void *bytes[N];
    size_t sizes[N];
    const char *paths[N];
    float want[N * N_CLASSES], got[N * N_CLASSES], row[N_CLASSES];
    resnet_prediction best[N];
    resnet_session *ten = make_views_session(RESNET_VIEWS_TEN);
    for (size_t i = 0; i < N; i++) {
        bytes[i] = files[i].bytes;
        sizes[i] = files[i].size;
        paths[i] = files[i].path;
    }
    assert_ok(resnet_session_run_images(want, N * N_CLASSES, ten, 0, images, N));
    assert_ok(resnet_session_run_bytes(got, N * N_CLASSES, ten, 0, bytes, sizes, N, NULL));
    assert_memory_equal(want, got, sizeof want);
    assert_ok(resnet_session_run_files(got, N * N_CLASSES, ten, 0, paths, N, NULL));
    assert_memory_equal(want, got, sizeof want);
    assert_ok(resnet_session_classify_files(best, sizeof *best, ten, paths, N, 1, NULL));
    for (size_t i = 0; i < N; i++)
        assert_true(best[i].logit == want[i * N_CLASSES + (size_t)best[i].label]);
    for (size_t i = 0; i < N; i++) {
        assert_ok(resnet_session_run_frames(row, N_CLASSES, ten, 0,
                                            resnet_image_get_pixels(images[i]), 1, 40, 50, 0,
                                            RESNET_PIXELS_RGB));
        assert_near(row, want + i * N_CLASSES, N_CLASSES);
    }
    bytes[1] = "no picture", sizes[1] = 10;
    assert_fails(resnet_session_run_bytes(got, N * N_CLASSES, ten, 0, bytes, sizes, N, NULL),
                 RESNET_E_UNSUPPORTED, "picture 1: ");
    paths[1] = "/nonexistent/cat.jpg";
    assert_fails(resnet_session_run_files(got, N * N_CLASSES, ten, 0, paths, N, NULL),
                 RESNET_E_NOT_FOUND, "/nonexistent/cat.jpg");
    resnet_session_free(ten);
}

static void views_need_their_room(void **state)
{
    (void)state;
    float out[N_CLASSES];
    resnet_recipe recipe;
    resnet_session_options options;
    resnet_session *made = NULL;
    const char *path = files[0].path;
    assert_ok(resnet_session_options_init(&options, sizeof options));
    options.views = 3;
    assert_fails(resnet_session_create(&made, model, &options), RESNET_E_INVALID, "views: 3");
    resnet_model *large = make_model(N_CLASSES, SIZE);
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, NULL));
    recipe.resize_mode = RESNET_RESIZE_NONE;
    recipe.crop_width = recipe.crop_height = 64; /* of pictures of 40 x 50 px */
    assert_ok(resnet_model_set_recipe(large, &recipe));
    options.views = RESNET_VIEWS_FIVE;
    assert_ok(resnet_session_create(&made, large, &options));
    assert_fails(resnet_session_run_images(out, N_CLASSES, made, 0, images, 1),
                 RESNET_E_UNSUPPORTED, "picture 0: 40 x 50 px");
    assert_fails(resnet_session_run_files(out, N_CLASSES, made, 0, &path, 1, NULL),
                 RESNET_E_UNSUPPORTED, path);
    resnet_session_free(made);
    resnet_model_free(large);
}

/* As a later release's caller would, with larger structs. */
static void predictions_are_as_large_as_the_caller_says(void **state)
{
    (void)state;
    struct later {
        resnet_prediction now;
        uint64_t more;
    } top[2];
    memset(top, 0xAA, sizeof top);
    assert_ok(resnet_session_classify_images(&top[0].now, sizeof *top, session, images, 1, 2));
    for (size_t i = 0; i < 2; i++)
        assert_true(top[i].now.struct_size == sizeof *top && top[i].more == 0);
    assert_true(top[0].now.logit >= top[1].now.logit);
    assert_fails(resnet_session_classify_images(&top[0].now, 8, session, images, 1, 2),
                 RESNET_E_INVALID, "resnet_prediction");
}

static void a_bad_picture_is_named(void **state)
{
    (void)state;
    const void *bytes[2] = {files[0].bytes, "no picture"};
    const size_t sizes[2] = {files[0].size, 10};
    const char *paths[2] = {files[0].path, "/nonexistent/cat.jpg"};
    float out[2 * N_CLASSES];
    assert_fails(resnet_session_run_bytes(out, 2 * N_CLASSES, session, 0, bytes, sizes, 2, NULL),
                 RESNET_E_UNSUPPORTED, "picture 1: ");
    assert_fails(resnet_session_run_files(out, 2 * N_CLASSES, session, 0, paths, 2, NULL),
                 RESNET_E_NOT_FOUND, "/nonexistent/cat.jpg");
    assert_ok(resnet_session_run_images(out, 2 * N_CLASSES, session, 0, images, 2));
}

static void wrong_questions_are_refused(void **state)
{
    (void)state;
    float out[N_CLASSES];
    const void *bytes[1] = {NULL};
    const size_t sizes[1] = {1};
    const char *paths[1] = {NULL};
    resnet_image *none[1] = {NULL};
    assert_fails(resnet_session_run_images(NULL, 5, session, 0, images, 1), RESNET_E_INVALID,
                 "NULL");
    assert_fails(resnet_session_run_images(out, 5, NULL, 0, images, 1), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_session_run_images(out, 5, session, 0, NULL, 1), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_session_run_images(out, 5, session, 0, none, 1), RESNET_E_INVALID,
                 "image 0");
    assert_fails(resnet_session_run_images(out, 5, session, 0, images, 0), RESNET_E_INVALID,
                 "n_images");
    assert_fails(resnet_session_run_images(out, 4, session, 0, images, 1), RESNET_E_INVALID,
                 "room for 4");
    assert_fails(resnet_session_run_images(out, 5, session, 3, images, 1), RESNET_E_INVALID,
                 "output");
    assert_fails(resnet_session_run_bytes(out, 5, session, 0, bytes, sizes, 1, NULL),
                 RESNET_E_INVALID, "picture 0");
    assert_fails(resnet_session_run_files(out, 5, session, 0, paths, 1, NULL), RESNET_E_INVALID,
                 "path 0");
    assert_fails(resnet_session_run_frames(out, 5, session, 0, NULL, 1, 40, 40, 0, 0),
                 RESNET_E_INVALID, "NULL");
    assert_fails(resnet_session_run_frames(out, 5, session, 0, inputs, 1, 40, 40, 0, 9),
                 RESNET_E_INVALID, "layout");
    assert_fails(resnet_session_run_frames(out, 5, session, 0, inputs, 1, SIZE_MAX, 2, 0, 0),
                 RESNET_E_INVALID, "address space");
    assert_fails(resnet_session_run_frames(out, 5, session, 0, inputs, 1, 40, 40, 100, 0),
                 RESNET_E_INVALID, "stride");
}

/* ---- cancel ---- */

typedef struct nuisance {
    resnet_session *session;
    volatile int is_over;
} nuisance;

static void *keep_cancelling(void *context)
{
    nuisance *self = context;
    while (!self->is_over) {
        resnet_session_cancel(self->session);
        usleep(200);
    }
    return NULL;
}

/* `side` px, so large that it takes seconds; many small ones, so many that they do. */
static void check_cancelled(size_t n, size_t side)
{
    float *large = make_inputs(n, side, side), *out = malloc(n * N_CLASSES * sizeof *out);
    nuisance self = {session, 0};
    pthread_t thread;
    assert_ok(resnet_session_prepare(session, n, side, side));
    assert_int_equal(pthread_create(&thread, NULL, keep_cancelling, &self), 0);
    assert_fails(resnet_session_logits(out, n * N_CLASSES, session, large, n, side, side),
                 RESNET_E_CANCELLED, "cancelled");
    self.is_over = 1;
    pthread_join(thread, NULL);
    assert_ok(resnet_session_logits(out, N_CLASSES, session, inputs, 1, SIZE, SIZE));
    free(large);
    free(out);
}

static void a_run_can_be_cancelled(void **state)
{
    (void)state;
    float want[N_CLASSES], got[N_CLASSES];
    assert_ok(resnet_session_logits(want, N_CLASSES, session, inputs, 1, SIZE, SIZE));
    check_cancelled(1, 600); /* shared by the workers, with strips */
    check_cancelled(20, 300);
    resnet_session_cancel(session); /* nothing runs: nothing happens */
    resnet_session_cancel(NULL);
    assert_ok(resnet_session_run_images(got, N_CLASSES, session, 0, images, 1));
    assert_memory_equal(want, got, sizeof want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_images_give_the_bits_of_their_inputs),
        cmocka_unit_test(every_output_is_there),
        cmocka_unit_test(every_kind_of_picture_gives_the_same),
        cmocka_unit_test(answers_to_several_views_are_averaged),
        cmocka_unit_test(views_are_of_every_kind_of_picture),
        cmocka_unit_test(views_need_their_room),
        cmocka_unit_test(predictions_are_as_large_as_the_caller_says),
        cmocka_unit_test(a_bad_picture_is_named),
        cmocka_unit_test(wrong_questions_are_refused),
        cmocka_unit_test(a_run_can_be_cancelled),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
