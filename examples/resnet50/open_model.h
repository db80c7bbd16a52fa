/** From the common options to a model and a session. Each returns the program's exit status and has
 *  said what is wrong. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_OPEN_MODEL_H
#define EXAMPLES_OPEN_MODEL_H

#include "arguments.h"

#include <resnet/model.h>
#include <resnet/session.h>

/** --weights, or else RESNET50_WEIGHTS; NULL for neither. */
const char *weights_path(const common_settings *settings);

/** What a command makes of a file that holds no head. */
typedef enum head_need { HEAD_NEEDED, HEAD_OPTIONAL } head_need;

/** The library's defaults, and --averaged; returns an exit status. */
int init_load_options(resnet_load_options *out, const common_settings *settings);

/** Loads the weights and gives them --recipe and --size. A 1000-class file without class names gets
 *  ImageNet's; one without a head, where that is no error, a random one of one class. */
int open_model(const command *self, resnet_model **out, const common_settings *settings,
               head_need head);

/** Sets --recipe and --size, if given. */
int apply_recipe(const command *self, resnet_model *model, const common_settings *settings);

/** The rows of --crops, for commands that average the answers to several views of a picture. */
extern const choice crops_choices[];
#define OPTION_CROPS(settings)                                                                     \
    OPTION_CHOICE(settings, crops, "--crops", "N", crops_choices,                                  \
                  "views of each picture whose logits are averaged: 2 is the centre and its\n"     \
                  "mirror image, 5 the corners and the centre, 10 those and their mirror images")

int open_session(resnet_session **out, const resnet_model *model, const common_settings *settings,
                 int32_t crops);

/** Class `index` for people: its name, or its number. The text is the model's, or lies in `buffer`
 *  of `size` bytes. */
const char *class_name(const resnet_model *model, size_t index, char *buffer, size_t size);

/** RESNET_VARIANT_V1 or _V1_5 as files of weights and people have it. */
const char *variant_name(int32_t variant);

#endif
