/* Two lanes of multiply and rotate, eight bytes each at a time, crossed at every step and mixed at
 * the end as SplitMix64 does. SPDX-License-Identifier: MIT */
#include "data/fingerprint.h"

#include <string.h>

#define FACTOR_HIGH UINT64_C(0x9fb21c651e98df25)
#define FACTOR_LOW UINT64_C(0xd6e8feb86659fd93)

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static uint64_t finish(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t read_u64(const unsigned char *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < 8 && i < size; i++) value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

static void add(rn_fingerprint *f, uint64_t a, uint64_t b)
{
    f->high = rotate((f->high ^ a) * FACTOR_HIGH, 31) + f->low;
    f->low = rotate((f->low ^ b) * FACTOR_LOW, 29) + f->high;
}

rn_fingerprint rn_fingerprint_bytes(const void *bytes, size_t size, uint64_t seed)
{
    const unsigned char *at = bytes;
    rn_fingerprint f = {seed ^ FACTOR_LOW, (uint64_t)size ^ FACTOR_HIGH};
    for (; size >= 16; at += 16, size -= 16) add(&f, read_u64(at, 8), read_u64(at + 8, 8));
    if (size > 0) add(&f, read_u64(at, size), size > 8 ? read_u64(at + 8, size - 8) : 0);
    return (rn_fingerprint){finish(f.high ^ rotate(f.low, 17)), finish(f.low + f.high)};
}

rn_fingerprint rn_fingerprint_image(const resnet_image *image)
{
    const size_t width = resnet_image_get_width(image), height = resnet_image_get_height(image);
    return rn_fingerprint_bytes(resnet_image_get_pixels(image), width * height * 3, width);
}

int rn_fingerprint_compare(const rn_fingerprint *a, const rn_fingerprint *b)
{
    if (a->high != b->high) return a->high < b->high ? -1 : 1;
    return (a->low > b->low) - (a->low < b->low);
}
