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

#include <resnet/augment.h>
#include <resnet/cancel.h>
#include <resnet/dataset.h>
#include <resnet/error.h>
#include <resnet/export.h>
#include <resnet/log.h>
#include <resnet/metrics.h>
#include <resnet/model.h>
#include <resnet/predict.h>

RESNET_BEGIN_DECLS

/** Owns optimiser state and threads; holds on to the model and the datasets, which may be freed
 *  before it. Thread-safety: single-thread, except resnet_trainer_cancel(). It does not survive fork().
 *  Since: 0.1 */
typedef struct resnet_trainer resnet_trainer;

/** @name Optimisers, with torch.optim's formulas @{ */
#define RESNET_OPTIMIZER_SGD 0     /**< with momentum, or Nesterov's */
#define RESNET_OPTIMIZER_ADAM 1    /**< Kingma and Ba 2014 */
#define RESNET_OPTIMIZER_ADAMW 2   /**< Adam with decoupled decay: Loshchilov and Hutter 2017 */
#define RESNET_OPTIMIZER_RMSPROP 3 /**< Hinton's; beta2 is its alpha (Keras: rho) */
#define RESNET_OPTIMIZER_LARS 4 /**< You et al. 2017; biases and batch norms get the plain rate */
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

/** @name What batch norms of layers that learn normalise by @{ */
#define RESNET_BATCH_NORM_AUTO 0   /**< the batch, and move their running statistics */
#define RESNET_BATCH_NORM_STORED 1 /**< their stored statistics, which stay; for small batches */
/** @} */

/** @name Learning-rate schedules, named as in torch.optim.lr_scheduler. Times are epochs, counted
 *  from the end of the warm-up @{ */
#define RESNET_SCHEDULE_CONSTANT 0
#define RESNET_SCHEDULE_STEP 1        /**< times gamma every step_epochs */
#define RESNET_SCHEDULE_MULTI_STEP 2  /**< times gamma at each of milestones */
#define RESNET_SCHEDULE_EXPONENTIAL 3 /**< times gamma each epoch */
#define RESNET_SCHEDULE_COSINE 4      /**< half a cosine, down to min_learning_rate at the end */
#define RESNET_SCHEDULE_PLATEAU 5     /**< times gamma when the monitored figure stagnates */
/** @} */

/** @name The figure that plateaus, early stopping and the best checkpoint go by @{ */
#define RESNET_MONITOR_AUTO 0 /**< val_loss with a validation set, else loss */
#define RESNET_MONITOR_LOSS 1
#define RESNET_MONITOR_ACCURACY 2
#define RESNET_MONITOR_VAL_LOSS 3
#define RESNET_MONITOR_VAL_ACCURACY 4
#define RESNET_MONITOR_VAL_MACRO_F1 5 /**< mean of the F1 of the classes that occur */
/** @} */

/** As stop_patience: any number of epochs. */
#define RESNET_NEVER UINT32_MAX

/** @name What is done about classes of unequal size @{ */
#define RESNET_BALANCE_NONE 0
#define RESNET_BALANCE_WEIGHTS 1 /**< the loss is weighted: resnet_dataset_copy_class_weights() */
#define RESNET_BALANCE_SAMPLE 2  /**< each epoch shows equally many of each class */
/** @} */

/** The key of a model's metadata under which resnet_trainer_fit() notes what the model learns from,
 *  as JSON: {"seed", "val_fraction": of the split that RESNET_PART_TRAIN was cut by, 0 when all was
 *  learnt, both absent when the data itself says what is held out; "samples": of the dataset that
 *  was cut; "learnt": how many of these; "digest": of those, as resnet_dataset_copy_digest()}. */
#define RESNET_METADATA_SPLIT "resnet50.split"

/** @name What a sample is to a model @{ */
#define RESNET_SAMPLE_NEW 0      /**< not there when the model learnt */
#define RESNET_SAMPLE_LEARNT 1
#define RESNET_SAMPLE_HELD_OUT 2 /**< there, but not learnt */
/** @} */

