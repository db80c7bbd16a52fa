/* SPDX-License-Identifier: MIT */
#include "model.h"

#include "caps.h"
#include "core/arithmetic.h"
#include "core/bytes.h"
#include "core/mem.h"
#include "core/options.h"
#include "core/utf8.h"
#include "image/recipe.h"

#include <resnet/labels.h>

#include <stdio.h>
#include <string.h>

#define MIN_CLASSES 2 /* the softmax of one output is 1 */
#define MAX_CLASSES 1000000
#define MAX_HIDDEN_SIZE 1000000
#define FAMILY_EPSILON (-1.0F)
/* Bytes in the first release. */
#define FIRST_MODEL_OPTIONS_SIZE 72
#define FIRST_LOAD_OPTIONS_SIZE 96
#define FIRST_TENSOR_VIEW_SIZE 72

RN_ASSERT_ABI(resnet_model_options, 72);
RN_ASSERT_ABI(resnet_load_options, 96);
RN_ASSERT_ABI(resnet_tensor_view, 72);

static const resnet_model_options MODEL_DEFAULTS = {
    .struct_size = sizeof(resnet_model_options), .n_classes = 1000, .bn_epsilon = 1e-5f};
static const resnet_load_options LOAD_DEFAULTS = {.struct_size = sizeof(resnet_load_options),
                                                  .bn_epsilon = FAMILY_EPSILON,
                                                  .formats = RESNET_ACCEPT_ALL};

resnet_status resnet_model_options_init(resnet_model_options *options, size_t size)
{
    return rn_options_write(options, size, &MODEL_DEFAULTS, sizeof MODEL_DEFAULTS,
                            FIRST_MODEL_OPTIONS_SIZE, "resnet_model_options");
}

resnet_status resnet_load_options_init(resnet_load_options *options, size_t size)
{
    return rn_options_write(options, size, &LOAD_DEFAULTS, sizeof LOAD_DEFAULTS,
                            FIRST_LOAD_OPTIONS_SIZE, "resnet_load_options");
}

static resnet_status check_between(const char *field, int64_t value, int64_t low, int64_t high)
{
    if (value >= low && value <= high) return RESNET_OK;
    return rn_fail(RESNET_E_INVALID, "%s is %lld, not in [%lld, %lld]", field, (long long)value,
                   (long long)low, (long long)high);
}

/* A head as the caller's options describe it. */
static resnet_status read_head(rn_net_settings *out, uint32_t n_classes, int32_t pooling,
                               uint32_t n_hidden, const uint32_t *hidden_sizes, float dropout)
{
    resnet_status status;
    RN_TRY(check_between("n_classes", n_classes, MIN_CLASSES, MAX_CLASSES));
    RN_TRY(check_between("pooling", pooling, RESNET_POOLING_AVERAGE, RESNET_POOLING_MAX));
    RN_TRY(check_between("n_hidden", n_hidden, 0, RESNET_MAX_HIDDEN));
    if (!(dropout >= 0 && dropout < 1))
        return rn_fail(RESNET_E_INVALID, "dropout is %g, not in [0, 1)", (double)dropout);
    out->n_classes = n_classes;
    out->max_pooling = pooling == RESNET_POOLING_MAX;
    out->n_hidden = n_hidden;
    out->dropout = dropout;
    for (size_t i = 0; i < n_hidden; i++) {
        RN_TRY(check_between("hidden_sizes", hidden_sizes[i], 1, MAX_HIDDEN_SIZE));
        out->hidden_sizes[i] = hidden_sizes[i];
    }
done:
    return status;
}

/* What the caller wants behind every hidden layer; AUTO leaves each as it is, or ReLU. */
static resnet_status read_activation(rn_net_settings *out, int32_t kind, float slope)
{
    resnet_status status;
    RN_TRY(
        check_between("hidden_activation", kind, RESNET_ACTIVATION_AUTO, RESNET_ACTIVATION_LINEAR));
    if (!(slope >= 0 && slope <= RN_ARCH_MAX_SLOPE))
        return rn_fail(RESNET_E_INVALID, "activation_slope is %g, not in [0, %g]", (double)slope,
                       (double)RN_ARCH_MAX_SLOPE);
    if (kind == RESNET_ACTIVATION_LEAKY_RELU && slope == 0) slope = 0.01f;
    if (kind == RESNET_ACTIVATION_ELU && slope == 0) slope = 1;
    if (kind != RESNET_ACTIVATION_LEAKY_RELU && kind != RESNET_ACTIVATION_ELU) slope = 0;
    for (size_t i = 0; i < out->n_hidden; i++) {
        rn_arch_activation *f = &out->activations[i];
        if (kind != RESNET_ACTIVATION_AUTO) *f = (rn_arch_activation){kind, slope};
        if (f->kind == RESNET_ACTIVATION_AUTO) f->kind = RESNET_ACTIVATION_RELU;
    }
done:
    return status;
}

