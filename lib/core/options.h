/** One reader for every options struct that crosses the ABI. SPDX-License-Identifier: MIT */
#ifndef RN_CORE_OPTIONS_H
#define RN_CORE_OPTIONS_H

#include "core/error.h"

/** Copies the caller's struct over our defaults, whichever release it was compiled with.
 *  `ours` (our_size bytes) holds defaults; `theirs` may be NULL (defaults stay) and starts with its
 *  uint64_t struct_size. Smaller than ours: the missing tail keeps its defaults. Larger: accepted
 *  when the unknown tail is zero, else UNSUPPORTED. Below first_size, the struct's size in the
 *  first release, or beyond what any struct can grow to: INVALID. `name` is for the message. */
resnet_status rn_options_read(void *ours, size_t our_size, size_t first_size, const void *theirs,
                              const char *name);

/** Writes defaults to the caller's struct of `size` bytes, zeroing what we do not know of. */
resnet_status rn_options_write(void *theirs, size_t size, const void *ours, size_t our_size,
                               size_t first_size, const char *name);

/** Proves at compile time that a public struct has no padding at its end. */
#define RN_ASSERT_ABI(type, size)                                                                  \
    _Static_assert(sizeof(type) == (size) && (size) % 8 == 0, #type " changed its ABI")

#endif
