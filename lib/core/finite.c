/* An exponent of all ones means infinity or NaN. SPDX-License-Identifier: MIT */
#include "core/finite.h"

#include <stdint.h>
#include <string.h>

#define EXPONENT UINT32_C(0x7f800000)

bool rn_all_finite(const float *values, size_t n)
{
    uint32_t bad = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        bad |= (bits & EXPONENT) == EXPONENT;
    }
    return !bad;
}
