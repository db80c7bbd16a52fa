/* SPDX-License-Identifier: MIT */
#include "store/recognise.h"

#include <string.h>

static rn_raw_tensor *find_key(const rn_raw_set *set, const char *prefix, size_t prefix_length,
                               const char *key)
{
    for (size_t i = 0; i < set->n_tensors; i++) {
        const char *candidate = set->tensors[i].key;
        if (strncmp(candidate, prefix, prefix_length) == 0 &&
            strcmp(candidate + prefix_length, key) == 0)
            return &set->tensors[i];
    }
    return NULL;
}

static bool has_key(const rn_raw_set *set, const char *key)
{
    return find_key(set, "", 0, key) != NULL;
}

/* Wrappers (DataParallel, Lightning, torch.compile) put their own path before the names. The stem's
 * kernel has the shortest name that ends as it should; what stands before that is the prefix. */
static bool find_prefix(rn_naming *naming, const rn_raw_set *set, const char *stem)
{
    const size_t stem_length = strlen(stem);
    const char *shortest = NULL;
    for (size_t i = 0; i < set->n_tensors; i++) {
        const char *key = set->tensors[i].key;
        const size_t length = strlen(key);
        if (length < stem_length || strcmp(key + length - stem_length, stem) != 0) continue;
        if (length > stem_length && key[length - stem_length - 1] != '.') continue;
        if (!shortest || length < strlen(shortest)) shortest = key;
    }
    if (!shortest) return false;
    naming->prefix_length = strlen(shortest) - stem_length;
    memcpy(naming->prefix, shortest, naming->prefix_length);
    naming->prefix[naming->prefix_length] = '\0';
    return !strstr(naming->prefix, "layer"); /* a block's own conv1 */
}

static bool recognise_torch(rn_naming *naming, const rn_raw_set *set)
{
    static const enum rn_convention CONVENTIONS[] = {RN_NAMES_HUGGING_FACE, RN_NAMES_TORCHVISION};
    for (size_t i = 0; i < 2; i++) {
        char stem[RN_NAME_SIZE];
        naming->convention = CONVENTIONS[i];
        rn_names_format(stem, CONVENTIONS[i], &RN_ARCH_CONVS[0], RN_VAR_KERNEL);
        if (find_prefix(naming, set, stem)) return true;
    }
    return false;
}

static bool recognise_keras(rn_naming *naming, const rn_raw_set *set)
{
    static const enum rn_convention CONVENTIONS[] = {RN_NAMES_KERAS, RN_NAMES_KERAS_2015,
                                                     RN_NAMES_KERAS_COUNTED};
    naming->prefix_length = 0;
    naming->prefix[0] = '\0';
    for (size_t i = 0; i < 3; i++) {
        char stem[RN_NAME_SIZE];
        naming->convention = CONVENTIONS[i];
        rn_names_format(stem, CONVENTIONS[i], &RN_ARCH_CONVS[0], RN_VAR_KERNEL);
        if (has_key(set, stem)) return true;
    }
    return false;
}

resnet_status rn_naming_recognise(rn_naming *out, const rn_raw_set *set)
{
    const bool torch = set->layout == RN_LAYOUT_TORCH;
    if (torch ? recognise_torch(out, set) : recognise_keras(out, set)) return RESNET_OK;
    if (set->n_tensors == 0) return rn_fail(RESNET_E_UNSUPPORTED, "holds no tensors");
    if (torch && has_key(set, "conv1.0.weight"))
        return rn_fail(RESNET_E_UNSUPPORTED, "conv1.0.weight: a stem of three convolutions "
                                             "(resnet50d); only ResNet-50's 7x7 stem is read");
    return rn_fail(RESNET_E_UNSUPPORTED,
                   "not a ResNet-50: no first convolution (%s) among its %zu tensors, such as %s",
                   torch ? "conv1.weight" : "conv1_conv or conv1", set->n_tensors,
                   set->tensors[0].name);
}

rn_raw_tensor *rn_naming_find(const rn_naming *naming, const rn_raw_set *set,
                              const rn_arch_conv *conv, enum rn_variable variable)
{
    char key[RN_NAME_SIZE];
    rn_names_format(key, naming->convention, conv, variable);
    return find_key(set, naming->prefix, naming->prefix_length, key);
}

const char *rn_naming_guess_other(const rn_naming *naming, const rn_raw_set *set)
{
    static const rn_arch_conv DEEPER = {
        "layer3.6.conv1", "layer3.6.bn1", 3, 6, RN_ROLE_REDUCE, 1, 0, 0, 1, 1};
    static const rn_arch_conv BOTTLENECK = {
        "layer1.0.conv3", "layer1.0.bn3", 1, 0, RN_ROLE_EXPAND, 1, 0, 0, 1, 1};
    static const rn_arch_conv BASIC = {
        "layer1.0.conv2", "layer1.0.bn2", 1, 0, RN_ROLE_SPATIAL, 3, 0, 0, 1, 1};
    if (has_key(set, "conv2_block1_preact_bn/gamma") || has_key(set, "post_bn/gamma"))
        return "Keras's ResNet V2 (pre-activation)";
    if (naming->convention == RN_NAMES_KERAS_COUNTED) return NULL;
    if (rn_naming_find(naming, set, &DEEPER, RN_VAR_KERNEL)) return "ResNet-101 or ResNet-152";
    if (!rn_naming_find(naming, set, &BOTTLENECK, RN_VAR_KERNEL) &&
        rn_naming_find(naming, set, &BASIC, RN_VAR_KERNEL))
        return "ResNet-18 or ResNet-34";
    const rn_raw_tensor *first = rn_naming_find(naming, set, &RN_ARCH_CONVS[1], RN_VAR_KERNEL);
    if (set->layout == RN_LAYOUT_TORCH && first && first->n_dims == 4 && first->dims[0] == 128)
        return "Wide ResNet or ResNeXt";
    return NULL;
}
