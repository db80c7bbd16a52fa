/* A model from a file: its weights, its head or another, and what the file says of itself.
 * SPDX-License-Identifier: MIT */
#include "model.h"

#include "caps.h"
#include "core/arithmetic.h"
#include "core/mem.h"
#include "core/options.h"
#include "image/recipe.h"
#include "model_settings.h"

#include <resnet/labels.h>

#include <stdio.h>
#include <string.h>

#define FIRST_LOAD_OPTIONS_SIZE 96 /* bytes, in the first release */

RN_ASSERT_ABI(resnet_load_options, 96);

static const resnet_load_options LOAD_DEFAULTS = {.struct_size = sizeof(resnet_load_options),
                                                  .bn_epsilon = RN_BN_EPSILON_OF_FAMILY,
                                                  .formats = RESNET_ACCEPT_ALL};

/* What the caller asks of one file. */
typedef struct request {
    resnet_load_options options;
    resnet_caps caps;
    rn_read_limits limits;
} request;

resnet_status resnet_load_options_init(resnet_load_options *options, size_t size)
{
    return rn_options_write(options, size, &LOAD_DEFAULTS, sizeof LOAD_DEFAULTS,
                            FIRST_LOAD_OPTIONS_SIZE, "resnet_load_options");
}

/* The head that a file brings along: hidden layers by their tensors, settings by its attributes. */
static resnet_status read_file_head(rn_net_settings *out, const rn_weights *weights)
{
    const rn_tensor *last = rn_weights_find(weights, "fc.weight");
    if (weights->info.head_refusal)
        return rn_fail(RESNET_E_UNSUPPORTED, "%s", weights->info.head_refusal);
    const int32_t pooling = weights->info.head_pooling;
    if (!last) { /* features only */
        out->pooling = pooling;
        return RESNET_OK;
    }
    uint32_t sizes[RESNET_MAX_HIDDEN] = {0}, n_hidden = 0;
    for (; n_hidden < RESNET_MAX_HIDDEN; n_hidden++) {
        char name[32];
        snprintf(name, sizeof name, "fc.hidden%u.weight", (unsigned)n_hidden);
        const rn_tensor *hidden = rn_weights_find(weights, name);
        if (!hidden) break;
        sizes[n_hidden] = (uint32_t)hidden->dims[0];
        out->activations[n_hidden] = weights->info.head_activations[n_hidden];
    }
    return rn_model_read_head(out, (uint32_t)last->dims[0], pooling, n_hidden, sizes,
                              weights->info.head_dropout);
}

static resnet_status choose_head(rn_net_settings *out, const rn_weights *weights,
                                 const resnet_load_options *o)
{
    if (!o->new_head) {
        const resnet_status status = read_file_head(out, weights);
        if (status != RESNET_OK || o->n_classes == 0 || o->n_classes == out->n_classes)
            return status;
        if (out->n_classes == 0)
            return rn_fail(RESNET_E_SHAPE,
                           "the file has no head (fc.weight), %u classes were asked "
                           "for; set new_head to start a new head",
                           o->n_classes);
        return rn_fail(RESNET_E_SHAPE,
                       "fc.weight: the file has %zu classes, %u were asked for; "
                       "set new_head to start a new head",
                       out->n_classes, o->n_classes);
    }
    uint32_t n_classes = o->n_classes;
    const rn_tensor *last = rn_weights_find(weights, "fc.weight");
    if (n_classes == 0 && last) n_classes = (uint32_t)last->dims[0];
    return rn_model_read_head(out, n_classes, o->pooling, o->n_hidden, o->hidden_sizes, o->dropout);
}

/* Published ImageNet weights hardly ever carry the names of their classes. A file of this library's
 * own without names is no such file: whoever wrote it could have named them. */
static bool looks_like_imagenet(const resnet_model *model, const rn_weights_info *info)
{
    const rn_net_settings *s = &model->net->settings;
    return s->n_classes == RESNET_IMAGENET_N_CLASSES && s->n_hidden == 0 && !info->class_names &&
           !info->is_own;
}

static resnet_status guess_names(resnet_model *model)
{
    const char *names[RESNET_IMAGENET_N_CLASSES];
    for (size_t i = 0; i < RESNET_IMAGENET_N_CLASSES; i++) names[i] = resnet_imagenet_get_name(i);
    return resnet_model_set_class_names(model, names, RESNET_IMAGENET_N_CLASSES);
}

static resnet_status name_classes(resnet_model *model, const rn_weights_info *info)
{
    resnet_status status = RESNET_OK;
    if (model->net->settings.n_classes == 0) return RESNET_OK;
    if (info->n_class_names == model->net->settings.n_classes) {
        RN_TRY(resnet_model_set_class_names(model, (const char *const *)info->class_names,
                                            info->n_class_names));
        model->names_origin =
            info->names_are_guessed ? RESNET_NAMES_GUESSED : RESNET_NAMES_FROM_FILE;
    } else if (looks_like_imagenet(model, info)) {
        RN_TRY(guess_names(model));
        model->names_origin = RESNET_NAMES_GUESSED;
    }
done:
    return status;
}

