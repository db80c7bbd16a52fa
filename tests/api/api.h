/* What the tests of the public interface share. They see the installed headers and the shared
 * library, nothing else. SPDX-License-Identifier: MIT */
#ifndef RN_TESTS_API_H
#define RN_TESTS_API_H

#include <resnet/resnet.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define assert_ok(expr) api_check((expr), RESNET_OK, "", #expr, __FILE__, __LINE__)
/** The call fails with that status and a message that holds that text. */
#define assert_fails(expr, status, text)                                                           \
    api_check((expr), (status), (text), #expr, __FILE__, __LINE__)

static inline void api_check(resnet_status got, resnet_status want, const char *text,
                             const char *expr, const char *file, int line)
{
    if (got == want && (want == RESNET_OK || strstr(resnet_last_error(), text))) return;
    print_error("%s: %s (\"%s\"), expected %s with \"%s\"\n", expr, resnet_status_name(got),
                got == RESNET_OK ? "" : resnet_last_error(), resnet_status_name(want), text);
    _fail(file, line);
}

/** Every value is within 1e-4 of the one wanted, relative to 1 and more. */
static inline int values_match(const float *got, const float *wanted, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fabsf(got[i] - wanted[i]) > 1e-4f * (1 + fabsf(wanted[i]))) return 0;
    return 1;
}

/** A random model; its recipe makes inputs of size x size px. */
static inline resnet_model *make_model(uint32_t n_classes, uint32_t size)
{
    resnet_model_options options;
    resnet_model *model = NULL;
    resnet_recipe recipe;
    assert_ok(resnet_model_options_init(&options, sizeof options));
    options.n_classes = n_classes;
    options.seed = 5;
    assert_ok(resnet_model_create(&model, &options));
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, NULL));
    assert_ok(resnet_recipe_set_size(&recipe, size));
    assert_ok(resnet_model_set_recipe(model, &recipe));
    return model;
}

static inline resnet_session *make_session(const resnet_model *model, uint32_t n_threads)
{
    resnet_session_options options;
    resnet_session *session = NULL;
    assert_ok(resnet_session_options_init(&options, sizeof options));
    options.n_threads = n_threads;
    assert_ok(resnet_session_create(&session, model, &options));
    return session;
}

/** A picture of noise, another one for each number. */
static inline resnet_image *make_image(size_t width, size_t height, uint32_t number)
{
    resnet_image *image = NULL;
    unsigned char *pixels = malloc(width * height * 3);
    assert_non_null(pixels);
    uint32_t state = number * 2654435761u + 1;
    for (size_t i = 0; i < width * height * 3; i++) {
        state = state * 1664525u + 1013904223u;
        pixels[i] = (unsigned char)(state >> 24);
    }
    assert_ok(resnet_image_from_pixels(&image, pixels, width, height, 0, RESNET_PIXELS_RGB, NULL));
    free(pixels);
    return image;
}

/** [n][3][size][size], in [-1, 1). */
static inline float *make_inputs(size_t n, size_t height, size_t width)
{
    float *inputs = malloc(n * 3 * height * width * sizeof *inputs);
    assert_non_null(inputs);
    uint32_t state = 1;
    for (size_t i = 0; i < n * 3 * height * width; i++) {
        state = state * 1664525u + 1013904223u;
        inputs[i] = (float)(state >> 8) / (1 << 23) - 1;
    }
    return inputs;
}

#endif