/** What resnet_trainer_fit() noted of the samples it was given, for those of another dataset: out
 *  [n_samples] gets RESNET_SAMPLE_*, `capacity` is its room. Samples are known by their names (below
 *  the folder that was opened, wherever it lies) and their files' sizes, so a folder may have gained
 *  or lost some since. HELD_OUT are those of the validation data, and what the training data were
 *  cut from and did not keep. Of more than 131,000 samples no names are kept.
 *  INVALID, NOMEM, NOT_FOUND (the model does not say).  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_model_copy_learnt(uint8_t *out, size_t capacity,
                                                                   const resnet_model *model,
                                                                   const resnet_dataset *dataset);

#define RESNET_MAX_MILESTONES 8
#define RESNET_N_STAGES 6 /**< stem, layer1 to layer4, head */

/** @name What an epoch's end has led to; several may be added up @{ */
#define RESNET_EVENT_BEST 1         /**< the monitored figure has never been better */
#define RESNET_EVENT_RATE_REDUCED 2 /**< the plateau schedule has lowered the rate */
#define RESNET_EVENT_STOPPED 4 /**< stop_patience is spent: the run ends, or the head's phase */
/** @} */

/** What on_progress is told. Grows at its end only. */
typedef struct resnet_progress {
    uint64_t struct_size;
    uint64_t epoch; /**< from 1; head_epochs come first */
    uint64_t n_epochs;
    uint64_t step;            /**< steps done in this epoch */
    uint64_t n_steps;         /**< of this epoch */
    double loss;              /**< mean over this epoch so far */
    double accuracy;          /**< share of right answers over this epoch so far, [0, 1] */
    double learning_rate;     /**< of the last step */
    double images_per_second; /**< over this epoch so far */
    double seconds_left;      /**< to the end of training, estimated; NaN before it can be */
    double val_loss;          /**< of the last evaluation; NaN before the first */
    double val_accuracy;      /**< likewise */
    double val_macro_f1;      /**< likewise; unweighted mean of the F1 of the classes that occur */
    double best_value;        /**< the best of the monitored figure so far; NaN before the first */
    uint64_t best_epoch;      /**< the epoch that had it, from 1; 0 before the first */
    double reduced_rate;      /**< with RATE_REDUCED: the rate from now on; else NaN */
    uint64_t events;          /**< sum of RESNET_EVENT_*, in the call that ends an epoch; else 0 */
    uint64_t epoch_done;      /**< 1 in the call that ends an epoch, after its evaluation */
} resnet_progress;

/** Called after each step and at the end of each epoch, on the thread that called fit. Non-zero
 *  stops, with what resnet_set_error() was told in it, else with CANCELLED. It may call
 *  resnet_trainer_save_checkpoint() and resnet_trainer_copy_summary().  Since: 0.1 */
typedef int32_t (*resnet_progress_callback)(void *user_data, const resnet_progress *progress);

/** The host's own schedule: the learning rate (finite, >= 0) of the step about to be done, after
 *  `epoch` whole epochs and `step` of this epoch's `n_steps` steps, both 0 at first; `planned` is
 *  what the options' schedule says. Called on the thread that called fit. After resnet_set_error()
 *  in it the call ends with that status; with any other number it ends with INVALID. A resumed run
 *  must be told the same again.  Since: 0.1 */
typedef double (*resnet_schedule_callback)(void *user_data, uint64_t epoch, uint64_t step,
                                           uint64_t n_steps, double planned);

/** Fill with resnet_trainer_options_init(), which writes every default that is named here: 0 always
 *  means 0. Texts, arrays and other structs are borrowed until resnet_trainer_create() returns.
 *  Formulas, and how options work together: docs/training.md. Fields are only ever appended. */
