/* Reads weight files and writes what the library made of them, for store_check.py to compare:
 * store_dump OUT FILE writes OUT.json (names, shapes, facts) and OUT.bin (all floats in order), and
 * with a third and fourth argument also saves FILE again as our HDF5 and as safetensors.
 * SPDX-License-Identifier: MIT */
#include "store/weights.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t count(const rn_tensor *tensor)
{
    size_t n = 1;
    for (size_t i = 0; i < tensor->n_dims; i++) n *= tensor->dims[i];
    return n;
}

static json_t *describe(const rn_weights *weights)
{
    json_t *tensors = json_array();
    for (size_t i = 0; i < weights->n_tensors; i++) {
        const rn_tensor *tensor = &weights->tensors[i];
        json_t *dims = json_array();
        for (size_t d = 0; d < tensor->n_dims; d++)
            json_array_append_new(dims, json_integer((json_int_t)tensor->dims[d]));
        json_array_append_new(tensors, json_pack("{s:s, s:o}", "name", tensor->name, "dims", dims));
    }
    const rn_weights_info *info = &weights->info;
    json_t *names = json_array();
    for (size_t i = 0; i < info->n_class_names; i++)
        json_array_append_new(names, json_string(info->class_names[i]));
    return json_pack("{s:o, s:s, s:i, s:f, s:i, s:s, s:i, s:i, s:i, s:i, s:f, s:o, s:s*, s:s*}",
                     "tensors", tensors, "format", info->format, "variant", info->variant,
                     "bn_epsilon", (double)info->bn_epsilon, "stem_pool", info->stem_pool, "recipe",
                     info->has_recipe ? info->recipe.name : "", "resize",
                     (int)info->recipe.resize_size, "crop", (int)info->recipe.crop_width,
                     "head_pooling", info->head_pooling, "head_activation", info->head_activations[0].kind,
                     "head_dropout", (double)info->head_dropout, "class_names", names, "licence",
                     info->licence, "provenance", info->provenance);
}

static int dump(const rn_weights *weights, const char *out)
{
    char path[4096];
    snprintf(path, sizeof path, "%s.json", out);
    json_t *json = describe(weights);
    int failed = json_dump_file(json, path, 0);
    json_decref(json);
    snprintf(path, sizeof path, "%s.bin", out);
    FILE *file = fopen(path, "wb");
    if (!file) return 1;
    for (size_t i = 0; i < weights->n_tensors; i++) {
        const rn_tensor *tensor = &weights->tensors[i];
        failed |= fwrite(tensor->data, sizeof(float), count(tensor), file) != count(tensor);
    }
    return fclose(file) != 0 || failed;
}

int main(int argc, char **argv)
{
    rn_weights *weights = NULL;
    if (argc < 3) return 2;
    resnet_status status =
        rn_weights_read_file(&weights, argv[2], &(rn_read_limits){.budget = UINT64_MAX});
    if (status == RESNET_OK && dump(weights, argv[1]) != 0) status = RESNET_E_IO;
    if (status == RESNET_OK && argc > 3) status = rn_weights_write(weights, argv[3], RN_WEIGHTS_HDF5);
    if (status == RESNET_OK && argc > 4) status = rn_weights_write(weights, argv[4], RN_WEIGHTS_SAFETENSORS);
    if (status != RESNET_OK) printf("%s: %s\n", resnet_status_name(status), resnet_last_error());
    rn_weights_free(weights);
    return status != RESNET_OK;
}
