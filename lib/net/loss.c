/* Each row's target is a distribution t: one-hot or soft, smoothed to (1 - s) t + s / n_classes.
 * With class weights w the row's loss is -sum_c w_c t_c log p_c, and the mean divides by the sum
 * over rows of the label's weight, or by the number of rows for soft targets, as torch does.
 * SPDX-License-Identifier: MIT */
#include "net/loss.h"

#include <math.h>

double rn_log_sum_exp(const float *logits, size_t n_classes)
{
    float largest = logits[0];
    for (size_t c = 1; c < n_classes; c++)
        if (logits[c] > largest) largest = logits[c];
    double sum = 0;
    for (size_t c = 0; c < n_classes; c++) sum += exp((double)logits[c] - (double)largest);
    return (double)largest + log(sum);
}

float rn_softmax_one(float logit, double log_sum_exp)
{
    return (float)exp((double)logit - log_sum_exp);
}

void rn_softmax(const float *logits, size_t n_classes, float *probabilities)
{
    const double normaliser = rn_log_sum_exp(logits, n_classes);
    for (size_t c = 0; c < n_classes; c++) probabilities[c] = rn_softmax_one(logits[c], normaliser);
}

static double weight_of(const rn_target *t, size_t c)
{
    return t->class_weights ? (double)t->class_weights[c] : 1;
}

/* The smoothed target of one row at class c, times the class's weight. */
static double weighted_target(const rn_target *t, size_t row, size_t n_classes, size_t c)
{
    const double hard =
        t->soft ? (double)t->soft[row * n_classes + c] : c == (size_t)t->labels[row];
    const double smoothing = (double)t->label_smoothing;
    return weight_of(t, c) * ((1 - smoothing) * hard + smoothing / (double)n_classes);
}

double rn_target_weigh(const rn_target *t, rn_span rows)
{
    if (t->soft) return (double)rows.n;
    double sum = 0;
    for (size_t i = 0; i < rows.n; i++) sum += weight_of(t, (size_t)t->labels[rows.first + i]);
    return sum;
}

static size_t largest(const float *values, size_t count)
{
    size_t best = 0;
    for (size_t c = 1; c < count; c++)
        if (values[c] > values[best]) best = c;
    return best;
}

static bool is_right(const float *logits, size_t row, size_t n_classes, const rn_target *t)
{
    const size_t truth =
        t->soft ? largest(t->soft + row * n_classes, n_classes) : (size_t)t->labels[row];
    return largest(logits, n_classes) == truth;
}

/* One row's loss, and its gradient: p_c sum(t) - t_c, divided by the mean's divisor. */
static double row_loss(const float *logits, size_t row, size_t n_classes, const rn_target *t,
                       double weight, float *gradient)
{
    const double normaliser = rn_log_sum_exp(logits, n_classes);
    double loss = 0, mass = 0;
    for (size_t c = 0; c < n_classes; c++) {
        const double target = weighted_target(t, row, n_classes, c);
        mass += target;
        if (target > 0) loss += target * (normaliser - (double)logits[c]);
    }
    for (size_t c = 0; c < n_classes; c++) {
        const double p = exp((double)logits[c] - normaliser);
        gradient[c] = (float)((p * mass - weighted_target(t, row, n_classes, c)) / weight);
    }
    return loss;
}

void rn_cross_entropy(const float *logits, rn_span rows, size_t n_classes, const rn_target *target,
                      double weight, float *gradient, rn_loss_sum *out)
{
    out->loss = 0;
    out->n_correct = 0;
    for (size_t i = rows.first; i < rows.first + rows.n; i++) {
        const float *row = logits + i * n_classes;
        out->n_correct += is_right(row, i, n_classes, target);
        out->loss += row_loss(row, i, n_classes, target, weight, gradient + i * n_classes);
    }
}
