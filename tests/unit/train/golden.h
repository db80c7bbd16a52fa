/** What tests of this room share: cmocka, goldens in JSON, relative errors.
 *  SPDX-License-Identifier: MIT */
#ifndef TEST_TRAIN_GOLDEN_H
#define TEST_TRAIN_GOLDEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static inline json_t *golden_load(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/train/%s", GOLDEN_DIR, name);
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    if (!root) fail_msg("%s: %s", path, error.text);
    return root;
}

static inline double golden_number(const json_t *object, const char *key, double absent)
{
    const json_t *value = json_object_get(object, key);
    return value ? json_number_value(value) : absent;
}

static inline double golden_at(const json_t *array, size_t index)
{
    return json_number_value(json_array_get(array, index));
}

/* Errors are relative, but to no less than 0.1: smaller values are what larger ones left over. */
static inline void assert_near(double actual, double expected, double tolerance, const char *where)
{
    const double error = fabs(actual - expected) / fmax(fabs(expected), 0.1);
    if (!(error <= tolerance))
        fail_msg("%s: %.9g instead of %.9g, relative error %.2g", where, actual, expected, error);
}

#endif
