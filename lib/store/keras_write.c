/* Our own file: Keras's HDF5 weights in Keras's names and order, so that load_weights() of a
 * keras.applications.ResNet50 reads it, with metadata.h's texts as attributes of the root.
 * SPDX-License-Identifier: MIT */
#include "store/weights.h"

#include "arch/arch.h"
#include "core/file.h"
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
#define MAX_LAYERS (2 * RN_ARCH_N_CONVS + RN_ARCH_MAX_HIDDEN + 1)
#define KERAS_VERSION "2.2.4" /* whose layout this is; without one it would be Keras 1's */

typedef struct writer {
    const rn_weights *weights;
    hid_t file;
    char layer_names[MAX_LAYERS][LAYER_WIDTH];
    size_t n_layers;
} writer;

/* Values in Keras's layout under /layer/layer/variable:0. NULL tensor: `zeros` of zeros. */
static resnet_status write_values(hid_t group, const rn_tensor *tensor, const char *variable,
                                  uint64_t zeros)
{
    uint64_t dims[RN_TENSOR_MAX_DIMS] = {zeros};
    size_t n_dims = 1, count = zeros;
    if (tensor) {
        static const size_t SAME[] = {0, 1, 2, 3}, DENSE[] = {1, 0}, HWIO[] = {2, 3, 1, 0};
        const size_t *order = tensor->n_dims == 4 ? HWIO : tensor->n_dims == 2 ? DENSE : SAME;
        n_dims = tensor->n_dims;
        count = 1;
        for (size_t i = 0; i < n_dims; i++) count *= dims[i] = tensor->dims[order[i]];
    }
    float *values = rn_calloc(count, sizeof *values);
    if (!values) return RESNET_E_NOMEM;
    if (tensor && n_dims == 1)
        memcpy(values, tensor->data, count * sizeof *values);
    else if (tensor)
        rn_kernel_to_keras(values, tensor->data, tensor->dims[0], tensor->dims[1],
                           n_dims == 4 ? tensor->dims[2] : 1, n_dims == 4 ? tensor->dims[3] : 1);
    const resnet_status status =
        rn_h5_write_array(group, variable, H5T_NATIVE_FLOAT, H5T_IEEE_F32LE, n_dims, dims, values);
    rn_free(values);
    return status;
}

typedef struct variable {
    char canonical[RN_NAME_SIZE];
    const char *keras;
    uint64_t zeros; /* how many stand in for a missing tensor; 0: it must be there */
} variable;

static resnet_status write_variables(const writer *out, hid_t group, const char *layer,
                                     const variable *variables, size_t count)
{
    resnet_status status;
    hid_t inner = H5I_INVALID_HID;
    char names[4][WEIGHT_WIDTH] = {{0}};
    RN_TRY(rn_h5_create_group(&inner, group, layer));
    for (size_t i = 0; i < count; i++) {
        const rn_tensor *tensor = rn_weights_find(out->weights, variables[i].canonical);
        if (!tensor && !variables[i].zeros) {
            status = rn_fail(RESNET_E_INVALID, "%s: missing", variables[i].canonical);
            goto done;
        }
        RN_TRY(write_values(inner, tensor, variables[i].keras, variables[i].zeros));
        snprintf(names[i], WEIGHT_WIDTH, "%s/%s", layer, variables[i].keras);
    }
    status = rn_h5_write_text_array(group, "weight_names", names[0], count, WEIGHT_WIDTH);
done:
    if (inner >= 0) H5Gclose(inner);
    return status;
}

