/** augment.h: changed pictures to learn from, and several views of one to judge by.
 *
 *      #include <resnet/augment.h>
 *      int main(void)
 *      {
 *          resnet_image *image = NULL, *changed = NULL;
 *          resnet_augment augment;
 *          if (resnet_augment_init(&augment, sizeof augment, "imagenet") != RESNET_OK) return 1;
 *          augment.jitter_brightness = 0.4f;
 *          if (resnet_image_load(&image, "cat.jpg", NULL) != RESNET_OK) return 1;
 *          resnet_status status = resnet_augment_image(&changed, image, &augment, NULL, 0, 0, 0);
 *          if (status == RESNET_OK) status = resnet_image_save_png(changed, "changed.png");
 *          resnet_image_free(changed);
 *          resnet_image_free(image);
 *          return status != RESNET_OK;
 *      }
 *
 *  Fields carry the names of Keras's ImageDataGenerator and of torchvision's transforms, and mean
 *  what they mean there. SPDX-License-Identifier: MIT */
#ifndef RESNET_AUGMENT_H
#define RESNET_AUGMENT_H

#include <resnet/image.h>

RESNET_BEGIN_DECLS

/** @name Which part of the picture is shown @{ */
#define RESNET_CROP_RECIPE 0 /**< the recipe's own central crop */
#define RESNET_CROP_RANDOM 1 /**< the recipe's resize, then a crop anywhere, as RandomCrop */
#define RESNET_CROP_RESIZED                                                                        \
    2 /**< any part of any shape, resized to the crop, as RandomResizedCrop */
/** @} */

/** @name What Keras's affine transform sees beyond the edge @{ */
#define RESNET_FILL_NEAREST 0  /**< aaaa|abcd|dddd */
#define RESNET_FILL_CONSTANT 1 /**< kkkk|abcd|kkkk, with k = cval */
#define RESNET_FILL_REFLECT 2  /**< abcddcba|abcd|dcbaabcd */
#define RESNET_FILL_WRAP 3     /**< abcdabcd|abcd|abcdabcd */
/** @} */

/** @name Policies @{ */
#define RESNET_POLICY_NONE 0
#define RESNET_POLICY_RANDAUGMENT 1  /**< num_ops operators of one strength: RandAugment */
#define RESNET_POLICY_TRIVIAL_WIDE 2 /**< one operator of any strength: TrivialAugmentWide */
/** @} */

/** What is done to a training picture, in this order: crop, Keras's affine transform, flips,
 *  random_rotation, policy, colour jitter, channel shift, brightness, erasing. Every range is drawn
 *  from uniformly. Fill with resnet_augment_init(), then change fields at will; fields are only
 *  ever appended. Zero switches a thing off, except where said. */
