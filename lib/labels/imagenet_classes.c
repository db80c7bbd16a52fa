/* SPDX-License-Identifier: MIT */
#include "labels/wordnet.h"

#include <string.h>

const char *resnet_imagenet_get_name(size_t index)
{
    if (index >= RESNET_IMAGENET_N_CLASSES) return NULL;
    return rn_imagenet_names + rn_imagenet_names_starts[index];
}

const char *resnet_imagenet_get_wnid(size_t index)
{
    if (index >= RESNET_IMAGENET_N_CLASSES) return NULL;
    return rn_synset_wnids[rn_imagenet_synsets[index]];
}

static resnet_status check_list(const int32_t *out, size_t capacity, const size_t *out_count,
                                const char *text)
{
    if (text && out_count && (out || capacity == 0)) return RESNET_OK;
    return rn_fail(RESNET_E_INVALID, "ImageNet query: NULL");
}

static size_t find_by_wnid(const char *wnid)
{
    size_t index = 0;
    while (index < RESNET_IMAGENET_N_CLASSES && strcmp(resnet_imagenet_get_wnid(index), wnid) != 0)
        index++;
    return index;
}

resnet_status resnet_imagenet_copy_named(int32_t *out_labels, size_t capacity, size_t *out_count,
                                         const char *name)
{
    const resnet_status status = check_list(out_labels, capacity, out_count, name);
    if (status != RESNET_OK) return status;
    size_t count = 0;
    for (size_t i = 0; i < RESNET_IMAGENET_N_CLASSES; i++) {
        const char *own = resnet_imagenet_get_name(i);
        if (!rn_wordnet_equals(own, strlen(own), name)) continue;
        if (count < capacity) out_labels[count] = (int32_t)i;
        count++;
    }
    *out_count = count;
    return RESNET_OK;
}

resnet_status resnet_imagenet_find(int32_t *out, const char *wnid_or_name)
{
    int32_t found[2] = {0};
    size_t count = 0;
    resnet_status status;
    if (!out) return rn_fail(RESNET_E_INVALID, "resnet_imagenet_find: NULL");
    RN_TRY(resnet_imagenet_copy_named(found, 2, &count, wnid_or_name));
    if (count == 0) found[0] = (int32_t)find_by_wnid(wnid_or_name);
    if (found[0] == RESNET_IMAGENET_N_CLASSES)
        return rn_fail(RESNET_E_INVALID, "'%.100s' is no ImageNet class", wnid_or_name);
    if (count > 1)
        return rn_fail(RESNET_E_INVALID, "'%.100s' names two classes: %d (%s) and %d (%s)",
                       wnid_or_name, (int)found[0], resnet_imagenet_get_wnid((size_t)found[0]),
                       (int)found[1], resnet_imagenet_get_wnid((size_t)found[1]));
    *out = found[0];
done:
    return status;
}

resnet_status resnet_imagenet_is_a(int32_t *out, size_t index, const char *what)
{
    rn_synset_set wanted;
    resnet_status status;
    if (!out || !what) return rn_fail(RESNET_E_INVALID, "resnet_imagenet_is_a: NULL");
    if (index >= RESNET_IMAGENET_N_CLASSES)
        return rn_fail(RESNET_E_INVALID, "class %zu: ImageNet has 1000", index);
    RN_TRY(rn_wordnet_resolve(&wanted, what));
    *out = rn_wordnet_is_below(rn_imagenet_synsets[index], &wanted);
done:
    return status;
}

resnet_status resnet_imagenet_copy_below(int32_t *out_labels, size_t capacity, size_t *out_count,
                                         const char *what)
{
    rn_synset_set wanted;
    size_t count = 0;
    resnet_status status;
    RN_TRY(check_list(out_labels, capacity, out_count, what));
    RN_TRY(rn_wordnet_resolve(&wanted, what));
    for (size_t i = 0; i < RESNET_IMAGENET_N_CLASSES; i++) {
        if (!rn_wordnet_is_below(rn_imagenet_synsets[i], &wanted)) continue;
        if (count < capacity) out_labels[count] = (int32_t)i;
        count++;
    }
    *out_count = count;
done:
    return status;
}
