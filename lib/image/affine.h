/** Turning, shifting, shearing and zooming in place. Each function makes a picture of the same size
 *  in which output pixel (x, y) shows a point of the old one. SPDX-License-Identifier: MIT */
#ifndef RN_IMAGE_AFFINE_H
#define RN_IMAGE_AFFINE_H

#include "image/image.h"

#define RN_RADIANS(degrees) ((degrees) * (3.14159265358979323846 / 180.0))

/** (x, y) -> (m[0] x + m[1] y + m[2], m[3] x + m[4] y + m[5]) */
typedef struct rn_affine {
    double m[6];
} rn_affine;

/** torchvision's affine without scaling: degrees clockwise, shift in px, shear in degrees, about a
 *  centre. Maps output to input, for pixel centres at halves. */
rn_affine rn_affine_make_torchvision(double center_x, double center_y, double angle, double shift_x,
                                     double shift_y, double shear_x, double shear_y);

/** Keras's apply_affine_transform: degrees, px, degrees, factors. Maps output to input, for pixel
 *  centres at whole numbers. The centre is the picture's; Keras 3 exchanges its coordinates when
 * the picture is not square. */
rn_affine rn_affine_make_keras(size_t width, size_t height, double rotation, double shift_x,
                               double shift_y, double shear, double zoom_x, double zoom_y);

/** The nearest pixel, black beyond the edge; as Pillow's transform(AFFINE, NEAREST). NOMEM. */
resnet_status rn_affine_nearest(resnet_image **image, const rn_affine *affine);

/** Linear interpolation with RESNET_FILL_* beyond the edge, rounded to nearest; as
 *  scipy.ndimage.affine_transform(order=1). NOMEM. */
resnet_status rn_affine_linear(resnet_image **image, const rn_affine *affine, int32_t fill_mode,
                               double cval);

/** Degrees counter-clockwise, black beyond the edge; as Pillow's rotate(). NOMEM. */
resnet_status rn_affine_rotate(resnet_image **image, double angle);

#endif
