/** From bytes to a picture, or straight to the part of it that is wanted.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_DECODE_H
#define RN_IMAGE_DECODE_H

#include "image/view.h"

/** Chooses the view of a picture whose size, after orientation, is width x height px. */
typedef resnet_status (*rn_choose_view)(void *context, rn_view *out, size_t width, size_t height);

/** resnet_image_decode(), and the orientation 1..8 that was applied. `options` come from
 *  rn_image_options_read(). */
resnet_status rn_image_decode_oriented(resnet_image **out, int *orientation, const void *bytes,
                                       size_t size, const resnet_image_options *options);

/** The view that `choose` wants of a picture file, as 8-bit RGB: the pixels of
 * resnet_image_decode() followed by rn_resize_view(), but of a JPEG only what the view needs becomes
 * pixels. `options` come from rn_image_options_read(). */
resnet_status rn_image_decode_view(resnet_image **out, const void *bytes, size_t size,
                                   const resnet_image_options *options, rn_choose_view choose,
                                   void *context);

/** The same for the recipe's own crop; rn_recipe_pack() makes the network's input of it. */
resnet_status rn_image_decode_crop(resnet_image **out, const void *bytes, size_t size,
                                   const resnet_image_options *options,
                                   const resnet_recipe *recipe);

#endif
