/* Memory runs out in a queue at one allocation after another, in whatever thread: the call or the
 * answer says NOMEM, nothing leaks, and the next request is answered as ever.
 * SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/mem.h"

#include <resnet/resnet.h>
#include <stdlib.h>

#define SIZE 32
#define N_CLASSES 3
#define N_KINDS 3

static resnet_model *model;
static resnet_image *image;
static resnet_bytes *png;
static float want[N_CLASSES];

static resnet_queue_options queue_options(void)
{
    resnet_queue_options options;
    assert_ok(resnet_queue_options_init(&options, sizeof options));
    options.max_batch = 2;
    options.n_decoders = 1;
    options.max_delay_us = 0;
    options.output = RESNET_OUTPUT_LOGITS;
    return options;
}

static resnet_status submit(resnet_request **out, resnet_queue *queue, int kind)
{
    if (kind == 0) return resnet_queue_submit_image(out, queue, image, NULL);
    if (kind == 1)
        return resnet_queue_submit_bytes(out, queue, resnet_bytes_get_data(png),
                                         resnet_bytes_get_size(png), NULL);
    return resnet_queue_submit_frame(out, queue, resnet_image_get_pixels(image), 40, 36, 0,
                                     RESNET_PIXELS_RGB, NULL);
}

/* From submission to answer; the handle is gone afterwards. */
static resnet_status ask(resnet_queue *queue, int kind, float values[N_CLASSES])
{
    resnet_request *request = NULL;
    resnet_answer answer;
    resnet_status status = submit(&request, queue, kind);
    if (status == RESNET_OK) status = resnet_request_wait(request, RESNET_FOREVER);
    if (status == RESNET_OK) status = resnet_request_copy_answer(&answer, sizeof answer, request);
    if (status == RESNET_OK) memcpy(values, answer.values, N_CLASSES * sizeof *values);
    resnet_request_free(request);
    return status;
}

static int set_up(void **state)
{
    (void)state;
    resnet_model_options options;
    resnet_recipe recipe;
    unsigned char pixels[40 * 36 * 3];
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (unsigned char)(i * 7919 >> 3);
    assert_ok(resnet_model_options_init(&options, sizeof options));
    options.n_classes = N_CLASSES;
    assert_ok(resnet_model_create(&model, &options));
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, NULL));
    assert_ok(resnet_recipe_set_size(&recipe, SIZE));
    assert_ok(resnet_model_set_recipe(model, &recipe));
    assert_ok(resnet_image_from_pixels(&image, pixels, 40, 36, 0, RESNET_PIXELS_RGB, NULL));
    assert_ok(resnet_image_encode_png(&png, image));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    resnet_bytes_free(png);
    resnet_image_free(image);
    resnet_model_free(model);
    assert_int_equal(resnet_memory_get_n_blocks(), 0);
    return 0;
}

/* The first ones, which differ, and then fewer: what folds and packs weights is the session's. */
static uint64_t get_next(uint64_t k)
{
    return k < 40 ? k + 1 : k + k / 8;
}

static void a_queue_is_made_whole_or_not_at_all(void **state)
{
    (void)state;
    const resnet_queue_options options = queue_options();
    resnet_queue *queue = NULL;
    assert_ok(resnet_queue_create(&queue, model, &options)); /* packed weights stay the model's */
    assert_ok(ask(queue, 0, want));
    resnet_queue_free(queue);
    const uint64_t n_blocks = resnet_memory_get_n_blocks();
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status != RESNET_OK; k = get_next(k)) {
        queue = NULL;
        rn_mem_fail_at(k);
        status = resnet_queue_create(&queue, model, &options);
        rn_mem_fail_at(0);
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
        assert_true((queue != NULL) == (status == RESNET_OK));
        resnet_queue_free(queue);
        assert_int_equal(resnet_memory_get_n_blocks(), n_blocks);
    }
}

/* How often the k-th allocation failed, until there is none so late. */
static size_t starve(resnet_queue *queue, int kind)
{
    size_t n_failed = 0;
    for (uint64_t k = 1;; k++) {
        float values[N_CLASSES];
        const uint64_t before = rn_mem_count();
        rn_mem_fail_at(k);
        const resnet_status status = ask(queue, kind, values);
        rn_mem_fail_at(0);
        n_failed += status != RESNET_OK;
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
        assert_ok(ask(queue, kind, values)); /* as if nothing had been */
        assert_memory_equal(values, want, sizeof want);
        if (status == RESNET_OK && rn_mem_count() - before < 2 * k) return n_failed;
        assert_true(k < 1000);
    }
}

static void a_request_fails_alone(void **state)
{
    (void)state;
    const resnet_queue_options options = queue_options();
    for (int kind = 0; kind < N_KINDS; kind++) {
        resnet_queue *queue = NULL;
        assert_ok(resnet_queue_create(&queue, model, &options));
        assert_true(starve(queue, kind) >= 3); /* the request, its values, its predictions */
        resnet_queue_stats stats;
        assert_ok(resnet_queue_copy_stats(&stats, sizeof stats, queue));
        assert_int_equal(stats.n_open, 0);
        resnet_queue_free(queue);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_is_made_whole_or_not_at_all),
        cmocka_unit_test(a_request_fails_alone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
