/* SPDX-License-Identifier: MIT */
#include "save_report.h"

#include "output.h"
#include "recipe_text.h"

#include <math.h>
#include <resnet/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THUMBNAIL_SIDE 160 /* px, the longer one */

/* RESNET_REPORT_*, or -1. */
static int32_t form_of(const char *path)
{
    const char *end = strrchr(path, '.');
    if (end && strcmp(end, ".html") == 0) return RESNET_REPORT_HTML;
    if (end && strcmp(end, ".json") == 0) return RESNET_REPORT_JSON;
    if (end && strcmp(end, ".txt") == 0) return RESNET_REPORT_TEXT;
    return -1;
}

int is_report_name(const char *path)
{
    return form_of(path) >= 0;
}

/* --- the worst mistakes --- */

static resnet_status shrink(resnet_image **out, const resnet_image *image)
{
    const size_t width = resnet_image_get_width(image), height = resnet_image_get_height(image);
    const size_t longer = width > height ? width : height;
    const double scale = longer > THUMBNAIL_SIDE ? (double)THUMBNAIL_SIDE / (double)longer : 1;
    return resnet_image_resize(out, image, (size_t)fmax(1, scale * (double)width),
                               (size_t)fmax(1, scale * (double)height), RESNET_FILTER_BILINEAR);
}

/* A picture that cannot be read any more is told by its caption alone. */
static resnet_status add_mistake(resnet_report *report, const resnet_dataset *dataset, uint64_t id)
{
    const char *caption = resnet_dataset_get_path(dataset, (size_t)id);
    resnet_image *image = NULL, *thumbnail = NULL;
    resnet_bytes *png = NULL;
    if (resnet_dataset_load_image(&image, dataset, (size_t)id) == RESNET_OK &&
        shrink(&thumbnail, image) == RESNET_OK)
        (void)!resnet_image_encode_png(&png, thumbnail);
    const resnet_status status = resnet_report_add_picture(
        report, id, caption, resnet_bytes_get_data(png), resnet_bytes_get_size(png));
    resnet_bytes_free(png);
    resnet_image_free(thumbnail);
    resnet_image_free(image);
    return status;
}

static resnet_status add_mistakes(resnet_report *report, const resnet_metrics *metrics,
                                  const resnet_dataset *dataset)
{
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < resnet_metrics_get_n_mistakes(metrics) && status == RESNET_OK; i++) {
        resnet_metrics_mistake mistake;
        status = resnet_metrics_copy_mistake(&mistake, sizeof mistake, metrics, i);
        if (status == RESNET_OK) status = add_mistake(report, dataset, mistake.id);
    }
    return status;
}

/* --- the curves --- */

static resnet_status add_curve(resnet_report *report, const json_t *epochs, const char *name)
{
    const size_t n = json_array_size(epochs);
    double *values = allocate(n, sizeof *values);
    if (!values) return RESNET_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_object_get(json_array_get(epochs, i), name);
        values[i] = json_is_number(value) ? json_number_value(value) : (double)NAN;
    }
    const resnet_status status = resnet_report_add_history(report, name, values, n);
    free(values);
    return status;
}

static resnet_status add_curves(resnet_report *report, const json_t *epochs)
{
    static const char *const names[] = {"loss", "val_loss", "accuracy", "val_accuracy",
                                        "learning_rate"};
    resnet_status status = RESNET_OK;
    if (!json_array_size(epochs)) return RESNET_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names && status == RESNET_OK; i++)
        status = add_curve(report, epochs, names[i]);
    return status;
}

/* --- what it is of --- */

static resnet_status add_recipe(resnet_report *report, const resnet_model *model)
{
    resnet_recipe recipe;
    const resnet_status status = resnet_model_copy_recipe(&recipe, sizeof recipe, model);
    if (status != RESNET_OK) return status;
    char *text = recipe_text(&recipe);
    if (!text) return RESNET_E_NOMEM;
    const resnet_status added = resnet_report_add_fact(report, "recipe", text);
    free(text);
    return added;
}

static resnet_status add_day(resnet_report *report)
{
    char text[64];
    struct tm parts;
    const time_t now = time(NULL);
    if (!localtime_r(&now, &parts) || !strftime(text, sizeof text, "%Y-%m-%d %H:%M %z", &parts))
        return RESNET_OK;
    return resnet_report_add_fact(report, "date", text);
}

static resnet_status add_facts(resnet_report *report, const report_subject *subject)
{
    resnet_status status = resnet_report_add_fact(report, "model", subject->model_path);
    if (status == RESNET_OK)
        status = resnet_report_add_fact(report, "format", resnet_model_get_format(subject->model));
    if (status == RESNET_OK) status = resnet_report_add_fact(report, "data", subject->data);
    if (status == RESNET_OK) status = add_recipe(report, subject->model);
    if (status == RESNET_OK) status = add_day(report);
    if (status == RESNET_OK) status = resnet_report_add_fact(report, "version", resnet_version());
    return status;
}

/* "pets.h5", whatever folder it is in. */
static resnet_status set_title(resnet_report *report, const char *path)
{
    const char *slash = strrchr(path, '/');
    return resnet_report_set_title(report, slash ? slash + 1 : path);
}

int save_report(const resnet_metrics *metrics, const report_subject *subject, const char *path)
{
    const int32_t form = form_of(path);
    resnet_report *report = NULL;
    resnet_status status = resnet_report_create(&report, metrics, NULL);
    if (status == RESNET_OK) status = set_title(report, subject->model_path);
    if (status == RESNET_OK) status = add_facts(report, subject);
    if (status == RESNET_OK) status = add_curves(report, subject->epochs);
    if (status == RESNET_OK && form == RESNET_REPORT_HTML)
        status = add_mistakes(report, metrics, subject->dataset);
    if (status == RESNET_OK) status = resnet_report_save(report, path, form);
    resnet_report_free(report);
    return status == RESNET_OK ? 0 : say_last_error();
}
