/* Formulas and roundings are those of Pillow 9.4's Resample.c, so that the weights are the same
 * integers. SPDX-License-Identifier: MIT */
#include "image/filter.h"

#include "core/mem.h"

#include <math.h>
#include <resnet/image.h>
#include <string.h>

static double triangle(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

/* Keys' cubic with a = -0.5. */
static double cubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
    if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
    return 0.0;
}

/* A resize along one axis; when it shrinks, the filter widens with it. */
struct axis {
    size_t in_size;
    double scale, filter_scale, support;
    double (*function)(double x);
};

static struct axis make_axis(size_t in_size, size_t out_size, int32_t kind)
{
    const double scale = (double)(float)in_size / (double)out_size;
    const double filter_scale = scale < 1.0 ? 1.0 : scale;
    const int is_cubic = kind == RESNET_FILTER_BICUBIC;
    return (struct axis){in_size, scale, filter_scale, (is_cubic ? 2.0 : 1.0) * filter_scale,
                         is_cubic ? cubic : triangle};
}

struct span {
    size_t start, count;
};

static struct span find_span(const struct axis *axis, size_t output)
{
    const double center = ((double)output + 0.5) * axis->scale;
    const double low = center - axis->support + 0.5, high = center + axis->support + 0.5;
    const size_t start = low > 0.0 ? (size_t)low : 0;
    const size_t end = high < (double)axis->in_size ? (size_t)high : axis->in_size;
    return (struct span){start, end > start ? end - start : 0};
}

static int32_t to_fixed(double weight)
{
    return (int32_t)((weight < 0 ? -0.5 : 0.5) + weight * (1 << RN_FILTER_BITS));
}

/* The exact weights go through `scratch`, as many doubles as the span has inputs. */
static void fill_weights(int32_t *weights, const struct axis *axis, size_t output, struct span span,
                         double *scratch)
{
    const double center = ((double)output + 0.5) * axis->scale;
    const double shrink = 1.0 / axis->filter_scale;
    double sum = 0.0;
    for (size_t i = 0; i < span.count; i++) {
        scratch[i] = axis->function(((double)(i + span.start) - center + 0.5) * shrink);
        sum += scratch[i];
    }
    for (size_t i = 0; i < span.count; i++)
        weights[i] = to_fixed(sum != 0.0 ? scratch[i] / sum : scratch[i]);
}

/* Padded taps must not reach beyond the inputs that exist, so late spans start earlier, after zero
 * weights. */
static size_t fit_start(const rn_filter *f, size_t start)
{
    if (start + f->n_taps <= f->needed_end) return start;
    return f->needed_end - f->needed_start > f->n_taps ? f->needed_end - f->n_taps
                                                       : f->needed_start;
}

static void split_weights(rn_filter *f)
{
    const size_t n_groups = f->n_taps / RN_FILTER_GROUP;
    for (size_t i = 0; i < f->n_out; i++)
        for (size_t t = 0; t < f->n_taps; t++) {
            const size_t group = i / 2 * n_groups + t / RN_FILTER_GROUP;
            int16_t *at = f->split + (group * 2 + i % 2) * 8 + t % RN_FILTER_GROUP;
            const int32_t weight = f->weights[i * f->n_taps + t];
            at[0] = (int16_t)(weight >> 15);
            at[RN_FILTER_GROUP] = (int16_t)(weight & 0x7FFF);
        }
}

static void measure(rn_filter *f, const struct axis *axis, size_t first)
{
    size_t longest = 1;
    for (size_t i = 0; i < f->n_out; i++) {
        const struct span span = find_span(axis, first + i);
        if (span.count > longest) longest = span.count;
        if (i == 0) f->needed_start = span.start;
        f->needed_end = span.start + span.count;
    }
    f->n_taps = (longest + RN_FILTER_GROUP - 1) / RN_FILTER_GROUP * RN_FILTER_GROUP;
}

static resnet_status allocate(rn_filter *f)
{
    size_t n_weights;
    if (__builtin_mul_overflow(f->n_out + 1, f->n_taps, &n_weights))
        return rn_fail(RESNET_E_NOMEM, "resize: %zu x %zu weights", f->n_out, f->n_taps);
    f->starts = rn_alloc(f->n_out + 1, sizeof *f->starts);
    f->weights = rn_calloc(n_weights, sizeof *f->weights);
    f->split = rn_calloc(n_weights, 2 * sizeof *f->split);
    return f->starts && f->weights && f->split ? RESNET_OK : RESNET_E_NOMEM;
}

resnet_status rn_filter_create(rn_filter *out, size_t in_size, size_t out_size, size_t first,
                               size_t n_out, int32_t kind)
{
    const struct axis axis = make_axis(in_size, out_size, kind);
    rn_filter f = {.n_out = n_out};
    double *scratch = NULL;
    resnet_status status;
    measure(&f, &axis, first);
    RN_TRY(allocate(&f));
    scratch = rn_alloc(f.n_taps, sizeof *scratch);
    if (!scratch) {
        status = RESNET_E_NOMEM;
        goto done;
    }
    for (size_t i = 0; i < n_out; i++) {
        const struct span span = find_span(&axis, first + i);
        f.starts[i] = fit_start(&f, span.start);
        fill_weights(f.weights + i * f.n_taps + (span.start - f.starts[i]), &axis, first + i, span,
                     scratch);
    }
    f.starts[n_out] = f.starts[n_out - 1];
    split_weights(&f);
    *out = f;
    f = (rn_filter){0};
done:
    rn_free(scratch);
    rn_filter_destroy(&f);
    return status;
}

void rn_filter_destroy(rn_filter *filter)
{
    rn_free(filter->starts);
    rn_free(filter->weights);
    rn_free(filter->split);
    *filter = (rn_filter){0};
}
