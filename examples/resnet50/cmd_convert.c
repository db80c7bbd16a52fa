/* resnet50 convert: weights from any format that is read to one that is written.
 * SPDX-License-Identifier: MIT */
#include "commands.h"
#include "file_format.h"
#include "open_model.h"
#include "output.h"
#include "output_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct convert_settings {
    common_settings common;
    const char *out;
    const char *classes;
    const char *licence;
    const char *provenance;
    int32_t format;
} convert_settings;

static const option_row options[] = {
    OPTION_TEXT(convert_settings, out, "--out", "FILE", "where the result goes"),
    OPTION_CHOICE(convert_settings, format, "--format", "NAME", file_formats,
                  "what is written; auto goes by the end of FILE's name"),
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
        if (n_lines < n && !(names[n_lines] = strdup(line))) break;
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
    const size_t n_lines = read_lines(file, names, n);
    if (n_lines != n)
        status = say_error("%s: %s, but the model has %s", path, count_of(n_lines, "line"),
                           count_of(n, "class"));
    else if (resnet_model_set_class_names(model, (const char *const *)names, n))
        status = say_last_error();
    for (size_t i = 0; i < n; i++) free(names[i]);
    free(names);
    fclose(file);
    return status;
}

static int convert(const convert_settings *settings, resnet_model *model)
{
    const int32_t format = file_format(settings->format, settings->out);
    if (settings->classes && name_classes(model, settings->classes)) return EXIT_FAILED;
    if (resnet_model_set_notes(model, settings->licence, settings->provenance) ||
        resnet_model_save(model, settings->out, format))
        return say_last_error();
    const char *name = format == RESNET_FORMAT_HDF5 ? "h5" : "safetensors";
    if (!settings->common.json) {
        tell_line("%s: %s", settings->out, name);
        return 0;
    }
    json_t *document = json_object();
    json_put(document, "from", json_text(resnet_model_get_format(model)));
    json_put(document, "out", json_text(settings->out));
    json_put(document, "format", json_text(name));
    return print_json(document);
}

static int run(const command *self, int argc, char **argv)
{
    convert_settings settings = {.format = FORMAT_BY_NAME};
    resnet_model *model = NULL;
    int status = 0;
    const int n = parse_arguments(self, &settings, argc, argv, &status);
    if (n < 0) return status;
    if (n > 0) settings.common.weights = argv[0];
    if (n > 1) settings.out = argv[1];
    if (!settings.out) return usage_error(self, "--out is missing");
    if (file_format(settings.format, settings.out) == FORMAT_BY_NAME)
        return usage_error(self, "%s: neither .h5 nor .safetensors; say --format", settings.out);
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
        "the preprocessing that the file tells. JSON: {from, out, format}.\n",
    .without = WITHOUT_THREADS,
    .options = {options},
    .run = run,
};
