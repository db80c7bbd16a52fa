/* SPDX-License-Identifier: MIT */
#include "model.h"

#include "core/arithmetic.h"
#include "core/mem.h"
#include "core/options.h"
#include "model_settings.h"
#include "model_text.h"

#define FIRST_MODEL_OPTIONS_SIZE 72 /* bytes, in the first release */

RN_ASSERT_ABI(resnet_model_options, 72);

static const resnet_model_options MODEL_DEFAULTS = {
    .struct_size = sizeof(resnet_model_options), .n_classes = 1000, .bn_epsilon = RN_BN_EPSILON};

resnet_status resnet_model_options_init(resnet_model_options *options, size_t size)
{
    return rn_options_write(options, size, &MODEL_DEFAULTS, sizeof MODEL_DEFAULTS,
                            FIRST_MODEL_OPTIONS_SIZE, "resnet_model_options");
}

resnet_status rn_model_make(resnet_model **out, const rn_net_settings *settings,
                            const rn_weights_info *info)
{
    resnet_status status;
    resnet_model *model = rn_calloc(1, sizeof *model);
    if (!model) return RESNET_E_NOMEM;
    RN_TRY(rn_net_create(&model->net, settings));
    RN_TRY(rn_model_set_text(&model->format, info->format));
    RN_TRY(rn_model_set_text(&model->licence, info->licence));
    RN_TRY(rn_model_set_text(&model->provenance, info->provenance));
    RN_TRY(rn_pairs_copy(&model->metadata, &info->metadata));
    if (info->n_remarks > 0) {
        RN_TRY(rn_model_copy_names(&model->remarks, (const char *const *)info->remarks,
                                   info->n_remarks));
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
    const rn_arch_settings shape = {.depth = RN_ARCH_DEFAULT_DEPTH};
    rn_arch *arch = NULL;
    rn_net_settings settings = {0};
    const rn_weights_info info = {.format = (char *)"random weights"};
    resnet_model *model = NULL;
    if (!out) return rn_fail(RESNET_E_INVALID, "resnet_model_create: out is NULL");
    RN_TRY(
        rn_options_read(&o, sizeof o, FIRST_MODEL_OPTIONS_SIZE, options, "resnet_model_options"));
    RN_TRY(rn_model_read_backbone(&settings, o.variant, RESNET_VARIANT_V1_5, o.stem_pool,
                                  RESNET_STEM_POOL_PADDED, o.bn_epsilon, RN_BN_EPSILON));
    RN_TRY(rn_model_read_head(&settings, o.n_classes, o.pooling, o.n_hidden, o.hidden_sizes,
                              o.dropout));
    RN_TRY(rn_model_read_activation(&settings, o.hidden_activation, o.activation_slope));
    RN_TRY(rn_arch_create(&arch, &shape));
    settings.arch = arch;
    RN_TRY(rn_model_make(&model, &settings, &info));
    rn_net_init_backbone(model->net, o.seed, o.zero_init_residual != 0);
    rn_net_init_head(model->net, o.seed);
    *out = model;
done:
    rn_arch_free(arch);
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
    if (model->net) rn_model_free_names(model->class_names, model->net->settings.n_classes);
    rn_net_free(model->net);
    rn_free(model->format);
    rn_free(model->licence);
    rn_free(model->provenance);
    rn_model_free_names(model->remarks, model->n_remarks);
    rn_pairs_clear(&model->metadata);
    rn_free(model);
}
