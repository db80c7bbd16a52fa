/* What the white-box tests share: cmocka, and comparisons that say what went wrong.
 * SPDX-License-Identifier: MIT */
#ifndef RN_TESTS_CHECK_H
#define RN_TESTS_CHECK_H

#include "core/error.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define assert_ok(expr) check_ok((expr), #expr, __FILE__, __LINE__)
/** The call fails with that status and a message that holds that text. */
#define assert_fails(expr, status, text)                                                           \
    check_fails((expr), (status), (text), #expr, __FILE__, __LINE__)
/** Every |got - want| is at most tolerance times the largest |want|. */
#define assert_close(what, got, want, count, tolerance)                                            \
    check_close((what), (got), (want), (count), (tolerance), __FILE__, __LINE__)

static inline void check_ok(resnet_status status, const char *expr, const char *file, int line)
{
    if (status == RESNET_OK) return;
    print_error("%s: %s: %s\n", expr, resnet_status_name(status), resnet_last_error());
    _fail(file, line);
}

static inline void check_fails(resnet_status got, resnet_status want, const char *text,
                               const char *expr, const char *file, int line)
{
    if (got == want && strstr(resnet_last_error(), text)) return;
    print_error("%s: %s (\"%s\"), expected %s with \"%s\"\n", expr, resnet_status_name(got),
                got == RESNET_OK ? "" : resnet_last_error(), resnet_status_name(want), text);
    _fail(file, line);
}

static inline void check_close(const char *what, const float *got, const double *want, size_t count,
                               double tolerance, const char *file, int line)
{
    double largest = 1e-30, worst = -1;
    size_t at = 0;
    for (size_t i = 0; i < count; i++) largest = fmax(largest, fabs(want[i]));
    for (size_t i = 0; i < count; i++) {
        const double error = fabs((double)got[i] - want[i]);
        if (error <= worst) continue;
        worst = error; /* a NaN gets here too */
        at = i;
        if (isnan(error)) break;
    }
    if (count == 0 || worst <= tolerance * largest) return;
    print_error("%s: element %zu of %zu is %.9g, expected %.9g; error %.2g of the largest, %.9g\n",
                what, at, count, (double)got[at], want[at], worst / largest, largest);
    _fail(file, line);
}

#endif
