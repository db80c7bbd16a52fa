/* SPDX-License-Identifier: MIT */
#include "freeze_stages.h"

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
