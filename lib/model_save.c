/* SPDX-License-Identifier: MIT */
#include "model.h"

#include "core/arithmetic.h"
#include "core/bytes.h"
#include "model_settings.h"
#include "model_text.h"

_Static_assert((int)RN_WEIGHTS_HDF5 == RESNET_FORMAT_HDF5 &&
                   (int)RN_WEIGHTS_SAFETENSORS == RESNET_FORMAT_SAFETENSORS,
               "one number for a format on both sides");

/* What a file is told beside the tensors. */
static resnet_status export_info(const resnet_model *model, rn_weights_info *info)
{
    resnet_status status;
    const rn_net_settings *s = &model->net->settings;
    info->variant = s->variant;
    info->bn_epsilon = s->bn_epsilon;
    info->stem_pool = s->stem_pool;
    info->head_pooling = s->pooling;
    for (size_t i = 0; i < s->n_hidden; i++) info->head_activations[i] = s->activations[i];
    info->head_dropout = s->dropout;
    info->has_recipe = true;
    info->recipe = model->recipe;
    RN_TRY(rn_model_set_text(&info->licence, model->licence));
    RN_TRY(rn_model_set_text(&info->provenance, model->provenance));
    RN_TRY(rn_pairs_copy(&info->metadata, &model->metadata));
    if (model->class_names) {
        RN_TRY(rn_model_copy_names(&info->class_names, (const char *const *)model->class_names,
                                   s->n_classes));
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
    RN_TRY(rn_model_check_between("format", format, RESNET_FORMAT_HDF5, RESNET_FORMAT_SAFETENSORS));
    RN_TRY(rn_weights_create(out, model->net->arch));
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
    RN_TRY(rn_weights_encode(&block, &size, weights, (enum rn_weights_format)format));
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
    status = rn_weights_write(weights, path, (enum rn_weights_format)format);
done:
    rn_weights_free(weights);
    return status;
}
