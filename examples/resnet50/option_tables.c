/* SPDX-License-Identifier: MIT */
#include "option_tables.h"

#include <resnet/image.h>
#include <resnet/model.h>
#include <stdio.h>
#include <string.h>

static const choice averaged_choices[] = {{"prefer", RESNET_AVERAGED_PREFER},
                                          {"never", RESNET_AVERAGED_NEVER},
                                          {"only", RESNET_AVERAGED_ONLY},
                                          {NULL, 0}};

static const option_row weights_options[] = {
    OPTION_TEXT(common_settings, weights, "--weights", "FILE",
                "model to use, in any format that is read: Keras .h5, .keras and\n"
                ".weights.h5, PyTorch .pth, .safetensors, our own .h5\n"
                "(default: the environment variable RESNET50_WEIGHTS)"),
    OPTION_CHOICE(common_settings, averaged, "--averaged", "WHICH", averaged_choices,
                  "of a file that has averaged weights (EMA) beside those that were trained"),
    OPTION_END,
};
static const option_row recipe_options[] = {
    OPTION_NAME(common_settings, recipe, "--recipe", "NAME", resnet_recipe_get_name,
                "preprocessing: torchvision-v1, torchvision-v2, keras, timm, unit,\n"
                "signed (default: the model's own)"),
    OPTION_U32(common_settings, size, "--size", "PX", 32, 2048,
               "side of the square the network sees (default: the recipe's)"),
    OPTION_END,
};
static const option_row thread_options[] = {
    OPTION_U32(common_settings, threads, "--threads", "N", 1, 4096,
               "worker threads (default: the cores this process may use)"),
    OPTION_END,
};
static const option_row general_options[] = {
    OPTION_FLAG(common_settings, json, "--json",
                "one JSON document on standard output, nothing else"),
    OPTION_END,
};

option_walk walk_options(const command *self)
{
    option_walk walk = {{NULL}, 0, 0};
    const option_row **common = walk.tables + MAX_OWN_TABLES;
    for (size_t i = 0; i < MAX_OWN_TABLES; i++) walk.tables[i] = self->options[i];
    common[0] = self->without & WITHOUT_WEIGHTS ? NULL : weights_options;
    common[1] = self->without & WITHOUT_RECIPE ? NULL : recipe_options;
    common[2] = self->without & WITHOUT_THREADS ? NULL : thread_options;
    common[3] = general_options;
    return walk;
}

const option_row *next_option(option_walk *self)
{
    for (; self->table < N_TABLES; self->table++, self->row = 0) {
        const option_row *table = self->tables[self->table];
        if (table && table[self->row].name) return &table[self->row++];
    }
    return NULL;
}

/* --- defaults --- */

static const char *choice_name(const choice *choices, int32_t value)
{
    for (; choices->name; choices++)
        if (choices->value == value) return choices->name;
    return "";
}

/* The value of an option that is one number; 0 for other kinds. */
static double number_of(const option_row *row, const void *settings)
{
    const void *field = (const char *)settings + row->offset;
    switch (row->kind) {
    case KIND_U32:
        return *(const uint32_t *)field;
    case KIND_U64:
        return (double)*(const uint64_t *)field;
    case KIND_F32:
        return (double)*(const float *)field;
    case KIND_F64:
        return *(const double *)field;
    default:
        return 0;
    }
}

/* The default is whatever the settings held before the first option was read. Zero or less means
 * that there is none; so does a value that cannot be given. */
const char *default_text(char text[MAX_DEFAULT], const option_row *row, const void *settings)
{
    const double number = number_of(row, settings);
    const int is_whole = row->kind == KIND_U32 || row->kind == KIND_U64;
    *text = 0;
    if (number > 0 && number != UINT32_MAX)
        snprintf(text, MAX_DEFAULT, is_whole ? "%.0f" : "%g", number);
    if (row->kind != KIND_CHOICE) return text;
    const void *field = (const char *)settings + row->offset;
    snprintf(text, MAX_DEFAULT, "%s", choice_name(row->choices, *(const int32_t *)field));
    return text;
}

/* --- what may be given --- */

int names_file(const option_row *row)
{
    static const char *const words[] = {"FILE", "DIR", "PATH"};
    for (size_t i = 0; row->argument && i < sizeof words / sizeof *words; i++)
        if (strncmp(row->argument, words[i], strlen(words[i])) == 0) return 1;
    return 0;
}

const char *option_word(const option_row *row, size_t i)
{
    if (row->name_at) return row->name_at(i);
    return row->choices ? row->choices[i].name : NULL;
}
