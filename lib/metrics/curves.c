/* ROC and precision-recall curves, point by point. SPDX-License-Identifier: MIT */
#include "metrics/accumulator.h"
#include "metrics/ranking.h"

#include "core/arithmetic.h"
#include "core/mem.h"

#include <math.h>

#define MACRO_POINTS 1000

/* Where a curve's points go: the caller's arrays, any of which may be NULL. */
typedef struct rn_curve {
    double *x, *y, *thresholds; /* [capacity] */
    size_t capacity;
    size_t count; /* of points, beyond capacity too */
} rn_curve;

static void add_point(rn_curve *curve, double x, double y, double threshold)
{
    const size_t i = curve->count++;
    if (i >= curve->capacity) return;
    if (curve->x) curve->x[i] = x;
    if (curve->y) curve->y[i] = y;
    if (curve->thresholds) curve->thresholds[i] = threshold;
}

/* The cuts of a ranking, in a block of their own. */
static resnet_status make_cuts(rn_cut **out, size_t *out_count, const rn_kept *kept, int64_t which)
{
    rn_ranking ranking;
    resnet_status status = rn_ranking_open(&ranking, kept, which);
    if (status != RESNET_OK) return status;
    rn_cut *cuts = rn_alloc(ranking.count, sizeof *cuts);
    if (cuts) {
        *out_count = rn_ranking_copy_cuts(cuts, &ranking);
        *out = cuts;
    } else {
        status = RESNET_E_NOMEM;
    }
    rn_ranking_close(&ranking);
    return status;
}

/* Whether cut i lies on the way from its predecessor to its successor at an even pace. */
static bool is_straight(const rn_cut *cut)
{
    return cut[1].true_positives - cut[0].true_positives ==
               cut[0].true_positives - cut[-1].true_positives &&
           cut[1].false_positives - cut[0].false_positives ==
               cut[0].false_positives - cut[-1].false_positives;
}

static double rate(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

static void add_roc(rn_curve *curve, const rn_cut *cuts, size_t count)
{
    const rn_cut all = cuts[count - 1];
    add_point(curve, rate(0, all.false_positives), rate(0, all.true_positives), INFINITY);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && i + 1 < count && is_straight(&cuts[i])) continue;
        add_point(curve, rate(cuts[i].false_positives, all.false_positives),
                  rate(cuts[i].true_positives, all.true_positives), cuts[i].threshold);
    }
}

static resnet_status make_roc(rn_curve *curve, const rn_kept *kept, int64_t which)
{
    rn_cut *cuts = NULL;
    size_t count = 0;
    const resnet_status status = make_cuts(&cuts, &count, kept, which);
    if (status == RESNET_OK) add_roc(curve, cuts, count);
    rn_free(cuts);
    return status;
}

/* The macro curve's false positive rate number g, as NumPy's linspace(0, 1, MACRO_POINTS). */
static double get_macro_rate(size_t g)
{
    return g + 1 < MACRO_POINTS ? (double)g * (1.0 / (MACRO_POINTS - 1)) : 1;
}

/* Adds a class's true positive rate at each of the macro curve's false positive rates; a step's
 * upper end counts. */
static void add_interpolated(double *sums, const rn_cut *cuts, size_t count)
{
    const rn_cut all = cuts[count - 1];
    double x = 0, y = 0; /* the last point that is not beyond the rate */
    size_t next = 0;
    for (size_t g = 0; g < MACRO_POINTS; g++) {
        const double at = get_macro_rate(g);
        for (; next < count && cuts[next].false_positives / all.false_positives <= at; next++) {
            x = cuts[next].false_positives / all.false_positives;
            y = cuts[next].true_positives / all.true_positives;
        }
        sums[g] += y;
        if (next == count) continue;
        const double next_x = cuts[next].false_positives / all.false_positives;
        const double next_y = cuts[next].true_positives / all.true_positives;
        sums[g] += (next_y - y) / (next_x - x) * (at - x);
    }
}

static resnet_status make_macro_roc(rn_curve *curve, const rn_kept *kept)
{
    double sums[MACRO_POINTS] = {0};
    double n_defined = 0;
    for (size_t c = 0; c < kept->n_classes; c++) {
        rn_cut *cuts = NULL;
        size_t count = 0;
        const resnet_status status = make_cuts(&cuts, &count, kept, (int64_t)c);
        if (status != RESNET_OK) return status;
        const rn_cut all = cuts[count - 1];
        if (all.true_positives > 0 && all.false_positives > 0) {
            add_interpolated(sums, cuts, count);
            n_defined++;
        }
        rn_free(cuts);
    }
    for (size_t g = 0; g < MACRO_POINTS; g++)
        add_point(curve, get_macro_rate(g), rate(sums[g], n_defined), NAN);
    return RESNET_OK;
}

static resnet_status check_curve(const size_t *out_count, const resnet_metrics *metrics,
                                 int64_t which, int64_t lowest)
{
    if (!out_count || !metrics) return rn_fail(RESNET_E_INVALID, "a curve: NULL");
    const bool micro = which == RESNET_MICRO;
    if (!micro && (which < lowest || which >= (int64_t)metrics->n_classes))
        return rn_fail(RESNET_E_INVALID, "no curve %lld: %zu classes", (long long)which,
                       metrics->n_classes);
    return rn_kept_require(&metrics->kept, "a curve");
}

resnet_status resnet_metrics_copy_roc(double *out_false_positive_rates,
                                      double *out_true_positive_rates, double *out_thresholds,
                                      size_t capacity, size_t *out_count,
                                      const resnet_metrics *metrics, int32_t which)
{
    RN_OWN_ARITHMETIC;
    rn_curve curve = {out_false_positive_rates, out_true_positive_rates, out_thresholds, capacity,
                      0};
    resnet_status status;
    RN_TRY(check_curve(out_count, metrics, which, RESNET_MACRO));
    RN_TRY(which == RESNET_MACRO ? make_macro_roc(&curve, &metrics->kept)
                                 : make_roc(&curve, &metrics->kept, which));
    *out_count = curve.count;
done:
    return status;
}

resnet_status resnet_metrics_copy_precision_recall(double *out_precisions, double *out_recalls,
                                                   double *out_thresholds, size_t capacity,
                                                   size_t *out_count, const resnet_metrics *metrics,
                                                   int32_t which)
{
    RN_OWN_ARITHMETIC;
    rn_curve curve = {out_precisions, out_recalls, out_thresholds, capacity, 0};
    rn_cut *cuts = NULL;
    size_t count = 0;
    resnet_status status;
    RN_TRY(check_curve(out_count, metrics, which, 0));
    RN_TRY(make_cuts(&cuts, &count, &metrics->kept, which));
    const double positives = cuts[count - 1].true_positives;
    for (size_t i = count; i-- > 0;) {
        const rn_cut *cut = &cuts[i];
        add_point(&curve, cut->true_positives / (cut->true_positives + cut->false_positives),
                  positives > 0 ? cut->true_positives / positives : 1, cut->threshold);
    }
    add_point(&curve, 1, 0, INFINITY);
    *out_count = curve.count;
done:
    rn_free(cuts);
    return status;
}
