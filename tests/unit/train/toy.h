/** A tiny world for tests of training: 32x32 pictures of three classes, told apart by the direction
 *  of their stripes, and a slender model of three classes that takes them as they are.
 *  SPDX-License-Identifier: MIT */
#ifndef TEST_TRAIN_TOY_H
#define TEST_TRAIN_TOY_H

#include "../arch50.h"
#include "golden.h"

#include "core/rng.h"
#include "model.h"

#include <resnet/dataset.h>
#include <resnet/trainer.h>

#define TOY_SIZE 32
#define TOY_CLASSES 3

static inline void toy_draw(unsigned char *rgb, size_t label, uint64_t number)
{
    rn_rng rng = rn_rng_make(99, RN_RNG_AUGMENT, label, number);
    const size_t phase = (size_t)rn_rng_below(&rng, 8);
    for (size_t y = 0; y < TOY_SIZE; y++)
        for (size_t x = 0; x < TOY_SIZE; x++) {
            const size_t along = label == 0 ? x : label == 1 ? y : x + y;
            for (size_t c = 0; c < 3; c++)
                *rgb++ = (unsigned char)(((along + phase) / 4 % 2) * 150 + rn_rng_below(&rng, 100));
        }
}

/** n pictures, labels in turn; `first` names the first one, so that sets can differ. */
static inline resnet_dataset *toy_dataset(size_t n, uint64_t first)
{
    const char *const names[TOY_CLASSES] = {"across", "along", "slanted"};
    unsigned char pixels[TOY_SIZE * TOY_SIZE * 3];
    resnet_dataset_builder *builder = NULL;
    resnet_dataset *dataset = NULL;
    assert_ok(resnet_dataset_builder_create(&builder, names, TOY_CLASSES, NULL));
    for (size_t i = 0; i < n; i++) {
        toy_draw(pixels, i % TOY_CLASSES, first + i);
        assert_ok(resnet_dataset_builder_add_pixels(builder, pixels, TOY_SIZE, TOY_SIZE, 0,
                                                    RESNET_PIXELS_RGB, (int32_t)(i % TOY_CLASSES),
                                                    NULL));
    }
    assert_ok(resnet_dataset_builder_finish(&dataset, builder));
    resnet_dataset_builder_free(builder);
    return dataset;
}

static inline resnet_model *toy_model(uint64_t seed, float dropout)
{
    const rn_net_settings settings = {.arch = slender50(),
                                      .variant = RESNET_VARIANT_V1_5,
                                      .bn_epsilon = 1e-5f,
                                      .stem_pool = RESNET_STEM_POOL_PADDED,
                                      .n_classes = TOY_CLASSES,
                                      .dropout = dropout};
    const rn_weights_info info = {.format = (char *)"random weights"};
    resnet_model *model = NULL;
    resnet_recipe recipe;
    assert_ok(rn_model_make(&model, &settings, &info));
    rn_net_init_backbone(model->net, seed, false);
    rn_net_init_head(model->net, seed);
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, "signed"));
    assert_ok(resnet_recipe_set_size(&recipe, TOY_SIZE));
    assert_ok(resnet_model_set_recipe(model, &recipe));
    return model;
}

static inline resnet_trainer_options toy_options(void)
{
    resnet_trainer_options options;
    assert_ok(resnet_trainer_options_init(&options, sizeof options));
    options.n_epochs = 1;
    options.batch_size = 8;
    options.n_threads = 2;
    options.n_loaders = 1;
    options.n_shards = 2; /* their sums are much of such a step */
    options.seed = 3;
    options.allow_random_features = 1;
    return options;
}

/** Trains and leaves the trainer to the caller. */
static inline resnet_trainer *toy_fit(resnet_model *model, const resnet_dataset *train,
                                      const resnet_dataset *validation,
                                      const resnet_trainer_options *options)
{
    resnet_trainer *trainer = NULL;
    assert_ok(resnet_trainer_create(&trainer, model, train, validation, options));
    assert_ok(resnet_trainer_fit(trainer));
    return trainer;
}

static inline void assert_same_model(const resnet_model *a, const resnet_model *b)
{
    const rn_net *na = a->net, *nb = b->net;
    for (size_t i = 0; i < na->n_params; i++)
        if (memcmp(rn_net_get_values(na, i), rn_net_get_values(nb, i),
                   na->params[i].count * sizeof(float)) != 0)
            fail_msg("%s differs", na->params[i].name);
}

#endif
