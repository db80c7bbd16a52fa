/** The goldens of tests/golden/metrics, loaded into accumulators. SPDX-License-Identifier: MIT */
#ifndef GOLDEN_CASE_H
#define GOLDEN_CASE_H

#include "check.h"

#include <resnet/metrics.h>

#include <jansson.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const golden_names[] = {"plain",   "many",   "ties",      "absent",
                                           "perfect", "single", "one_label", "binary"};
#define N_GOLDENS (sizeof golden_names / sizeof *golden_names)

typedef struct golden_case {
    const char *name;
    json_t *document;
    size_t n_samples;
    size_t n_classes;
    const char **class_names;
    float *scores;
    int32_t *labels;
    resnet_metrics_options options;
} golden_case;

static inline golden_case golden_open(const char *name, int32_t absent)
{
    char path[512];
    golden_case golden = {.name = name};
    snprintf(path, sizeof path, "%s/metrics/%s.json", GOLDEN_DIR, name);
    golden.document = json_load_file(path, 0, NULL);
    assert_non_null(golden.document);
    const json_t *names = json_object_get(golden.document, "names");
    const json_t *labels = json_object_get(golden.document, "labels");
    const json_t *scores = json_object_get(golden.document, "scores");
    golden.n_classes = json_array_size(names);
    golden.n_samples = json_array_size(labels);
    golden.class_names = calloc(golden.n_classes, sizeof *golden.class_names);
    golden.labels = calloc(golden.n_samples, sizeof *golden.labels);
    golden.scores = calloc(golden.n_samples * golden.n_classes, sizeof *golden.scores);
    for (size_t c = 0; c < golden.n_classes; c++)
        golden.class_names[c] = json_string_value(json_array_get(names, c));
    for (size_t i = 0; i < golden.n_samples; i++)
        golden.labels[i] = (int32_t)json_integer_value(json_array_get(labels, i));
    for (size_t i = 0; i < golden.n_samples * golden.n_classes; i++)
        golden.scores[i] = (float)json_number_value(json_array_get(scores, i));
    assert_int_equal(resnet_metrics_options_init(&golden.options, sizeof golden.options), 0);
    const char *kind = json_string_value(json_object_get(golden.document, "kind"));
    golden.options.scores =
        strcmp(kind, "logits") == 0 ? RESNET_SCORES_LOGITS : RESNET_SCORES_PROBABILITIES;
    golden.options.absent = absent;
    return golden;
}

static inline void golden_close(golden_case *golden)
{
    json_decref(golden->document);
    free(golden->class_names);
    free(golden->scores);
    free(golden->labels);
}

/** An accumulator of all its samples, added in batches of batch_size. */
static inline resnet_metrics *golden_measure(const golden_case *golden, size_t batch_size)
{
    resnet_metrics *metrics = NULL;
    assert_ok(
        resnet_metrics_create(&metrics, golden->n_classes, golden->class_names, &golden->options));
    for (size_t i = 0; i < golden->n_samples; i += batch_size) {
        const size_t left = golden->n_samples - i;
        assert_ok(resnet_metrics_add(metrics, golden->scores + i * golden->n_classes,
                                     golden->labels + i, NULL,
                                     left < batch_size ? left : batch_size));
    }
    return metrics;
}

/** A golden number: null is NaN, "inf" infinity. */
static inline double golden_number(const json_t *value)
{
    if (json_is_null(value)) return NAN;
    return json_is_string(value) ? INFINITY : json_number_value(value);
}

/** Equal to 1e-9, relative to what is above 1; NaN equals NaN. */
static inline void golden_check(double got, double expected, const char *where, const char *what)
{
    if ((isnan(got) && isnan(expected)) || got == expected) return;
    if (fabs(got - expected) <= 1e-9 * fmax(1, fabs(expected))) return;
    fail_msg("%s: %s is %.17g, expected %.17g", where, what, got, expected);
}

#endif
