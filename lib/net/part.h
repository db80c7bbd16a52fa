/** How a layer's output channels are shared out. SPDX-License-Identifier: MIT */
#ifndef RN_NET_PART_H
#define RN_NET_PART_H

#include <stddef.h>

/** Channels [first, first + count). */
typedef struct rn_part {
    size_t first, count;
} rn_part;

/** Part `part` of n_parts, of whole blocks of channels (the last block may be smaller): as equal as
 *  can be, the larger ones first; with more parts than blocks some are empty. */
static inline rn_part rn_part_range(size_t channels, size_t block, size_t part, size_t n_parts)
{
    const size_t n_blocks = (channels + block - 1) / block;
    const size_t each = n_blocks / n_parts, more = n_blocks % n_parts;
    const size_t begin = part * each + (part < more ? part : more);
    const size_t end = begin + each + (part < more);
    const size_t last = end * block < channels ? end * block : channels;
    const size_t first = begin * block < last ? begin * block : last;
    return (rn_part){first, last - first};
}

#endif
