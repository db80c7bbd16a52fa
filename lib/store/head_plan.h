/** What a file that describes its network says of the head. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_HEAD_PLAN_H
#define RN_STORE_HEAD_PLAN_H

#include "arch/arch.h"

#define RN_HEAD_MAX_STEPS 64
#define RN_HEAD_KEY_SIZE 32

enum rn_head_step_kind {
    RN_STEP_LINEAR,    /* a dense layer; its activation is a step of its own */
    RN_STEP_SCALE,     /* x * scale + offset */
    RN_STEP_NORM,      /* a batch norm on stored statistics */
    RN_STEP_ACTIVATION /* of a hidden layer */
};

typedef struct rn_head_step {
    enum rn_head_step_kind kind;
    double scale, offset;
    double epsilon;                /* NORM */
    bool has_gamma, has_beta;      /* NORM */
    rn_arch_activation activation; /* ACTIVATION */
} rn_head_step;

/** In the order of computing. The tensors of step i have the keys "head.<i>/kernel", "/bias",
 *  "/gamma", ... */
typedef struct rn_head_plan {
    size_t n_steps;
    rn_head_step steps[RN_HEAD_MAX_STEPS];
} rn_head_plan;

#endif
