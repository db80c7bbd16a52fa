/* SPDX-License-Identifier: MIT */
#include "core/dtype.h"

#include <stdint.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
    bool is_float;
} DTYPES[] = {
    [RN_DTYPE_F32] = {"F32", 4, true},  [RN_DTYPE_F64] = {"F64", 8, true},
    [RN_DTYPE_F16] = {"F16", 2, true},  [RN_DTYPE_BF16] = {"BF16", 2, true},
    [RN_DTYPE_U8] = {"U8", 1, false},   [RN_DTYPE_S8] = {"I8", 1, false},
    [RN_DTYPE_S32] = {"I32", 4, false}, [RN_DTYPE_OTHER] = {"OTHER", 0, false},
};

size_t rn_dtype_size(enum rn_dtype dtype)
{
    return DTYPES[dtype].size;
}

const char *rn_dtype_name(enum rn_dtype dtype)
{
    return DTYPES[dtype].name;
}

bool rn_dtype_is_float(enum rn_dtype dtype)
{
    return DTYPES[dtype].is_float;
}

enum rn_dtype rn_dtype_find(const char *name)
{
    int dtype = RN_DTYPE_F32;
    while (dtype < RN_DTYPE_OTHER && strcmp(DTYPES[dtype].name, name) != 0) dtype++;
    return (enum rn_dtype)dtype;
}

static float float_from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Every value has an exact float. */
static float float_from_half(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    const uint32_t exponent = (half >> 10) & 31;
    const uint32_t fraction = half & 1023;
    if (exponent == 31) return float_from_bits(sign | 0x7F800000 | fraction << 13);
    if (exponent > 0) return float_from_bits(sign | (exponent + 112) << 23 | fraction << 13);
    const float tiny = (float)fraction * 0x1p-24f;
    return sign ? -tiny : tiny;
}

static float load_integer(const void *bytes, enum rn_dtype dtype)
{
    int32_t number;
    if (dtype == RN_DTYPE_U8) return *(const uint8_t *)bytes;
    if (dtype == RN_DTYPE_S8) return *(const int8_t *)bytes;
    memcpy(&number, bytes, sizeof number);
    return (float)number;
}

float rn_dtype_load(const void *bytes, enum rn_dtype dtype)
{
    uint16_t bits;
    float single;
    double wide;
    switch (dtype) {
    case RN_DTYPE_F32:
        memcpy(&single, bytes, sizeof single);
        return single;
    case RN_DTYPE_F64:
        memcpy(&wide, bytes, sizeof wide);
        return (float)wide;
    case RN_DTYPE_F16:
        memcpy(&bits, bytes, sizeof bits);
        return float_from_half(bits);
    case RN_DTYPE_BF16:
        memcpy(&bits, bytes, sizeof bits);
        return float_from_bits((uint32_t)bits << 16);
    case RN_DTYPE_OTHER:
        return 0;
    default:
        return load_integer(bytes, dtype);
    }
}
