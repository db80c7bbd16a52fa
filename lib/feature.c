/* SPDX-License-Identifier: MIT */
#include <resnet/version.h>

#include "built_features.h" /* made by the build */

#include <string.h>

static const struct {
    const char *name;
    int32_t is_built;
} features[] = {
    {"png", RN_HAS_PNG},
    {"webp", RN_HAS_WEBP},
    {"zip", RN_HAS_ZIP},
};
#define N_FEATURES (sizeof features / sizeof *features)

const char *resnet_feature_get_name(size_t index)
{
    return index < N_FEATURES ? features[index].name : NULL;
}

int32_t resnet_feature_is_built(const char *name)
{
    for (size_t i = 0; name && i < N_FEATURES; i++)
        if (strcmp(features[i].name, name) == 0) return features[i].is_built;
    return 0;
}
