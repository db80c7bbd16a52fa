/* What optimisers and schedules are called, by their constants. SPDX-License-Identifier: MIT */
#include <resnet/trainer.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

const char *resnet_optimizer_get_name(size_t index)
{
    static const char *const NAMES[] = {
        [RESNET_OPTIMIZER_SGD] = "sgd",     [RESNET_OPTIMIZER_ADAM] = "adam",
        [RESNET_OPTIMIZER_ADAMW] = "adamw", [RESNET_OPTIMIZER_RMSPROP] = "rmsprop",
        [RESNET_OPTIMIZER_LARS] = "lars",
    };
    return index < COUNT_OF(NAMES) ? NAMES[index] : NULL;
}

const char *resnet_schedule_get_name(size_t index)
{
    static const char *const NAMES[] = {
        [RESNET_SCHEDULE_CONSTANT] = "constant",     [RESNET_SCHEDULE_STEP] = "step",
        [RESNET_SCHEDULE_MULTI_STEP] = "multi_step", [RESNET_SCHEDULE_EXPONENTIAL] = "exponential",
        [RESNET_SCHEDULE_COSINE] = "cosine",         [RESNET_SCHEDULE_PLATEAU] = "plateau",
    };
    return index < COUNT_OF(NAMES) ? NAMES[index] : NULL;
}
