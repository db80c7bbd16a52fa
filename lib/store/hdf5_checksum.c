/* SPDX-License-Identifier: MIT */
#include "store/hdf5_checksum.h"

#define BLOCK 12 /* bytes taken at once: three words */

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32 - bits);
}

/* Adds up to 12 bytes to the three words, the rest as zeros. */
static void add_block(uint32_t words[3], const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) words[i / 4] += (uint32_t)bytes[i] << (8 * (i % 4));
}

static void mix(uint32_t w[3])
{
    static const unsigned BITS[6] = {4, 6, 8, 16, 19, 4};
    for (size_t i = 0; i < 6; i++) {
        uint32_t *a = &w[i % 3], *b = &w[(i + 1) % 3], *c = &w[(i + 2) % 3];
        *a = (*a - *c) ^ rotate(*c, BITS[i]);
        *c += *b;
    }
}

static void mix_last(uint32_t w[3])
{
    static const unsigned BITS[7] = {14, 11, 25, 16, 4, 14, 24};
    for (size_t i = 0; i < 7; i++) {
        uint32_t *to = &w[(i + 2) % 3];
        const uint32_t from = w[(i + 1) % 3];
        *to = (*to ^ from) - rotate(from, BITS[i]);
    }
}

uint32_t rn_h5_checksum(const unsigned char *bytes, size_t size)
{
    const uint32_t start = 0xdeadbeefu + (uint32_t)size;
    uint32_t words[3] = {start, start, start};
    if (size == 0) return start;
    for (; size > BLOCK; bytes += BLOCK, size -= BLOCK) {
        add_block(words, bytes, BLOCK);
        mix(words);
    }
    add_block(words, bytes, size);
    mix_last(words);
    return words[2];
}
