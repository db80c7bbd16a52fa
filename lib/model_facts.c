/* What a model is, told and set. SPDX-License-Identifier: MIT */
#include "model.h"

#include "core/arithmetic.h"
#include "core/mem.h"
#include "core/options.h"
#include "core/utf8.h"
#include "image/recipe.h"
#include "model_text.h"

#include <string.h>

#define FIRST_TENSOR_VIEW_SIZE 72 /* bytes, in the first release */

RN_ASSERT_ABI(resnet_tensor_view, 72);

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
    return model ? model->net->settings.variant : RESNET_VARIANT_AUTO;
}

float resnet_model_get_bn_epsilon(const resnet_model *model)
{
    return model ? model->net->settings.bn_epsilon : 0;
}

size_t resnet_model_get_depth(const resnet_model *model)
{
    return model ? model->net->arch->depth : 0;
}

size_t resnet_model_get_n_features(const resnet_model *model)
{
    return model ? model->net->arch->n_features : 0;
}

int32_t resnet_model_get_stem_pool(const resnet_model *model)
{
    return model ? model->net->settings.stem_pool : RESNET_STEM_POOL_AUTO;
}

int32_t resnet_model_get_pooling(const resnet_model *model)
{
    return model ? model->net->settings.pooling : RESNET_POOLING_AVERAGE;
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
    const resnet_status status = rn_model_copy_names(&copy, names, n_names);
    if (status != RESNET_OK) return status;
    rn_model_free_names(model->class_names, n_names);
    model->class_names = copy;
    model->names_origin = RESNET_NAMES_SET;
    return RESNET_OK;
}

resnet_status resnet_model_set_notes(resnet_model *model, const char *licence,
                                     const char *provenance)
{
    resnet_status status = RESNET_OK;
    if (!model) return rn_fail(RESNET_E_INVALID, "resnet_model_set_notes: model is NULL");
    RN_TRY(rn_model_check_utf8("licence", licence));
    RN_TRY(rn_model_check_utf8("provenance", provenance));
    if (licence) RN_TRY(rn_model_set_text(&model->licence, licence));
    if (provenance) RN_TRY(rn_model_set_text(&model->provenance, provenance));
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