static resnet_status write_layer(writer *out, const char *layer, const variable *variables,
                                 size_t count)
{
    hid_t group = H5I_INVALID_HID;
    resnet_status status;
    RN_TRY(rn_h5_create_group(&group, out->file, layer));
    RN_TRY(write_variables(out, group, layer, variables, count));
    snprintf(out->layer_names[out->n_layers++], LAYER_WIDTH, "%s", layer);
done:
    if (group >= 0) H5Gclose(group);
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

/* load_weights() goes by order: by depth, so that where a block has a shortcut, its convolution and
 * the last 1x1 come before the batch norms of both. */
static resnet_status write_backbone(writer *out)
{
    size_t rows[RN_ARCH_N_CONVS];
    resnet_status status = RESNET_OK;
    rn_names_keras_order(rows);
    for (size_t i = 0; i < RN_ARCH_N_CONVS; i++) {
        const size_t width = RN_ARCH_CONVS[rows[i]].role == RN_ROLE_SHORTCUT ? 2 : 1;
        for (size_t k = 0; k < width; k++) RN_TRY(write_conv(out, &RN_ARCH_CONVS[rows[i + k]]));
        for (size_t k = 0; k < width; k++) RN_TRY(write_bn(out, &RN_ARCH_CONVS[rows[i + k]]));
        i += width - 1;
    }
done:
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
        char canonical[RN_NAME_SIZE], kernel[RN_NAME_SIZE + 8], layer[LAYER_WIDTH];
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
    for (size_t row = 0; row < RN_ARCH_N_CONVS; row++) {
        char name[RN_NAME_SIZE];
        rn_names_canonical(name, &RN_ARCH_CONVS[row], RN_VAR_BIAS);
        if (rn_weights_find(weights, name)) return true;
    }
    return false;
}

static resnet_status write_metadata(const writer *out)
{
    resnet_status status;
    json_t *texts = NULL, *text;
    const char *key;
    RN_TRY(rn_metadata_encode(&texts, &out->weights->info));
    json_object_foreach(texts, key, text)
        RN_TRY(rn_h5_write_text(out->file, key, json_string_value(text)));
    if (!has_conv_bias(out->weights))
        status = rn_h5_write_text(out->file, RN_KERAS_CONV_BIAS_KEY, RN_KERAS_CONV_BIAS_NONE);
done:
    json_decref(texts);
    return status;
}

static resnet_status write_content(writer *out)
{
    resnet_status status;
    RN_TRY(write_backbone(out));
    RN_TRY(write_head(out));
    RN_TRY(rn_h5_write_text_array(out->file, "layer_names", out->layer_names[0], out->n_layers,
                                  LAYER_WIDTH));
    RN_TRY(rn_h5_write_text(out->file, "backend", "tensorflow"));
    RN_TRY(rn_h5_write_text(out->file, "keras_version", KERAS_VERSION));
    status = write_metadata(out);
done:
    return status;
}

static size_t count_bytes(const rn_weights *weights)
{
    size_t bytes = 0;
    for (size_t i = 0; i < weights->n_tensors; i++) {
        size_t count = 1;
        for (size_t d = 0; d < weights->tensors[i].n_dims; d++)
            count *= weights->tensors[i].dims[d];
        bytes += count * sizeof(float);
    }
    return bytes;
}

static resnet_status make_image(rn_h5_image *image, const rn_weights *weights)
{
    resnet_status status;
    writer *out = rn_calloc(1, sizeof *out);
    if (!out) return RESNET_E_NOMEM;
    out->weights = weights;
    RN_TRY(rn_h5_create_image(&out->file, image, count_bytes(weights), 8 * MAX_LAYERS, 0));
    status = write_content(out);
    const resnet_status closed = rn_h5_close_image(out->file, image);
    if (status == RESNET_OK) status = closed;
done:
    rn_free(out);
    return status;
}

resnet_status rn_weights_write_hdf5(const rn_weights *weights, const char *path)
{
    rn_h5_image image = {NULL, 0, 0};
    rn_h5_guard guard;
    rn_h5_enter(&guard);
    resnet_status status = make_image(&image, weights);
    rn_h5_leave(&guard);
    if (status == RESNET_OK)
        status = rn_file_write(path, image.bytes, image.size);
    else
        rn_fail_in(status, path);
    rn_free(image.bytes);
    return status;
}
