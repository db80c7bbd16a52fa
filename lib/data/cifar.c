/* CIFAR-10 and CIFAR-100, binary version: records of one or two label bytes and 3 x 32 x 32 pixel
 * bytes, channel by channel. Source: https://www.cs.toronto.edu/~kriz/cifar.html
 * SPDX-License-Identifier: MIT */
#include "core/arithmetic.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/utf8.h"
#include "data/dataset.h"
#include "data/folder.h"
#include "image/image.h"

#include <stdio.h>
#include <string.h>

#define SIDE 32
#define PLANE (SIDE * SIDE)
#define MAX_FILE_SIZE (UINT64_C(1) << 32)

/* What tells the two apart. */
typedef struct cifar_format {
    const char *train_files[6]; /* up to NULL */
    const char *test_file;
    const char *names_file;
    size_t n_classes;
    size_t n_label_bytes;
    size_t label_byte; /* which of them counts */
} cifar_format;

static const cifar_format CIFAR_10 = {{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                       "data_batch_4.bin", "data_batch_5.bin", NULL},
                                      "test_batch.bin",
                                      "batches.meta.txt",
                                      10,
                                      1,
                                      0};
static const cifar_format CIFAR_100_FINE = {
    {"train.bin", NULL}, "test.bin", "fine_label_names.txt", 100, 2, 1};
static const cifar_format CIFAR_100_COARSE = {
    {"train.bin", NULL}, "test.bin", "coarse_label_names.txt", 20, 2, 0};

/* The pixel bytes of all samples, record by record, labels left out. */
typedef struct cifar_state {
    uint8_t *planes;
    size_t capacity; /* bytes */
} cifar_state;

static void clear_cifar(rn_source *source)
{
    rn_free(((cifar_state *)source->state)->planes);
}

static resnet_status read_cifar(rn_picture *out, const rn_source *source, size_t sample,
                                const resnet_image_options *options)
{
    (void)options;
    const uint8_t *planes = ((const cifar_state *)source->state)->planes + sample * 3 * PLANE;
    resnet_image *image = NULL;
    const resnet_status status = rn_image_create(&image, SIDE, SIDE);
    if (status != RESNET_OK) return status;
    for (size_t i = 0; i < PLANE; i++)
        for (size_t c = 0; c < 3; c++) image->pixels[3 * i + c] = planes[c * PLANE + i];
    *out = (rn_picture){image, image};
    return RESNET_OK;
}

static const rn_source_kind CIFAR = {
    .read_picture = read_cifar, .clear = clear_cifar, .state_size = sizeof(cifar_state)};

static resnet_status check_file(const char *path, size_t size, size_t record)
{
    if (size > 0 && size % record == 0) return RESNET_OK;
    return rn_fail(RESNET_E_FORMAT, "%s: %zu bytes, cut in record %zu (records have %zu bytes)",
                   path, size, size / record, record);
}

static resnet_status add_record(rn_source *source, const cifar_format *format,
                                const uint8_t *record, const char *path, size_t number)
{
    cifar_state *state = source->state;
    const size_t n = source->names.n;
    const uint8_t label = record[format->label_byte];
    if (label >= format->n_classes)
        return rn_fail(RESNET_E_FORMAT, "%s: record %zu has label %d, expected below %zu", path,
                       number, label, format->n_classes);
    char name[4200];
    const int length = snprintf(name, sizeof name, "%s#%zu", path, number);
    resnet_status status;
    RN_TRY(rn_grow(&state->planes, &state->capacity, (n + 1) * 3 * PLANE, 1));
    memcpy(state->planes + n * 3 * PLANE, record + format->n_label_bytes, 3 * PLANE);
    status = rn_source_add(source, name, (size_t)length, label);
done:
    return status;
}

