/* SPDX-License-Identifier: MIT */
#include "dnn/activation.h"

void rn_activation_to_plain(const rn_activation_shape *s, const float *x, float *plain)
{
    for (size_t c = 0; c < s->channels; c++) {
        const float *lane = x + c / s->block * s->pixels * s->block + c % s->block;
        for (size_t p = 0; p < s->pixels; p++) plain[c * s->pixels + p] = lane[p * s->block];
    }
}

void rn_activation_from_plain(const rn_activation_shape *s, const float *plain, float *x)
{
    for (size_t c = 0; c < s->channels; c++) {
        float *lane = x + c / s->block * s->pixels * s->block + c % s->block;
        for (size_t p = 0; p < s->pixels; p++) lane[p * s->block] = plain[c * s->pixels + p];
    }
}
