/* resnet50 info: what a file of weights is. SPDX-License-Identifier: MIT */
#include "commands.h"
#include "open_model.h"
#include "output.h"
#include "recipe_text.h"

#include <stdlib.h>
#include <string.h>

typedef struct info_settings {
    common_settings common;
} info_settings;

/* Batch-norm statistics are kept in the model, but are measured rather than learnt. */
static int is_statistic(const char *name)
{
    return strstr(name, "running_") != NULL || strstr(name, "num_batches_tracked") != NULL;
}

static uint64_t count_parameters(const resnet_model *model)
{
    uint64_t n = 0;
    for (size_t i = 0; i < resnet_model_get_n_tensors(model); i++) {
        resnet_tensor_view view;
        if (resnet_model_get_tensor(&view, sizeof view, model, i) || is_statistic(view.name))
            continue;
        uint64_t n_values = 1;
        for (uint64_t d = 0; d < view.n_dims; d++) n_values *= view.dims[d];
        n += n_values;
    }
    return n;
}

static const char *resize_mode_name(int32_t mode)
{
    return mode == RESNET_RESIZE_SHORT_EDGE ? "short_edge"
           : mode == RESNET_RESIZE_EXACT    ? "exact"
                                            : "none";
}

static json_t *describe_triple(const float values[3])
{
    json_t *triple = json_array();
    for (size_t i = 0; i < 3; i++) json_push(triple, json_float(values[i]));
    return triple;
}

static json_t *describe_recipe(const resnet_recipe *recipe)
{
    json_t *description = json_object();
    json_put(description, "name", json_text(recipe->name));
    json_put(description, "resize_mode", json_text(resize_mode_name(recipe->resize_mode)));
    json_put(description, "resize_filter", json_text(filter_name(recipe->resize_filter)));
    json_put(description, "resize_size", json_integer(recipe->resize_size));
    json_put(description, "crop_width", json_integer(recipe->crop_width));
    json_put(description, "crop_height", json_integer(recipe->crop_height));
    json_put(description, "channel_order",
             json_text(recipe->channel_order == RESNET_CHANNELS_BGR ? "BGR" : "RGB"));
    json_put(description, "divisor", json_float(recipe->divisor));
    json_put(description, "mean", describe_triple(recipe->mean));
    json_put(description, "std", describe_triple(recipe->std));
    return description;
}

static json_t *describe_classes(const resnet_model *model)
{
    json_t *classes = json_array();
    for (size_t i = 0; i < resnet_model_get_n_classes(model); i++)
        json_push(classes, json_text(resnet_model_get_class_name(model, i)));
    return classes;
}

static json_t *describe_remarks(const resnet_model *model)
{
    json_t *remarks = json_array();
    for (size_t i = 0; i < resnet_model_get_n_remarks(model); i++)
        json_push(remarks, json_text(resnet_model_get_remark(model, i)));
    return remarks;
}

static json_t *describe_model(const char *path, const resnet_model *model,
                              const resnet_recipe *recipe)
{
    json_t *description = json_object();
    json_put(description, "path", json_text(path));
    json_put(description, "format", json_text(resnet_model_get_format(model)));
    json_put(description, "variant", json_text(variant_name(resnet_model_get_variant(model))));
    json_put(description, "bn_epsilon", json_float(resnet_model_get_bn_epsilon(model)));
    json_put(description, "parameters", json_integer((json_int_t)count_parameters(model)));
    json_put(description, "n_classes", json_integer((json_int_t)resnet_model_get_n_classes(model)));
    json_put(description, "classes", describe_classes(model));
    json_put(description, "names_guessed",
             json_boolean(resnet_model_get_names_origin(model) == RESNET_NAMES_GUESSED));
    json_put(description, "recipe", describe_recipe(recipe));
    json_put(description, "licence", json_text(resnet_model_get_licence(model)));
    json_put(description, "provenance", json_text(resnet_model_get_provenance(model)));
    json_put(description, "remarks", describe_remarks(model));
    return description;
}

static void print_recipe(const resnet_recipe *recipe)
{
    char *text = recipe_text(recipe);
    if (text) tell_line("recipe      %s", text);
    free(text);
}

static void print_classes(const resnet_model *model)
{
    const size_t n = resnet_model_get_n_classes(model);
    tell_part("classes     %zu", n);
    if (n == 0) tell_part(" (no head: features only)");
    if (resnet_model_get_names_origin(model) == RESNET_NAMES_GUESSED)
        tell_part(" (the file names none; taken for ImageNet's)");
    if (*resnet_model_get_class_name(model, 0))
        for (size_t i = 0; i < n && i < 10; i++)
            tell_part("%s%s", i ? ", " : ": ", resnet_model_get_class_name(model, i));
    tell_line("%s", n > 10 && *resnet_model_get_class_name(model, 0) ? ", ..." : "");
}

static void print_model(const char *path, const resnet_model *model, const resnet_recipe *recipe)
{
    tell_line("file        %s", path);
    tell_line("format      %s", resnet_model_get_format(model));
    tell_line("variant     %s, batch-norm epsilon %g",
              variant_name(resnet_model_get_variant(model)),
              (double)resnet_model_get_bn_epsilon(model));
    tell_line("parameters  %llu", (unsigned long long)count_parameters(model));
    print_classes(model);
    print_recipe(recipe);
    const char *licence = resnet_model_get_licence(model);
    const char *provenance = resnet_model_get_provenance(model);
    tell_line("licence     %s", *licence ? licence : "not stated");
    tell_line("provenance  %s", *provenance ? provenance : "not stated");
    for (size_t i = 0; i < resnet_model_get_n_remarks(model); i++)
        tell_line("remark      %s", resnet_model_get_remark(model, i));
}

static int tell(const info_settings *settings, const resnet_model *model)
{
    const char *path = weights_path(&settings->common);
    resnet_recipe recipe;
    if (resnet_recipe_init(&recipe, sizeof recipe, NULL) ||
        resnet_model_copy_recipe(&recipe, sizeof recipe, model))
        return say_last_error();
    if (settings->common.json) return print_json(describe_model(path, model, &recipe));
    print_model(path, model, &recipe);
    return 0;
}

static int run(const command *self, int argc, char **argv)
{
    info_settings settings = {0};
    resnet_model *model = NULL;
    int status = 0;
    const int n = parse_arguments(self, &settings, argc, argv, &status);
    if (n < 0) return status;
    if (n == 1) settings.common.weights = argv[0];
    status = open_model(self, &model, &settings.common, HEAD_OPTIONAL);
    if (!status) status = tell(&settings, model);
    resnet_model_free(model);
    return status;
}

const command info_command = {
    .name = "info",
    .operands = "[FILE]",
    .max_operands = 1,
    .summary = "What a file of weights is: format, variant, classes, recipe, licence.",
    .details =
        "FILE is the same as --weights FILE. JSON: {path, format, variant, bn_epsilon,\n"
        "parameters, n_classes, classes, names_guessed, recipe, licence, provenance, remarks}.\n",
    .without = WITHOUT_RECIPE | WITHOUT_THREADS,
    .run = run,
};