typedef struct resnet_augment {
    uint64_t struct_size; /**< bytes; written by init */

    int32_t crop;                /**< RESNET_CROP_* */
    float resized_crop_scale[2]; /**< for RESIZED: least and largest part of the picture's area, in
                                      (0, 1]; default 0.08, 1 */
    float resized_crop_ratio[2]; /**< for RESIZED: width / height, > 0; default 3/4, 4/3 */
    uint32_t crop_padding;       /**< for RANDOM: px of black put around before the crop */

    float rotation_range;     /**< degrees either way, counter-clockwise when positive */
    float width_shift_range;  /**< below 1: part of the width; from 1 on: px */
    float height_shift_range; /**< below 1: part of the height; from 1 on: px */
    float shear_range;        /**< degrees either way */
    float zoom_range[2];      /**< > 0, above 1 shows more than the picture; default 1, 1 */
    int32_t fill_mode;        /**< RESNET_FILL_* */
    float cval;               /**< 0..255, for RESNET_FILL_CONSTANT */

    float horizontal_flip; /**< probability (in Keras, true means 0.5) */
    float vertical_flip;   /**< probability */
    float random_rotation; /**< degrees either way, black beyond the edge: RandomRotation */

    int32_t policy;              /**< RESNET_POLICY_* */
    uint32_t num_ops;            /**< of RandAugment; default 2 */
    uint32_t magnitude;          /**< of RandAugment, below num_magnitude_bins; default 9 */
    uint32_t num_magnitude_bins; /**< at least 2; default 31 */

    float jitter_brightness; /**< ColorJitter: factor in [max(0, 1 - x), 1 + x] */
    float jitter_contrast;   /**< the same */
    float jitter_saturation; /**< the same */
    float jitter_hue;        /**< in [0, 0.5]: part of the circle, either way */

    float channel_shift_range; /**< 0..255, one value for all channels, either way */
    float brightness_range[2]; /**< factors >= 0; default 1, 1 */

    float erasing_p;        /**< probability of RandomErasing, which fills with the recipe's mean */
    float erasing_scale[2]; /**< part of the area; default 0.02, 0.33 */
    float erasing_ratio[2]; /**< height / width; default 0.3, 3.3 */

    float mixup_alpha;  /**< Beta(alpha, alpha) shares of two pictures of a batch and of their
                             labels. Training does it, not resnet_augment_image() */
    float cutmix_alpha; /**< the same for a rectangle of the other picture; with both set, each
                             batch gets one of the two, chosen evenly */
    uint32_t reserved;  /**< 0 */
} resnet_augment;

/** Writes a preset (NULL: "none") to *augment, never more than size bytes:
 *  | name     | what                                                                           |
 *  |----------|--------------------------------------------------------------------------------|
 *  | none     | the recipe's crop                                                              |
 *  | light    | RANDOM crop, padded by 4 px; flip 0.5; brightness, contrast, saturation 0.1    |
 *  | keras    | rotation 40, shifts and zoom 0.2, shear 0.2, flip 0.5; nearest fill            |
 *  | imagenet | RESIZED crop; flip 0.5                                                         |
 *  | trivial  | RESIZED crop; flip 0.5; TrivialAugmentWide; erasing 0.1                        |
 *  Sources: the "very little data" tutorial of Keras's blog; torchvision's reference training of
 *  ResNet-50, old and new. INVALID: NULL, a wrong size, an unknown name.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_augment_init(resnet_augment *augment, size_t size,
                                                              const char *preset);

/** The name of preset `index`, from 0; NULL past the last, so that a host can list them.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API const char *resnet_augment_get_name(size_t index);

/** A changed picture of the recipe's crop size (`recipe` NULL: "torchvision-v1"). What is drawn
 *  follows from seed, epoch and sample alone. The caller owns *out.
 *  INVALID (a field out of its range), NOMEM.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_augment_image(resnet_image **out, const resnet_image *image, const resnet_augment *augment,
                     const resnet_recipe *recipe, uint64_t seed, uint64_t epoch, uint64_t sample);

/** @name Views of one picture, for averaging the answers; each value is their number @{ */
#define RESNET_VIEWS_ONE 1  /**< the recipe's crop */
#define RESNET_VIEWS_FLIP 2 /**< and its mirror image */
/** Corners (top left, top right, bottom left, bottom right), then the centre. */
#define RESNET_VIEWS_FIVE 5
#define RESNET_VIEWS_TEN 10 /**< and those of the mirrored picture: torchvision's TenCrop */
/** @} */

/** Applies the recipe once per view: out_nchw gets [views][3][crop_height][crop_width] floats;
 *  `capacity` is how many it has room for. Corners are those of the resized picture,
 *  which must not be smaller than the crop for FIVE and TEN. INVALID, UNSUPPORTED (the picture is
 *  too small), NOMEM.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_image_prepare_views(float *out_nchw, size_t capacity, const resnet_image *image,
                           const resnet_recipe *recipe, int32_t views);

RESNET_END_DECLS

#endif
