/* SPDX-License-Identifier: MIT */
#include "metrics/confusion.h"

#include <resnet/metrics.h>

#include <math.h>

/* 0/0 is 0: scikit-learn's zero_division=0. */
static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

static uint64_t get_correct(const rn_tally *tally, size_t index)
{
    return tally->confusion[index * tally->n_classes + index];
}

rn_row rn_confusion_get_class(const rn_tally *tally, size_t index)
{
    const double correct = (double)get_correct(tally, index);
    const double support = (double)tally->labelled[index];
    const double predicted = (double)tally->predicted[index];
    return (rn_row){
        .precision = ratio(correct, predicted),
        .recall = ratio(correct, support),
        .f1 = ratio(2 * correct, predicted + support),
        .support = tally->labelled[index],
        .predicted = tally->predicted[index],
    };
}

bool rn_confusion_counts(const rn_tally *tally, size_t index, int32_t absent)
{
    return absent == RESNET_ABSENT_ZERO || tally->labelled[index] || tally->predicted[index];
}

uint64_t rn_confusion_get_n_correct(const rn_tally *tally)
{
    uint64_t correct = 0;
    for (size_t c = 0; c < tally->n_classes; c++) correct += get_correct(tally, c);
    return correct;
}

static rn_row average_classes(const rn_tally *tally, bool by_support, int32_t absent)
{
    rn_row mean = {0};
    double total = 0;
    for (size_t c = 0; c < tally->n_classes; c++) {
        if (!rn_confusion_counts(tally, c, absent)) continue;
        const rn_row row = rn_confusion_get_class(tally, c);
        const double weight = by_support ? (double)row.support : 1;
        mean.precision += weight * row.precision;
        mean.recall += weight * row.recall;
        mean.f1 += weight * row.f1;
        total += weight;
    }
    mean.precision = ratio(mean.precision, total);
    mean.recall = ratio(mean.recall, total);
    mean.f1 = ratio(mean.f1, total);
    return mean;
}

rn_row rn_confusion_get_average(const rn_tally *tally, int64_t which, int32_t absent)
{
    rn_row row;
    if (which == RESNET_MICRO) { /* each sample has one label and one prediction: all three agree */
        const double accuracy =
            ratio((double)rn_confusion_get_n_correct(tally), (double)tally->count);
        row = (rn_row){.precision = accuracy, .recall = accuracy, .f1 = accuracy};
    } else {
        row = average_classes(tally, which == RESNET_WEIGHTED, absent);
    }
    row.support = tally->count;
    row.predicted = tally->count;
    return row;
}

double rn_confusion_get_balanced_accuracy(const rn_tally *tally)
{
    double sum = 0;
    double n_present = 0;
    for (size_t c = 0; c < tally->n_classes; c++) {
        if (!tally->labelled[c]) continue;
        sum += rn_confusion_get_class(tally, c).recall;
        n_present++;
    }
    return sum / n_present;
}

static double dot(const uint64_t *a, const uint64_t *b, size_t n_classes)
{
    double sum = 0;
    for (size_t c = 0; c < n_classes; c++) sum += (double)a[c] * (double)b[c];
    return sum;
}

/* J. Cohen, "A coefficient of agreement for nominal scales", 1960. */
double rn_confusion_get_kappa(const rn_tally *tally)
{
    const double n = (double)tally->count;
    const double wrong = n - (double)rn_confusion_get_n_correct(tally);
    const double wrong_by_chance = n - dot(tally->labelled, tally->predicted, tally->n_classes) / n;
    return wrong_by_chance == 0 ? NAN : 1 - wrong / wrong_by_chance;
}

/* J. Gorodkin, "Comparing two K-category assignments by a K-category correlation coefficient",
 * 2004. */
double rn_confusion_get_mcc(const rn_tally *tally)
{
    const double n = (double)tally->count;
    const double correct = (double)rn_confusion_get_n_correct(tally);
    const size_t n_classes = tally->n_classes;
    const double together = correct * n - dot(tally->labelled, tally->predicted, n_classes);
    const double spread = (n * n - dot(tally->predicted, tally->predicted, n_classes)) *
                          (n * n - dot(tally->labelled, tally->labelled, n_classes));
    return spread == 0 ? 0 : together / sqrt(spread);
}