typedef struct resnet_trainer_options {
    /** bytes; written by init */
    uint64_t struct_size;

    /** @name The run @{ */
    /** shuffling, augmentation, dropout; default 0 */
    uint64_t seed;
    /** default 10 */
    uint32_t n_epochs;
    /** images a batch; default 32 */
    uint32_t batch_size;
    /** batches whose gradients make one step; default 1 */
    uint32_t accumulate;
    /** parts each batch is cut into, 1 to 64; default 8. It decides the rounding of sums, and so
     * the bits; the number of threads does not */
    uint32_t n_shards;
    /** worker threads; 0 (default), since none cannot work: the cores this process may use */
    uint32_t n_threads;
    /** decoding threads; 0 (default), likewise: as many as n_threads */
    uint32_t n_loaders;
    /** @} */

    /** @name What learns @{ */
    /** RESNET_FREEZE_*; default NONE */
    int32_t freeze;
    /** N > 0: all but the last N layers are frozen, whatever `freeze` says, where a layer is a
     *  convolution with its batch norm or a linear layer, in torchvision's order; default 0: as
     *  `freeze` says */
    uint32_t train_last;
    /** 1: layers may be frozen although their weights are random, from resnet_model_create(), and
     *  never learnt anything; default 0, which refuses that */
    uint32_t allow_random_features;
    /** RESNET_BATCH_NORM_*; default AUTO */
    int32_t batch_norm;
    /** further convolutions to freeze, with their batch norms: comma-separated patterns (* ? [...])
     *  of torchvision's names, such as "layer3.*,layer4.0.conv1"; NULL (default): none */
    const char *freeze_names;
    /** share of the new batch in the running statistics, [0, 1]; default 0.1 as torch has it
     *  (Keras's momentum is 1 minus this) */
    float bn_momentum;
    /** a first phase with the whole backbone frozen, by Adam with head_learning_rate; then n_epochs
     *  as all else says; default 0 */
    uint32_t head_epochs;
    /** >= 0; default 0.001 */
    float head_learning_rate;
    /** @} */

    /** @name The loss @{ */
    /** [0, 1), as torch.nn.CrossEntropyLoss; default 0 */
    float label_smoothing;
    /** RESNET_BALANCE_*; default NONE */
    int32_t balance;
    /** 0 (default), or the number of classes */
    uint32_t n_class_weights;
    /** >= 0, [n_class_weights]; NULL (default): 1 each, or by `balance` */
    const float *class_weights;
    /** @} */

    /** @name Pictures @{ */
    /** preset: "none", "light", "keras", "imagenet", "trivial"; NULL (default): none */
    const char *augment;
    /** fields of the host's own in place of a preset; NULL (default): none */
    const resnet_augment *augmentation;
    /** of Beta(alpha, alpha): Zhang et al. 2017; 0: none; -1 (default): as the augmentation says */
    float mixup_alpha;
    /** Yun et al. 2019; with both, each batch gets one of the two; 0: none; -1 (default): as the
     *  augmentation says */
    float cutmix_alpha;
    /** memory for decoded images and for features of frozen layers, each; 0 keeps none; default
     *  1 GiB */
    uint64_t cache_bytes;
    /** where features beyond cache_bytes go, and are found again by the next run with equal frozen
     *  weights, recipe and images; NULL (default): nowhere */
    const char *feature_file;
    /** K > 0: augmentation has K views of each picture, shown in turn, so that features of frozen
     *  layers can be kept; 0 (default): no fixed views, augmentation differs in every epoch.
     * Without augmentation they always can */
    uint32_t n_views;
    /** @} */

    /** @name The optimiser @{ */
    /** RESNET_OPTIMIZER_*; default SGD */
    int32_t optimizer;
    /** >= 0; -1 (default): the optimiser's own, 0.01 for SGD and RMSprop, 0.001 for Adam and AdamW,
     *  1 for LARS */
    float learning_rate;
    /** of SGD, LARS and RMSprop, [0, 1); -1 (default): 0.9, for RMSprop 0 */
    float momentum;
    /** -1 (default): 1e-4 for SGD and LARS, 0.01 for AdamW, else 0 */
    float weight_decay;
    /** 1: values shrink by rate x decay, as in AdamW; default 0: decay x value joins the gradient
     *  (L2) */
    uint32_t decoupled_decay;
    /** 1: biases and batch norms do not decay; default 0 */
    uint32_t exempt_vectors;
    /** 1: Nesterov's momentum (SGD); default 0 */
    uint32_t nesterov;
    /** Adam's, [0, 1); default 0.9 */
    float beta1;
    /** Adam's, and RMSprop's alpha, [0, 1); -1 (default): 0.999, for RMSprop 0.99 */
    float beta2;
    /** Adam's and RMSprop's, >= 0; default 1e-8 */
    float epsilon;
    /** LARS's, >= 0; default 0.001 */
    float trust_coefficient;
    /** > 0: all gradients together are scaled down to this Euclidean norm; 0: to nothing; -1
     *  (default): never */
    float clip_norm;
    /** [0, 1): evaluate and keep the moving average of all values instead of the last step's, which
     *  it equals with 0 (default) */
    float ema_decay;
    /** factors of the learning rate: stem, layer1 to layer4, head; default 1 */
    float stage_rates[RESNET_N_STAGES];
    /** @} */

    /** @name The learning rate over time @{ */
    /** RESNET_SCHEDULE_*; default CONSTANT */
    int32_t schedule;
    /** 1: the rate changes between epochs only, as in torch's examples; 0 (default): with each
     *  step, by fractions of an epoch */
    uint32_t schedule_by_epoch;
    /** linear warm-up before any schedule; default 0 */
    float warmup_epochs;
    /** factor at its beginning, [0, 1]; default 0 */
    float warmup_start;
    /** of STEP, MULTI_STEP, EXPONENTIAL and PLATEAU, [0, 1]; default 0.1 */
    float gamma;
    /** of STEP, > 0; default 30 */
    float step_epochs;
    /** of MULTI_STEP, epochs >= 0, ascending; the first -1 ends the list; default -1 each */
    float milestones[RESNET_MAX_MILESTONES];
    /** of COSINE and PLATEAU; default 0 */
    float min_learning_rate;
    /** epochs without improvement that are borne; default 10 */
    uint32_t plateau_patience;
    /** epochs after a reduction that do not count; default 0 */
    uint32_t plateau_cooldown;
    /** what counts as improvement, >= 0; default 1e-4 */
    float plateau_min_delta;
    /** 1: plateau_min_delta is a difference, as in Keras; default 0: a share of the best, as in
     *  torch */
    uint32_t plateau_absolute;
    /** RESNET_MONITOR_*; default AUTO. Losses shall fall, the others rise */
    int32_t monitor;
    /** has the last word; NULL (default): none */
    resnet_schedule_callback on_schedule;
    void *schedule_user_data;
    /** @} */

    /** @name Stopping, and what is kept @{ */
    /** epochs in a row without improvement of `monitor` after which training stops, 0 as 1 (as in
     *  Keras); default RESNET_NEVER */
    uint32_t stop_patience;
    /** what counts as improvement, a difference >= 0; default 0 */
    float stop_min_delta;
    /** 1: fit ends with the values of the best epoch by `monitor`; default 0 */
    uint32_t restore_best;
    /** at the end, statistics of layers that learn are averaged anew over so many batches;
     *  default 0 */
    uint32_t recalibrate_batches;
    /** 1: go on from checkpoint_folder's last.rnck if it is there, to the same bits as if never
     *  stopped; default 0 */
    uint32_t resume;
    /** N > 0: last.rnck also after so many steps; default 0 */
    uint32_t checkpoint_steps;
    /** made if need be: last.rnck after each epoch and when fit is cancelled or fails, and the
     * model as best.h5 whenever the monitored figure improves; NULL (default): none */
    const char *checkpoint_folder;
    /** CSV file with a line per epoch; NULL (default): none. What cannot be written to it and the
     *  two below once training has begun is warned of in the log, and written as soon as it can */
    const char *history_csv;
    /** the same as JSON lines */
    const char *history_jsonl;
    /** event files for TensorBoard; NULL (default): none */
    const char *tensorboard_folder;
    /** @} */

    /** @name Callbacks @{ */
    resnet_progress_callback on_progress; /**< NULL (default): none */
    void *progress_user_data;
    resnet_log_callback log; /**< NULL (default): silent */
    void *log_user_data;
    /** @} */
} resnet_trainer_options;

