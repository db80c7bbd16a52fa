/* SPDX-License-Identifier: MIT */
#include "learning_words.h"

#include <resnet/trainer.h>

const choice freeze_stages[] = {
    {"none", RESNET_FREEZE_NONE},
    {"stem", RESNET_FREEZE_STEM},
    {"layer1", RESNET_FREEZE_LAYER1},
    {"layer2", RESNET_FREEZE_LAYER2},
    {"layer3", RESNET_FREEZE_LAYER3},
    {"all", RESNET_FREEZE_ALL},
    {NULL, 0},
};

const choice optimizers[] = {
    {"sgd", RESNET_OPTIMIZER_SGD},     {"adam", RESNET_OPTIMIZER_ADAM},
    {"adamw", RESNET_OPTIMIZER_ADAMW}, {"rmsprop", RESNET_OPTIMIZER_RMSPROP},
    {"lars", RESNET_OPTIMIZER_LARS},   {NULL, 0},
};
