/* SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
 * SPDX-License-Identifier: MIT */
#include "dice.h"

static uint64_t next(dice *self)
{
    uint64_t z = self->state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

double roll(dice *self, double low, double high)
{
    return low + (high - low) * (double)(next(self) >> 11) * 0x1p-53;
}

int roll_below(dice *self, int n)
{
    return (int)(next(self) % (uint64_t)n);
}
