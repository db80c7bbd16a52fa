/** How a batch is cut: a number of shards that does not depend on the threads, each one worker's at
 * a time. What a shard adds to a sum is joined with the others' in the order of core/tree.h.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_NET_SHARDS_H
#define RN_NET_SHARDS_H

#include <stddef.h>

#define RN_MAX_SHARDS 64

typedef struct rn_shards {
    size_t n;     /* images of the batch */
    size_t count; /* of shards, none of them empty */
} rn_shards;

/** Images [first, first + n) of the batch: a shard, or as many of it as a call takes. */
typedef struct rn_span {
    size_t first, n;
} rn_span;

/** At most `most` of them. */
static inline rn_shards rn_shards_cut(size_t n, size_t most)
{
    return (rn_shards){n, n < most ? n : most};
}

/** The images of shards [first, first + n). */
static inline rn_span rn_shards_get_range(const rn_shards *shards, size_t first, size_t n)
{
    const size_t start = first * shards->n / shards->count;
    return (rn_span){start, (first + n) * shards->n / shards->count - start};
}

static inline rn_span rn_shards_get_span(const rn_shards *shards, size_t shard)
{
    return rn_shards_get_range(shards, shard, 1);
}

#endif
