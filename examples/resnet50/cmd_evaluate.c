/* resnet50 evaluate: how good a model is. SPDX-License-Identifier: MIT */
#include "commands.h"
#include "evaluation.h"
#include "match_classes.h"
#include "open_model.h"
#include "output.h"
#include "requirement.h"

#include <resnet/trainer.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define EXIT_REQUIREMENT 3
#define PART_AUTO (-1)

typedef struct evaluate_settings {
    common_settings common;
    const char *data;
    text_list require;
    uint64_t batch, seed;
    double val_fraction;
    int32_t part;
} evaluate_settings;

static const choice parts[] = {{"auto", PART_AUTO},          {"val", RESNET_PART_VAL},
                               {"train", RESNET_PART_TRAIN}, {"test", RESNET_PART_TEST},
                               {"all", RESNET_PART_ALL},     {NULL, 0}};

static const option_row options[] = {
    OPTION_TEXT(evaluate_settings, data, "--data", "DIR",
                "one folder of pictures per class; or train/ and val/ with those"),
    OPTION_CHOICE(evaluate_settings, part, "--part", "PART", parts,
                  "which pictures; auto is val if there is a train/, else all of them"),
    OPTION_TEXTS(evaluate_settings, require, "--require", "'FIGURE>=X'",
                 "what must hold, such as 'macro_f1>=0.9' or 'f1[cat]>=0.4'; with > >= < <=.\n"
                 "May be given several times; if one does not hold, the exit status is 3"),
    OPTION_COUNT(evaluate_settings, batch, "--batch", "N", 1, 4096, "pictures run at once"),
    OPTION_COUNT(evaluate_settings, seed, "--seed", "N", 0, 9007199254740992.0,
                 "of the split, as train had it (default 0)"),
    OPTION_NUMBER(evaluate_settings, val_fraction, "--val-fraction", "X", 1e-6, 0.999999,
                  "of the split, as train had it"),
    OPTION_END,
};

static int has_train_folder(const char *path)
{
    struct stat info;
    char *train = allocate(strlen(path) + sizeof "/train", 1);
    sprintf(train, "%s/train", path);
    const int found = stat(train, &info) == 0 && S_ISDIR(info.st_mode);
    free(train);
    return found;
}

static int open_data(const evaluate_settings *settings, resnet_dataset **out)
{
    resnet_dataset_options dataset_options;
    if (resnet_dataset_options_init(&dataset_options, sizeof dataset_options))
        return say_last_error();
    dataset_options.part = settings->part;
    if (settings->part == PART_AUTO)
        dataset_options.part = has_train_folder(settings->data) ? RESNET_PART_VAL : RESNET_PART_ALL;
    dataset_options.seed = settings->seed;
    dataset_options.val_fraction = settings->val_fraction;
    return resnet_dataset_open_folder(out, settings->data, &dataset_options) ? say_last_error() : 0;
}

static int measure(const evaluate_settings *settings, const resnet_model *model,
                   const resnet_dataset *dataset, resnet_metrics **metrics)
{
    char difference[512];
    resnet_trainer_options trainer_options;
    if (!match_classes(model, dataset, difference, sizeof difference))
        return say_error("%s: %s", settings->data, difference);
    if (resnet_trainer_options_init(&trainer_options, sizeof trainer_options))
        return say_last_error();
    trainer_options.n_threads = (uint32_t)settings->common.threads;
    trainer_options.batch_size = (uint32_t)settings->batch;
    const char **names = list_classes(dataset);
    const resnet_status status =
        resnet_metrics_create(metrics, resnet_dataset_get_n_classes(dataset), names, NULL);
    free(names);
    return status || resnet_evaluate(model, dataset, *metrics, &trainer_options) ? say_last_error()
                                                                                 : 0;
}

static int tell(const evaluate_settings *settings, const resnet_metrics *metrics)
{
    if (settings->common.json) return print_json(describe_evaluation(metrics));
    print_evaluation(metrics);
    return 0;
}

/* Says which requirements do not hold. */
static int check_requirements(const text_list *list, const resnet_metrics *metrics)
{
    int status = 0;
    for (size_t i = 0; i < list->n; i++) {
        requirement wanted;
        double value = 0;
        parse_requirement(&wanted, list->texts[i]);
        if (resnet_metrics_get(&value, metrics, wanted.figure)) return say_last_error();
        if (requirement_holds(&wanted, value)) continue;
        say_error("%s does not hold: %s is %.6g", list->texts[i], wanted.figure, value);
        status = EXIT_REQUIREMENT;
    }
    return status;
}

static int evaluate(const command *self, const evaluate_settings *settings)
{
    resnet_model *model = NULL;
    resnet_dataset *dataset = NULL;
    resnet_metrics *metrics = NULL;
    int status = open_model(self, &model, &settings->common, HEAD_NEEDED);
    if (!status) status = open_data(settings, &dataset);
    if (!status) status = measure(settings, model, dataset, &metrics);
    if (!status) status = tell(settings, metrics);
    if (!status) status = check_requirements(&settings->require, metrics);
    resnet_metrics_free(metrics);
    resnet_dataset_free(dataset);
    resnet_model_free(model);
    return status;
}

/* Before hours of measuring rather than after them. */
static int check_settings(const command *self, const evaluate_settings *settings)
{
    if (!settings->data) return usage_error(self, "--data is missing");
    for (size_t i = 0; i < settings->require.n; i++) {
        requirement wanted;
        if (parse_requirement(&wanted, settings->require.texts[i]))
            return usage_error(self, "--require %s: FIGURE>=NUMBER is wanted",
                               settings->require.texts[i]);
    }
    return 0;
}

static int run(const command *self, int argc, char **argv)
{
    resnet_dataset_options defaults;
    if (resnet_dataset_options_init(&defaults, sizeof defaults)) return say_last_error();
    evaluate_settings settings = {
        .batch = 32, .part = PART_AUTO, .val_fraction = defaults.val_fraction};
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
        "f1, support}], confusion_matrix: rows are labels, columns predictions}.\n",
    .options = options,
    .run = run,
};
