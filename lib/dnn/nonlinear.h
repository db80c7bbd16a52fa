/** The functions between linear layers. SPDX-License-Identifier: MIT */
#ifndef RN_DNN_NONLINEAR_H
#define RN_DNN_NONLINEAR_H

#include "arch/arch.h"

/** y = f(x); y may be x. */
void rn_nonlinear_forward(const rn_arch_activation *f, const float *x, float *y, size_t count);
/** d *= f'(x), where x is what forward got. */
void rn_nonlinear_backward(const rn_arch_activation *f, const float *x, float *d, size_t count);

#endif
