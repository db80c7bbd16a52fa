/* Our own file: Keras's HDF5 weights in Keras's names and order, so that load_weights() of a
 * keras.applications.ResNet50 reads it, with metadata.h's texts as attributes of the root.
 * SPDX-License-Identifier: MIT */
#include "store/containers.h"

#include "arch/arch.h"
#include "core/mem.h"
#include "store/hdf5_write.h"
#include "store/keras_h5.h"
#include "store/kernel.h"
#include "store/metadata.h"
#include "store/names.h"

#include <stdio.h>
#include <string.h>

#define HEAD_NAME "predictions"
#define LAYER_WIDTH RN_NAME_SIZE /* bytes of a name in layer_names */
#define WEIGHT_WIDTH (LAYER_WIDTH + 32)
#define FURTHER_LAYERS (RN_ARCH_MAX_HIDDEN + 2) /* head and seal */
#define KERAS_VERSION "2.2.4" /* whose layout this is; without one it would be Keras 1's */

typedef struct writer {
    const rn_weights *weights;
    rn_h5_draft *file;
    char (*layer_names)[LAYER_WIDTH];
    size_t n_layers;
} writer;

/* Values in Keras's layout: [h][w][in][out], dense [in][out]. */
static void fill_values(void *out, const void *source)
{
    const rn_tensor *tensor = source;
    const uint64_t *dims = tensor->dims;
    const bool is_conv = tensor->n_dims == 4;
    if (tensor->n_dims == 1)
        memcpy(out, tensor->data, dims[0] * sizeof(float));
    else
        rn_kernel_to_keras(out, tensor->data, dims[0], dims[1], is_conv ? dims[2] : 1,
                           is_conv ? dims[3] : 1);
}

/* Adds /layer/layer/variable:0. NULL tensor: `zeros` of zeros. */
static resnet_status add_values(rn_h5_draft *file, size_t group, const rn_tensor *tensor,
                                const char *variable, uint64_t zeros)
{
    static const size_t SAME[] = {0, 1, 2, 3}, DENSE[] = {1, 0}, HWIO[] = {2, 3, 1, 0};
    if (!tensor) return rn_h5_add_array(file, group, variable, RN_H5_F32, 1, &zeros, NULL, NULL);
    uint64_t dims[RN_TENSOR_MAX_DIMS] = {0};
    const size_t *order = tensor->n_dims == 4 ? HWIO : tensor->n_dims == 2 ? DENSE : SAME;
    for (size_t i = 0; i < tensor->n_dims; i++) dims[i] = tensor->dims[order[i]];
    return rn_h5_add_array(file, group, variable, RN_H5_F32, tensor->n_dims, dims, fill_values,
                           tensor);
}

typedef struct variable {
    char canonical[RN_NAME_SIZE];
    const char *keras;
    uint64_t zeros; /* how many stand in for a missing tensor; 0: it must be there */
} variable;

static resnet_status write_variables(const writer *out, size_t group, const char *layer,
                                     const variable *variables, size_t count)
{
    resnet_status status;
    size_t inner = 0;
    char names[4][WEIGHT_WIDTH] = {{0}};
    RN_TRY(rn_h5_add_group(out->file, &inner, group, layer));
    for (size_t i = 0; i < count; i++) {
        const rn_tensor *tensor = rn_weights_find(out->weights, variables[i].canonical);
        if (!tensor && !variables[i].zeros) {
            status = rn_fail(RESNET_E_INVALID, "%s: missing", variables[i].canonical);
            goto done;
        }
        RN_TRY(add_values(out->file, inner, tensor, variables[i].keras, variables[i].zeros));
        snprintf(names[i], WEIGHT_WIDTH, "%s/%s", layer, variables[i].keras);
    }
    status = rn_h5_add_text_array(out->file, group, "weight_names", names[0], count, WEIGHT_WIDTH);
done:
    return status;
}

static resnet_status write_layer(writer *out, const char *layer, const variable *variables,
                                 size_t count)
{
    size_t group = 0;
    resnet_status status;
    RN_TRY(rn_h5_add_group(out->file, &group, RN_H5_ROOT, layer));
    RN_TRY(write_variables(out, group, layer, variables, count));
    snprintf(out->layer_names[out->n_layers++], LAYER_WIDTH, "%s", layer);
done:
    return status;
}

static resnet_status write_conv(writer *out, const rn_arch_conv *conv)
{
    char layer[RN_NAME_SIZE];
    variable variables[2] = {{.keras = "kernel:0"},
                             {.keras = "bias:0", .zeros = conv->out_channels}};
    rn_names_keras_layer(layer, conv, false);
    rn_names_canonical(variables[0].canonical, conv, RN_VAR_KERNEL);
    rn_names_canonical(variables[1].canonical, conv, RN_VAR_BIAS);
    return write_layer(out, layer, variables, 2);
}

static resnet_status write_bn(writer *out, const rn_arch_conv *conv)
{
    char layer[RN_NAME_SIZE];
    variable variables[4] = {{.keras = "gamma:0"},
                             {.keras = "beta:0"},
                             {.keras = "moving_mean:0"},
                             {.keras = "moving_variance:0"}};
    rn_names_keras_layer(layer, conv, true);
    for (int i = 0; i < 4; i++)
        rn_names_canonical(variables[i].canonical, conv, (enum rn_variable)(RN_VAR_GAMMA + i));
    return write_layer(out, layer, variables, 4);
}

static resnet_status write_pair(writer *out, const rn_arch_conv *conv)
{
    const resnet_status status = write_conv(out, conv);
    return status == RESNET_OK ? write_bn(out, conv) : status;
}

