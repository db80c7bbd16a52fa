/* resnet50 bench: how fast it is here. SPDX-License-Identifier: MIT */
#include "commands.h"
#include "learning_words.h"
#include "open_model.h"
#include "output.h"
#include "stopwatch.h"

#include <resnet/trainer.h>

#include <stdlib.h>

#define MIN_RUNS 3
#define MAX_RUNS 100000
#define DEFAULT_SIZE 224

typedef struct bench_settings {
    common_settings common;
    uint32_t batch;
    uint32_t runs;
    uint32_t shards;
    int32_t optimizer;
    double seconds;
    uint32_t train;
    int32_t freeze;
    int32_t algorithm;
} bench_settings;

static const choice algorithms[] = {
    {"auto", RESNET_ALGORITHM_AUTO}, {"direct", RESNET_ALGORITHM_DIRECT}, {NULL, 0}};

static const option_row options[] = {
    OPTION_U32(bench_settings, batch, "--batch", "N", 1, 4096, "images run at once"),
    OPTION_FLAG(bench_settings, train, "--train", "training steps instead of inference"),
    OPTION_CHOICE(bench_settings, freeze, "--freeze", "STAGE", freeze_stages,
                  "with --train: how far the network is frozen"),
    OPTION_CHOICE(bench_settings, optimizer, "--optimizer", "NAME", optimizers,
                  "with --train: what moves the weights"),
    OPTION_U32(bench_settings, shards, "--shards", "N", 0, 64,
               "with --train: parts of a batch (default: the library's)"),
    OPTION_CHOICE(bench_settings, algorithm, "--algorithm", "NAME", algorithms,
                  "of the convolutions in inference"),
    OPTION_F64(bench_settings, seconds, "--seconds", "S", 0, 1e6, "how long to measure"),
    OPTION_U32(bench_settings, runs, "--runs", "N", 0, MAX_RUNS,
               "how many runs to measure, instead of --seconds"),
    OPTION_END,
};

/* What is measured: one batch, again and again. */
typedef struct workload {
    const bench_settings *settings;
    resnet_model *model;
    resnet_session *session; /* NULL for training */
    resnet_trainer *trainer; /* NULL for inference */
    size_t size, n_classes;
    float *images; /* [batch][3][size][size] */
    float *logits; /* [batch][n_classes] */
    int32_t *labels;
} workload;

static resnet_status run_once(const workload *self)
{
    const size_t n = self->settings->batch;
    double loss = 0;
    if (self->trainer)
        return resnet_trainer_step(&loss, self->trainer, self->images, n, self->size, self->size,
                                   self->labels);
    return resnet_session_logits(self->logits, n * self->n_classes, self->session, self->images, n,
                                 self->size, self->size);
}

static int create_model(const command *caller, workload *self)
{
    const common_settings *common = &self->settings->common;
    if (weights_path(common)) return open_model(caller, &self->model, common, HEAD_NEEDED);
    return resnet_model_create(&self->model, NULL) ? say_last_error() : 0;
}

static int create_session(workload *self)
{
    resnet_session_options session_options;
    if (resnet_session_options_init(&session_options, sizeof session_options))
        return say_last_error();
    session_options.n_threads = self->settings->common.threads;
    session_options.algorithm = self->settings->algorithm;
    return resnet_session_create(&self->session, self->model, &session_options) ? say_last_error()
                                                                                : 0;
}

static int create_trainer(const command *caller, workload *self)
{
    resnet_trainer_options trainer_options;
    if (resnet_trainer_options_init(&trainer_options, sizeof trainer_options))
        return say_last_error();
    trainer_options.n_threads = self->settings->common.threads;
    trainer_options.batch_size = self->settings->batch;
    trainer_options.freeze = self->settings->freeze;
    trainer_options.allow_random_features = 1; /* its speed is the same */
    trainer_options.optimizer = self->settings->optimizer;
    if (self->settings->shards) trainer_options.n_shards = self->settings->shards;
    return resnet_trainer_create(&self->trainer, self->model, NULL, NULL, &trainer_options)
               ? say_option_error(caller)
               : 0;
}

/* Noise from a linear congruential generator (Knuth, MMIX): the values only must not be zero. */
static void fill_inputs(workload *self)
{
    const size_t n = self->settings->batch;
    uint64_t state = 1;
    for (size_t i = 0; i < n * 3 * self->size * self->size; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        self->images[i] = (float)(state >> 40) / (float)(1 << 23) - 1;
    }
    for (size_t i = 0; i < n; i++) self->labels[i] = (int32_t)(i % self->n_classes);
}

