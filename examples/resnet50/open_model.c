/* SPDX-License-Identifier: MIT */
#include "open_model.h"

#include "output.h"

#include <stdio.h>
#include <stdlib.h>

const char *weights_path(const common_settings *settings)
{
    if (settings->weights) return settings->weights;
    const char *path = getenv("RESNET50_WEIGHTS");
    return path && *path ? path : NULL;
}

int apply_recipe(const command *self, resnet_model *model, const common_settings *settings)
{
    resnet_recipe recipe;
    if (!settings->recipe && !settings->size) return 0;
    if (resnet_recipe_init(&recipe, sizeof recipe, settings->recipe))
        return usage_error(self, "--recipe: %s", resnet_last_error());
    if (!settings->recipe && resnet_model_copy_recipe(&recipe, sizeof recipe, model))
        return say_last_error();
    if (settings->size && resnet_recipe_set_size(&recipe, settings->size))
        return usage_error(self, "--size: %s", resnet_last_error());
    return resnet_model_set_recipe(model, &recipe) ? say_last_error() : 0;
}

const choice crops_choices[] = {{"1", RESNET_VIEWS_ONE},
                                {"2", RESNET_VIEWS_FLIP},
                                {"5", RESNET_VIEWS_FIVE},
                                {"10", RESNET_VIEWS_TEN},
                                {NULL, 0}};

int init_load_options(resnet_load_options *out, const common_settings *settings)
{
    if (resnet_load_options_init(out, sizeof *out)) return say_last_error();
    out->averaged = settings->averaged;
    return 0;
}

static int load(resnet_model **out, const char *path, const common_settings *settings,
                head_need head)
{
    resnet_load_options options;
    if (init_load_options(&options, settings)) return EXIT_FAILED;
    if (resnet_model_load(out, path, &options)) return say_last_error();
    if (head == HEAD_OPTIONAL || resnet_model_get_n_classes(*out) > 0) return 0;
    return say_error("%s: has no head, so it knows no classes; embed works, and train teaches some",
                     path);
}

int open_model(const command *self, resnet_model **out, const common_settings *settings,
               head_need head)
{
    const char *path = weights_path(settings);
    if (!path) return usage_error(self, "--weights is missing, and RESNET50_WEIGHTS is not set");
    resnet_model *model = NULL;
    int status = load(&model, path, settings, head);
    if (!status) status = apply_recipe(self, model, settings);
    if (status)
        resnet_model_free(model);
    else
        *out = model;
    return status;
}

int open_session(resnet_session **out, const resnet_model *model, const common_settings *settings,
                 int32_t crops)
{
    resnet_session_options options;
    if (resnet_session_options_init(&options, sizeof options)) return say_last_error();
    options.n_threads = settings->threads;
    options.views = crops;
    return resnet_session_create(out, model, &options) ? say_last_error() : 0;
}

const char *class_name(const resnet_model *model, size_t index, char *buffer, size_t size)
{
    const char *name = resnet_model_get_class_name(model, index);
    if (*name) return name;
    snprintf(buffer, size, "class %zu", index);
    return buffer;
}

const char *variant_name(int32_t variant)
{
    return variant == RESNET_VARIANT_V1 ? "v1" : "v1.5";
}