static resnet_status add_file(rn_source *source, const cifar_format *format, const char *folder,
                              const char *name)
{
    const size_t record = format->n_label_bytes + 3 * PLANE;
    void *bytes = NULL;
    size_t size = 0;
    resnet_status status;
    char *path = rn_folder_join(folder, name);
    if (!path) return RESNET_E_NOMEM;
    RN_TRY(rn_file_read(&bytes, &size, path, MAX_FILE_SIZE));
    RN_TRY(check_file(path, size, record));
    for (size_t i = 0; i < size / record; i++)
        RN_TRY(add_record(source, format, (const uint8_t *)bytes + i * record, path, i));
done:
    rn_free(bytes);
    rn_free(path);
    return status;
}

static resnet_status add_line(rn_source *source, const char *path, const char *line, size_t length)
{
    while (length > 0 && (line[length - 1] == '\r' || line[length - 1] == ' ')) length--;
    if (length == 0) return RESNET_OK;
    char *name = rn_strndup(line, length);
    if (!name) return RESNET_E_NOMEM;
    const resnet_status status =
        rn_utf8_is_valid(name) ? rn_source_add_class(source, name)
                               : rn_fail(RESNET_E_FORMAT, "%s: name of class %zu is not UTF-8",
                                         path, source->classes.n);
    rn_free(name);
    return status;
}

static resnet_status add_names(rn_source *source, const cifar_format *format, const char *folder)
{
    void *bytes = NULL;
    size_t size = 0;
    resnet_status status;
    char *path = rn_folder_join(folder, format->names_file);
    if (!path) return RESNET_E_NOMEM;
    RN_TRY(rn_file_read(&bytes, &size, path, 1 << 20));
    const char *line = bytes, *const end = line + size;
    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop) stop = end;
        RN_TRY(add_line(source, path, line, (size_t)(stop - line)));
        line = stop + 1;
    }
    if (source->classes.n != format->n_classes)
        status = rn_fail(RESNET_E_FORMAT, "%s: %zu names, expected %zu", path, source->classes.n,
                         format->n_classes);
done:
    rn_free(bytes);
    rn_free(path);
    return status;
}

static resnet_status fill(rn_source *source, const cifar_format *format, const char *folder)
{
    const int32_t part = source->options.part;
    resnet_status status;
    RN_TRY(add_names(source, format, folder));
    for (size_t i = 0; format->train_files[i]; i++)
        if (part == RESNET_PART_ALL || part == RESNET_PART_TRAIN)
            RN_TRY(add_file(source, format, folder, format->train_files[i]));
    if (part != RESNET_PART_TRAIN) status = add_file(source, format, folder, format->test_file);
done:
    return status;
}

static resnet_status find_format(const cifar_format **out, const char *folder, uint32_t coarse)
{
    char *names = rn_folder_join(folder, CIFAR_100_FINE.names_file);
    if (!names) return RESNET_E_NOMEM;
    FILE *file = fopen(names, "rb");
    *out = !file ? &CIFAR_10 : coarse ? &CIFAR_100_COARSE : &CIFAR_100_FINE;
    if (file) fclose(file);
    rn_free(names);
    return RESNET_OK;
}

resnet_status resnet_dataset_open_cifar(resnet_dataset **out, const char *path, uint32_t coarse,
                                        const resnet_dataset_options *options)
{
    RN_OWN_ARITHMETIC;
    if (!out || !path || coarse > 1)
        return rn_fail(RESNET_E_INVALID, "resnet_dataset_open_cifar: NULL, or coarse not 0 or 1");
    resnet_dataset_options ours;
    const cifar_format *format = NULL;
    rn_source *source = NULL;
    resnet_status status;
    RN_TRY(rn_source_read_options(&ours, options));
    RN_TRY(rn_source_create(&source, &CIFAR, &ours));
    RN_TRY(find_format(&format, path, coarse));
    RN_TRY(fill(source, format, path));
    source->has_parts = true;
    RN_TRY(rn_dataset_wrap(out, source));
    return RESNET_OK;
done:
    rn_source_release(source);
    return status;
}
