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
    const measured *what;
    const resnet_model *model;
    size_t first, n, n_classes;
    resnet_image *images[BATCH];  /* NULL for one that cannot be read */
    resnet_image *present[BATCH]; /* the others, in their order */
    float *probabilities;         /* of those, [BATCH][n_classes] */
} batch;

static void load_sample(void *user_data, size_t i)
{
    batch *self = user_data;
    if (resnet_dataset_load_image(&self->images[i], self->what->dataset, self->first + i))
        self->images[i] = NULL;
}

static size_t find_best(const float *values, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (values[i] > values[best]) best = i;
    return best;
}

static void write_line(output_file *file, const batch *self, size_t i, const float *row)
{
    char buffer[32];
    const resnet_dataset *dataset = self->what->dataset;
    const recall *seen = &self->what->seen;
    const size_t predicted = find_best(row, self->n_classes);
    const int32_t label = resnet_dataset_get_label(dataset, self->first + i);
    output_field(file, resnet_dataset_get_path(dataset, self->first + i));
    output_format(file, ",");
    if (label >= 0)
        output_field(file, class_name(self->model, (size_t)label, buffer, sizeof buffer));
    output_format(file, ",");
    output_field(file, class_name(self->model, predicted, buffer, sizeof buffer));
    output_format(file, ",%d,%.9g,", label == (int32_t)predicted, (double)row[predicted]);
    if (label >= 0) output_format(file, "%.9g", (double)row[label]);
    if (!seen->samples)
        output_format(file, ",\n");
    else
        output_format(file, ",%d\n", seen->samples[self->first + i] == RESNET_SAMPLE_LEARNT);
}

static void write_rows(output_file *file, const batch *self)
{
    const float *row = self->probabilities;
    for (size_t i = 0; i < self->n; i++) {
        if (!self->images[i]) continue;
        write_line(file, self, i, row);
        row += self->n_classes;
    }
}

static resnet_status run_present(batch *self, resnet_session *session)
{
    size_t n = 0;
    for (size_t i = 0; i < self->n; i++)
        if (self->images[i]) self->present[n++] = self->images[i];
    if (n == 0) return RESNET_OK;
    return resnet_session_run_images(self->probabilities, n * self->n_classes, session,
                                     RESNET_OUTPUT_PROBABILITIES, self->present, n);
}

/* Drops the pictures that the recipe or its crops cannot be applied to. */
static void drop_unfit(batch *self, resnet_session *session)
{
    for (size_t i = 0; i < self->n; i++) {
        if (!self->images[i] ||
            resnet_session_run_images(self->probabilities, self->n_classes, session,
                                      RESNET_OUTPUT_PROBABILITIES, &self->images[i],
                                      1) != RESNET_E_UNSUPPORTED)
            continue;
        resnet_image_free(self->images[i]);
        self->images[i] = NULL;
    }
}

static resnet_status write_batch(output_file *file, batch *self, resnet_session *session)
{
    run_parallel(load_sample, self, self->n, resnet_session_get_n_threads(session));
    resnet_status status = run_present(self, session);
    if (status == RESNET_E_UNSUPPORTED) {
        drop_unfit(self, session);
        status = run_present(self, session);
    }
    if (status == RESNET_OK) write_rows(file, self);
    for (size_t i = 0; i < self->n; i++) resnet_image_free(self->images[i]);
    return status;
}

static int write_lines(output_file *file, batch *self, resnet_session *session)
{
    const size_t n = resnet_dataset_get_n_samples(self->what->dataset);
    resnet_status status = RESNET_OK;
    output_format(file, "path,label,predicted,right,probability,label_probability,learnt\n");
    for (self->first = 0; self->first < n && status == RESNET_OK; self->first += BATCH) {
        self->n = n - self->first < BATCH ? n - self->first : BATCH;
        status = write_batch(file, self, session);
    }
    return status == RESNET_OK ? 0 : say_last_error();
}

int save_per_image(const common_settings *settings, const resnet_model *model, const measured *what,
                   const char *path)
{
    batch work = {.what = what, .model = model, .n_classes = resnet_model_get_n_classes(model)};
    resnet_session *session = NULL;
    if (open_session(&session, model, settings, what->crops)) return EXIT_FAILED;
    work.probabilities = allocate(BATCH * work.n_classes, sizeof *work.probabilities);
    output_file *file = output_open(path);
    int status = file ? write_lines(file, &work, session) : EXIT_FAILED;
    status |= output_close(file, !status);
    free(work.probabilities);
    resnet_session_free(session);
    return status;
}
