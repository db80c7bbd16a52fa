/* resnet50 convert: weights from any format that is read to one that is written.
 * SPDX-License-Identifier: MIT */
#include "commands.h"
#include "file_format.h"
#include "open_model.h"
#include "output.h"
#include "output_check.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The stock network that shall take the weights up. Its loader looks at names and shapes only, so
 * that whatever else differs gives other results without a word. */
typedef struct receiver {
    const char *name;
    const char *network;
    int32_t variant, format;
    float epsilon;
    const char *restride; /* how to give it the strides of the other variant */
} receiver;

#define TO_ANY (-1)
enum { TO_KERAS, TO_TORCH };

static const receiver receivers[] = {
    [TO_KERAS] = {"keras", "keras.applications.ResNet50", RESNET_VARIANT_V1, RESNET_FORMAT_HDF5,
                  1.001e-5f,
                  "a network built with the strides of each stage's first block in its 3x3 "
                  "convolution"},
    [TO_TORCH] = {"torch", "torchvision.models.resnet50", RESNET_VARIANT_V1_5,
                  RESNET_FORMAT_SAFETENSORS, 1e-5f,
                  "a network whose layer2, layer3 and layer4 have [0].conv1.stride = (2, 2) and "
                  "[0].conv2.stride = (1, 1)"},
};

static const choice receiver_names[] = {
    {"any", TO_ANY}, {"keras", TO_KERAS}, {"torch", TO_TORCH}, {NULL, 0}};

typedef struct convert_settings {
    common_settings common;
    const char *out;
    const char *classes;
    const char *licence;
    const char *provenance;
    int32_t format;
    int32_t to;
} convert_settings;

static const option_row options[] = {
    OPTION_TEXT(convert_settings, out, "--out", "FILE", "where the result goes"),
    OPTION_CHOICE(convert_settings, format, "--format", "NAME", file_formats,
                  "what is written; auto goes by the end of FILE's name"),
    OPTION_CHOICE(convert_settings, to, "--to", "NAME", receiver_names,
                  "refuse what its stock ResNet-50 would compute otherwise"),
    OPTION_TEXT(convert_settings, classes, "--classes", "FILE",
                "names of the classes, one a line in the order of the outputs"),
    OPTION_TEXT(convert_settings, licence, "--licence", "TEXT", "kept in the file"),
    OPTION_TEXT(convert_settings, provenance, "--provenance", "TEXT", "kept in the file"),
    OPTION_END,
};

/* Reads up to n lines into names, each to be freed. Returns how many lines the file has. */
static size_t read_lines(FILE *file, char **names, size_t n)
{
    char *line = NULL;
    size_t capacity = 0, n_lines = 0;
    while (getline(&line, &capacity, file) > 0) {
        line[strcspn(line, "\r\n")] = 0;
        if (n_lines < n && !(names[n_lines] = copy_text(line))) break;
        n_lines++;
    }
    free(line);
    return n_lines;
}

static int name_classes(resnet_model *model, const char *path)
{
    const size_t n = resnet_model_get_n_classes(model);
    FILE *file = fopen(path, "r");
    if (!file) return say_error("%s: %s", path, strerror(errno));
    char **names = allocate(n, sizeof *names);
    int status = 0;
    const size_t n_lines = names ? read_lines(file, names, n) : 0;
    if (!names)
        status = EXIT_FAILED;
    else if (n_lines != n)
        status = say_error("%s: %s, but the model has %s", path, count_of(n_lines, "line"),
                           count_of(n, "class"));
    else if (resnet_model_set_class_names(model, (const char *const *)names, n))
        status = say_last_error();
    for (size_t i = 0; names && i < n; i++) free(names[i]);
    free(names);
    fclose(file);
    return status;
}

static int32_t out_format(const convert_settings *settings)
{
    const int32_t format = file_format(settings->format, settings->out);
    if (format != FORMAT_BY_NAME || settings->to == TO_ANY) return format;
    return receivers[settings->to].format;
}

