/** What the train command can be told. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_TRAIN_OPTIONS_H
#define EXAMPLES_TRAIN_OPTIONS_H

#include "augment_options.h"
#include "open_data.h"

#include <resnet/model.h>
#include <resnet/trainer.h>

typedef struct train_settings {
    data_settings data;
    const char *out;
    const char *report;
    resnet_trainer_options trainer;
    augment_settings augment;
    uint32_t new_head, zero_init_residual, max_pooling;
    uint32_t hidden[RESNET_MAX_HIDDEN]; /* the first 0 ends them */
    float dropout;
} train_settings;

/** Tables for a command. */
extern const option_row train_basic_options[];
extern const option_row train_head_options[];
extern const option_row train_augment_options[];
extern const option_row train_optimizer_options[];
extern const option_row train_schedule_options[];
extern const option_row train_run_options[];

/** Fills in the library's defaults; returns an exit status. */
int init_train_settings(train_settings *settings);

#endif
