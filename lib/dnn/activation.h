/** Activations in and out of the engine's layout. SPDX-License-Identifier: MIT */
#ifndef RN_DNN_ACTIVATION_H
#define RN_DNN_ACTIVATION_H

#include <stddef.h>

/** One image's [channels / block][pixels][block]. */
typedef struct rn_activation_shape {
    size_t channels, pixels, block;
} rn_activation_shape;

/** [channels / block][pixels][block] -> [channels][pixels] */
void rn_activation_to_plain(const rn_activation_shape *shape, const float *x, float *plain);
/** The way back. */
void rn_activation_from_plain(const rn_activation_shape *shape, const float *plain, float *x);

#endif
