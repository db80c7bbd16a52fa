/* SPDX-License-Identifier: MIT */
#include "core/mem.h"
#include "model.h"

#include <string.h>

static resnet_status copy_text(char **out, const char *text)
{
    *out = rn_strdup(text);
    return *out ? RESNET_OK : RESNET_E_NOMEM;
}

static resnet_status copy_class_names(resnet_model *copy, const resnet_model *model)
{
    if (!model->class_names) return RESNET_OK;
    const resnet_status status = resnet_model_set_class_names(
        copy, (const char *const *)model->class_names, resnet_model_get_n_classes(model));
    copy->names_origin = model->names_origin;
    return status;
}

resnet_status resnet_model_clone(resnet_model **out, const resnet_model *model)
{
    resnet_status status;
    if (!out || !model) return rn_fail(RESNET_E_INVALID, "resnet_model_clone: NULL argument");
    resnet_model *copy = rn_calloc(1, sizeof *copy);
    if (!copy) return RESNET_E_NOMEM;
    RN_TRY(rn_net_create(&copy->net, &model->net->settings));
    memcpy(copy->net->arena, model->net->arena, model->net->arena_count * sizeof(float));
    copy->net->is_random = model->net->is_random;
    copy->recipe = model->recipe;
    RN_TRY(copy_text(&copy->format, model->format));
    RN_TRY(copy_text(&copy->licence, model->licence));
    RN_TRY(copy_text(&copy->provenance, model->provenance));
    RN_TRY(rn_pairs_copy(&copy->metadata, &model->metadata));
    RN_TRY(copy_class_names(copy, model));
    *out = copy;
    return RESNET_OK;
done:
    resnet_model_free(copy);
    return status;
}