/* load_weights() goes by order: by depth, so that where a block has a shortcut, its convolution and
 * the last 1x1 come before the batch norms of both. */
static resnet_status write_block(writer *out, const rn_arch_block *block)
{
    resnet_status status = RESNET_OK;
    const rn_arch_conv *convs = out->weights->arch->convs;
    for (size_t row = block->first; row < block->last; row++) RN_TRY(write_pair(out, &convs[row]));
    if (!block->has_shortcut) return write_pair(out, &convs[block->last]);
    RN_TRY(write_conv(out, &convs[block->shortcut]));
    RN_TRY(write_conv(out, &convs[block->last]));
    RN_TRY(write_bn(out, &convs[block->shortcut]));
    status = write_bn(out, &convs[block->last]);
done:
    return status;
}

static resnet_status write_backbone(writer *out)
{
    const rn_arch *arch = out->weights->arch;
    resnet_status status = write_pair(out, &arch->convs[0]);
    for (size_t b = 0; b < arch->n_blocks && status == RESNET_OK; b++)
        status = write_block(out, &arch->blocks[b]);
    return status;
}

static resnet_status write_dense(writer *out, const char *layer, const char *canonical)
{
    variable variables[2] = {{.keras = "kernel:0"}, {.keras = "bias:0"}};
    snprintf(variables[0].canonical, RN_NAME_SIZE, "%s.weight", canonical);
    snprintf(variables[1].canonical, RN_NAME_SIZE, "%s.bias", canonical);
    return write_layer(out, layer, variables, 2);
}

static resnet_status write_head(writer *out)
{
    for (size_t i = 0; i < RN_ARCH_MAX_HIDDEN; i++) {
        char canonical[32], kernel[40], layer[LAYER_WIDTH];
        snprintf(canonical, sizeof canonical, "fc.hidden%zu", i);
        snprintf(kernel, sizeof kernel, "%s.weight", canonical);
        snprintf(layer, sizeof layer, "hidden%zu", i);
        if (!rn_weights_find(out->weights, kernel)) break;
        const resnet_status status = write_dense(out, layer, canonical);
        if (status != RESNET_OK) return status;
    }
    if (!rn_weights_find(out->weights, "fc.weight")) return RESNET_OK;
    return write_dense(out, HEAD_NAME, "fc");
}

static bool has_conv_bias(const rn_weights *weights)
{
    for (size_t row = 0; row < weights->arch->n_convs; row++) {
        char name[RN_NAME_SIZE];
        rn_names_canonical(name, &weights->arch->convs[row], RN_VAR_BIAS);
        if (rn_weights_find(weights, name)) return true;
    }
    return false;
}

static resnet_status write_metadata(const writer *out)
{
    resnet_status status;
    json_t *texts = NULL, *text;
    const char *key;
    RN_TRY(rn_metadata_encode(&texts, out->weights));
    json_object_foreach(texts, key, text)
        RN_TRY(rn_h5_add_text(out->file, RN_H5_ROOT, key, json_string_value(text)));
    if (!has_conv_bias(out->weights))
        status =
            rn_h5_add_text(out->file, RN_H5_ROOT, RN_KERAS_CONV_BIAS_KEY, RN_KERAS_CONV_BIAS_NONE);
done:
    json_decref(texts);
    return status;
}

/* Keras passes over layers without weights; the reader takes this one for a demand. */
static resnet_status write_seal(writer *out)
{
    static const char NONE[1][WEIGHT_WIDTH] = {{0}};
    size_t group = 0;
    resnet_status status;
    RN_TRY(rn_h5_add_group(out->file, &group, RN_H5_ROOT, RN_KERAS_SEAL_LAYER));
    RN_TRY(rn_h5_add_text_array(out->file, group, "weight_names", NONE[0], 0, WEIGHT_WIDTH));
    snprintf(out->layer_names[out->n_layers++], LAYER_WIDTH, "%s", RN_KERAS_SEAL_LAYER);
done:
    return status;
}

static resnet_status write_content(writer *out)
{
    resnet_status status;
    RN_TRY(write_backbone(out));
    RN_TRY(write_head(out));
    RN_TRY(write_seal(out));
    RN_TRY(rn_h5_add_text_array(out->file, RN_H5_ROOT, "layer_names", out->layer_names[0],
                                out->n_layers, LAYER_WIDTH));
    RN_TRY(rn_h5_add_text(out->file, RN_H5_ROOT, "backend", "tensorflow"));
    RN_TRY(rn_h5_add_text(out->file, RN_H5_ROOT, "keras_version", KERAS_VERSION));
    status = write_metadata(out);
done:
    return status;
}

resnet_status rn_keras_h5_encode(unsigned char **out_bytes, size_t *out_size,
                                 const rn_weights *weights)
{
    resnet_status status;
    writer *out = rn_calloc(1, sizeof *out);
    if (!out) return RESNET_E_NOMEM;
    out->weights = weights;
    out->layer_names = rn_calloc(2 * weights->arch->n_convs + FURTHER_LAYERS, LAYER_WIDTH);
    if (!out->layer_names) {
        status = RESNET_E_NOMEM;
        goto done;
    }
    RN_TRY(rn_h5_draft_create(&out->file));
    RN_TRY(write_content(out));
    status = rn_h5_draft_finish(out->file, 0, out_bytes, out_size);
done:
    rn_h5_draft_free(out->file);
    rn_free(out->layer_names);
    rn_free(out);
    return status;
}
