/* Winograd's algorithm with 16 registers of 8 floats: 6 tiles by two vectors are 12 sums.
 * SPDX-License-Identifier: MIT */
#include "kernel/winograd.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))
#define LANES 8
#define HAS_LANES (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
#define MOST_ROWS 6
#define EACH_ROWS(f) f(6) f(4) f(2) f(1)
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, x) _mm256_storeu_ps(p, x)
#define SPLAT(x) _mm256_set1_ps(x)
#define ADD(a, b) _mm256_add_ps(a, b)
#define SUB(a, b) _mm256_sub_ps(a, b)
#define MUL(a, b) _mm256_mul_ps(a, b)
#define FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
#define FNMA(a, b, c) _mm256_fnmadd_ps(a, b, c)
#define RELU(x) _mm256_max_ps(_mm256_setzero_ps(), x) /* a NaN stays */

typedef __m256 lanes;

#include "kernel/winograd_lanes.h"

const rn_kernel RN_KERNEL_WINOGRAD_AVX2 = RN_WINOGRAD_KERNEL("Winograd AVX2", fits, run);

#else

const rn_kernel RN_KERNEL_WINOGRAD_AVX2 =
    RN_WINOGRAD_KERNEL("Winograd AVX2", rn_winograd_fits_nowhere, NULL);

#endif
