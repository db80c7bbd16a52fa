/* FE_DFL_ENV is the state a C program starts in: on x86 it clears flush-to-zero and
 * denormals-are-zero too. SPDX-License-Identifier: MIT */
#include "core/arithmetic.h"

void rn_arithmetic_start_thread(void)
{
    fesetenv(FE_DFL_ENV);
}

fenv_t rn_arithmetic_enter(void)
{
    fenv_t host;
    fegetenv(&host);
    fesetenv(FE_DFL_ENV);
    return host;
}

void rn_arithmetic_leave(const fenv_t *host)
{
    fesetenv(host);
}
