/* SPDX-License-Identifier: MIT */
#include "metrics/accumulator.h"

#include "core/arithmetic.h"
#include "core/mem.h"
#include "core/options.h"
#include "metrics/confusion.h"

#define MAX_CLASSES 65536
#define MAX_BINS 1000
#define MAX_MISTAKES 1000

#define FIRST_SIZE 32 /* of the options in the first release */

RN_ASSERT_ABI(resnet_metrics_options, 32);
RN_ASSERT_ABI(resnet_metrics_row, 48);
RN_ASSERT_ABI(resnet_metrics_mistake, 40);

static const resnet_metrics_options default_options = {
    .struct_size = sizeof(resnet_metrics_options),
    .max_score_bytes = UINT64_C(256) << 20,
    .scores = RESNET_SCORES_LOGITS,
    .absent = RESNET_ABSENT_SKIP,
    .n_bins = 15,
    .n_mistakes = 24,
};

resnet_status resnet_metrics_options_init(resnet_metrics_options *options, size_t size)
{
    return rn_options_write(options, size, &default_options, sizeof default_options, FIRST_SIZE,
                            "resnet_metrics_options");
}

static resnet_status check_options(const resnet_metrics_options *options)
{
    if (options->scores != RESNET_SCORES_LOGITS && options->scores != RESNET_SCORES_PROBABILITIES)
        return rn_fail(RESNET_E_INVALID, "resnet_metrics_options.scores: %ld",
                       (long)options->scores);
    if (options->absent != RESNET_ABSENT_SKIP && options->absent != RESNET_ABSENT_ZERO)
        return rn_fail(RESNET_E_INVALID, "resnet_metrics_options.absent: %ld",
                       (long)options->absent);
    if (options->n_bins < 1 || options->n_bins > MAX_BINS)
        return rn_fail(RESNET_E_INVALID, "resnet_metrics_options.n_bins: %lu, not 1 to %d",
                       (unsigned long)options->n_bins, MAX_BINS);
    if (options->n_mistakes > MAX_MISTAKES)
        return rn_fail(RESNET_E_INVALID, "resnet_metrics_options.n_mistakes: %lu, above %d",
                       (unsigned long)options->n_mistakes, MAX_MISTAKES);
    return RESNET_OK;
}

static resnet_status copy_names(resnet_metrics *metrics, const char *const *names)
{
    metrics->class_names = rn_calloc(metrics->n_classes, sizeof *metrics->class_names);
    if (!metrics->class_names) return RESNET_E_NOMEM;
    for (size_t c = 0; c < metrics->n_classes; c++) {
        if (names && !names[c]) return rn_fail(RESNET_E_INVALID, "class_names[%zu] is NULL", c);
        metrics->class_names[c] = names ? rn_strdup(names[c]) : rn_format("%zu", c);
        if (!metrics->class_names[c]) return RESNET_E_NOMEM;
    }
    return RESNET_OK;
}

resnet_status resnet_metrics_create(resnet_metrics **out, size_t n_classes,
                                    const char *const *class_names,
                                    const resnet_metrics_options *options)
{
    resnet_metrics *metrics = NULL;
    resnet_metrics_options own = default_options;
    resnet_status status;
    if (!out) return rn_fail(RESNET_E_INVALID, "resnet_metrics_create: NULL");
    if (n_classes < 2 || n_classes > MAX_CLASSES)
        return rn_fail(RESNET_E_INVALID, "resnet_metrics_create: %zu classes, not 2 to %d",
                       n_classes, MAX_CLASSES);
    RN_TRY(rn_options_read(&own, sizeof own, FIRST_SIZE, options, "resnet_metrics_options"));
    RN_TRY(check_options(&own));
    metrics = rn_calloc(1, sizeof *metrics);
    if (!metrics) return RESNET_E_NOMEM;
    metrics->options = own;
    metrics->n_classes = n_classes;
    metrics->kept = rn_kept_open(n_classes, own.scores, own.max_score_bytes);
    RN_TRY(copy_names(metrics, class_names));
    RN_TRY(rn_tally_open(&metrics->tally, n_classes, own.n_bins));
    RN_TRY(rn_mistakes_open(&metrics->mistakes, own.n_mistakes));
    *out = metrics;
    metrics = NULL;
done:
    resnet_metrics_free(metrics);
    return status;
}

resnet_metrics *rn_metrics_retain(const resnet_metrics *metrics)
{
    resnet_metrics *shared = (resnet_metrics *)metrics; /* its count is not part of what it is */
    rn_users_add(&shared->users);
    return shared;
}

void resnet_metrics_free(resnet_metrics *metrics)
{
    if (!metrics || !rn_users_leave(&metrics->users)) return;
    for (size_t c = 0; metrics->class_names && c < metrics->n_classes; c++)
        rn_free(metrics->class_names[c]);
    rn_free(metrics->class_names);
    rn_tally_close(&metrics->tally);
    rn_kept_close(&metrics->kept);
    rn_mistakes_close(&metrics->mistakes);
    rn_free(metrics);
}

void resnet_metrics_clear(resnet_metrics *metrics)
{
    if (!metrics) return;
    rn_tally_clear(&metrics->tally);
    rn_kept_clear(&metrics->kept);
    metrics->mistakes.count = 0;
}

