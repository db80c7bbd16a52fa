/* An engine on this thread, and tensors in its blocked layout. SPDX-License-Identifier: MIT */
#ifndef RN_TESTS_BLOCKS_H
#define RN_TESTS_BLOCKS_H

#include "../draw.h"

#include "dnn/activation.h"
#include "dnn/backend.h"
#include "dnn/layout.h"

/** Every channel block the library knows; the engine chose one by the processor. */
static const size_t BLOCKS[] = {16, 8, 1};
#define N_BLOCKS (sizeof BLOCKS / sizeof *BLOCKS)

static inline rn_engine *make_engine(size_t channel_block)
{
    rn_engine *engine = NULL;
    rn_engine_start_thread();
    assert_ok(rn_engine_create(&engine, 2));
    engine->channel_block = channel_block;
    return engine;
}

/** [n][channels][pixels] -> [n][channels / block][pixels][block], a fresh block of memory. */
static inline float *to_blocked(const float *plain, size_t n, rn_activation_shape shape)
{
    const size_t count = shape.channels * shape.pixels;
    float *blocked = make_floats(n * count);
    for (size_t i = 0; i < n; i++)
        rn_activation_from_plain(&shape, plain + i * count, blocked + i * count);
    return blocked;
}

static inline float *to_plain(const float *blocked, size_t n, rn_activation_shape shape)
{
    const size_t count = shape.channels * shape.pixels;
    float *plain = make_floats(n * count);
    for (size_t i = 0; i < n; i++)
        rn_activation_to_plain(&shape, blocked + i * count, plain + i * count);
    return plain;
}

#endif