/** Writes defaults to *options. INVALID. Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_trainer_options_init(resnet_trainer_options *options, size_t size);

/** `train` may be NULL when the host only calls resnet_trainer_step(); `validation` may be NULL.
 *  The datasets' number of classes must be the model's. `options` may be NULL. With `resume` the
 *  model gets the checkpoint's values.
 *  INVALID, NOMEM, BACKEND; of checkpoint and other files IO, FORMAT, SHAPE, UNSUPPORTED.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_trainer_create(resnet_trainer **out, resnet_model *model, const resnet_dataset *train,
                      const resnet_dataset *validation, const resnet_trainer_options *options);

/** The linear scaling rule (Goyal et al. 2017): rate x batch_size / base_batch_size, or 0 if
 *  base_batch_size is 0.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API float resnet_scale_learning_rate(float rate, uint32_t batch_size,
                                            uint32_t base_batch_size);

/** Frees the trainer; NULL is fine. The model keeps what it learnt.  Since: 0.1 */
RESNET_API void resnet_trainer_free(resnet_trainer *trainer);

/** Trains for head_epochs and n_epochs, or goes on after a call that failed or was cancelled. Once
 *  all is done, further calls do nothing. Whatever ends it, the model is whole and can be saved:
 *  its values and statistics are those of the last finished step; and with checkpoint_folder
 *  last.rnck is written (not when the loss is no number), so that another run can go on from there.
 *  CANCELLED, STATE (no training data), IO, FORMAT (a picture cannot be read, or a checkpoint
 *  cannot be written, named), NOMEM, BACKEND; STATE also when the loss is no longer a number, with
 *  step, learning rate and last checkpoint in the message; and what callbacks told
 *  resnet_set_error(). Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_trainer_fit(resnet_trainer *trainer);

/** Asks a running fit, or if none is running the next one, to stop: before the next batch of
 *  training or evaluation. Batches of a step that is not finished are forgotten.
 *  Thread-safety: any-thread, also a signal handler.  Since: 0.1 */
