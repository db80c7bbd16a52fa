/** The course of training, a line per epoch, written as it goes: CSV and JSON lines.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_HISTORY_H
#define RN_TRAIN_HISTORY_H

#include "core/error.h"

/** NaN where there is no such figure: an empty CSV field, null in JSON. */
typedef struct rn_history_record {
    uint64_t epoch; /* from 1 */
    uint64_t step;  /* optimiser steps since the beginning */
    double learning_rate;
    double loss, accuracy;
    double val_loss, val_accuracy, val_macro_f1;
    double images_per_second;
    double seconds; /* of this epoch */
} rn_history_record;

enum rn_history_format { RN_HISTORY_CSV, RN_HISTORY_JSONL };

/** Makes the file ready for epoch first_epoch: keeps the lines of earlier ones, whatever stood
 *  after them; a new or emptied file for epoch 1. IO, NOMEM. */
resnet_status rn_history_start(const char *path, enum rn_history_format format,
                               uint64_t first_epoch);
/** Adds a line wholly or not at all. IO. */
resnet_status rn_history_add(const char *path, enum rn_history_format format,
                             const rn_history_record *record);

#endif