static int create_workload(const command *caller, workload *self)
{
    const size_t n = self->settings->batch;
    if (create_model(caller, self)) return EXIT_FAILED;
    self->n_classes = resnet_model_get_n_classes(self->model);
    self->size = self->settings->common.size ? self->settings->common.size : DEFAULT_SIZE;
    self->images = allocate(n * 3 * self->size * self->size, sizeof *self->images);
    self->logits = allocate(n * self->n_classes, sizeof *self->logits);
    self->labels = allocate(n, sizeof *self->labels);
    if (!self->images || !self->logits || !self->labels) return EXIT_FAILED;
    fill_inputs(self);
    return self->settings->train ? create_trainer(caller, self) : create_session(self);
}

static void free_workload(workload *self)
{
    free(self->labels);
    free(self->logits);
    free(self->images);
    resnet_trainer_free(self->trainer);
    resnet_session_free(self->session);
    resnet_model_free(self->model);
}

static int is_enough(const bench_settings *settings, size_t n_runs, double seconds)
{
    if (settings->runs) return n_runs >= settings->runs;
    return n_runs >= MAX_RUNS || (n_runs >= MIN_RUNS && seconds >= settings->seconds);
}

/* Times of single runs in ms, in ascending order; two runs before them are not counted. */
static int measure(const workload *self, double *times, size_t *n_times)
{
    size_t n = 0;
    if (run_once(self) || run_once(self)) return say_last_error();
    const double start = stopwatch_seconds();
    while (!is_enough(self->settings, n, stopwatch_seconds() - start)) {
        const double before = stopwatch_seconds();
        if (run_once(self)) return say_last_error();
        times[n++] = 1e3 * (stopwatch_seconds() - before);
    }
    sort_ascending(times, n);
    *n_times = n;
    return 0;
}

static size_t n_threads_of(const workload *self)
{
    return self->session ? resnet_session_get_n_threads(self->session)
                         : self->settings->common.threads;
}

static json_t *describe(const workload *self, const double *times, size_t n)
{
    const double median = quantile(times, n, 0.5);
    json_t *document = json_object();
    json_put(document, "mode", json_text(self->trainer ? "train" : "inference"));
    json_put(document, "batch", json_integer(self->settings->batch));
    json_put(document, "size", json_integer((json_int_t)self->size));
    json_put(document, "threads", json_integer((json_int_t)n_threads_of(self)));
    json_put(document, "runs", json_integer((json_int_t)n));
    json_put(document, "images_per_second",
             json_figure(1e3 * (double)self->settings->batch / median));
    json_put(document, "ms_median", json_figure(median));
    json_put(document, "ms_min", json_figure(times[0]));
    json_put(document, "ms_p10", json_figure(quantile(times, n, 0.1)));
    json_put(document, "ms_p90", json_figure(quantile(times, n, 0.9)));
    json_put(document, "ms_max", json_figure(times[n - 1]));
    json_put(document, "peak_rss_mib", json_figure(peak_rss_mib()));
    return document;
}

static int tell(const workload *self, const double *times, size_t n)
{
    if (self->settings->common.json) return print_json(describe(self, times, n));
    const double median = quantile(times, n, 0.5);
    tell_line("%s, batch %u, %zu x %zu px: %.1f images/s", self->trainer ? "training" : "inference",
              self->settings->batch, self->size, self->size,
              1e3 * (double)self->settings->batch / median);
    tell_line("median %.1f ms, fastest %.1f, 90 %% within %.1f, slowest %.1f, of %s", median,
              times[0], quantile(times, n, 0.9), times[n - 1], count_of(n, "run"));
    tell_line("peak memory %.0f MiB", peak_rss_mib());
    return 0;
}

static int run(const command *self, int argc, char **argv)
{
    bench_settings settings = {.batch = 8, .seconds = 5};
    int status = 0;
    if (parse_arguments(self, &settings, argc, argv, &status) < 0) return status;
    workload work = {.settings = &settings};
    double *times = allocate(MAX_RUNS, sizeof *times);
    size_t n = 0;
    status = times ? create_workload(self, &work) : EXIT_FAILED;
    if (!status) status = measure(&work, times, &n);
    if (!status) status = tell(&work, times, n);
    free(times);
    free_workload(&work);
    return status;
}

const command bench_command = {
    .name = "bench",
    .operands = "",
    .summary = "How fast it runs here; with random weights when none are given.",
    .details =
        "JSON: {mode, batch, size, threads (0: not fixed), runs, images_per_second, ms_median,\n"
        "ms_min, ms_p10, ms_p90, ms_max, peak_rss_mib}.\n",
    .options = {options},
    .run = run,
};
