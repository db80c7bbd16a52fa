/* SPDX-License-Identifier: MIT */
#include "train/augmentation.h"

#include "core/options.h"
#include "image/augment.h"

#include <string.h>

/* Which of the fixed views an epoch shows, or the epoch's own. */
static rn_showing choose_view(const rn_augmentation *a, rn_showing showing)
{
    if (a->n_views) showing.epoch %= a->n_views;
    return showing;
}

static resnet_status change(void *context, resnet_image **out, const resnet_image *in,
                            rn_showing showing)
{
    const rn_augmentation *a = context;
    return rn_augment_apply(out, in, &a->plan, choose_view(a, showing));
}

static resnet_status change_file(void *context, resnet_image **out, const void *bytes, size_t size,
                                 const resnet_image_options *options, rn_showing showing)
{
    const rn_augmentation *a = context;
    return rn_augment_decode(out, bytes, size, options, &a->plan, choose_view(a, showing));
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

resnet_status rn_augmentation_open(rn_augmentation *out, resnet_recipe *out_rest,
                                   rn_loader_options *loader, const resnet_augment *augment,
                                   const resnet_recipe *recipe, uint64_t n_views)
{
    resnet_status status;
    RN_TRY(rn_augment_plan_init(&out->plan, augment, recipe));
    out->n_views = n_views;
    *out_rest = *recipe;
    if (is_nothing(augment)) goto done;
    loader->augment = change;
    loader->augment_file = change_file;
    loader->augment_context = out;
    out_rest->resize_mode = RESNET_RESIZE_NONE; /* a changed picture has the crop's size already */
done:
    return status;
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
