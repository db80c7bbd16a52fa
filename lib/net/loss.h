/** Softmax and cross-entropy over rows of logits. SPDX-License-Identifier: MIT */
#ifndef RN_NET_LOSS_H
#define RN_NET_LOSS_H

#include "net/training.h"

/** log sum exp(logits), without overflow. */
double rn_log_sum_exp(const float *logits, size_t n_classes);
/** exp(logit - log_sum_exp) */
float rn_softmax_one(float logit, double log_sum_exp);
/** A row; probabilities may be logits. */
void rn_softmax(const float *logits, size_t n_classes, float *probabilities);

/** Cross-entropy as torch.nn.CrossEntropyLoss(weight, label_smoothing, reduction="mean") has it,
 * and its gradient: logits and gradient [n][n_classes], which may be the same. Adds the number of
 * right answers. */
void rn_cross_entropy(const float *logits, size_t n, size_t n_classes, const rn_target *target,
                      float *gradient, rn_step_result *out);

#endif
