/** Single random changes of pictures, on top of a preset. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_AUGMENT_OPTIONS_H
#define EXAMPLES_AUGMENT_OPTIONS_H

#include "arguments.h"

#include <resnet/augment.h>

/** What the command line says; what it leaves out stays as init_augment_settings() made it. */
typedef struct augment_settings {
    resnet_augment given;
} augment_settings;

/** A table for a command whose settings are a `settings` with an augment_settings `field`. */
#define AUGMENT_OPTIONS(settings, field)                                                           \
    OPTION_CHOICE(settings, field.given.crop, "--crop", "WHAT", augment_crops,                     \
                  "which part of the picture is shown"),                                           \
        OPTION_U32(settings, field.given.crop_padding, "--crop-padding", "PX", 0, 4096,            \
                   "with --crop random: black put around before"),                                 \
        OPTION_F32S(settings, field.given.resized_crop_scale, 2, "--crop-scale", "LOW,HIGH", 1e-6, \
                    1, "with --crop resized: part of the area"),                                   \
        OPTION_F32S(settings, field.given.resized_crop_ratio, 2, "--crop-ratio", "LOW,HIGH", 1e-3, \
                    1e3, "with --crop resized: width / height"),                                   \
        OPTION_F32(settings, field.given.horizontal_flip, "--flip", "P", 0, 1,                     \
                   "probability of the mirror image"),                                             \
        OPTION_F32(settings, field.given.vertical_flip, "--vertical-flip", "P", 0, 1,              \
                   "probability of upside down"),                                                  \
        OPTION_F32(settings, field.given.rotation_range, "--rotation", "DEGREES", 0, 180,          \
                   "either way, as Keras does it"),                                                \
        OPTION_F32(settings, field.given.random_rotation, "--random-rotation", "DEGREES", 0, 180,  \
                   "either way, black beyond the edge, as torchvision does it"),                   \
        OPTION_F32(settings, field.given.width_shift_range, "--width-shift", "X", 0, 65536,        \
                   "part of the width; from 1 on px"),                                             \
        OPTION_F32(settings, field.given.height_shift_range, "--height-shift", "X", 0, 65536,      \
                   "part of the height; from 1 on px"),                                            \
        OPTION_F32(settings, field.given.shear_range, "--shear", "DEGREES", 0, 89, "either way"),  \
        OPTION_F32S(settings, field.given.zoom_range, 2, "--zoom", "LOW,HIGH", 1e-3, 1e3,          \
                    "above 1 shows more than the picture"),                                        \
        OPTION_CHOICE(settings, field.given.fill_mode, "--fill", "WHAT", augment_fills,            \
                      "what Keras's changes see beyond the edge"),                                 \
        OPTION_CHOICE(settings, field.given.policy, "--policy", "NAME", augment_policies,          \
                      "randomly chosen operators"),                                                \
        OPTION_U32(settings, field.given.num_ops, "--policy-ops", "N", 1, 100,                     \
                   "of randaugment: operators a picture"),                                         \
        OPTION_U32(settings, field.given.magnitude, "--policy-magnitude", "N", 0, 1000,            \
                   "of randaugment: their strength, below 31"),                                    \
        OPTION_F32(settings, field.given.jitter_brightness, "--jitter-brightness", "X", 0, 100,    \
                   "factor from 1 - X to 1 + X"),                                                  \
        OPTION_F32(settings, field.given.jitter_contrast, "--jitter-contrast", "X", 0, 100,        \
                   "likewise"),                                                                    \
        OPTION_F32(settings, field.given.jitter_saturation, "--jitter-saturation", "X", 0, 100,    \
                   "likewise"),                                                                    \
        OPTION_F32(settings, field.given.jitter_hue, "--jitter-hue", "X", 0, 0.5,                  \
                   "part of the circle of colours, either way"),                                   \
        OPTION_F32(settings, field.given.channel_shift_range, "--channel-shift", "X", 0, 255,      \
                   "added to all channels, either way"),                                           \
        OPTION_F32S(settings, field.given.brightness_range, 2, "--brightness", "LOW,HIGH", 0, 100, \
                    "factors"),                                                                    \
        OPTION_F32(settings, field.given.erasing_p, "--erasing", "P", 0, 1,                        \
                   "probability of a rectangle wiped out"),                                        \
        OPTION_END

extern const choice augment_crops[], augment_fills[], augment_policies[];

void init_augment_settings(augment_settings *settings);

/** Whether the command line says any of them. */
int has_augment_options(const augment_settings *settings);

/** The preset (NULL: none) with what is given in its place. Returns an exit status and has said
 * what is wrong. */
int make_augment(const command *self, resnet_augment *out, const char *preset,
                 const augment_settings *settings);

#endif
