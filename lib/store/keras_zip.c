/* A .keras file: a zip of config.json and model.weights.h5. SPDX-License-Identifier: MIT */
#include "store/containers.h"

#include "core/mem.h"
#include "store/keras_h5.h"
#include "store/zip_entry.h"

#define WEIGHTS_NAME "model.weights.h5"
#define CONFIG_NAME "config.json"
#define MAX_CONFIG (64u << 20)
#define MAX_WEIGHTS (UINT64_C(4) << 30)

static resnet_status read_config(const rn_zip *zip, rn_raw_set *set)
{
    void *text = NULL;
    size_t length = 0;
    const int64_t entry = rn_zip_find(zip, CONFIG_NAME);
    if (entry < 0) return RESNET_OK;
    resnet_status status = rn_zip_read(zip, (uint64_t)entry, MAX_CONFIG, &text, &length);
    if (status == RESNET_OK) status = rn_keras_config_read(set, text, length);
    rn_free(text);
    return status;
}

static resnet_status read_weights(const rn_zip *zip, rn_raw_set **out)
{
    void *bytes = NULL;
    size_t size = 0;
    const int64_t entry = rn_zip_find(zip, WEIGHTS_NAME);
    if (entry < 0) return rn_fail(RESNET_E_UNSUPPORTED, "a Keras archive without " WEIGHTS_NAME);
    resnet_status status = rn_zip_read(zip, (uint64_t)entry, MAX_WEIGHTS, &bytes, &size);
    if (status != RESNET_OK) return status;
    status = rn_keras_h5_parse_owned(out, bytes, size, bytes, zip->budget);
    if (status != RESNET_OK) rn_free(bytes);
    return status;
}

resnet_status rn_keras_zip_parse(rn_raw_set **out, const void *bytes, size_t size,
                                 rn_budget *budget)
{
    rn_raw_set *set = NULL;
    rn_zip zip = {0};
    resnet_status status;
    RN_TRY(rn_zip_open(&zip, bytes, size, budget));
    RN_TRY(read_weights(&zip, &set));
    RN_TRY(read_config(&zip, set));
    rn_free(set->info.format);
    set->info.format = NULL; /* the archive's name, not the inner file's */
    *out = set;
    set = NULL;
done:
    rn_raw_free(set);
    rn_zip_close(&zip);
    return status;
}
