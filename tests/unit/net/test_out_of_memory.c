/* Memory runs out at one allocation after another: NOMEM each time, nothing leaked (the address
 * sanitizer says), and the handle goes on as if nothing had been. SPDX-License-Identifier: MIT */
#include "../../scratch.h"
#include "steps.h"

#include "net/inference.h"

#include <resnet/resnet.h>
#include <stdlib.h>
#include <unistd.h>

#define N_CLASSES 3
#define MOST 8 /* of one plan: the buffers grow at the end */

/* The first and the last few allocations out of some `total`, and ever fewer between. */
static uint64_t next_to_fail(uint64_t k, uint64_t total)
{
    if (k < 8 || k + 8 >= total) return k + 1;
    return 2 * k + 8 < total ? 2 * k : total - 8;
}

/* Arms the k-th allocation, calls, and says whether all went well. */
#define SUCCEEDS_WITHOUT(k, call)                                                                  \
    (rn_mem_fail_at(k), disarm_and_check((call), #call, __FILE__, __LINE__))

static bool disarm_and_check(resnet_status status, const char *call, const char *file, int line)
{
    rn_mem_fail_at(0);
    if (status == RESNET_OK) return true;
    check_fails(status, RESNET_E_NOMEM, "out of memory", call, file, line);
    return false;
}

static rn_net *make_drawn_net(void)
{
    rn_net_settings settings = net_settings(N_CLASSES);
    settings.arch = slender50();
    settings.n_hidden = 1;
    settings.hidden_sizes[0] = 20;
    settings.dropout = 0.5f;
    rn_net *net = make_net(&settings);
    draw_values(net, 3);
    return net;
}

static void networks(void **state)
{
    (void)state;
    rn_net_settings settings = net_settings(N_CLASSES);
    bool done = false;
    settings.arch = slender50();
    for (uint64_t k = 1; !done; k++) {
        rn_net *net = NULL;
        done = SUCCEEDS_WITHOUT(k, rn_net_create(&net, &settings));
        assert_true((net != NULL) == done);
        rn_net_free(net);
    }
}

/* Allocations for the plan and the memory of a larger batch. */
static uint64_t count_plan(const rn_net *net, rn_pool *pool, const float *images)
{
    const rn_inference_settings settings = {.winograd = true, .max_plans = 3};
    rn_inference *inference = NULL;
    float logits[MOST * N_CLASSES];
    assert_ok(rn_inference_create(&inference, net, pool, &settings));
    const uint64_t before = rn_mem_count();
    assert_ok(rn_inference_run(inference, images, MOST, 64, 48, LOGITS, logits));
    rn_inference_free(inference);
    return rn_mem_count() - before;
}

static void inferences(void **state)
{
    (void)state;
    rn_net *net = make_drawn_net();
    rn_pool *pool = make_pool(3);
    float *images = draw_images(MOST, 64, 48), first[N_CLASSES], again[MOST * N_CLASSES];
    const rn_inference_settings settings = {.winograd = true, .max_plans = 3};
    rn_inference *inference = NULL;
    for (uint64_t k = 1; !inference; k++)
        (void)SUCCEEDS_WITHOUT(k, rn_inference_create(&inference, net, pool, &settings));
    const uint64_t total = count_plan(net, pool, images);
    assert_ok(rn_inference_run(inference, images, 1, 32, 32, LOGITS, first));
    bool done = false;
    for (uint64_t k = 1; !done; k = next_to_fail(k, total)) {
        done = SUCCEEDS_WITHOUT(
            k, rn_inference_run(inference, images, MOST, 64, 48, LOGITS, again));
        assert_ok(rn_inference_run(inference, images, 1, 32, 32, LOGITS, again));
        assert_memory_equal(first, again, sizeof first);
    }
    rn_inference_free(inference);
    rn_pool_free(pool);
    rn_free(images);
    rn_net_free(net);
}

static void trainings(void **state)
{
    (void)state;
    rn_net *net = make_drawn_net();
    rn_pool *pool = make_pool(3);
    batch b = make_batch(6, 32, 32, N_CLASSES);
    const rn_training_settings settings = {
        .n_shards = 2, .keep_statistics = true, .winograd = true};
    rn_training *t = NULL;
    for (uint64_t k = 1; !t; k++)
        (void)SUCCEEDS_WITHOUT(k, rn_training_create(&t, net, pool, &settings));
    const uint64_t before = rn_mem_count();
    const double loss = run_part(t, &b, 0, 2, 0, false).loss;
    const uint64_t total = rn_mem_count() - before;
    bool done = false;
    rn_step_result result;
    for (uint64_t k = 1; !done;
         k = next_to_fail(k, total)) { /* more images than there is room for */
        done = SUCCEEDS_WITHOUT(
            k, rn_training_run(t, b.images, 5, 32, 32, &b.target, 0, false, &result));
        if (k % 8 == 0 || done) assert_true(run_part(t, &b, 0, 2, 0, false).loss == loss);
    }
    done = false;
    for (uint64_t k = 1; !done; k = next_to_fail(k, total)) /* all is made anew for another size */
        done = SUCCEEDS_WITHOUT(
            k, rn_training_run(t, b.images, 2, 32, 48, &b.target, 0, false, &result));
    assert_true(run_part(t, &b, 0, 2, 0, false).loss == loss);
    rn_training_free(t);
    free_batch(&b);
    rn_pool_free(pool);
    rn_net_free(net);
}

static resnet_model *make_model(void)
{
    resnet_model_options options;
    resnet_model *model = NULL;
    assert_ok(resnet_model_options_init(&options, sizeof options));
    options.n_classes = N_CLASSES;
    options.n_hidden = 1;
    options.hidden_sizes[0] = 20;
    assert_ok(resnet_model_create(&model, &options));
    return model;
}

static void models(void **state)
{
    (void)state;
    const char *const names[N_CLASSES] = {"kite", "crane", "bat"};
    resnet_model *model = NULL;
    for (uint64_t k = 1; !model; k++) (void)SUCCEEDS_WITHOUT(k, resnet_model_create(&model, NULL));
    resnet_model_free(model);
    model = make_model();
    bool done = false;
    for (uint64_t k = 1; !done; k++) {
        done = SUCCEEDS_WITHOUT(k, resnet_model_set_class_names(model, names, N_CLASSES));
        assert_string_equal(resnet_model_get_class_name(model, 1), done ? "crane" : "");
    }
    done = false;
    for (uint64_t k = 1; !done; k++)
        done = SUCCEEDS_WITHOUT(k, resnet_model_set_notes(model, "MIT", "drawn"));
    resnet_model_free(model);
}

static void files(void **state)
{
    (void)state;
    resnet_model *model = make_model();
    char path[SCRATCH_SIZE];
    assert_true(scratch_file(path));
    for (int32_t format = RESNET_FORMAT_HDF5; format <= RESNET_FORMAT_SAFETENSORS; format++) {
        uint64_t before = rn_mem_count();
        assert_ok(resnet_model_save(model, path, format));
        uint64_t total = rn_mem_count() - before;
        bool done = false;
        for (uint64_t k = 1; !done; k = next_to_fail(k, total))
            done = SUCCEEDS_WITHOUT(k, resnet_model_save(model, path, format));
        resnet_model *loaded = NULL;
        before = rn_mem_count();
        assert_ok(resnet_model_load(&loaded, path, NULL));
        total = rn_mem_count() - before;
        resnet_model_free(loaded);
        loaded = NULL;
        for (uint64_t k = 1; !loaded; k = next_to_fail(k, total))
            (void)SUCCEEDS_WITHOUT(k, resnet_model_load(&loaded, path, NULL));
        assert_int_equal(resnet_model_get_n_classes(loaded), N_CLASSES);
        resnet_model_free(loaded);
    }
    unlink(path);
    resnet_model_free(model);
}

static void copies(void **state)
{
    (void)state;
    const char *names[N_CLASSES] = {"a", "b", "c"};
    resnet_model *model = make_model(), *copy = NULL;
    resnet_bytes *bytes = NULL;
    assert_ok(resnet_model_set_class_names(model, names, N_CLASSES));
    assert_ok(resnet_model_set_metadata(model, "key", "text"));
    for (uint64_t k = 1; !copy; k++) (void)SUCCEEDS_WITHOUT(k, resnet_model_clone(&copy, model));
    for (int32_t format = 0; format < 2; format++) {
        for (uint64_t k = 1; !bytes; k = next_to_fail(k, UINT64_MAX))
            (void)SUCCEEDS_WITHOUT(k, resnet_model_save_memory(&bytes, copy, format));
        resnet_bytes_free(bytes);
        bytes = NULL;
    }
    resnet_model_free(copy);
    resnet_model_free(model);
}

/* Files in memory and frames, whose decoding allocates in the workers. */
static void pictures(void **state)
{
    (void)state;
    resnet_model *model = make_model();
    resnet_session *session = NULL;
    resnet_image *image = NULL;
    resnet_bytes *file = NULL;
    static unsigned char pixels[40 * 50 * 3];
    float out[N_CLASSES];
    assert_ok(resnet_image_from_pixels(&image, pixels, 50, 40, 0, RESNET_PIXELS_RGB, NULL));
    for (uint64_t k = 1; !file; k++)
        (void)SUCCEEDS_WITHOUT(k, resnet_image_encode_png(&file, image));
    const void *bytes[1] = {resnet_bytes_get_data(file)};
    const size_t sizes[1] = {resnet_bytes_get_size(file)};
    assert_ok(resnet_session_create(&session, model, NULL));
    bool done = false;
    for (uint64_t k = 1; !done; k = next_to_fail(k, UINT64_MAX))
        done = SUCCEEDS_WITHOUT(
            k, resnet_session_run_bytes(out, N_CLASSES, session, 0, bytes, sizes, 1, NULL));
    done = false;
    for (uint64_t k = 1; !done; k++)
        done = SUCCEEDS_WITHOUT(k, resnet_session_run_frames(out, N_CLASSES, session, 0, pixels, 1,
                                                             50, 40, 0, RESNET_PIXELS_RGB));
    resnet_bytes_free(file);
    resnet_image_free(image);
    resnet_session_free(session);
    resnet_model_free(model);
}

static void sessions(void **state)
{
    (void)state;
    resnet_model *model = make_model();
    resnet_recipe recipe;
    resnet_session *session = NULL;
    resnet_image *image = NULL;
    unsigned char pixels[40 * 50 * 3];
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (unsigned char)(i * 7);
    assert_ok(resnet_image_from_pixels(&image, pixels, 50, 40, 0, RESNET_PIXELS_RGB, NULL));
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, NULL));

    assert_ok(resnet_model_copy_recipe(&recipe, sizeof recipe, model));
    recipe.crop_height = recipe.crop_width = 32;
    assert_ok(resnet_model_set_recipe(model, &recipe));
    for (uint64_t k = 1; !session; k++)
        (void)SUCCEEDS_WITHOUT(k, resnet_session_create(&session, model, NULL));
    resnet_image *images[MOST];
    for (size_t i = 0; i < MOST; i++) images[i] = image;
    resnet_prediction first[2], again[2 * MOST];
    assert_ok(
        resnet_session_classify_images(first, sizeof(resnet_prediction), session, images, 1, 2));
    bool done = false;
    for (uint64_t k = 1; !done; k = next_to_fail(k, UINT64_MAX)) {
        done = SUCCEEDS_WITHOUT(k, resnet_session_classify_images(again, sizeof(resnet_prediction),
                                                                  session, images, MOST, 2));
        assert_ok(resnet_session_classify_images(again, sizeof(resnet_prediction), session, images,
                                                 1, 2));
        assert_memory_equal(first, again, sizeof first);
    }
    resnet_image_free(image);
    resnet_session_free(session);
    resnet_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks), cmocka_unit_test(inferences), cmocka_unit_test(trainings),
        cmocka_unit_test(models),   cmocka_unit_test(files),      cmocka_unit_test(sessions),
        cmocka_unit_test(copies),   cmocka_unit_test(pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
