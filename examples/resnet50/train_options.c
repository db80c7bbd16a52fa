/* Fields of the library's own options are set in place; their defaults are the library's.
 * SPDX-License-Identifier: MIT */
#include "train_options.h"

#include "learning_words.h"
#include "output.h"

static const choice schedules[] = {
    {"constant", RESNET_SCHEDULE_CONSTANT},
    {"step", RESNET_SCHEDULE_STEP},
    {"multi-step", RESNET_SCHEDULE_MULTI_STEP},
    {"exponential", RESNET_SCHEDULE_EXPONENTIAL},
    {"cosine", RESNET_SCHEDULE_COSINE},
    {"plateau", RESNET_SCHEDULE_PLATEAU},
    {NULL, 0},
};
static const choice monitors[] = {
    {"auto", RESNET_MONITOR_AUTO},
    {"loss", RESNET_MONITOR_LOSS},
    {"accuracy", RESNET_MONITOR_ACCURACY},
    {"val_loss", RESNET_MONITOR_VAL_LOSS},
    {"val_accuracy", RESNET_MONITOR_VAL_ACCURACY},
    {"val_macro_f1", RESNET_MONITOR_VAL_MACRO_F1},
    {NULL, 0},
};
static const choice batch_norms[] = {
    {"batch", RESNET_BATCH_NORM_AUTO}, {"stored", RESNET_BATCH_NORM_STORED}, {NULL, 0}};
static const choice balances[] = {{"none", RESNET_BALANCE_NONE},
                                  {"weights", RESNET_BALANCE_WEIGHTS},
                                  {"sample", RESNET_BALANCE_SAMPLE},
                                  {NULL, 0}};

const option_row train_basic_options[] = {
    OPTION_TEXT(train_settings, out, "--out", "FILE", "the model learnt: .h5 or .safetensors"),
    OPTION_TEXT(train_settings, data.common.weights, "--weights", "FILE",
                "start from this model, in any format that is read\n(default: from scratch)"),
    OPTION_TEXT(train_settings, report, "--report", "FILE",
                "the evaluation as .html, .json or .txt; HTML shows the curves as well"),
    OPTION_U32(train_settings, trainer.n_epochs, "--epochs", "N", 1, 1e6,
               "passes over the pictures"),
    OPTION_U32(train_settings, trainer.batch_size, "--batch", "N", 1, 65536, "pictures a step"),
    OPTION_F32(train_settings, trainer.learning_rate, "--lr", "X", 0, 1000,
               "learning rate (default: 0.01 for sgd and rmsprop, 0.001 for adam and\n"
               "adamw, 1 for lars)"),
    OPTION_CHOICE(train_settings, trainer.optimizer, "--optimizer", "NAME", optimizers,
                  "how it learns"),
    OPTION_CHOICE(train_settings, trainer.freeze, "--freeze", "STAGE", freeze_stages,
                  "what keeps its weights, from the input on"),
    OPTION_U32(train_settings, trainer.train_last, "--train-last", "N", 0, 1000,
               "freeze all but the last N layers, whatever --freeze says"),
    OPTION_TEXT(train_settings, trainer.freeze_names, "--freeze-names", "PATTERN,...",
                "further convolutions to freeze, such as 'layer3.*,layer4.0.conv1'"),
    OPTION_FLAG(train_settings, trainer.allow_random_features, "--random-features",
                "freeze layers even if their weights are random"),
    OPTION_NAME(train_settings, trainer.augment, "--augment", "PRESET", resnet_augment_get_name,
                "random changes to pictures: none, light, keras, imagenet, trivial;\n"
                "single ones below"),
    OPTION_END,
};

const option_row train_head_options[] = {
    OPTION_FLAG(train_settings, new_head, "--new-head",
                "with --weights: a new last layer even if the classes are the same"),
    OPTION_U32S(train_settings, hidden, RESNET_MAX_HIDDEN, "--hidden", "N,...", 0, 65536,
                "units of hidden layers in a new head, up to four (default: none)"),
    OPTION_F32(train_settings, dropout, "--dropout", "X", 0, 0.999, "before a new last layer"),
    OPTION_FLAG(train_settings, max_pooling, "--max-pooling",
                "a new head takes maxima of the last map rather than means"),
    OPTION_U32(train_settings, trainer.head_epochs, "--head-epochs", "N", 0, 1e6,
               "first learn the head alone, by Adam, then go on as all else says"),
    OPTION_F32(train_settings, trainer.head_learning_rate, "--head-lr", "X", 0, 1000,
               "learning rate of that"),
    OPTION_FLAG(train_settings, zero_init_residual, "--zero-init-residual",
                "without --weights: each block starts as the identity"),
    OPTION_END,
};

const option_row train_augment_options[] = {AUGMENT_OPTIONS(train_settings, augment)};

