/* resnet50 evaluate: how good a model is. SPDX-License-Identifier: MIT */
#include "commands.h"
#include "evaluation.h"
#include "match_classes.h"
#include "measured.h"
#include "open_model.h"
#include "output.h"
#include "output_check.h"
#include "per_image.h"
#include "requirement.h"
#include "save_report.h"

#include <resnet/trainer.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct evaluate_settings {
    data_settings data;
    text_list require;
    const char *report;
    const char *per_image;
    uint32_t batch;
    int32_t part, crops;
} evaluate_settings;

static const choice parts[] = {{"auto", PART_AUTO},
                               {"val", RESNET_PART_VAL},
                               {"train", RESNET_PART_TRAIN},
                               {"test", RESNET_PART_TEST},
                               {"all", RESNET_PART_ALL},
                               {"new", PART_NEW},
                               {NULL, 0}};

static const option_row options[] = {
    OPTION_CHOICE(evaluate_settings, part, "--part", "PART", parts,
                  "which pictures; auto is those held out, where the data or the model says which\n"
                  "those are, else all; new is what was not there when the model learnt"),
    OPTION_TEXTS(evaluate_settings, require, "--require", "'FIGURE>=X'",
                 "what must hold, such as 'macro_f1>=0.9' or 'f1[cat]>=0.4'; with > >= < <=.\n"
                 "May be given several times; if one does not hold, the exit status is 3"),
    OPTION_TEXT(evaluate_settings, report, "--report", "FILE",
                "all figures as .html (with charts and the worst mistakes), .json or .txt"),
    OPTION_TEXT(evaluate_settings, per_image, "--per-image", "FILE.csv",
                "each picture's label, prediction and probabilities"),
    OPTION_U32(evaluate_settings, batch, "--batch", "N", 1, 4096, "pictures run at once"),
    OPTION_CROPS(evaluate_settings),
    OPTION_END,
};

static void say_log(void *user_data, int32_t level, const char *message)
{
    (void)user_data;
    if (level <= RESNET_LOG_WARNING) say_error("%s", message);
}

static int create_metrics(const resnet_dataset *dataset, resnet_metrics **metrics)
{
    const char **names = list_classes(dataset);
    if (!names) return EXIT_FAILED;
    const resnet_status status =
        resnet_metrics_create(metrics, resnet_dataset_get_n_classes(dataset), names, NULL);
    free(names);
    return status ? say_last_error() : 0;
}

static int measure(const command *self, const evaluate_settings *settings, per_image *table,
                   resnet_metrics *metrics)
{
    resnet_evaluate_options work;
    if (resnet_evaluate_options_init(&work, sizeof work)) return say_last_error();
    work.n_threads = settings->data.common.threads;
    work.batch_size = settings->batch;
    work.views = settings->crops;
    work.log = say_log;
    if (table->file) work.on_scores = per_image_write;
    work.scores_user_data = table;
    return resnet_evaluate(metrics, table->model, table->what->dataset, &work)
               ? say_option_error(self)
               : 0;
}

/* Whatever was measured before a failure is no table of all. */
static int measure_each(const command *self, const evaluate_settings *settings,
                        const resnet_model *model, const measured *what, resnet_metrics *metrics)
{
    per_image table = {.what = what, .model = model};
    int status = per_image_open(&table, settings->per_image);
    if (!status) status = measure(self, settings, &table, metrics);
    const int closed = per_image_close(&table, !status);
    return status ? status : closed;
}

static int tell(const evaluate_settings *settings, const measured *what,
                const resnet_metrics *metrics)
{
    if (!settings->data.common.json) {
        print_measured(what, settings->data.path);
        return print_evaluation(metrics);
    }
    json_t *document = describe_evaluation(metrics);
    json_put(document, "measured",
             describe_measured(what, settings->data.path, resnet_metrics_get_count(metrics)));
    json_put(document, "requirements", describe_requirements(&settings->require, metrics));
    return print_json(document);
}

static int report(const evaluate_settings *settings, const resnet_model *model,
                  const measured *what, const resnet_metrics *metrics)
{
    char *data = measured_text(what, settings->data.path);
    const report_subject subject = {.model = model,
                                    .model_path = weights_path(&settings->data.common),
                                    .data = data,
                                    .dataset = what->dataset};
    const int status = data ? save_report(metrics, &subject, settings->report) : EXIT_FAILED;
    free(data);
    return status;
}

static int evaluate(const command *self, const evaluate_settings *settings)
{
    resnet_model *model = NULL;
    measured what = {.dataset = NULL};
    resnet_metrics *metrics = NULL;
    int status = open_model(self, &model, &settings->data.common, HEAD_NEEDED);
    if (!status)
        status = open_measured(&what, &settings->data, settings->part, settings->crops, model);
    if (!status) status = create_metrics(what.dataset, &metrics);
    if (!status) status = check_requirements(self, &settings->require, metrics);
    if (!status) status = measure_each(self, settings, model, &what, metrics);
    if (!status && settings->report) status = report(settings, model, &what, metrics);
    if (metrics && resnet_metrics_get_count(metrics)) {
        const int told = tell(settings, &what, metrics);
        if (!status) status = told;
    }
    if (!status) status = meet_requirements(&settings->require, metrics);
    resnet_metrics_free(metrics);
    close_measured(&what);
    resnet_model_free(model);
    return status;
}

/* Before hours of measuring rather than after them. */
static int check_settings(const command *self, const evaluate_settings *settings)
{
    if (!settings->data.path) return usage_error(self, "--data is missing");
    if (settings->report && !is_report_name(settings->report))
        return usage_error(self, "--report %s: neither .html, .json nor .txt", settings->report);
    const output outputs[] = {{"--report", settings->report, OUTPUT_OTHER},
                              {"--per-image", settings->per_image, OUTPUT_LINES},
                              {"--listing", settings->data.options.cache_file, OUTPUT_OTHER}};
    const int status = check_requirements(self, &settings->require, NULL);
    return status ? status : check_outputs(self, outputs, sizeof outputs / sizeof *outputs);
}

static int run(const command *self, int argc, char **argv)
{
    evaluate_settings settings = {.batch = 32, .part = PART_AUTO, .crops = RESNET_VIEWS_ONE};
    if (init_data_settings(&settings.data)) return EXIT_FAILED;
    int status = 0;
    if (parse_arguments(self, &settings, argc, argv, &status) < 0) return status;
    status = check_settings(self, &settings);
    return status ? status : evaluate(self, &settings);
}

const command evaluate_command = {
    .name = "evaluate",
    .operands = "",
    .summary = "How good a model is on labelled pictures.",
    .details =
        "Figures for --require: those of resnet_metrics_get(), such as top1, top5, loss,\n"
        "macro_f1, recall[CLASS], auc[CLASS], ece. Exit status 3: one was not met.\n"
        "JSON: {images, top1, top5, loss, ..., classes, per_class: [{name, precision, recall,\n"
        "f1, support}], confusion_matrix: rows are labels, columns predictions,\n"
        "requirements: [{requirement, figure, relation, bound, value, holds}],\n"
        "measured: {data, part, images, left_out, learnt: how many of these the model learnt,\n"
        "new: of the data, gone: from it since it learnt,\n"
        "null where it does not say, seed, val_fraction, classes, matched_by, crops}}.\n"
        "Data with some of the model's classes are matched by name, wnid or index.\n",
    .options = {data_options, options},
    .run = run,
};
