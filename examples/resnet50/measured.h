/** What `evaluate` measures on: which part of the data, whether the model learnt it, and with which
 *  of the model's classes. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_MEASURED_H
#define EXAMPLES_MEASURED_H

#include "class_map.h"
#include "open_data.h"
#include "recall.h"

#include <jansson.h>
#include <resnet/model.h>

#define PART_AUTO (-1) /**< what is held out, where that is known, else everything */
#define PART_NEW (-2)  /**< what was not there when the model learnt */

/** How a model says its data were split (RESNET_METADATA_SPLIT). */
typedef struct split_record {
    int is_there, is_cut; /* is_cut: by seed and val_fraction */
    uint64_t seed;
    size_t n_samples; /* of all that was cut */
    double val_fraction;
    char digest[RESNET_DIGEST_SIZE];
} split_record;

typedef struct measured {
    resnet_dataset *dataset; /* with the model's classes */
    int32_t part;            /* RESNET_PART_* */
    int has_parts;           /* the data itself says what is held out */
    split_record record;     /* the model's */
    recall known;            /* of all the data */
    recall seen;             /* of the dataset, when known.is_there */
    int is_by_name;          /* the data were cut, and the model knows how */
    class_map classes;
    int32_t crops; /* of each picture, RESNET_VIEWS_* */
} measured;

/** Opens a part (RESNET_PART_* or PART_AUTO) of the data for a model; returns an exit status and
 * has said what is wrong. Closed by close_measured() either way. */
int open_measured(measured *out, const data_settings *settings, int32_t part, int32_t crops,
                  const resnet_model *model);
void close_measured(measured *self);

/** What is measured, and whether the model knows it already, in a line to be freed. */
char *measured_text(const measured *self, const char *path);
/** The same to standard output: what is measured, and whether the model knows it already. */
void print_measured(const measured *self, const char *path);
/** {data, part, images, left_out, learnt, ...}, of which `n_seen` could be read. */
json_t *describe_measured(const measured *self, const char *path, uint64_t n_seen);

#endif
