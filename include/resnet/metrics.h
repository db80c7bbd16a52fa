/** metrics.h: how good the answers are.
 *
 *      #include <resnet/metrics.h>
 *      #include <stdio.h>
 *      int main(void)
 *      {
 *          const float logits[2][3] = {{2, 1, 0}, {0, 1, 2}};
 *          const int32_t labels[2] = {0, 1};
 *          double f1 = 0;
 *          resnet_metrics *metrics = NULL;
 *          if (resnet_metrics_create(&metrics, 3, NULL, NULL) != RESNET_OK) return 1;
 *          if (resnet_metrics_add(metrics, &logits[0][0], labels, NULL, 2) == RESNET_OK &&
 *              resnet_metrics_get(&f1, metrics, "macro_f1") == RESNET_OK)
 *              printf("macro F1 %.3f\n", f1);
 *          resnet_metrics_free(metrics);
 *          return 0;
 *      }
 *
 *  Batches of scores go in, one after another; images are never kept. Every figure equals
 *  scikit-learn's to 1e-9, ties, absent classes and divisions by zero included (a ratio 0/0 is 0,
 *  as scikit-learn's zero_division=0). Sums are taken in double in the order in which samples were
 *  added, so equal input gives equal bits. Formulas, sources and the JSON document:
 *  docs/metrics.md. SPDX-License-Identifier: MIT */
#ifndef RESNET_METRICS_H
#define RESNET_METRICS_H

#include <resnet/error.h>
#include <resnet/export.h>

RESNET_BEGIN_DECLS

/** What was measured so far. Thread-safety: single-thread while it is added to; any number of
 *  threads may query one that nobody adds to.  Since: 0.1 */
typedef struct resnet_metrics resnet_metrics;

/** @name What the scores are @{ */
#define RESNET_SCORES_LOGITS 0        /**< any finite numbers; their softmax is the probability */
#define RESNET_SCORES_PROBABILITIES 1 /**< each in [0, 1], a sample's summing to 1 within 0.001 */
/** @} */

/** @name What macro averages do with a class that does not occur @{ */
#define RESNET_ABSENT_SKIP 0 /**< leave it out, as scikit-learn does when not given labels */
#define RESNET_ABSENT_ZERO 1 /**< count it, as scikit-learn with labels=range(n_classes) */
/** @} */

/** @name Which row of scores, or which curve @{
 *  A class's index, or: */
#define RESNET_MACRO (-1)    /**< the mean of the classes' figures */
#define RESNET_MICRO (-2)    /**< all classes' decisions counted together */
#define RESNET_WEIGHTED (-3) /**< the classes' figures weighted by their support */
/** @} */

/** Fill with resnet_metrics_options_init(). Fields are only ever appended. */
typedef struct resnet_metrics_options {
    uint64_t struct_size;     /**< bytes; written by init */
    uint64_t max_score_bytes; /**< scores are kept, n_classes x 4 bytes a sample, for what cannot be
                                   had from running sums: ROC and precision-recall curves, AUC,
                                   average precision, intervals, temperature. Beyond this many bytes
                                   they are let go, and those queries give STATE. 0 keeps none;
                                   default 268,435,456 (256 MiB) */
    int32_t scores;           /**< RESNET_SCORES_*; default RESNET_SCORES_LOGITS */
    int32_t absent;           /**< RESNET_ABSENT_*; default RESNET_ABSENT_SKIP */
    uint32_t n_bins;     /**< of confidence, for the calibration error; 1 to 1000, default 15 */
    uint32_t n_mistakes; /**< the worst ones remembered; 0 to 1000, default 24 */
} resnet_metrics_options;

/** Writes defaults to *options, never more than size bytes. Pass sizeof *options.
 *  INVALID: NULL, or a size no release ever had.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_metrics_options_init(resnet_metrics_options *options, size_t size);

/** An empty accumulator for n_classes (2 to 65,536) classes. class_names: n_classes UTF-8 texts,
 *  copied; NULL calls them "0", "1", ... `options` may be NULL for defaults. It holds
 *  n_classes x n_classes x 8 bytes of confusion matrix. The caller owns *out and gives it to
 *  resnet_metrics_free(). INVALID, NOMEM, UNSUPPORTED.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_metrics_create(resnet_metrics **out, size_t n_classes, const char *const *class_names,
                      const resnet_metrics_options *options);

/** Frees it; NULL is fine. Reports on it keep what they need.  Since: 0.1 */
RESNET_API void resnet_metrics_free(resnet_metrics *metrics);

