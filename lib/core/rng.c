/* SplitMix64 as a counter-based generator: Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014. SPDX-License-Identifier: MIT */
#include "core/rng.h"

#include <math.h>

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

rn_rng rn_rng_make(uint64_t seed, enum rn_rng_purpose purpose, uint64_t a, uint64_t b)
{
    uint64_t key = mix(seed + GOLDEN);
    key = mix(key ^ ((uint64_t)purpose + GOLDEN));
    key = mix(key + a * GOLDEN + 1);
    key = mix(key + b * GOLDEN + 2);
    return (rn_rng){.key = key, .counter = 0};
}

uint64_t rn_rng_u64(rn_rng *rng)
{
    rng->counter++;
    return mix(rng->key + rng->counter * GOLDEN);
}

uint64_t rn_rng_below(rn_rng *rng, uint64_t n)
{
    const uint64_t reject_below = -n % n; /* 2^64 mod n: the part that would favour small values */
    uint64_t value;
    do value = rn_rng_u64(rng);
    while (value < reject_below);
    return value % n;
}

double rn_rng_uniform(rn_rng *rng)
{
    return (double)(rn_rng_u64(rng) >> 11) * 0x1p-53;
}

double rn_rng_normal(rn_rng *rng)
{
    const double pi = 3.14159265358979323846;
    const double radius = sqrt(-2.0 * log(1.0 - rn_rng_uniform(rng)));
    return radius * cos(2.0 * pi * rn_rng_uniform(rng));
}

void rn_rng_shuffle(rn_rng *rng, uint64_t *indices, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        const size_t j = (size_t)rn_rng_below(rng, i);
        const uint64_t swapped = indices[i - 1];
        indices[i - 1] = indices[j];
        indices[j] = swapped;
    }
}
