/** From --data and its companions to a dataset. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_OPEN_DATA_H
#define EXAMPLES_OPEN_DATA_H

#include "arguments.h"

#include <resnet/dataset.h>

/** The settings of a command that works on data start with this. */
typedef struct data_settings {
    common_settings common;
    const char *path;
    const char *annotations, *synsets; /* of ImageNet */
    int32_t kind;
    resnet_dataset_options options;
} data_settings;

extern const option_row data_options[];

/** Fills in the library's defaults; returns an exit status. */
int init_data_settings(data_settings *settings);

/** Opens a part (RESNET_PART_*) of the data, and says nothing. */
resnet_status try_open_data(const data_settings *settings, int32_t part, resnet_dataset **out);
/** The same; returns an exit status and has said what is wrong, or that there are pictures of kinds
 *  that are not read. */
int open_data(const data_settings *settings, int32_t part, resnet_dataset **out);

/** Says how many pictures of the opened part are of kinds that are not read. */
void tell_foreign(const data_settings *settings, int32_t part, const resnet_dataset *dataset);

/** Opens what train learns from, and what it holds out, NULL for nothing. Returns NULL, or why
 * there is nothing to be learnt, which is good until the next call of this thread. */
const char *open_learning_data(const data_settings *settings, resnet_dataset **train,
                               resnet_dataset **validation);

/** Whether anything is held out. */
int holds_out(const data_settings *settings);

/** Whether the data itself says which samples are held out: by folders, files or a column. */
int has_parts(const data_settings *settings);

#endif
