/* What a list of samples is known again by. SPDX-License-Identifier: MIT */
#include "data/dataset.h"
#include "data/fingerprint.h"

#include <stdio.h>
#include <string.h>

static rn_fingerprint add_text(rn_fingerprint sum, const char *text)
{
    const rn_fingerprint f = rn_fingerprint_bytes(text, strlen(text), sum.high);
    return (rn_fingerprint){f.high ^ sum.low, f.low};
}

static rn_fingerprint add_sample(rn_fingerprint sum, const resnet_dataset *dataset, size_t index)
{
    const rn_source *source = dataset->source;
    const size_t id = (size_t)rn_dataset_get_id(dataset, index);
    const int32_t label = source->labels[id];
    sum = add_text(sum, rn_source_get_relative_name(source, id));
    return add_text(sum, label < 0 ? "" : rn_strings_get(&source->classes, (size_t)label));
}

resnet_status resnet_dataset_copy_digest(char *out, size_t capacity, const resnet_dataset *dataset)
{
    if (!dataset || !out || capacity < RESNET_DIGEST_SIZE)
        return rn_fail(RESNET_E_INVALID, "resnet_dataset_copy_digest: NULL, or room for %zu of %d",
                       capacity, RESNET_DIGEST_SIZE);
    rn_fingerprint sum = {0, 0};
    for (size_t i = 0; i < dataset->n; i++) sum = add_sample(sum, dataset, i);
    snprintf(out, capacity, "%016llx%016llx", (unsigned long long)sum.high,
             (unsigned long long)sum.low);
    return RESNET_OK;
}