/* What both kinds of options say of the backbone; 0 of `family_` values: unknown. */
static resnet_status read_backbone(rn_net_settings *out, int32_t variant, int32_t family_variant,
                                   int32_t stem_pool, int32_t family_stem_pool, float epsilon,
                                   float family_epsilon)
{
    resnet_status status;
    RN_TRY(check_between("variant", variant, RESNET_VARIANT_AUTO, RESNET_VARIANT_V1_5));
    RN_TRY(check_between("stem_pool", stem_pool, RESNET_STEM_POOL_AUTO, RESNET_STEM_POOL_UNPADDED));
    if (epsilon == FAMILY_EPSILON)
        epsilon = family_epsilon > 0 ? family_epsilon : MODEL_DEFAULTS.bn_epsilon;
    if (!(epsilon > 0 && epsilon < 1))
        return rn_fail(RESNET_E_INVALID, "bn_epsilon is %g, not in (0, 1)", (double)epsilon);
    if (variant == RESNET_VARIANT_AUTO) variant = family_variant;
    if (stem_pool == RESNET_STEM_POOL_AUTO) stem_pool = family_stem_pool;
    out->variant = variant == RESNET_VARIANT_V1 ? RN_VARIANT_V1 : RN_VARIANT_V1_5;
    out->stem_pool_padded = stem_pool != RESNET_STEM_POOL_UNPADDED;
    out->bn_epsilon = epsilon;
done:
    return status;
}

/* What cannot be saved is refused when it is set. */
static resnet_status check_utf8(const char *what, const char *text)
{
    if (!text || rn_utf8_is_valid(text)) return RESNET_OK;
    return rn_fail(RESNET_E_INVALID, "%s: not UTF-8 text", what);
}

static resnet_status set_text(char **text, const char *value)
{
    char *copy = rn_strdup(value ? value : "");
    if (!copy) return RESNET_E_NOMEM;
    rn_free(*text);
    *text = copy;
    return RESNET_OK;
}

static void free_names(char **names, size_t n_names)
{
    if (!names) return;
    for (size_t i = 0; i < n_names; i++) rn_free(names[i]);
    rn_free(names);
}

static resnet_status copy_names(char ***out, const char *const *names, size_t n_names)
{
    char **copy = rn_calloc(n_names, sizeof *copy);
    if (!copy) return RESNET_E_NOMEM;
    for (size_t i = 0; i < n_names; i++) {
        copy[i] = rn_strdup(names[i] ? names[i] : "");
        if (copy[i]) continue;
        free_names(copy, n_names);
        return RESNET_E_NOMEM;
    }
    *out = copy;
    return RESNET_OK;
}

static resnet_status create(resnet_model **out, const rn_net_settings *settings,
                            const rn_weights_info *info)
{
    resnet_status status;
    resnet_model *model = rn_calloc(1, sizeof *model);
    if (!model) return RESNET_E_NOMEM;
    RN_TRY(rn_net_create(&model->net, settings));
    RN_TRY(set_text(&model->format, info->format));
    RN_TRY(set_text(&model->licence, info->licence));
    RN_TRY(set_text(&model->provenance, info->provenance));
    RN_TRY(rn_pairs_copy(&model->metadata, &info->metadata));
    if (info->n_remarks > 0) {
        RN_TRY(copy_names(&model->remarks, (const char *const *)info->remarks, info->n_remarks));
        model->n_remarks = info->n_remarks;
    }
    if (info->has_recipe)
        model->recipe = info->recipe;
    else
        RN_TRY(resnet_recipe_init(&model->recipe, sizeof model->recipe, NULL));
    *out = model;
    return RESNET_OK;
done:
    resnet_model_free(model);
    return status;
}

