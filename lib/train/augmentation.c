/* SPDX-License-Identifier: MIT */
#include "train/augmentation.h"

#include "core/options.h"
#include "image/augment.h"

#include <string.h>

static resnet_status change(void *context, resnet_image **out, const resnet_image *in,
                            uint64_t seed, uint64_t epoch, uint64_t sample)
{
    const rn_augmentation *a = context;
    return resnet_augment_image(out, in, &a->augment, &a->recipe, seed,
                                a->n_views ? epoch % a->n_views : epoch, sample);
}

/* Whether pictures are left as they are: the preset "none", whatever is mixed afterwards. */
static bool is_nothing(const resnet_augment *augment)
{
    resnet_augment nothing;
    if (resnet_augment_init(&nothing, sizeof nothing, NULL) != RESNET_OK) return false;
    nothing.mixup_alpha = augment->mixup_alpha;
    nothing.cutmix_alpha = augment->cutmix_alpha;
    return memcmp(&nothing, augment, sizeof nothing) == 0;
}

resnet_recipe rn_augmentation_open(rn_augmentation *out, rn_loader_options *loader,
                                   const resnet_augment *augment, const resnet_recipe *recipe,
                                   uint64_t n_views)
{
    resnet_recipe rest = *recipe;
    *out = (rn_augmentation){*augment, *recipe, n_views};
    if (is_nothing(augment)) return rest;
    loader->augment = change;
    loader->augment_context = out;
    rest.resize_mode = RESNET_RESIZE_NONE; /* a changed picture has the crop's size already */
    return rest;
}

resnet_status rn_augmentation_choose(resnet_augment *out, const char *name,
                                     const resnet_augment *fields, float mixup_alpha,
                                     float cutmix_alpha)
{
    resnet_status status;
    RN_TRY(resnet_augment_init(out, sizeof *out, name));
    RN_TRY(rn_options_read(out, sizeof *out, RN_AUGMENT_FIRST_SIZE, fields, "resnet_augment"));
    if (mixup_alpha >= 0) out->mixup_alpha = mixup_alpha;
    if (cutmix_alpha >= 0) out->cutmix_alpha = cutmix_alpha;
done:
    return status;
}
