/** Random numbers that are the same everywhere for the same seed. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_DICE_H
#define EXAMPLES_DICE_H

#include <stdint.h>

typedef struct dice {
    uint64_t state;
} dice;

/** Evenly spread from low up to, but without, high. */
double roll(dice *self, double low, double high);

/** A whole number from 0 to n - 1. */
int roll_below(dice *self, int n);

#endif
