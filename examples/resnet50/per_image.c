/* SPDX-License-Identifier: MIT */
#include "per_image.h"

#include "open_model.h"
#include "output.h"
#include "output_file.h"
#include "parallel.h"

#include <resnet/session.h>

#include <stdlib.h>
#include <string.h>

#define BATCH 16

/* One batch on its way from the dataset to lines. */
typedef struct batch {
    const resnet_dataset *dataset;
    const unsigned char *learnt; /* by sample, or NULL */
    const resnet_model *model;
    resnet_recipe recipe;
    size_t first, n, n_classes, input_size;
    float *inputs;        /* [BATCH][3][crop_height][crop_width] */
    float *probabilities; /* [BATCH][n_classes] */
    int failed[BATCH];
} batch;

static void prepare_sample(void *user_data, size_t i)
{
    batch *self = user_data;
    resnet_image *image = NULL;
    float *input = self->inputs + i * self->input_size;
    self->failed[i] =
        resnet_dataset_load_image(&image, self->dataset, self->first + i) != RESNET_OK ||
        resnet_image_prepare(input, self->input_size, image, &self->recipe) != RESNET_OK;
    if (self->failed[i]) memset(input, 0, self->input_size * sizeof *input);
    resnet_image_free(image);
}

static size_t find_best(const float *values, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (values[i] > values[best]) best = i;
    return best;
}

static void write_line(output_file *file, const batch *self, size_t i)
{
    char buffer[32];
    const float *row = self->probabilities + i * self->n_classes;
    const size_t predicted = find_best(row, self->n_classes);
    const int32_t label = resnet_dataset_get_label(self->dataset, self->first + i);
    if (self->failed[i]) return;
    output_field(file, resnet_dataset_get_path(self->dataset, self->first + i));
    output_format(file, ",");
    if (label >= 0)
        output_field(file, class_name(self->model, (size_t)label, buffer, sizeof buffer));
    output_format(file, ",");
    output_field(file, class_name(self->model, predicted, buffer, sizeof buffer));
    output_format(file, ",%d,%.9g,", label == (int32_t)predicted, (double)row[predicted]);
    if (label >= 0) output_format(file, "%.9g", (double)row[label]);
    const char *learnt = !self->learnt ? "" : self->learnt[self->first + i] ? "1" : "0";
    output_format(file, ",%s\n", learnt);
}

static resnet_status write_batch(output_file *file, batch *self, resnet_session *session)
{
    run_parallel(prepare_sample, self, self->n, resnet_session_get_n_threads(session));
    const resnet_status status = resnet_session_probabilities(
        self->probabilities, self->n * self->n_classes, session, self->inputs, self->n,
        self->recipe.crop_height, self->recipe.crop_width);
    for (size_t i = 0; i < self->n && status == RESNET_OK; i++) write_line(file, self, i);
    return status;
}

static int write_lines(output_file *file, batch *self, resnet_session *session)
{
    const size_t n = resnet_dataset_get_n_samples(self->dataset);
    resnet_status status = RESNET_OK;
    output_format(file, "path,label,predicted,right,probability,label_probability,learnt\n");
    for (self->first = 0; self->first < n && status == RESNET_OK; self->first += BATCH) {
        self->n = n - self->first < BATCH ? n - self->first : BATCH;
        status = write_batch(file, self, session);
    }
    return status == RESNET_OK ? 0 : say_last_error();
}

int save_per_image(const common_settings *settings, const resnet_model *model,
                   const resnet_dataset *dataset, const unsigned char *learnt, const char *path)
{
    batch work = {.dataset = dataset,
                  .learnt = learnt,
                  .model = model,
                  .n_classes = resnet_model_get_n_classes(model)};
    resnet_session *session = NULL;
    if (resnet_recipe_init(&work.recipe, sizeof work.recipe, NULL) ||
        resnet_model_copy_recipe(&work.recipe, sizeof work.recipe, model))
        return say_last_error();
    if (open_session(&session, model, settings)) return EXIT_FAILED;
    work.input_size = (size_t)3 * work.recipe.crop_height * work.recipe.crop_width;
    work.inputs = allocate(BATCH * work.input_size, sizeof *work.inputs);
    work.probabilities = allocate(BATCH * work.n_classes, sizeof *work.probabilities);
    output_file *file = output_open(path);
    int status = file ? write_lines(file, &work, session) : EXIT_FAILED;
    status |= output_close(file, !status);
    free(work.probabilities);
    free(work.inputs);
    resnet_session_free(session);
    return status;
}
