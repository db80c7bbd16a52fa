/* Weights have 22 bits of fraction, the fast multiplier takes 16-bit factors and adds pairs. So
 * each weight is split into w = (upper << 15) + lower; both halves are summed apart and put
 * together at the end, which loses nothing: whatever wraps around in between comes back modulo
 * 2^32. SPDX-License-Identifier: MIT */
#include "image/convolve.h"

#if defined(__x86_64__) || defined(__i386__)

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

/* Two outputs at a time, one to a 128-bit lane: the four source pixels from which each takes its
 * next taps. Sixteen bytes are read for the sake of twelve. */
AVX2 static inline __m256i load_pixels(const uint8_t *first, const uint8_t *second)
{
    const __m256i low = _mm256_castsi128_si256(_mm_loadu_si128((const void *)first));
    return _mm256_inserti128_si256(low, _mm_loadu_si128((const void *)second), 1);
}

/* RGB RGB RGB RGB in each lane to 16-bit pairs r0 r1 g0 g1 b0 b1 - -, of pixels 0 and 1 or 2 and 3.
 */
AVX2 static inline __m256i pair_first(__m256i pixels)
{
    const __m128i order = _mm_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1);
    return _mm256_shuffle_epi8(pixels, _mm256_broadcastsi128_si256(order));
}

AVX2 static inline __m256i pair_last(__m256i pixels)
{
    const __m128i order = _mm_setr_epi8(6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
    return _mm256_shuffle_epi8(pixels, _mm256_broadcastsi128_si256(order));
}

/* sum + the weighted four pixels; `w_first` and `w_last` hold the pairs of weights. */
AVX2 static inline __m256i add_pixels(__m256i sum, __m256i pixels, __m256i w_first, __m256i w_last)
{
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pair_first(pixels), w_first));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pair_last(pixels), w_last));
}

AVX2 static inline __m256i finish(__m256i upper, __m256i lower)
{
    const __m256i half = _mm256_set1_epi32(1 << (RN_FILTER_BITS - 1));
    const __m256i sum = _mm256_add_epi32(_mm256_slli_epi32(upper, 15), lower);
    return _mm256_srai_epi32(_mm256_add_epi32(sum, half), RN_FILTER_BITS);
}

/* Four bytes are written for each pixel: the fourth belongs to the next one, or to the slack. */
AVX2 static inline void store_pixels(uint8_t *out, __m256i values)
{
    values = _mm256_packs_epi32(values, values);
    values = _mm256_packus_epi16(values, values);
    const int first = _mm_cvtsi128_si32(_mm256_castsi256_si128(values));
    const int second = _mm_cvtsi128_si32(_mm256_extracti128_si256(values, 1));
    memcpy(out, &first, 4);
    memcpy(out + 3, &second, 4);
}

AVX2 static void convolve_row(uint8_t *out, const uint8_t *in, size_t origin,
                              const rn_filter *filter)
{
    const int16_t *split = filter->split;
    for (size_t i = 0; i < filter->n_out; i += 2, out += 6) {
        const uint8_t *first = in + (filter->starts[i] - origin) * 3;
        const uint8_t *second = in + (filter->starts[i + 1] - origin) * 3;
        __m256i upper = _mm256_setzero_si256(), lower = _mm256_setzero_si256();
        for (size_t t = 0; t < filter->n_taps; t += RN_FILTER_GROUP, split += 16) {
            const __m256i pixels = load_pixels(first + t * 3, second + t * 3);
            const __m256i weights = _mm256_loadu_si256((const void *)split);
            upper = add_pixels(upper, pixels, _mm256_shuffle_epi32(weights, 0x00),
                               _mm256_shuffle_epi32(weights, 0x55));
            lower = add_pixels(lower, pixels, _mm256_shuffle_epi32(weights, 0xAA),
                               _mm256_shuffle_epi32(weights, 0xFF));
        }
        store_pixels(out, finish(upper, lower));
    }
}

/* Sums of 32 columns, eight to a register, in the order that unpacking leaves them in. */
struct sums {
    __m256i upper[4], lower[4];
};

AVX2 static inline void add_pair(struct sums *s, __m256i a, __m256i b, __m256i upper, __m256i lower)
{
    const __m256i zero = _mm256_setzero_si256();
    const __m256i low = _mm256_unpacklo_epi8(a, b), high = _mm256_unpackhi_epi8(a, b);
    const __m256i pairs[4] = {_mm256_unpacklo_epi8(low, zero), _mm256_unpackhi_epi8(low, zero),
                              _mm256_unpacklo_epi8(high, zero), _mm256_unpackhi_epi8(high, zero)};
    for (int i = 0; i < 4; i++) {
        s->upper[i] = _mm256_add_epi32(s->upper[i], _mm256_madd_epi16(pairs[i], upper));
        s->lower[i] = _mm256_add_epi32(s->lower[i], _mm256_madd_epi16(pairs[i], lower));
    }
}

AVX2 static inline __m256i pair_weights(int32_t a, int32_t b)
{
    return _mm256_set1_epi32((int)((uint32_t)(a & 0xFFFF) | (uint32_t)b << 16));
}

AVX2 static void convolve_32_columns(uint8_t *out, const uint8_t *rows, size_t stride,
                                     const int32_t *weights, size_t n_taps)
{
    struct sums s;
    for (int i = 0; i < 4; i++) s.upper[i] = s.lower[i] = _mm256_setzero_si256();
    for (size_t t = 0; t < n_taps; t += 2) {
        const int paired = t + 1 < n_taps;
        const uint8_t *first = rows + t * stride;
        const int32_t a = weights[t], b = paired ? weights[t + 1] : 0;
        add_pair(&s, _mm256_loadu_si256((const void *)first),
                 _mm256_loadu_si256((const void *)(paired ? first + stride : first)),
                 pair_weights(a >> 15, b >> 15), pair_weights(a & 0x7FFF, b & 0x7FFF));
    }
    const __m256i low =
        _mm256_packs_epi32(finish(s.upper[0], s.lower[0]), finish(s.upper[1], s.lower[1]));
    const __m256i high =
        _mm256_packs_epi32(finish(s.upper[2], s.lower[2]), finish(s.upper[3], s.lower[3]));
    _mm256_storeu_si256((void *)out, _mm256_packus_epi16(low, high));
}

AVX2 static void convolve_column(uint8_t *out, const uint8_t *rows, size_t stride, size_t size,
                                 const int32_t *weights, size_t n_taps)
{
    for (size_t x = 0; x < size; x += 32)
        convolve_32_columns(out + x, rows + x, stride, weights, n_taps);
}

const rn_convolve *rn_convolve_get_avx2(void)
{
    static const rn_convolve convolve = {convolve_row, convolve_column};
    return __builtin_cpu_supports("avx2") ? &convolve : NULL;
}

#else

const rn_convolve *rn_convolve_get_avx2(void)
{
    return NULL;
}

#endif