/** Forgets all samples; options and class names stay.  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API void resnet_metrics_clear(resnet_metrics *metrics);

/** Adds n_samples samples: scores [n_samples][n_classes] (see resnet_metrics_options.scores),
 *  labels [n_samples] in [0, n_classes), ids [n_samples], the host's own numbers by which mistakes
 *  are named (NULL: 0, 1, ... in the order added). All three are borrowed for the call only.
 *  INVALID: a label or a score out of its range, NaN and infinities included; NOMEM. A batch is
 *  added wholly or not at all.  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_metrics_add(resnet_metrics *metrics,
                                                             const float *scores,
                                                             const int32_t *labels,
                                                             const uint64_t *ids, size_t n_samples);

/** Adds all that `other` has seen, as if its samples had been added after those of `metrics` (sums
 *  of losses may differ in the last bits from that). Ids are taken as they are. INVALID: another
 *  number of classes or bins, or other kinds of scores; NOMEM. On failure nothing is added.
 *  Thread-safety: single-thread; `other` is only read.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_metrics_merge(resnet_metrics *metrics,
                                                               const resnet_metrics *other);

/** Samples added so far; 0 for NULL.  Since: 0.1 */
RESNET_API uint64_t resnet_metrics_get_count(const resnet_metrics *metrics);
/** Classes; 0 for NULL.  Since: 0.1 */
RESNET_API size_t resnet_metrics_get_n_classes(const resnet_metrics *metrics);
/** The name of class `index`, valid as long as the handle; NULL if there is no such class.
 *  Since: 0.1 */
RESNET_API const char *resnet_metrics_get_class_name(const resnet_metrics *metrics, size_t index);
/** The confusion matrix [n_classes][n_classes]: row the label, column the prediction (the class of
 *  the highest score; of equal ones the lowest index, as NumPy's argmax). A view of running counts,
 *  valid as long as the handle. NULL for NULL.  Since: 0.1 */
RESNET_API const uint64_t *resnet_metrics_get_confusion(const resnet_metrics *metrics);

/** One figure by its name; the class in brackets is a name or, if no class is called that, an index:
 *  | name                                    | figure                                             |
 *  |-----------------------------------------|----------------------------------------------------|
 *  | count                                   | samples                                            |
 *  | accuracy, top1                          | share of samples whose prediction is the label     |
 *  | top2, top3, ... top5 ...                | share whose label is among the k highest scores    |
 *  | balanced_accuracy                       | mean recall of the classes that have samples       |
 *  | loss                                    | mean cross-entropy, natural logarithm              |
 *  | log_loss                                | the same with probabilities clipped to [eps, 1-eps]|
 *  |                                         | (eps 2^-52), as scikit-learn                       |
 *  | kappa                                   | Cohen's; NaN when undefined                        |
 *  | mcc                                     | Matthews correlation (Gorodkin's for many classes) |
 *  | ece, mce                                | expected and maximal calibration error             |
 *  | precision[c], recall[c], f1[c]          | of class c                                         |
 *  | support[c], predicted[c]                | samples with label c; samples predicted to be c    |
 *  | macro_, micro_, weighted_ with precision, recall, f1 | their averages                        |
 *  | auc[c], macro_auc, micro_auc, weighted_auc | area under the one-vs-rest ROC curve; NaN for a |
 *  |                                         | class without positives or without negatives       |
 *  | ap[c], macro_ap (map), micro_ap, weighted_ap | average precision; 0 for a class without      |
 *  |                                         | positives                                          |
 *  | temperature                             | see resnet_metrics_fit_temperature()               |
 *  *out may be NaN where a figure is undefined, as all but count are of no samples.
 *  INVALID: an unknown name or class; STATE: it needs scores that were not kept; NOMEM.
 *  Thread-safety: any number of readers.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_metrics_get(double *out,
                                                             const resnet_metrics *metrics,
                                                             const char *name);

/** The name of figure `index`, from 0, as resnet_metrics_get() takes it; those of a class end in
 *  "[]", between which its name or index belongs. topK stands there as "top5". NULL past the last, so
 *  that a host can list them.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API const char *resnet_metrics_get_figure_name(size_t index);

/** A row of the classification report. */
typedef struct resnet_metrics_row {
    uint64_t struct_size; /**< bytes; written by resnet_metrics_copy_row() */
    uint64_t support;     /**< samples with this label; of an average, all samples */
    uint64_t predicted;   /**< samples with this prediction; of an average, all samples */
    double precision;     /**< of those predicted, the share that is right */
    double recall;        /**< of those labelled, the share that is found */
    double f1;            /**< harmonic mean of the two */
} resnet_metrics_row;