/* What a file asks of every picture; the caller's own recipe may ask for more. */
static resnet_status check_recipe(const rn_weights_info *info, const resnet_caps *caps)
{
    resnet_recipe checked;
    const resnet_recipe *r = &info->recipe;
    if (!info->has_recipe) return RESNET_OK;
    if (r->crop_width > caps->max_recipe_side || r->crop_height > caps->max_recipe_side ||
        r->resize_size / 2 > caps->max_recipe_side)
        return rn_fail(RESNET_E_UNSUPPORTED,
                       "its recipe asks for pictures of %u x %u px (resize_size %u), above the cap "
                       "of %llu (max_recipe_side)",
                       r->crop_width, r->crop_height, r->resize_size,
                       (unsigned long long)caps->max_recipe_side);
    return rn_recipe_read(&checked, r);
}

/* Weights alone do not tell what stands between the head's layers. */
static resnet_status note_assumption(resnet_model *model)
{
    static const char NOTE[] =
        "ReLU is assumed behind the hidden layers, which the file does not say";
    char **grown = rn_realloc(model->remarks, model->n_remarks + 1, sizeof *grown);
    if (!grown) return RESNET_E_NOMEM;
    model->remarks = grown;
    grown[model->n_remarks] = rn_strdup(NOTE);
    if (!grown[model->n_remarks]) return RESNET_E_NOMEM;
    model->n_remarks++;
    return RESNET_OK;
}

static resnet_status adopt(resnet_model **out, const rn_weights *weights, const request *asked)
{
    const resnet_load_options *o = &asked->options;
    resnet_status status;
    const rn_weights_info *info = &weights->info;
    rn_net_settings settings = {.arch = weights->arch};
    resnet_model *model = NULL;
    bool assumes_relu;
    RN_TRY(check_recipe(info, &asked->caps));
    RN_TRY(rn_model_read_backbone(&settings, o->variant, info->variant, o->stem_pool,
                                  info->stem_pool, o->bn_epsilon, info->bn_epsilon));
    RN_TRY(choose_head(&settings, weights, o));
    assumes_relu = !o->new_head && settings.n_hidden > 0 && !settings.activations[0].kind &&
                   o->hidden_activation == RESNET_ACTIVATION_AUTO;
    RN_TRY(rn_model_read_activation(&settings, o->hidden_activation, o->activation_slope));
    RN_TRY(rn_model_make(&model, &settings, info));
    if (assumes_relu) RN_TRY(note_assumption(model));
    RN_TRY(rn_net_import(model->net, weights, o->new_head != 0));
    if (o->new_head)
        rn_net_init_head(model->net, o->seed);
    else
        RN_TRY(name_classes(model, info));
    *out = model;
    return RESNET_OK;
done:
    resnet_model_free(model);
    return status;
}

static resnet_status read_request(request *out, const resnet_load_options *options)
{
    resnet_status status;
    resnet_load_options *o = &out->options;
    *o = LOAD_DEFAULTS;
    RN_TRY(rn_options_read(o, sizeof *o, FIRST_LOAD_OPTIONS_SIZE, options, "resnet_load_options"));
    RN_TRY(rn_caps_read(&out->caps, o->caps));
    RN_TRY(rn_model_check_between("formats", o->formats, 1, RESNET_ACCEPT_ALL));
    RN_TRY(rn_model_check_between("map_file", o->map_file, 0, 1));
    RN_TRY(rn_model_check_between("averaged", o->averaged, RESNET_AVERAGED_PREFER,
                                  RESNET_AVERAGED_ONLY));
    RN_TRY(rn_model_check_between("reserved", o->reserved, 0, 0));
    const uint64_t unpacked = out->caps.max_unpacked_bytes;
    out->limits = (rn_read_limits){.max_bytes = out->caps.max_bytes,
                                   .budget = unpacked == RESNET_CAPS_AUTO ? 0 : unpacked,
                                   .accepted = o->formats,
                                   .map_file = o->map_file == 1,
                                   .averaged = o->averaged};
done:
    return status;
}

resnet_status resnet_model_load(resnet_model **out, const char *path,
                                const resnet_load_options *options)
{
    RN_OWN_ARITHMETIC;
    resnet_status status;
    request asked;
    rn_weights *weights = NULL;
    if (!out || !path) return rn_fail(RESNET_E_INVALID, "resnet_model_load: NULL argument");
    RN_TRY(read_request(&asked, options));
    RN_TRY(rn_weights_read_file(&weights, path, &asked.limits));
    status = adopt(out, weights, &asked);
    if (status != RESNET_OK) status = rn_fail_in(status, path);
done:
    rn_weights_free(weights);
    return status;
}

resnet_status resnet_model_load_memory(resnet_model **out, const void *bytes, size_t bytes_size,
                                       const resnet_load_options *options)
{
    RN_OWN_ARITHMETIC;
    resnet_status status;
    request asked;
    rn_weights *weights = NULL;
    if (!out || !bytes) return rn_fail(RESNET_E_INVALID, "resnet_model_load_memory: NULL argument");
    RN_TRY(read_request(&asked, options));
    RN_TRY(rn_weights_read_memory(&weights, bytes, bytes_size, &asked.limits, "memory"));
    status = adopt(out, weights, &asked);
done:
    rn_weights_free(weights);
    return status;
}