static void add_one(resnet_metrics *metrics, const float *scores, uint32_t label, uint64_t id)
{
    const rn_sample sample =
        rn_sample_make(scores, metrics->n_classes, metrics->options.scores, label);
    rn_tally_add(&metrics->tally, &sample, 1);
    rn_kept_add(&metrics->kept, scores, &sample);
    if (sample.predicted == label) return;
    rn_mistakes_add(&metrics->mistakes,
                    &(rn_mistake){.id = id,
                                  .label = label,
                                  .predicted = sample.predicted,
                                  .label_probability = sample.label_probability,
                                  .predicted_probability = sample.predicted_probability});
}

resnet_status resnet_metrics_add(resnet_metrics *metrics, const float *scores,
                                 const int32_t *labels, const uint64_t *ids, size_t n_samples)
{
    RN_OWN_ARITHMETIC;
    resnet_status status = RESNET_OK;
    if (!metrics || (n_samples > 0 && (!scores || !labels)))
        return rn_fail(RESNET_E_INVALID, "resnet_metrics_add: NULL");
    const size_t n_classes = metrics->n_classes;
    for (size_t i = 0; i < n_samples; i++)
        RN_TRY(rn_sample_check(scores + i * n_classes, n_classes, metrics->options.scores,
                               labels[i], i));
    RN_TRY(rn_kept_reserve(&metrics->kept, n_samples));
    for (size_t i = 0; i < n_samples; i++)
        add_one(metrics, scores + i * n_classes, (uint32_t)labels[i],
                ids ? ids[i] : metrics->tally.count);
done:
    return status;
}

resnet_status resnet_metrics_merge(resnet_metrics *metrics, const resnet_metrics *other)
{
    RN_OWN_ARITHMETIC;
    resnet_status status;
    if (!metrics || !other || metrics == other)
        return rn_fail(RESNET_E_INVALID, "resnet_metrics_merge: NULL or itself");
    if (metrics->n_classes != other->n_classes ||
        metrics->options.n_bins != other->options.n_bins ||
        metrics->options.scores != other->options.scores)
        return rn_fail(RESNET_E_INVALID,
                       "resnet_metrics_merge: %zu classes, %lu bins, scores %ld; "
                       "the other has %zu, %lu, %ld",
                       metrics->n_classes, (unsigned long)metrics->options.n_bins,
                       (long)metrics->options.scores, other->n_classes,
                       (unsigned long)other->options.n_bins, (long)other->options.scores);
    RN_TRY(rn_kept_reserve(&metrics->kept, other->kept.count));
    rn_kept_merge(&metrics->kept, &other->kept);
    rn_tally_merge(&metrics->tally, &other->tally);
    rn_mistakes_merge(&metrics->mistakes, &other->mistakes);
done:
    return status;
}

uint64_t resnet_metrics_get_count(const resnet_metrics *metrics)
{
    return metrics ? metrics->tally.count : 0;
}

size_t resnet_metrics_get_n_classes(const resnet_metrics *metrics)
{
    return metrics ? metrics->n_classes : 0;
}

const char *resnet_metrics_get_class_name(const resnet_metrics *metrics, size_t index)
{
    return metrics && index < metrics->n_classes ? metrics->class_names[index] : NULL;
}

const uint64_t *resnet_metrics_get_confusion(const resnet_metrics *metrics)
{
    return metrics ? metrics->tally.confusion : NULL;
}

resnet_status resnet_metrics_copy_row(resnet_metrics_row *out, size_t size,
                                      const resnet_metrics *metrics, int32_t which)
{
    RN_OWN_ARITHMETIC;
    if (!metrics || which < RESNET_WEIGHTED || which >= (int64_t)metrics->n_classes)
        return rn_fail(RESNET_E_INVALID, "resnet_metrics_copy_row: no row %d", (int)which);
    const rn_row row =
        which >= 0 ? rn_confusion_get_class(&metrics->tally, (size_t)which)
                   : rn_confusion_get_average(&metrics->tally, which, metrics->options.absent);
    const resnet_metrics_row ours = {.support = row.support,
                                     .predicted = row.predicted,
                                     .precision = row.precision,
                                     .recall = row.recall,
                                     .f1 = row.f1};
    return rn_options_write(out, size, &ours, sizeof ours, 48, "resnet_metrics_row");
}

size_t resnet_metrics_get_n_mistakes(const resnet_metrics *metrics)
{
    return metrics ? metrics->mistakes.count : 0;
}

resnet_status resnet_metrics_copy_mistake(resnet_metrics_mistake *out, size_t size,
                                          const resnet_metrics *metrics, size_t rank)
{
    if (!metrics || rank >= metrics->mistakes.count)
        return rn_fail(RESNET_E_INVALID, "resnet_metrics_copy_mistake: no mistake %zu", rank);
    const rn_mistake *mistake = &metrics->mistakes.items[rank];
    const resnet_metrics_mistake ours = {.id = mistake->id,
                                         .label = (int32_t)mistake->label,
                                         .predicted = (int32_t)mistake->predicted,
                                         .label_probability = mistake->label_probability,
                                         .predicted_probability = mistake->predicted_probability};
    return rn_options_write(out, size, &ours, sizeof ours, 40, "resnet_metrics_mistake");
}