RESNET_API void resnet_trainer_cancel(resnet_trainer *trainer);

/** Writes last.rnck now. STATE without checkpoint_folder, IO, NOMEM.
 *  Thread-safety: single-thread; between calls of fit, or in on_progress.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_trainer_save_checkpoint(resnet_trainer *trainer);

/** @name Why a fit has ended @{ */
#define RESNET_STOP_NONE 0      /**< it has not begun, or goes on */
#define RESNET_STOP_DONE 1      /**< all epochs are done */
#define RESNET_STOP_EARLY 2     /**< stop_patience was spent */
#define RESNET_STOP_CANCELLED 3 /**< by a callback or resnet_trainer_cancel(); it can go on */
#define RESNET_STOP_FAILED 4    /**< the call's status and message say why; it can go on */
/** @} */

/** What a fit came to so far. Grows at its end only. */
typedef struct resnet_fit_summary {
    uint64_t struct_size;
    uint64_t n_epochs;         /**< done, those of an earlier process that was resumed included */
    uint64_t n_planned_epochs; /**< head_epochs and n_epochs */
    uint64_t n_steps;          /**< done */
    uint64_t best_epoch;       /**< by `monitor`, from 1; 0 before the first */
    double best_value;         /**< of the monitored figure; NaN before the first */
    double loss; /**< of the last whole epoch, as the next four; NaN before the first */
    double accuracy;
    double val_loss; /**< NaN without validation data, as the next two */
    double val_accuracy;
    double val_macro_f1;
    double learning_rate;    /**< of the last step */
    uint64_t n_reductions;   /**< of the rate, on plateaus */
    uint64_t restored_epoch; /**< whose values the model holds by restore_best, from 1; 0: none */
    int32_t monitor;         /**< RESNET_MONITOR_*, never AUTO */
    int32_t stop_reason;     /**< RESNET_STOP_* */
} resnet_fit_summary;