/** The row of a class (its index) or of an average (RESNET_MACRO, _MICRO, _WEIGHTED) to *out, never
 *  more than size bytes. Pass sizeof *out. INVALID.  Thread-safety: any number of readers.
 *  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_metrics_copy_row(resnet_metrics_row *out,
                                                                  size_t size,
                                                                  const resnet_metrics *metrics,
                                                                  int32_t which);

/** A sample whose prediction was wrong. */
typedef struct resnet_metrics_mistake {
    uint64_t struct_size;         /**< bytes; written by resnet_metrics_copy_mistake() */
    uint64_t id;                  /**< as given to resnet_metrics_add() */
    int32_t label;                /**< what it is */
    int32_t predicted;            /**< what it was taken for */
    double label_probability;     /**< that was given to the label */
    double predicted_probability; /**< that was given to the prediction */
} resnet_metrics_mistake;

/** Mistakes remembered: the worst ones, at most n_mistakes of the options. 0 for NULL.
 *  Since: 0.1 */
RESNET_API size_t resnet_metrics_get_n_mistakes(const resnet_metrics *metrics);

/** Mistake `rank` (0 is the worst: the least probability for the label, then the most for the
 *  prediction, then the first added) to *out, never more than size bytes. Pass sizeof *out.
 *  INVALID.  Thread-safety: any number of readers.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_metrics_copy_mistake(resnet_metrics_mistake *out,
                                                                      size_t size,
                                                                      const resnet_metrics *metrics,
                                                                      size_t rank);

/** A confidence interval of a figure by bootstrap: n_resamples (1 to 1,000,000) times, as many
 *  samples as there are are drawn with replacement and the figure computed of them; the interval
 *  holds the central share `confidence` (in (0, 1), such as 0.95) of the results (percentile
 *  method, quantiles interpolated linearly as NumPy's default). Equal seeds give equal bits.
 *  Resamples in which the figure is undefined do not count; NaN if all are. `name` is one of
 *  resnet_metrics_get()'s except temperature. INVALID, STATE (scores were not kept), NOMEM.
 *  Source: B. Efron, R. Tibshirani, "An introduction to the bootstrap", 1993, chapter 13.
 *  Thread-safety: any number of readers.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_metrics_copy_interval(
    double *out_low, double *out_high, const resnet_metrics *metrics, const char *name,
    size_t n_resamples, double confidence, uint64_t seed);

/** The ROC curve of a class against the rest, of RESNET_MICRO (every pair of a sample and a class
 *  is one decision) or of RESNET_MACRO (the mean of the classes' curves at 1,000 equidistant false
 *  positive rates, interpolated linearly; classes whose curve is undefined are left out). Points go
 *  from (0, 0) to (1, 1), those on a straight line between others dropped, as scikit-learn's
 *  roc_curve: false positive rate, true positive rate, and the score from which on a sample counts
 *  as positive (infinite for the first; NaN for the macro curve). At most `capacity` points are
 *  written to each of the three arrays, which may be NULL; *out_count is how many there are, at
 *  most 1,000 and 1 + the number of scores compared. Rates are NaN where there are no positives or
 *  no negatives. INVALID (no such curve, no samples), STATE (scores were not kept), NOMEM.
 *  Thread-safety: any number of readers.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_metrics_copy_roc(
    double *out_false_positive_rates, double *out_true_positive_rates, double *out_thresholds,
    size_t capacity, size_t *out_count, const resnet_metrics *metrics, int32_t which);

/** The precision-recall curve of a class or of RESNET_MICRO, as scikit-learn's
 *  precision_recall_curve: thresholds ascend, recalls descend to 0, and the last point is precision
 *  1 at recall 0 with an infinite threshold. Without positives all recalls but the last are 1.
 *  Otherwise as resnet_metrics_copy_roc(), its status codes too.
 *  Thread-safety: any number of readers.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_metrics_copy_precision_recall(
    double *out_precisions, double *out_recalls, double *out_thresholds, size_t capacity,
    size_t *out_count, const resnet_metrics *metrics, int32_t which);

/** The reliability diagram: of each of the n_bins bins of confidence (bin b holds the samples whose
 *  highest probability is in (b / n_bins, (b + 1) / n_bins], the first also 0) how many samples it
 *  has, their mean confidence and their accuracy (both NaN if it is empty). At most `capacity` bins
 *  are written to each of the three arrays, which may be NULL; *out_count is n_bins. INVALID.
 *  Thread-safety: any number of readers.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_metrics_copy_reliability(
    uint64_t *out_counts, double *out_confidences, double *out_accuracies, size_t capacity,
    size_t *out_count, const resnet_metrics *metrics);

/** The temperature, in [0.001, 1000], by which dividing all logits makes the mean cross-entropy
 *  least; it changes no prediction. Where there is no least, as when all answers are right, an end
 *  of that range. Probabilities take their logarithms for logits. Also the loss
 *  and the expected calibration error that result; both may be NULL. Fit it on samples that neither
 *  training nor the final figures use. INVALID (no samples), STATE (scores were not kept), NOMEM.
 *  Source: C. Guo and others, "On calibration of modern neural networks", 2017.
 *  Thread-safety: any number of readers.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_metrics_fit_temperature(
    double *out_temperature, double *out_loss, double *out_ece, const resnet_metrics *metrics);

/** What is told of a resnet_metrics, as text, JSON or a page for the browser. It holds on to
 *  the metrics, which may be freed before it; later samples show in later reports. Thread-safety: single-thread.
 *  Since: 0.1 */
