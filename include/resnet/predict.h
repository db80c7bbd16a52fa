/** predict.h: a model's answers to a whole dataset.
 *
 *      #include <resnet/resnet.h>
 *      #include <stdio.h>
 *      #include <stdlib.h>
 *      int main(void)
 *      {
 *          resnet_model *model = NULL;
 *          resnet_dataset *dataset = NULL;
 *          if (resnet_model_load(&model, "pets.h5", NULL) ||
 *              resnet_dataset_open_folder(&dataset, "pets", NULL))
 *              return fprintf(stderr, "%s\n", resnet_last_error()), 1;
 *          size_t n = resnet_dataset_get_n_samples(dataset) * resnet_model_get_n_classes(model);
 *          float *probabilities = malloc(n * sizeof *probabilities);
 *          if (!probabilities || resnet_predict(probabilities, n, model, dataset, NULL)) return 1;
 *          free(probabilities);
 *          resnet_dataset_free(dataset);
 *          resnet_model_free(model);
 *          return 0;
 *      }
 *
 *  Pictures are decoded ahead by threads of their own. Results are the same bits for any number of
 *  threads. SPDX-License-Identifier: MIT */
#ifndef RESNET_PREDICT_H
#define RESNET_PREDICT_H

#include <resnet/cancel.h>
#include <resnet/dataset.h>
#include <resnet/error.h>
#include <resnet/export.h>
#include <resnet/log.h>
#include <resnet/model.h>
#include <resnet/session.h>

RESNET_BEGIN_DECLS

/** The answers to some samples; valid during the call only. Grows at its end only. */
typedef struct resnet_scores {
    uint64_t struct_size;
    const float *values;     /**< [n][n_values] */
    const uint64_t *samples; /**< [n], indices into the dataset, ascending from call to call */
    const int32_t *labels;   /**< [n], of the dataset, or RESNET_UNLABELLED */
    uint64_t n;              /**< at least 1, at most batch_size */
    uint64_t n_values;       /**< classes, or floats of an embedding */
} resnet_scores;

/** Hears of the answers batch by batch, on the thread that called resnet_predict(). Non-zero
 *  cancels.  Since: 0.1 */
typedef int32_t (*resnet_scores_callback)(void *user_data, const resnet_scores *scores);

/** Fill with resnet_predict_options_init(). Fields are only ever appended. */
typedef struct resnet_predict_options {
    uint64_t struct_size; /**< bytes; written by init */
    int32_t output;       /**< RESNET_OUTPUT_*; default RESNET_OUTPUT_PROBABILITIES */
    uint32_t batch_size;  /**< images run at once, 1 to 1,000,000; default 32. Of several views of a
                               picture each counts, but a picture is never cut */
    uint32_t n_threads;   /**< worker threads, at most 1024; 0 (default): the cores this process may
                               use */
    uint32_t n_loaders;   /**< decoding threads, at most 1024; 0 (default): as many as n_threads */
    const resnet_cancel_token *cancel; /**< NULL (default): none. Else it must outlive the call */
    resnet_scores_callback on_scores;  /**< NULL (default): none */
    void *scores_user_data;
    resnet_log_callback log; /**< hears of samples left out; NULL (default): silent */
    void *log_user_data;
    int32_t views;     /**< RESNET_VIEWS_*, whose logits, or embeddings, are averaged; default ONE */
    uint32_t reserved; /**< 0 */
} resnet_predict_options;

/** Writes defaults to *options, never more than size bytes. Pass sizeof *options. INVALID.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_predict_options_init(resnet_predict_options *options, size_t size);

/** Runs the model over the dataset, whose samples need no labels and whose classes may be others.
 *  out: [n_samples][n_values], a row per sample in the dataset's order, room for `capacity` floats;
 *  the row of a sample that was left out (RESNET_CORRUPT_SKIP) is NaN. NULL and 0 when only
 *  on_scores is wanted. `options` may be NULL for defaults. If it does not return OK, some rows may
 *  have been written.
 *  INVALID, NOMEM, STATE (no head), IO, FORMAT, UNSUPPORTED (a sample, or one too small for its
 *  views), CANCELLED, BACKEND.
 *  Thread-safety: single-thread; the model may be used by others meanwhile.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_predict(float *out, size_t capacity,
                                                         const resnet_model *model,
                                                         const resnet_dataset *dataset,
                                                         const resnet_predict_options *options);

RESNET_END_DECLS

#endif