/** Writes it to *out, never more than size bytes. Pass sizeof *out. INVALID.
 *  Thread-safety: single-thread; also in on_progress.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_trainer_copy_summary(resnet_fit_summary *out, size_t size, const resnet_trainer *trainer);

/** What a monitored figure is called in histories, progress and summaries: "val_loss", "accuracy",
 *  ...; "auto", or "" for no such monitor.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API const char *resnet_monitor_name(int32_t monitor);

/** One optimiser step on the host's own batch: images_nchw [n_images][3][height][width], labels
 *  [n_images] in [0, n_classes). *out_loss gets the mean cross-entropy before the step. The
 *  rate is learning_rate, or what on_schedule makes of it (told epoch 0 and n_steps 0).
 *  INVALID, NOMEM, BACKEND, STATE.  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_trainer_step(double *out_loss,
                                                              resnet_trainer *trainer,
                                                              const float *images_nchw,
                                                              size_t n_images, size_t height,
                                                              size_t width, const int32_t *labels);

/** The gradient of the mean loss of the last step for the parameter called `name` to out
 *  [n_values], in the parameter's layout. INVALID (no such parameter, another number of values),
 *  STATE (no step yet, or the parameter is frozen).  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_trainer_copy_gradient(
    float *out, size_t n_values, const resnet_trainer *trainer, const char *name);

/** The name of optimiser or schedule `index`, which is its constant: "sgd", "multi_step"; NULL past the
 *  last, so that a host can list them.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API const char *resnet_optimizer_get_name(size_t index);
RESNET_API const char *resnet_schedule_get_name(size_t index);

/** Fill with resnet_evaluate_options_init(). Fields are only ever appended. */
typedef struct resnet_evaluate_options {
    uint64_t struct_size; /**< bytes; written by init */
    uint32_t batch_size;  /**< images run at once, at least 1; default 32. Of several views of a
                               picture each counts, but a picture is never cut */
    uint32_t n_threads;   /**< worker threads; 0 (default), since none cannot work: the cores this
                               process may use */
    uint32_t n_loaders;   /**< decoding threads; 0 (default), likewise: as many as n_threads */
    int32_t views;        /**< RESNET_VIEWS_*, whose logits are averaged; default ONE */
    const resnet_cancel_token *cancel; /**< NULL (default): none. Else it must outlive the call */
    resnet_progress_callback on_progress; /**< after each batch, as of a single epoch; its `step`
                                             and `n_steps` count batches; NULL (default): none */
    void *progress_user_data;
    resnet_log_callback log; /**< hears of samples left out; NULL (default): silent */
    void *log_user_data;
    resnet_scores_callback on_scores; /**< hears of each sample that is measured: its probabilities
                                           [n_classes], batch by batch, once they are in `metrics`
                                           and before on_progress; non-zero cancels. NULL (default):
                                           none */
    void *scores_user_data;
} resnet_evaluate_options;

/** Writes defaults to *options. INVALID. Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_evaluate_options_init(resnet_evaluate_options *options, size_t size);

/** Runs the model over `dataset` in evaluation mode and adds every sample to *metrics, which was
 *  created for the model's number of classes. `options` may be NULL for defaults. If it does not
 *  return OK, `metrics` holds the samples of the batches that were finished.
 *  INVALID, NOMEM, IO, FORMAT, UNSUPPORTED (a picture too small for its views), CANCELLED (by the
 *  token or a callback), BACKEND.
 *  Thread-safety: single-thread; the model may be used by others meanwhile.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_evaluate(resnet_metrics *metrics,
                                                          const resnet_model *model,
                                                          const resnet_dataset *dataset,
                                                          const resnet_evaluate_options *options);

RESNET_END_DECLS

#endif