typedef struct resnet_report resnet_report;

/** @name Forms of a report @{ */
#define RESNET_REPORT_TEXT                                                                         \
    0                        /**< a table, equal to scikit-learn's classification_report by the    \
                                  character */
#define RESNET_REPORT_JSON 1 /**< every figure; the document is described in docs/metrics.md */
#define RESNET_REPORT_HTML                                                                         \
    2 /**< one self-contained page with charts and the worst mistakes; it                          \
           loads nothing from anywhere */
/** @} */

/** Fill with resnet_report_options_init(). Fields are only ever appended. */
typedef struct resnet_report_options {
    uint64_t struct_size; /**< bytes; written by init */
    uint64_t seed;        /**< of the bootstrap; default 0 */
    double confidence;    /**< of its intervals, in (0, 1); default 0.95 */
    uint32_t n_resamples; /**< for intervals of accuracy, macro F1 and loss in JSON and HTML; at
                             most 1,000,000; 0, the default: none */
    uint32_t digits;      /**< behind the decimal point in text and HTML; 0 to 15, default 2 */
} resnet_report_options;

/** Writes defaults to *options, never more than size bytes. Pass sizeof *options.
 *  INVALID: NULL, or a size no release ever had.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_report_options_init(resnet_report_options *options,
                                                                     size_t size);

/** A report on `metrics`. `options` may be NULL for defaults. The caller owns *out and gives it to
 *  resnet_report_free(). INVALID, NOMEM.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_report_create(
    resnet_report **out, const resnet_metrics *metrics, const resnet_report_options *options);

/** Frees it; NULL is fine.  Since: 0.1 */
RESNET_API void resnet_report_free(resnet_report *report);

/** The page's heading, UTF-8, copied; until then "Evaluation". INVALID, NOMEM.
 *  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_report_set_title(resnet_report *report,
                                                                  const char *title);

/** A fact that belongs to the figures, such as the model's file, the data, the recipe or the day:
 *  `name` and `value`, UTF-8, copied. The page shows facts beneath its heading in the order in which
 *  they were added, JSON has them under "about"; the same name again replaces the value. INVALID,
 *  NOMEM.  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_report_add_fact(resnet_report *report,
                                                                 const char *name,
                                                                 const char *value);

/** A training curve: values [count], one an epoch, copied; NaN leaves a gap. Curves whose names
 *  differ only by "val_" or "train_" in front ("loss", "val_loss") share a chart. INVALID, NOMEM.
 *  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_report_add_history(resnet_report *report,
                                                                    const char *name,
                                                                    const double *values,
                                                                    size_t count);

/** What to show of sample `id`, should it be among the worst mistakes: a caption, such as its path
 *  (UTF-8, may be NULL), and a small JPEG or PNG file (`bytes`, bytes_size of them, at most 1 MiB;
 *  may be NULL and 0). Both are copied. INVALID (another kind of file), UNSUPPORTED (too long),
 *  NOMEM.  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_report_add_picture(
    resnet_report *report, uint64_t id, const char *caption, const void *bytes, size_t bytes_size);

/** Writes the report as `format` (RESNET_REPORT_*) to out [capacity], always ended by a 0 where
 *  capacity is not 0, and cut if it does not fit; *out_size is its whole length without that 0, so
 *  that a first call with NULL and 0 tells how much room to get. INVALID, NOMEM.
 *  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_report_copy(char *out, size_t capacity,
                                                             size_t *out_size,
                                                             const resnet_report *report,
                                                             int32_t format);

/** Writes the report as `format` (RESNET_REPORT_*) to a file, which is replaced at once or not at
 *  all. INVALID, NOMEM, IO.  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_report_save(const resnet_report *report,
                                                             const char *path, int32_t format);

RESNET_END_DECLS

#endif
