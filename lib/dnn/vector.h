/** Loops compiled for several instruction sets, the best one chosen when the library is loaded. The
 *  results are the same bits in each: no contraction, and sums are spelt out lane by lane.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_DNN_VECTOR_H
#define RN_DNN_VECTOR_H

#if defined(__has_feature)
#define RN_HAS_FEATURE(name) __has_feature(name)
#else
#define RN_HAS_FEATURE(name) 0
#endif

/* A sanitizer's run time is not there yet when the choice is made. clang gave the symbol that others
 * call another name than gcc before its version 18. */
#if defined(__clang__) && __clang_major__ < 18
#define RN_CLONES
#elif defined(__x86_64__) && defined(__ELF__) && !defined(__SANITIZE_ADDRESS__) &&                   \
    !defined(__SANITIZE_THREAD__) && !RN_HAS_FEATURE(address_sanitizer) &&                         \
    !RN_HAS_FEATURE(thread_sanitizer) && !RN_HAS_FEATURE(memory_sanitizer)
#define RN_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define RN_CLONES
#endif

/** For the bodies that clones share: inlined, so that each clone compiles its own. */
#define RN_INLINE static inline __attribute__((always_inline))

#endif