const option_row train_optimizer_options[] = {
    OPTION_F32(train_settings, trainer.momentum, "--momentum", "X", 0, 0.9999,
               "of sgd, lars and rmsprop (default: 0.9, rmsprop 0)"),
    OPTION_FLAG(train_settings, trainer.nesterov, "--nesterov", "Nesterov's momentum"),
    OPTION_F32(train_settings, trainer.weight_decay, "--weight-decay", "X", 0, 10,
               "L2 penalty (default: 1e-4 for sgd and lars, 0.01 for adamw, else 0)"),
    OPTION_FLAG(train_settings, trainer.exempt_vectors, "--no-decay-vectors",
                "biases and batch norms do not decay"),
    OPTION_F32(train_settings, trainer.clip_norm, "--clip-norm", "X", 0, 1e9,
               "scale gradients down to this norm, with 0 to nothing (default: never)"),
    OPTION_U32(train_settings, trainer.accumulate, "--accumulate", "N", 1, 65536,
               "batches whose gradients make one step"),
    OPTION_F32S(train_settings, trainer.stage_rates, RESNET_N_STAGES, "--stage-rates", "X,...", 0,
                1000, "factors of the rate: stem,layer1,...,layer4,head"),
    OPTION_F32(train_settings, trainer.ema_decay, "--ema", "X", 0, 0.999999,
               "keep the moving average of the weights instead of the last ones"),
    OPTION_F32(train_settings, trainer.label_smoothing, "--label-smoothing", "X", 0, 0.999,
               "share of the target spread over all classes"),
    OPTION_CHOICE(train_settings, trainer.balance, "--balance", "WHAT", balances,
                  "what is done about classes of unequal size"),
    OPTION_F32(train_settings, trainer.mixup_alpha, "--mixup", "ALPHA", 0, 100,
               "blend pictures; 0: not (default: as --augment has it)"),
    OPTION_F32(train_settings, trainer.cutmix_alpha, "--cutmix", "ALPHA", 0, 100,
               "paste parts of pictures into each other, likewise"),
    OPTION_CHOICE(train_settings, trainer.batch_norm, "--batch-norm", "WHAT", batch_norms,
                  "what batch norms that learn run on: the batch's statistics, or those stored"),
    OPTION_F32(train_settings, trainer.bn_momentum, "--bn-momentum", "X", 0, 1,
               "share of a batch in the batch norms' running statistics"),
    OPTION_U32(train_settings, trainer.recalibrate_batches, "--recalibrate", "N", 0, 1e6,
               "batches to measure those statistics anew at the end"),
    OPTION_END,
};

const option_row train_schedule_options[] = {
    OPTION_CHOICE(train_settings, trainer.schedule, "--schedule", "NAME", schedules,
                  "how the learning rate goes"),
    OPTION_FLAG(train_settings, trainer.schedule_by_epoch, "--schedule-by-epoch",
                "change it between epochs only"),
    OPTION_F32(train_settings, trainer.warmup_epochs, "--warmup", "EPOCHS", 0, 1e6,
               "rise to it linearly first"),
    OPTION_F32(train_settings, trainer.gamma, "--gamma", "X", 0, 1,
               "factor of step, multi-step, exponential, plateau"),
    OPTION_F32(train_settings, trainer.step_epochs, "--step-epochs", "X", 1e-9, 1e6, "of step"),
    OPTION_F32S(train_settings, trainer.milestones, RESNET_MAX_MILESTONES, "--milestones", "X,...",
                0, 1e6, "epochs of multi-step"),
    OPTION_F32(train_settings, trainer.min_learning_rate, "--min-lr", "X", 0, 1000,
               "of cosine and plateau"),
    OPTION_CHOICE(train_settings, trainer.monitor, "--monitor", "FIGURE", monitors,
                  "what plateau, --patience and the best checkpoint go by"),
    OPTION_U32(train_settings, trainer.plateau_patience, "--plateau-patience", "N", 0, 1e6,
               "epochs without improvement that plateau bears"),
    OPTION_U32(train_settings, trainer.stop_patience, "--patience", "N", 0, 1e6,
               "stop after so many epochs without improvement (default: never)"),
    OPTION_FLAG(train_settings, trainer.restore_best, "--restore-best",
                "keep the best epoch's weights rather than the last one's"),
    OPTION_END,
};

const option_row train_run_options[] = {
    OPTION_TEXT(train_settings, trainer.checkpoint_folder, "--checkpoints", "DIR",
                "last.rnck after each epoch and when it is stopped, best.h5 when it improves"),
    OPTION_U32(train_settings, trainer.checkpoint_steps, "--checkpoint-steps", "N", 0, 1e9,
               "last.rnck also after so many steps"),
    OPTION_FLAG(train_settings, trainer.resume, "--resume",
                "go on from --checkpoints, to the same bits as if never stopped"),
    OPTION_TEXT(train_settings, trainer.history_csv, "--history", "FILE.csv", "a line an epoch"),
    OPTION_TEXT(train_settings, trainer.history_jsonl, "--history-jsonl", "FILE",
                "the same as JSON lines"),
    OPTION_TEXT(train_settings, trainer.tensorboard_folder, "--tensorboard", "DIR",
                "event files for TensorBoard"),
    OPTION_U32(train_settings, trainer.n_views, "--views", "N", 0, 1e6,
               "augmented views of each picture, so that frozen features can be kept\n"
               "(default: new ones each epoch)"),
    OPTION_U64(train_settings, trainer.cache_bytes, "--cache-bytes", "N", 0, 9007199254740992.0,
               "memory for decoded pictures and for frozen features, each"),
    OPTION_TEXT(train_settings, trainer.feature_file, "--feature-file", "FILE",
                "where frozen features beyond that go, for later runs as well"),
    OPTION_U32(train_settings, trainer.n_shards, "--shards", "N", 1, 64,
               "parts of a batch; it decides the rounding of sums, threads do not"),
    OPTION_U32(train_settings, trainer.n_loaders, "--loaders", "N", 0, 4096,
               "decoding threads (default: as many as --threads)"),
    OPTION_END,
};

int init_train_settings(train_settings *settings)
{
    *settings = (train_settings){.out = NULL};
    init_augment_settings(&settings->augment);
    if (init_data_settings(&settings->data)) return EXIT_FAILED;
    return resnet_trainer_options_init(&settings->trainer, sizeof settings->trainer)
               ? say_last_error()
               : 0;
}