resnet_status resnet_model_create(resnet_model **out, const resnet_model_options *options)
{
    RN_OWN_ARITHMETIC;
    resnet_status status;
    resnet_model_options o = MODEL_DEFAULTS;
    rn_net_settings settings = {0};
    const rn_weights_info info = {.format = (char *)"random weights"};
    resnet_model *model = NULL;
    if (!out) return rn_fail(RESNET_E_INVALID, "resnet_model_create: out is NULL");
    RN_TRY(
        rn_options_read(&o, sizeof o, FIRST_MODEL_OPTIONS_SIZE, options, "resnet_model_options"));
    RN_TRY(read_backbone(&settings, o.variant, RESNET_VARIANT_V1_5, o.stem_pool,
                         RESNET_STEM_POOL_PADDED, o.bn_epsilon, MODEL_DEFAULTS.bn_epsilon));
    RN_TRY(read_head(&settings, o.n_classes, o.pooling, o.n_hidden, o.hidden_sizes, o.dropout));
    RN_TRY(read_activation(&settings, o.hidden_activation, o.activation_slope));
    RN_TRY(create(&model, &settings, &info));
    rn_net_init_backbone(model->net, o.seed, o.zero_init_residual != 0);
    rn_net_init_head(model->net, o.seed);
    *out = model;
done:
    return status;
}

