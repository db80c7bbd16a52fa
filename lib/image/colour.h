/** Changes of colour in place. Each is Pillow's operator of that name, to the bit.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_COLOUR_H
#define RN_IMAGE_COLOUR_H

#include "image/image.h"

/** ImageEnhance: 0 is black, gray or colourless, 1 changes nothing, more exaggerates. */
void rn_colour_brightness(resnet_image *image, float factor);
void rn_colour_contrast(resnet_image *image, float factor);
void rn_colour_saturation(resnet_image *image, float factor);
/** ImageEnhance.Sharpness: 0 is ImageFilter.SMOOTH. NOMEM. */
resnet_status rn_colour_sharpness(resnet_image **image, float factor);

/** torchvision's adjust_hue() on Pillow's 8-bit HSV; shift in [-0.5, 0.5]. */
void rn_colour_hue(resnet_image *image, double shift);

/** ImageOps; bits in 1..8, threshold in 0..256. */
void rn_colour_posterize(resnet_image *image, int bits);
void rn_colour_solarize(resnet_image *image, double threshold);
void rn_colour_autocontrast(resnet_image *image);
void rn_colour_equalize(resnet_image *image);

/** Keras's apply_channel_shift: all values moved, clipped to those that occur, rounded. */
void rn_colour_channel_shift(resnet_image *image, double shift);

#endif
