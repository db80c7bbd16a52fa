/** trainer.h: teach a model.
 *
 *      #include <resnet/resnet.h>
 *      #include <stdio.h>
 *      int main(void)
 *      {
 *          resnet_model *model = NULL;
 *          resnet_dataset *train = NULL;
 *          resnet_trainer *trainer = NULL;
 *          resnet_model_options options;
 *          if (resnet_dataset_open_folder(&train, "pets/train", NULL)) return 1;
 *          if (resnet_model_options_init(&options, sizeof options)) return 1;
 *          options.n_classes = (uint32_t)resnet_dataset_get_n_classes(train);
 *          if (resnet_model_create(&model, &options) ||
 *              resnet_trainer_create(&trainer, model, train, NULL, NULL) ||
 *              resnet_trainer_fit(trainer) || resnet_model_save(model, "pets.h5", 0))
 *              return fprintf(stderr, "%s\n", resnet_last_error()), 1;
 *          resnet_trainer_free(trainer);
 *          resnet_dataset_free(train);
 *          resnet_model_free(model);
 *          return 0;
 *      }
 *
 *  Equal options, data and seed give the same bits for any number of threads.
 *  SPDX-License-Identifier: MIT */
#ifndef RESNET_TRAINER_H
#define RESNET_TRAINER_H

#include <resnet/dataset.h>
#include <resnet/error.h>
#include <resnet/export.h>
#include <resnet/log.h>
#include <resnet/metrics.h>
#include <resnet/model.h>

RESNET_BEGIN_DECLS

/** Owns optimiser state and threads; borrows the model and the datasets, which must outlive it.
 *  Thread-safety: single-thread, except resnet_trainer_cancel(). It does not survive fork().
 *  Since: 0.1 */
typedef struct resnet_trainer resnet_trainer;

/** @name Optimisers, with torch.optim's formulas @{ */
#define RESNET_OPTIMIZER_SGD 0  /**< with momentum; weight decay is added to the gradient */
#define RESNET_OPTIMIZER_ADAM 1 /**< Kingma and Ba 2014 */
/** @} */

/** @name How far the network is frozen, from the input on. A frozen layer keeps its weights, and
 *  its batch norm runs on and keeps its stored statistics @{ */
#define RESNET_FREEZE_NONE 0
#define RESNET_FREEZE_STEM 1
#define RESNET_FREEZE_LAYER1 2 /**< the stem and layer1 */
#define RESNET_FREEZE_LAYER2 3
#define RESNET_FREEZE_LAYER3 4
#define RESNET_FREEZE_ALL 5 /**< the whole backbone: only the head learns */
/** @} */

/** What on_progress is told. Grows at its end only. */
typedef struct resnet_progress {
    uint64_t struct_size;
    uint64_t epoch; /**< from 0 */
    uint64_t n_epochs;
    uint64_t step;            /**< steps done in this epoch */
    uint64_t n_steps;         /**< of this epoch */
    double loss;              /**< mean over this epoch so far */
    double accuracy;          /**< share of right answers over this epoch so far, [0, 1] */
    double learning_rate;     /**< of the last step */
    double images_per_second; /**< over this epoch so far */
    double seconds_left;      /**< to the end of training, estimated */
    double val_loss;          /**< of the last evaluation; NaN before the first */
    double val_accuracy;      /**< likewise */
    uint64_t epoch_done;      /**< 1 in the call that ends an epoch, after its evaluation */
} resnet_progress;

/** Called after each step and at the end of each epoch, on the thread that called fit. Non-zero
 *  cancels.  Since: 0.1 */
typedef int32_t (*resnet_progress_callback)(void *user_data, const resnet_progress *progress);

