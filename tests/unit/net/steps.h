/* Training steps on drawn networks. SPDX-License-Identifier: MIT */
#ifndef RN_TESTS_STEPS_H
#define RN_TESTS_STEPS_H

#include "network.h"

#include "net/training.h"

/** A batch with labels i * 3 % n_classes. */
typedef struct batch {
    size_t n, h, w;
    float *images;
    int32_t *labels;
    rn_target target;
} batch;

static inline batch make_batch(size_t n, size_t h, size_t w, size_t n_classes)
{
    batch b = {.n = n, .h = h, .w = w, .images = draw_images(n, h, w)};
    b.labels = rn_alloc(n, sizeof *b.labels);
    assert_non_null(b.labels);
    for (size_t i = 0; i < n; i++) b.labels[i] = (int32_t)(i * 3 % n_classes);
    b.target = (rn_target){.labels = b.labels};
    return b;
}

static inline void free_batch(batch *b)
{
    rn_free(b->images);
    rn_free(b->labels);
}

/** Freezes the stem and stages up to, not including, `stage`; 5: the whole backbone. `mask` has room
 *  for every convolution. */
static inline void freeze_stages(rn_training_settings *settings, bool *mask, size_t stage)
{
    for (size_t row = 0; row < arch50()->n_convs; row++)
        mask[row] = arch50()->convs[row].stage < stage;
    settings->frozen = mask;
}

static inline rn_training *make_training(rn_net *net, rn_pool *pool,
                                         const rn_training_settings *settings)
{
    rn_training *training = NULL;
    assert_ok(rn_training_create(&training, net, pool, settings));
    return training;
}

/** Images [first, first + n) of the batch, through the prefix if there is one. */
static inline rn_step_result run_part(rn_training *t, const batch *b, size_t first, size_t n,
                                      uint64_t step, bool accumulate)
{
    rn_step_result result;
    const size_t image = 3 * b->h * b->w, count = rn_training_count_features(t, b->h, b->w);
    const float *images = b->images + first * image;
    rn_target target = b->target;
    float *features = NULL;
    if (target.labels) target.labels += first;
    if (count != image) {
        features = make_floats(n * count);
        assert_ok(rn_training_run_prefix(t, images, n, b->h, b->w, features));
    }
    assert_ok(rn_training_run(t, features ? features : images, n, b->h, b->w, &target, step,
                              accumulate, &result));
    rn_free(features);
    return result;
}

static inline rn_step_result run_step(rn_training *t, const batch *b)
{
    return run_part(t, b, 0, b->n, 0, false);
}

/** Plain gradient descent. */
static inline void descend(rn_training *t, float rate)
{
    size_t n_params;
    const rn_learning_param *params = rn_training_get_params(t, &n_params);
    for (size_t i = 0; i < n_params; i++)
        for (size_t k = 0; k < params[i].param->count; k++)
            params[i].values[k] -= rate * params[i].gradient[k];
    rn_training_values_changed(t);
}

static inline const rn_learning_param *find_learning_param(const rn_training *t, const char *name)
{
    size_t n_params;
    const rn_learning_param *params = rn_training_get_params(t, &n_params);
    for (size_t i = 0; i < n_params; i++)
        if (strcmp(params[i].param->name, name) == 0) return &params[i];
    return NULL;
}

#endif