/* What the receiver would compute otherwise, and the way out; 0 if nothing. */
static int describe_difference(char *text, size_t size, const receiver *to,
                               const resnet_model *model)
{
    const int32_t variant = resnet_model_get_variant(model);
    const float epsilon = resnet_model_get_bn_epsilon(model);
    if (variant != to->variant)
        return snprintf(text, size,
                        "the model is %s and %s is %s, whose answers with these weights are "
                        "others; load them into %s",
                        variant_name(variant), to->network, variant_name(to->variant),
                        to->restride);
    if (resnet_model_get_stem_pool(model) == RESNET_STEM_POOL_UNPADDED)
        return snprintf(
            text, size,
            "the model's max pool has no border and that of %s has one of a pixel; take "
            "the border away after loading",
            to->network);
    if (resnet_model_get_n_classes(model) && resnet_model_get_pooling(model) == RESNET_POOLING_MAX)
        return snprintf(
            text, size,
            "the model takes the largest value of each feature map and %s the mean; put "
            "a global max pool in its place",
            to->network);
    if (epsilon < 0.5f * to->epsilon || epsilon > 2 * to->epsilon)
        return snprintf(text, size,
                        "the model's batch norms have an epsilon of %g and those of %s one of %g; "
                        "set it after loading",
                        (double)epsilon, to->network, (double)to->epsilon);
    return 0;
}

/* Without --to the usual reader of the format is meant, and the file is written all the same. */
static int check_receiver(const convert_settings *settings, const resnet_model *model,
                          int32_t format, char *note, size_t size)
{
    const bool is_asked = settings->to != TO_ANY;
    const receiver *to = is_asked                       ? &receivers[settings->to]
                         : format == RESNET_FORMAT_HDF5 ? &receivers[TO_KERAS]
                                                        : &receivers[TO_TORCH];
    *note = '\0';
    if (describe_difference(note, size, to, model) == 0) return 0;
    return is_asked ? say_error("--to %s: %s", to->name, note) : 0;
}

static int convert(const convert_settings *settings, resnet_model *model)
{
    char note[512];
    const int32_t format = out_format(settings);
    if (check_receiver(settings, model, format, note, sizeof note)) return EXIT_FAILED;
    if (settings->classes && name_classes(model, settings->classes)) return EXIT_FAILED;
    if (resnet_model_set_notes(model, settings->licence, settings->provenance) ||
        resnet_model_save(model, settings->out, format))
        return say_last_error();
    const char *name = format == RESNET_FORMAT_HDF5 ? "h5" : "safetensors";
    if (!settings->common.json) {
        tell_line("%s: %s", settings->out, name);
        if (*note) tell_line("note: %s", note);
        return 0;
    }
    json_t *document = json_object();
    json_put(document, "from", json_text(resnet_model_get_format(model)));
    json_put(document, "out", json_text(settings->out));
    json_put(document, "format", json_text(name));
    json_put(document, "note", *note ? json_text(note) : json_null());
    return print_json(document);
}

static int run(const command *self, int argc, char **argv)
{
    convert_settings settings = {.format = FORMAT_BY_NAME, .to = TO_ANY};
    resnet_model *model = NULL;
    int status = 0;
    const int n = parse_arguments(self, &settings, argc, argv, &status);
    if (n < 0) return status;
    if (n > 0) settings.common.weights = argv[0];
    if (n > 1) settings.out = argv[1];
    if (!settings.out) return usage_error(self, "--out is missing");
    if (out_format(&settings) == FORMAT_BY_NAME)
        return usage_error(self, "%s: neither .h5 nor .safetensors; say --format", settings.out);
    if (settings.to != TO_ANY && out_format(&settings) != receivers[settings.to].format)
        return usage_error(self, "--to %s: it does not read that format",
                           receivers[settings.to].name);
    const output out = {"--out", settings.out, OUTPUT_MODEL};
    status = check_outputs(self, &out, 1);
    if (!status) status = open_model(self, &model, &settings.common, HEAD_OPTIONAL);
    if (!status) status = convert(&settings, model);
    resnet_model_free(model);
    return status;
}

const command convert_command = {
    .name = "convert",
    .operands = "[FILE [OUT]]",
    .max_operands = 2,
    .summary = "Weights from any format that is read to .h5 (Keras reads it) or .safetensors.",
    .details =
        "FILE and OUT are the same as --weights FILE and --out OUT. --recipe and --size change\n"
        "the preprocessing that the file tells. --to keras and --to torch refuse a model that\n"
        "their stock ResNet-50 would load and compute otherwise; without it a note says so.\n"
        "JSON: {from, out, format, note}.\n",
    .without = WITHOUT_THREADS,
    .options = {options},
    .run = run,
};
