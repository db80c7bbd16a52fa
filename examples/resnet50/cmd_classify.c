/* resnet50 classify: what is in the pictures. SPDX-License-Identifier: MIT */
#include "commands.h"
#include "describe_predictions.h"
#include "open_model.h"
#include "output.h"
#include "output_file.h"
#include "picture_list.h"
#include "pictures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct classify_settings {
    common_settings common;
    uint32_t top;
    uint32_t batch;
    int32_t crops;
    uint32_t csv;
} classify_settings;

static const option_row options[] = {
    OPTION_U32(classify_settings, top, "--top", "K", 1, 1000000, "classes to tell per picture"),
    OPTION_U32(classify_settings, batch, "--batch", "N", 1, 4096, "pictures run at once"),
    OPTION_CROPS(classify_settings),
    OPTION_FLAG(classify_settings, csv, "--csv",
                "a table on standard output, nothing else: a line per picture and class"),
    OPTION_END,
};

static void print_for_people(const resnet_model *model, const picture *one,
                             const resnet_prediction *top, size_t k)
{
    char buffer[32];
    tell_line("%s", one->path);
    for (size_t i = 0; i < k; i++)
        tell_line("  %6.2f %%  %s", 100 * (double)top[i].probability,
                  class_name(model, (size_t)top[i].label, buffer, sizeof buffer));
}

static void write_rows(output_file *table, const picture *one, const resnet_prediction *top,
                       size_t k)
{
    for (size_t i = 0; i < (*one->error ? 1 : k); i++) {
        output_field(table, one->path);
        if (!*one->error) {
            output_format(table, ",%zu,%d,", i + 1, (int)top[i].label);
            output_field(table, top[i].name);
            output_format(table, ",%.9g,", (double)top[i].probability);
        } else {
            output_format(table, ",,,,,");
            output_field(table, one->error);
        }
        output_format(table, "\n");
    }
}

static json_t *describe_picture(const picture *one, const resnet_prediction *top, size_t k)
{
    json_t *description = json_object();
    json_put(description, "path", json_text(one->path));
    if (*one->error)
        json_put(description, "error", json_text(one->error));
    else
        json_put(description, "predictions", describe_predictions(top, k));
    return description;
}

typedef struct classifier {
    const resnet_model *model;
    resnet_session *session;
    size_t k, batch;
    json_t *document;               /* NULL: not JSON */
    output_file *table;             /* NULL: not CSV */
    picture *pictures;              /* [batch] */
    resnet_prediction *predictions; /* [batch][k] */
} classifier;

/* Tells of n pictures of a batch. */
static int tell(const classifier *self, size_t n)
{
    int status = 0;
    for (size_t i = 0; i < n; i++) {
        const picture *one = &self->pictures[i];
        const resnet_prediction *top = self->predictions + i * self->k;
        if (*one->error) status = say_error("%s", one->error);
        if (self->document)
            json_push(self->document, describe_picture(one, top, self->k));
        else if (self->table)
            write_rows(self->table, one, top, self->k);
        else if (!*one->error)
            print_for_people(self->model, one, top, self->k);
    }
    if (self->table) output_flush(self->table);
    return status;
}

static resnet_status ask(void *user_data, const char *const *paths, size_t first, size_t n)
{
    const classifier *self = user_data;
    return resnet_session_classify_files(self->predictions + first * self->k,
                                         sizeof *self->predictions, self->session, paths, n,
                                         self->k, NULL);
}

static int classify_batch(classifier *self, char **paths, size_t n)
{
    const int status = ask_about_pictures(self->pictures, paths, n, ask, self);
    return status ? status : tell(self, n);
}

static int classify_all(classifier *self, char **paths, size_t n)
{
    int status = 0;
    self->pictures = allocate(self->batch, sizeof *self->pictures);
    self->predictions = allocate(self->batch * self->k, sizeof *self->predictions);
    if (!self->pictures || !self->predictions) status = EXIT_FAILED;
    for (size_t i = 0; i < n && !ran_out_of_memory(); i += self->batch)
        status |= classify_batch(self, paths + i, n - i < self->batch ? n - i : self->batch);
    free(self->predictions);
    free(self->pictures);
    return status;
}

/* Opens what the answers go to, and closes it. */
static int classify(const classify_settings *settings, classifier *work, const picture_list *list)
{
    if (settings->common.json) work->document = json_array();
    if (settings->csv && !(work->table = output_open(STANDARD_OUTPUT))) return EXIT_FAILED;
    if (work->table) output_format(work->table, "path,rank,index,label,probability,error\n");
    int status = classify_all(work, list->paths, list->n);
    if (work->document) status |= print_json(work->document);
    if (work->table) status |= output_close(work->table, 1);
    return status;
}

static int open_and_classify(const command *self, const classify_settings *settings,
                             const picture_list *list)
{
    resnet_model *model = NULL;
    resnet_session *session = NULL;
    int status = open_model(self, &model, &settings->common, HEAD_NEEDED);
    if (!status) status = open_session(&session, model, &settings->common, settings->crops);
    if (!status) {
        const size_t n_classes = resnet_model_get_n_classes(model);
        classifier work = {.model = model,
                           .session = session,
                           .batch = settings->batch,
                           .k = settings->top < n_classes ? settings->top : n_classes};
        status = classify(settings, &work, list);
    }
    resnet_session_free(session);
    resnet_model_free(model);
    return status;
}

static int run(const command *self, int argc, char **argv)
{
    classify_settings settings = {.top = 5, .batch = 8, .crops = RESNET_VIEWS_ONE};
    picture_list list = {NULL, 0, 0};
    int status = 0;
    const int n = parse_arguments(self, &settings, argc, argv, &status);
    if (n < 0) return status;
    if (settings.csv && settings.common.json)
        return usage_error(self, "--csv and --json exclude each other");
    status = picture_list_fill(&list, argv, (size_t)n);
    if (!status) status = open_and_classify(self, &settings, &list);
    picture_list_free(&list);
    return status;
}

const command classify_command = {
    .name = "classify",
    .operands = "IMAGE|DIR|-...",
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .summary = "What is in the pictures: the most probable classes of each.",
    .details =
        "DIR stands for the pictures in it and below, - for a list on standard input, a path a\n"
        "line. A picture that cannot be read does not stop the others; the exit status is then 1.\n"
        "JSON: an array, per picture {path, predictions: [{index, label, probability, logit}]}\n"
        "or {path, error}. CSV: path, rank from 1, index, label, probability, error.\n",
    .options = {options},
    .run = run,
};
