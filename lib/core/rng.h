/** Random numbers without state: (seed, stream, a, b, counter) names a value, so that what a sample
 *  gets does not depend on which worker draws it or in what order. SPDX-License-Identifier: MIT */
#ifndef RN_CORE_RNG_H
#define RN_CORE_RNG_H

#include <stddef.h>
#include <stdint.h>

/** What a number is for; two purposes never share numbers. The values are kept for ever, since a
 *  resumed run must draw what the first would have drawn. */
enum rn_rng_purpose {
    RN_RNG_INIT = 1,    /* a: parameter */
    RN_RNG_SHUFFLE = 2, /* a: epoch */
    RN_RNG_SPLIT = 3,   /* a: class */
    RN_RNG_AUGMENT = 4, /* a: epoch, b: sample */
    RN_RNG_DROPOUT = 5, /* a: step, b: sample within the batch */
    RN_RNG_MIX = 6,     /* a: epoch, b: batch; mixup and cutmix */
    RN_RNG_SAMPLE = 7,  /* a: epoch; balanced sampling */
    RN_RNG_BOOTSTRAP = 8
};

/** A place in one stream of numbers. Copy it to draw the same again. */
typedef struct rn_rng {
    uint64_t key;
    uint64_t counter;
} rn_rng;

rn_rng rn_rng_make(uint64_t seed, enum rn_rng_purpose purpose, uint64_t a, uint64_t b);
uint64_t rn_rng_u64(rn_rng *rng);
/** Uniform in [0, n), without bias; n > 0. */
uint64_t rn_rng_below(rn_rng *rng, uint64_t n);
/** Uniform in [0, 1) with 53 bits. */
double rn_rng_uniform(rn_rng *rng);
/** Standard normal, by Box and Muller. */
double rn_rng_normal(rn_rng *rng);
/** Fisher-Yates over count indices. */
void rn_rng_shuffle(rn_rng *rng, uint64_t *indices, size_t count);

#endif