/* The head that a file brings along: hidden layers by their tensors, settings by its attributes. */
static resnet_status read_file_head(rn_net_settings *out, const rn_weights *weights)
{
    const rn_tensor *last = rn_weights_find(weights, "fc.weight");
    if (weights->info.head_refusal)
        return rn_fail(RESNET_E_UNSUPPORTED, "%s", weights->info.head_refusal);
    const int32_t pooling = weights->info.head_pooling == RN_HEAD_POOL_MAX ? RESNET_POOLING_MAX
                                                                           : RESNET_POOLING_AVERAGE;
    if (!last) { /* features only */
        out->max_pooling = pooling == RESNET_POOLING_MAX;
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
    return read_head(out, (uint32_t)last->dims[0], pooling, n_hidden, sizes,
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
    return read_head(out, n_classes, o->pooling, o->n_hidden, o->hidden_sizes, o->dropout);
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
static resnet_status check_recipe(const rn_weights_info *info, const resnet_load_options *o)
{
    resnet_caps caps;
    resnet_recipe checked;
    const resnet_recipe *r = &info->recipe;
    if (!info->has_recipe) return RESNET_OK;
    const resnet_status status = rn_caps_read(&caps, o->caps);
    if (status != RESNET_OK) return status;
    if (r->crop_width > caps.max_recipe_side || r->crop_height > caps.max_recipe_side ||
        r->resize_size / 2 > caps.max_recipe_side)
        return rn_fail(RESNET_E_UNSUPPORTED,
                       "its recipe asks for pictures of %u x %u px (resize_size %u), above the cap "
                       "of %llu (max_recipe_side)",
                       r->crop_width, r->crop_height, r->resize_size,
                       (unsigned long long)caps.max_recipe_side);
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

static resnet_status adopt(resnet_model **out, const rn_weights *weights,
                           const resnet_load_options *o)
{
    resnet_status status;
    const rn_weights_info *info = &weights->info;
    rn_net_settings settings = {0};
    resnet_model *model = NULL;
    bool assumes_relu;
    RN_TRY(check_recipe(info, o));
    RN_TRY(read_backbone(&settings, o->variant, info->variant, o->stem_pool, info->stem_pool,
                         o->bn_epsilon, info->bn_epsilon));
    RN_TRY(choose_head(&settings, weights, o));
    assumes_relu = !o->new_head && settings.n_hidden > 0 && !settings.activations[0].kind &&
                   o->hidden_activation == RESNET_ACTIVATION_AUTO;
    RN_TRY(read_activation(&settings, o->hidden_activation, o->activation_slope));
    RN_TRY(create(&model, &settings, info));
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

static resnet_status read_limits(rn_read_limits *out, const resnet_load_options *o)
{
    resnet_status status;
    resnet_caps caps;
    RN_TRY(rn_caps_read(&caps, o->caps));
    RN_TRY(check_between("formats", o->formats, 1, RESNET_ACCEPT_ALL));
    RN_TRY(check_between("map_file", o->map_file, 0, 1));
    RN_TRY(check_between("averaged", o->averaged, RESNET_AVERAGED_PREFER, RESNET_AVERAGED_ONLY));
    RN_TRY(check_between("reserved", o->reserved, 0, 0));
    const bool is_auto = caps.max_unpacked_bytes == RESNET_CAPS_AUTO;
    *out = (rn_read_limits){.max_bytes = caps.max_bytes,
                            .budget = is_auto ? 0 : caps.max_unpacked_bytes,
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
    resnet_load_options o = LOAD_DEFAULTS;
    rn_read_limits limits;
    rn_weights *weights = NULL;
    if (!out || !path) return rn_fail(RESNET_E_INVALID, "resnet_model_load: NULL argument");
    RN_TRY(rn_options_read(&o, sizeof o, FIRST_LOAD_OPTIONS_SIZE, options, "resnet_load_options"));
    RN_TRY(read_limits(&limits, &o));
    RN_TRY(rn_weights_read_file(&weights, path, &limits));
    status = adopt(out, weights, &o);
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
    resnet_load_options o = LOAD_DEFAULTS;
    rn_read_limits limits;
    rn_weights *weights = NULL;
    if (!out || !bytes) return rn_fail(RESNET_E_INVALID, "resnet_model_load_memory: NULL argument");
    RN_TRY(rn_options_read(&o, sizeof o, FIRST_LOAD_OPTIONS_SIZE, options, "resnet_load_options"));
    RN_TRY(read_limits(&limits, &o));
    RN_TRY(rn_weights_read_memory(&weights, bytes, bytes_size, &limits, "memory"));
    status = adopt(out, weights, &o);
done:
    rn_weights_free(weights);
    return status;
}

/* What a file is told beside the tensors. */
static resnet_status export_info(const resnet_model *model, rn_weights_info *info)
{
    resnet_status status;
    const rn_net_settings *s = &model->net->settings;
    info->variant = s->variant;
    info->bn_epsilon = s->bn_epsilon;
    info->stem_pool = s->stem_pool_padded ? RN_STEM_POOL_PADDED : RN_STEM_POOL_UNPADDED;
    info->head_pooling = s->max_pooling ? RN_HEAD_POOL_MAX : RN_HEAD_POOL_AVERAGE;
    for (size_t i = 0; i < s->n_hidden; i++) info->head_activations[i] = s->activations[i];
    info->head_dropout = s->dropout;
    info->has_recipe = true;
    info->recipe = model->recipe;
    RN_TRY(set_text(&info->licence, model->licence));
    RN_TRY(set_text(&info->provenance, model->provenance));
    RN_TRY(rn_pairs_copy(&info->metadata, &model->metadata));
    if (model->class_names) {
        RN_TRY(
            copy_names(&info->class_names, (const char *const *)model->class_names, s->n_classes));
        info->n_class_names = s->n_classes;
        info->names_are_guessed = model->names_origin == RESNET_NAMES_GUESSED;
    }
done:
    return status;
}

/* The model as a file has it. */
static resnet_status export_weights(rn_weights **out, const resnet_model *model, int32_t format)
{
    resnet_status status;
    RN_TRY(check_between("format", format, RESNET_FORMAT_HDF5, RESNET_FORMAT_SAFETENSORS));
    RN_TRY(rn_weights_create(out));
    RN_TRY(rn_net_export(model->net, *out));
    status = export_info(model, &(*out)->info);
done:
    return status;
}

resnet_status resnet_model_save_memory(resnet_bytes **out, const resnet_model *model,
                                       int32_t format)
{
    RN_OWN_ARITHMETIC;
    resnet_status status;
    rn_weights *weights = NULL;
    unsigned char *block = NULL;
    size_t size = 0;
    if (!out || !model) return rn_fail(RESNET_E_INVALID, "resnet_model_save_memory: NULL argument");
    RN_TRY(export_weights(&weights, model, format));
    RN_TRY(format == RESNET_FORMAT_HDF5 ? rn_weights_encode_hdf5(&block, &size, weights)
                                        : rn_weights_encode_safetensors(&block, &size, weights));
    status = rn_bytes_create(out, block, size);
done:
    rn_weights_free(weights);
    return status;
}

resnet_status resnet_model_save(const resnet_model *model, const char *path, int32_t format)
{
    RN_OWN_ARITHMETIC;
    resnet_status status;
    rn_weights *weights = NULL;
    if (!model || !path) return rn_fail(RESNET_E_INVALID, "resnet_model_save: NULL argument");
    RN_TRY(export_weights(&weights, model, format));
    status = format == RESNET_FORMAT_HDF5 ? rn_weights_write_hdf5(weights, path)
                                          : rn_weights_write_safetensors(weights, path);
done:
    rn_weights_free(weights);
    return status;
}

resnet_model *rn_model_retain(const resnet_model *model)
{
    resnet_model *shared = (resnet_model *)model; /* its count is not part of what it is */
    rn_users_add(&shared->users);
    return shared;
}

void resnet_model_free(resnet_model *model)
{
    if (!model || !rn_users_leave(&model->users)) return;
    if (model->net) free_names(model->class_names, model->net->settings.n_classes);
    rn_net_free(model->net);
    rn_free(model->format);
    rn_free(model->licence);
    rn_free(model->provenance);
    free_names(model->remarks, model->n_remarks);
    rn_pairs_clear(&model->metadata);
    rn_free(model);
}

size_t resnet_model_get_n_classes(const resnet_model *model)
{
    return model ? model->net->settings.n_classes : 0;
}

const char *resnet_model_get_class_name(const resnet_model *model, size_t index)
{
    if (!model || !model->class_names || index >= model->net->settings.n_classes) return "";
    return model->class_names[index];
}

int32_t resnet_model_get_names_origin(const resnet_model *model)
{
    return model ? model->names_origin : RESNET_NAMES_NONE;
}

int32_t resnet_model_get_variant(const resnet_model *model)
{
    if (!model) return RESNET_VARIANT_AUTO;
    return model->net->settings.variant == RN_VARIANT_V1 ? RESNET_VARIANT_V1 : RESNET_VARIANT_V1_5;
}

float resnet_model_get_bn_epsilon(const resnet_model *model)
{
    return model ? model->net->settings.bn_epsilon : 0;
}

size_t resnet_model_get_depth(const resnet_model *model)
{
    return model ? RN_ARCH_DEPTH : 0;
}

size_t resnet_model_get_n_features(const resnet_model *model)
{
    return model ? RN_ARCH_FEATURES : 0;
}

int32_t resnet_model_get_stem_pool(const resnet_model *model)
{
    if (!model) return RESNET_STEM_POOL_AUTO;
    return model->net->settings.stem_pool_padded ? RESNET_STEM_POOL_PADDED
                                                 : RESNET_STEM_POOL_UNPADDED;
}

int32_t resnet_model_get_pooling(const resnet_model *model)
{
    return model && model->net->settings.max_pooling ? RESNET_POOLING_MAX : RESNET_POOLING_AVERAGE;
}

size_t resnet_model_get_n_hidden(const resnet_model *model)
{
    return model ? model->net->settings.n_hidden : 0;
}

size_t resnet_model_get_hidden_size(const resnet_model *model, size_t index)
{
    return index < resnet_model_get_n_hidden(model) ? model->net->settings.hidden_sizes[index] : 0;
}

int32_t resnet_model_get_hidden_activation(const resnet_model *model, size_t index)
{
    if (index >= resnet_model_get_n_hidden(model)) return RESNET_ACTIVATION_AUTO;
    const int32_t kind = model->net->settings.activations[index].kind;
    return kind != RESNET_ACTIVATION_AUTO ? kind : RESNET_ACTIVATION_RELU;
}

float resnet_model_get_activation_slope(const resnet_model *model, size_t index)
{
    if (index >= resnet_model_get_n_hidden(model)) return 0;
    return model->net->settings.activations[index].slope;
}

float resnet_model_get_dropout(const resnet_model *model)
{
    return model ? model->net->settings.dropout : 0;
}

const char *resnet_model_get_format(const resnet_model *model)
{
    return model ? model->format : "";
}

const char *resnet_model_get_licence(const resnet_model *model)
{
    return model ? model->licence : "";
}

const char *resnet_model_get_provenance(const resnet_model *model)
{
    return model ? model->provenance : "";
}

size_t resnet_model_get_n_remarks(const resnet_model *model)
{
    return model ? model->n_remarks : 0;
}

const char *resnet_model_get_remark(const resnet_model *model, size_t index)
{
    return index < resnet_model_get_n_remarks(model) ? model->remarks[index] : "";
}

resnet_status resnet_model_copy_recipe(resnet_recipe *out, size_t size, const resnet_model *model)
{
    if (!model) return rn_fail(RESNET_E_INVALID, "resnet_model_copy_recipe: model is NULL");
    return rn_options_write(out, size, &model->recipe, sizeof model->recipe, RN_RECIPE_FIRST_SIZE,
                            "resnet_recipe");
}

resnet_status resnet_model_set_recipe(resnet_model *model, const resnet_recipe *recipe)
{
    if (!model || !recipe)
        return rn_fail(RESNET_E_INVALID, "resnet_model_set_recipe: NULL argument");
    resnet_recipe checked;
    const resnet_status status = rn_recipe_read(&checked, recipe);
    if (status == RESNET_OK) model->recipe = checked;
    return status;
}

resnet_status resnet_model_set_class_names(resnet_model *model, const char *const *names,
                                           size_t n_names)
{
    if (!model || !names)
        return rn_fail(RESNET_E_INVALID, "resnet_model_set_class_names: NULL argument");
    if (n_names != model->net->settings.n_classes)
        return rn_fail(RESNET_E_INVALID, "%zu names for %zu classes", n_names,
                       model->net->settings.n_classes);
    char **copy = NULL;
    for (size_t i = 0; i < n_names; i++)
        if (names[i] && !rn_utf8_is_valid(names[i]))
            return rn_fail(RESNET_E_INVALID, "the name of class %zu is not UTF-8", i);
    const resnet_status status = copy_names(&copy, names, n_names);
    if (status != RESNET_OK) return status;
    free_names(model->class_names, n_names);
    model->class_names = copy;
    model->names_origin = RESNET_NAMES_SET;
    return RESNET_OK;
}

resnet_status resnet_model_set_notes(resnet_model *model, const char *licence,
                                     const char *provenance)
{
    resnet_status status = RESNET_OK;
    if (!model) return rn_fail(RESNET_E_INVALID, "resnet_model_set_notes: model is NULL");
    RN_TRY(check_utf8("licence", licence));
    RN_TRY(check_utf8("provenance", provenance));
    if (licence) RN_TRY(set_text(&model->licence, licence));
    if (provenance) RN_TRY(set_text(&model->provenance, provenance));
done:
    return status;
}

resnet_status resnet_model_set_metadata(resnet_model *model, const char *key, const char *value)
{
    if (!model || !key)
        return rn_fail(RESNET_E_INVALID, "resnet_model_set_metadata: NULL argument");
    return rn_pairs_set(&model->metadata, key, value);
}

const char *resnet_model_get_metadata(const resnet_model *model, const char *key)
{
    return model && key ? rn_pairs_get(&model->metadata, key) : NULL;
}

size_t resnet_model_get_n_metadata(const resnet_model *model)
{
    return model ? model->metadata.count : 0;
}

const char *resnet_model_get_metadata_key(const resnet_model *model, size_t index)
{
    return index < resnet_model_get_n_metadata(model) ? model->metadata.items[index].key : "";
}

size_t resnet_model_get_n_tensors(const resnet_model *model)
{
    return model ? model->net->n_params : 0;
}

resnet_status resnet_model_get_tensor(resnet_tensor_view *out, size_t size,
                                      const resnet_model *model, size_t index)
{
    if (!model) return rn_fail(RESNET_E_INVALID, "resnet_model_get_tensor: model is NULL");
    if (index >= model->net->n_params)
        return rn_fail(RESNET_E_INVALID, "there is no tensor %zu of %zu", index,
                       model->net->n_params);
    const rn_param *param = &model->net->params[index];
    resnet_tensor_view view = {.name = param->name,
                               .data = rn_net_get_values(model->net, index),
                               .data_size = param->count * sizeof(float),
                               .n_dims = (uint32_t)param->n_dims,
                               .dtype = RESNET_DTYPE_F32};
    for (size_t d = 0; d < param->n_dims; d++) view.dims[d] = param->dims[d];
    return rn_options_write(out, size, &view, sizeof view, FIRST_TENSOR_VIEW_SIZE,
                            "resnet_tensor_view");
}

resnet_status resnet_model_set_tensor(resnet_model *model, const char *name, const float *values,
                                      size_t n_values)
{
    if (!model || !name || !values)
        return rn_fail(RESNET_E_INVALID, "resnet_model_set_tensor: NULL argument");
    const size_t index = rn_net_find(model->net, name);
    if (index == model->net->n_params)
        return rn_fail(RESNET_E_INVALID, "there is no tensor called %s", name);
    if (model->net->params[index].count != n_values)
        return rn_fail(RESNET_E_INVALID, "%s has %zu values, not %zu", name,
                       model->net->params[index].count, n_values);
    memcpy(rn_net_get_values(model->net, index), values, n_values * sizeof *values);
    if (model->net->params[index].conv >= 0) model->net->is_random = false;
    model->net->generation++;
    return RESNET_OK;
}
