/** Softmax and cross-entropy over rows of logits. SPDX-License-Identifier: MIT */
#ifndef RN_NET_LOSS_H
#define RN_NET_LOSS_H

#include "net/shards.h"
#include "net/training.h"

/** log sum exp(logits), without overflow. */
double rn_log_sum_exp(const float *logits, size_t n_classes);
/** exp(logit - log_sum_exp) */
float rn_softmax_one(float logit, double log_sum_exp);
/** A row; probabilities may be logits. */
void rn_softmax(const float *logits, size_t n_classes, float *probabilities);

/** Sums over rows, to be joined with those of other rows. */
typedef struct rn_loss_sum {
    double weight;    /* what the mean loss is divided by */
    double loss;      /* not divided yet */
    size_t n_correct; /* of labels, or of soft's largest */
} rn_loss_sum;

/** What those rows of the target add to the divisor: their labels' class weights, or for soft
 *  targets their number. */
double rn_target_weigh(const rn_target *target, rn_span rows);

/** Cross-entropy as torch.nn.CrossEntropyLoss(weight, label_smoothing) has it, of those rows, and
 *  the gradient of the whole batch's mean, `weight` being that batch's: logits and gradient
 *  [n][n_classes], which may be the same. Fills loss and n_correct of `out`. */
void rn_cross_entropy(const float *logits, rn_span rows, size_t n_classes, const rn_target *target,
                      double weight, float *gradient, rn_loss_sum *out);

#endif