/** Fill with resnet_trainer_options_init(). Fields are only ever appended. */
typedef struct resnet_trainer_options {
    uint64_t struct_size; /**< bytes; written by init */
    uint64_t seed;        /**< shuffling, augmentation, dropout; default 0 */
    uint32_t n_epochs;    /**< default 10 */
    uint32_t batch_size;  /**< images a step; default 32 */
    uint32_t n_threads;   /**< 0 (default): the cores this process may use */
    uint32_t n_shards;    /**< parts each batch is cut into, 1 to 64; default 8. It decides the
                               rounding of sums, and so the bits; the number of threads does not */
    uint32_t n_loaders;   /**< decoding threads; 0 (default): as many as n_threads */
    int32_t freeze;       /**< RESNET_FREEZE_*; default NONE */
    int32_t optimizer;    /**< RESNET_OPTIMIZER_*; default SGD */
    float learning_rate;  /**< > 0; default 0.01 */
    float momentum;       /**< SGD's, [0, 1); default 0.9 */
    float weight_decay;   /**< >= 0; default 1e-4 */
    float beta1;          /**< Adam's; default 0.9 */
    float beta2;          /**< Adam's; default 0.999 */
    float epsilon;        /**< Adam's; default 1e-8 */
    float bn_momentum;    /**< share of the new batch in the running statistics, (0, 1]; default 0.1
                               as torch has it (Keras's momentum is 1 minus this) */
    resnet_progress_callback on_progress; /**< NULL: none */
    void *progress_user_data;
    resnet_log_callback log; /**< NULL: silent */
    void *log_user_data;
} resnet_trainer_options;

/** Writes defaults to *options. INVALID. Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_trainer_options_init(resnet_trainer_options *options, size_t size);

/** `train` may be NULL when the host only calls resnet_trainer_step(); `validation` may be NULL.
 *  The datasets' number of classes must be the model's. `options` may be NULL.
 *  INVALID, NOMEM, BACKEND.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_trainer_create(resnet_trainer **out, resnet_model *model, const resnet_dataset *train,
                      const resnet_dataset *validation, const resnet_trainer_options *options);

/** Frees the trainer; NULL is fine. The model keeps what it learnt.  Since: 0.1 */
RESNET_API void resnet_trainer_free(resnet_trainer *trainer);

/** Trains for n_epochs, or goes on after a cancelled call.
 *  CANCELLED (the model is as after the last finished step), STATE (no training data), IO, FORMAT
 *  (a picture cannot be read, named), NOMEM, BACKEND; STATE also when the loss is no longer a
 *  number, with step and learning rate in the message.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_trainer_fit(resnet_trainer *trainer);

/** Asks a running fit to stop after the step at hand.
 *  Thread-safety: any-thread, also a signal handler.  Since: 0.1 */
RESNET_API void resnet_trainer_cancel(resnet_trainer *trainer);

/** One optimiser step on the host's own batch: images_nchw [n_images][3][height][width], labels
 *  [n_images] below the number of classes. *loss gets the mean cross-entropy before the step.
 *  INVALID, NOMEM, BACKEND, STATE.  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_trainer_step(resnet_trainer *trainer,
                                                              const float *images_nchw,
                                                              size_t n_images, size_t height,
                                                              size_t width, const uint32_t *labels,
                                                              double *loss);

/** The gradient of the mean loss of the last step for the parameter called `name`, in the
 *  parameter's layout. INVALID (no such parameter, another number of values), STATE (no step yet,
 *  or the parameter is frozen).  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_trainer_copy_gradient(
    const resnet_trainer *trainer, const char *name, float *values, size_t n_values);

/** Runs the model over `dataset` in evaluation mode and adds every sample to `metrics`, which was
 *  created for the model's number of classes. Of `options` n_threads, batch_size, n_loaders, the
 *  callbacks and the log are used; NULL for defaults.
 *  INVALID, NOMEM, IO, FORMAT, CANCELLED, BACKEND.  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_evaluate(const resnet_model *model,
                                                          const resnet_dataset *dataset,
                                                          resnet_metrics *metrics,
                                                          const resnet_trainer_options *options);

RESNET_END_DECLS

#endif
