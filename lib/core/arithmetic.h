/** Floating-point arithmetic as the library means it, whatever the host has set for its own thread:
 *  rounding to nearest, subnormal numbers kept, no traps. Threads inherit the mode of the one that
 *  starts them, so the library's own set it at their start, and public functions that calculate say
 *  RN_OWN_ARITHMETIC before anything else. SPDX-License-Identifier: MIT */
#ifndef RN_CORE_ARITHMETIC_H
#define RN_CORE_ARITHMETIC_H

#include <fenv.h>

/** Of a thread of the library's own, for good. */
void rn_arithmetic_start_thread(void);

/** Returns what the host had, for rn_arithmetic_leave(). */
fenv_t rn_arithmetic_enter(void);
void rn_arithmetic_leave(const fenv_t *host);

/** Until the enclosing function returns, by whatever way; the host's mode and flags are as before
 *  then. Callbacks of the host run in the library's mode. */
#define RN_OWN_ARITHMETIC                                                                          \
    const fenv_t rn_host_arithmetic __attribute__((cleanup(rn_arithmetic_leave), unused)) =        \
        rn_arithmetic_enter()

#endif
