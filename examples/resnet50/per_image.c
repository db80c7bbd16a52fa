/* SPDX-License-Identifier: MIT */
#include "per_image.h"

#include "open_model.h"
#include "output.h"

static size_t find_best(const float *values, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (values[i] > values[best]) best = i;
    return best;
}

static void write_learnt(output_file *file, const recall *seen, size_t sample)
{
    if (!seen->samples)
        output_format(file, ",\n");
    else
        output_format(file, ",%d\n", seen->samples[sample] == RESNET_SAMPLE_LEARNT);
}

static void write_line(const per_image *self, size_t sample, int32_t label, const float *row,
                       size_t n_classes)
{
    char buffer[32];
    output_file *file = self->file;
    const size_t predicted = find_best(row, n_classes);
    output_field(file, resnet_dataset_get_path(self->what->dataset, sample));
    output_format(file, ",");
    if (label >= 0)
        output_field(file, class_name(self->model, (size_t)label, buffer, sizeof buffer));
    output_format(file, ",");
    output_field(file, class_name(self->model, predicted, buffer, sizeof buffer));
    output_format(file, ",%d,%.9g,", label == (int32_t)predicted, (double)row[predicted]);
    if (label >= 0) output_format(file, "%.9g", (double)row[label]);
    write_learnt(file, &self->what->seen, sample);
}

int per_image_open(per_image *self, const char *path)
{
    if (!path) return 0;
    self->file = output_open(path);
    if (!self->file) return EXIT_FAILED;
    output_format(self->file, "path,label,predicted,right,probability,label_probability,learnt\n");
    return 0;
}

int32_t per_image_write(void *user_data, const resnet_scores *scores)
{
    const per_image *self = user_data;
    for (uint64_t i = 0; i < scores->n; i++)
        write_line(self, (size_t)scores->samples[i], scores->labels[i],
                   scores->values + i * scores->n_values, (size_t)scores->n_values);
    return 0;
}

int per_image_close(per_image *self, int keep)
{
    return self->file ? output_close(self->file, keep) : 0;
}
