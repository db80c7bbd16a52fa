/* Winograd's algorithm with 32 registers of 16 floats: 14 tiles by two vectors are 28 sums.
 * SPDX-License-Identifier: MIT */
#include "kernel/winograd.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,fma")))
#define LANES 16
#define HAS_LANES (__builtin_cpu_supports("avx512f"))
#define MOST_ROWS 14
#define EACH_ROWS(f) f(14) f(8) f(4) f(2) f(1)
#define LOAD(p) _mm512_loadu_ps(p)
#define STORE(p, x) _mm512_storeu_ps(p, x)
#define SPLAT(x) _mm512_set1_ps(x)
#define ADD(a, b) _mm512_add_ps(a, b)
#define SUB(a, b) _mm512_sub_ps(a, b)
#define MUL(a, b) _mm512_mul_ps(a, b)
#define FMA(a, b, c) _mm512_fmadd_ps(a, b, c)
#define FNMA(a, b, c) _mm512_fnmadd_ps(a, b, c)
#define RELU(x) _mm512_max_ps(_mm512_setzero_ps(), x) /* a NaN stays */

typedef __m512 lanes;

#include "kernel/winograd_lanes.h"

const rn_kernel RN_KERNEL_WINOGRAD_AVX512 = RN_WINOGRAD_KERNEL("Winograd AVX-512", fits, run);

#else

const rn_kernel RN_KERNEL_WINOGRAD_AVX512 =
    RN_WINOGRAD_KERNEL("Winograd AVX-512", rn_winograd_fits_nowhere, NULL);

#endif
