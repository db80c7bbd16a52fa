/** The optimisers' arithmetic on one run of floats. SPDX-License-Identifier: MIT */
#ifndef RN_TRAIN_OPTIMIZER_RULES_H
#define RN_TRAIN_OPTIMIZER_RULES_H

#include <stddef.h>

/** Scalars of one step, for one tensor. */
typedef struct rn_rule_scalars {
    float rate;     /* learning rate; Adam's with its bias correction */
    float scale;    /* of the gradient */
    float shrink;   /* decoupled decay: values *= shrink first; 1 for none */
    float l2;       /* gradient += l2 x value */
    float momentum; /* SGD, RMSprop, LARS */
    float nesterov; /* weight of the fresh gradient beside the momentum: 1 or 0 */
    float beta2;
    float fresh1, fresh2;    /* 1 - beta, rounded once */
    float second_correction; /* sqrt(1 - beta2^step) */
    float epsilon;
} rn_rule_scalars;

/** gradients, values, first, second: [n]; first and second are the optimiser's state, NULL where
 *  the rule has less of it. */
typedef void (*rn_rule)(const rn_rule_scalars *scalars, size_t n, const float *restrict gradients,
                        float *restrict values, float *restrict first, float *restrict second);

void rn_rule_sgd(const rn_rule_scalars *, size_t, const float *restrict, float *restrict,
                 float *restrict, float *restrict);
void rn_rule_sgd_momentum(const rn_rule_scalars *, size_t, const float *restrict, float *restrict,
                          float *restrict, float *restrict);
void rn_rule_adam(const rn_rule_scalars *, size_t, const float *restrict, float *restrict,
                  float *restrict, float *restrict);
void rn_rule_rmsprop(const rn_rule_scalars *, size_t, const float *restrict, float *restrict,
                     float *restrict, float *restrict);
void rn_rule_rmsprop_momentum(const rn_rule_scalars *, size_t, const float *restrict,
                              float *restrict, float *restrict, float *restrict);
void rn_rule_lars(const rn_rule_scalars *, size_t, const float *restrict, float *restrict,
                  float *restrict, float *restrict);

/** Sum of squares in double, in an order that depends on n only. */
double rn_rule_sum_squares(const float *values, size_t n);

#endif
