/* What a session has done once it does again without an allocation. Training's steps are in
 * test_training.c. SPDX-License-Identifier: MIT */
#include "../draw.h"

#include <resnet/resnet.h>

#define N 3
#define SIZE 32
#define N_CLASSES 4

static resnet_model *make_model(void)
{
    resnet_model_options options;
    resnet_recipe recipe;
    resnet_model *model = NULL;
    assert_ok(resnet_model_options_init(&options, sizeof options));
    options.n_classes = N_CLASSES;
    assert_ok(resnet_model_create(&model, &options));
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, NULL));
    assert_ok(resnet_recipe_set_size(&recipe, SIZE));
    assert_ok(resnet_model_set_recipe(model, &recipe));
    return model;
}

static void runs_allocate_nothing(void **state)
{
    (void)state;
    resnet_model *model = make_model();
    resnet_session *session = NULL;
    float *inputs = draw_floats(N * 3 * SIZE * SIZE, 1, -1, 1),
          *features = make_floats(N * 256 * 64);
    float logits[N * N_CLASSES], *embeddings = make_floats(N * 2048);
    assert_ok(resnet_session_create(&session, model, NULL));
    assert_ok(resnet_session_prepare(session, N, SIZE, SIZE));
    assert_ok(resnet_session_prepare(session, 1, SIZE, SIZE));
    const uint64_t before = rn_mem_count();
    for (size_t n = 1; n <= N; n += N - 1) {
        assert_ok(resnet_session_logits(logits, N * N_CLASSES, session, inputs, n, SIZE, SIZE));
        assert_ok(
            resnet_session_probabilities(logits, N * N_CLASSES, session, inputs, n, SIZE, SIZE));
        assert_ok(resnet_session_embeddings(embeddings, N * 2048, session, inputs, n, SIZE, SIZE));
        assert_ok(
            resnet_session_features(features, N * 256 * 64, session, inputs, n, SIZE, SIZE, 1));
    }
    assert_int_equal(rn_mem_count(), before);
    rn_free(inputs);
    rn_free(features);
    rn_free(embeddings);
    resnet_session_free(session);
    resnet_model_free(model);
}

static void classify_allocates_nothing_for_pictures_of_a_known_size(void **state)
{
    (void)state;
    resnet_model *model = make_model();
    resnet_session *session = NULL;
    resnet_image *image = NULL;
    resnet_prediction top[N];
    unsigned char pixels[60 * 50 * 3];
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (unsigned char)(i * 7);
    assert_ok(resnet_image_from_pixels(&image, pixels, 60, 50, 0, RESNET_PIXELS_RGB, NULL));
    resnet_image *images[N] = {image, image, image};
    assert_ok(resnet_session_create(&session, model, NULL));
    assert_ok(
        resnet_session_classify_images(top, sizeof(resnet_prediction), session, images, N, 1));
    const uint64_t before = rn_mem_count();
    assert_ok(
        resnet_session_classify_images(top, sizeof(resnet_prediction), session, images, N, 1));
    assert_int_equal(rn_mem_count(), before);
    resnet_image_free(image);
    resnet_session_free(session);
    resnet_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_allocate_nothing),
        cmocka_unit_test(classify_allocates_nothing_for_pictures_of_a_known_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
