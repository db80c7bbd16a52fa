/* A file is a row of TFRecords (u64 length, its checksum, bytes, their checksum), each a protobuf
 * message `Event`. Layout: tensorflow/core/lib/io/record_writer.h, tensorflow/core/util/event.proto
 * and framework/summary.proto. SPDX-License-Identifier: MIT */
#include "train/tensorboard.h"

#include "core/file.h"
#include "core/mem.h"
#include "train/files.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_EVENT 128
#define MAX_SCALARS 8
#define RECORD_EXTRA 16 /* length and two checksums */

/* Field numbers and wire types of the messages, as protobuf packs them: number << 3 | type. */
#define EVENT_WALL_TIME (1 << 3 | 1)
#define EVENT_STEP (2 << 3 | 0)
#define EVENT_FILE_VERSION (3 << 3 | 2)
#define EVENT_SUMMARY (5 << 3 | 2)
#define SUMMARY_VALUE (1 << 3 | 2)
#define VALUE_TAG (1 << 3 | 2)
#define VALUE_SIMPLE (2 << 3 | 5)

typedef struct bytes {
    unsigned char data[MAX_SCALARS * MAX_EVENT];
    size_t size;
} bytes;

static void put(bytes *out, const void *data, size_t size)
{
    memcpy(out->data + out->size, data, size);
    out->size += size;
}

static void put_little_endian(bytes *out, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) out->data[out->size++] = (unsigned char)(value >> 8 * i);
}

static void put_varint(bytes *out, uint64_t value)
{
    for (; value >= 128; value >>= 7) out->data[out->size++] = (unsigned char)(value | 128);
    out->data[out->size++] = (unsigned char)value;
}

static void put_double(bytes *out, int key, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_varint(out, (uint64_t)key);
    put_little_endian(out, bits, sizeof bits);
}

static void put_float(bytes *out, int key, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_varint(out, (uint64_t)key);
    put_little_endian(out, bits, sizeof bits);
}

static void put_field(bytes *out, int key, const void *data, size_t size)
{
    put_varint(out, (uint64_t)key);
    put_varint(out, size);
    put(out, data, size);
}

/* ---- records ---- */

/* CRC-32C (Castagnoli), bit by bit: events are few and short. */
static uint32_t crc32c(const unsigned char *data, size_t size)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (UINT32_C(0x82f63b78) & (0 - (crc & 1)));
    }
    return ~crc;
}

static uint32_t masked_crc(const unsigned char *data, size_t size)
{
    const uint32_t crc = crc32c(data, size);
    return (crc >> 15 | crc << 17) + UINT32_C(0xa282ead8);
}

static void put_record(bytes *out, const bytes *event)
{
    const size_t start = out->size;
    put_little_endian(out, event->size, 8);
    put_little_endian(out, masked_crc(out->data + start, 8), 4);
    put(out, event->data, event->size);
    put_little_endian(out, masked_crc(event->data, event->size), 4);
}

static resnet_status append_event(const char *path, const bytes *event)
{
    bytes record = {.size = 0};
    put_record(&record, event);
    return rn_file_append(path, record.data, record.size);
}

static bytes begin_event(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    bytes event = {.size = 0};
    put_double(&event, EVENT_WALL_TIME, (double)now.tv_sec + 1e-9 * (double)now.tv_nsec);
    return event;
}

static void put_scalar_record(bytes *records, uint64_t step, const char *tag, double value)
{
    if (isnan(value)) return;
    bytes scalar = {.size = 0}, summary = {.size = 0}, event = begin_event();
    put_field(&scalar, VALUE_TAG, tag, strlen(tag));
    put_float(&scalar, VALUE_SIMPLE, (float)value);
    put_field(&summary, SUMMARY_VALUE, scalar.data, scalar.size);
    put_varint(&event, EVENT_STEP);
    put_varint(&event, step);
    put_field(&event, EVENT_SUMMARY, summary.data, summary.size);
    _Static_assert(MAX_EVENT >= 32 + 48 + RECORD_EXTRA, "a tag of 32 bytes must fit");
    put_record(records, &event);
}

/* ---- files ---- */

resnet_status rn_tensorboard_start(char **out_path, const char *folder)
{
    static const char version[] = "brain.Event:2";
    char host[65] = "localhost";
    gethostname(host, sizeof host - 1);
    resnet_status status = rn_files_make_folder(folder);
    if (status != RESNET_OK) return status;
    char *path = rn_format("%s/events.out.tfevents.%010lld.%s.%lld", folder, (long long)time(NULL),
                           host, (long long)getpid());
    if (!path) return RESNET_E_NOMEM;
    bytes event = begin_event();
    put_field(&event, EVENT_FILE_VERSION, version, sizeof version - 1);
    status = append_event(path, &event);
    if (status == RESNET_OK)
        *out_path = path;
    else
        rn_free(path);
    return status;
}

resnet_status rn_tensorboard_add(const char *path, const rn_history_record *record)
{
    const struct {
        const char *tag;
        double value;
    } scalars[] = {
        {"loss/train", record->loss},
        {"loss/validation", record->val_loss},
        {"accuracy/train", record->accuracy},
        {"accuracy/validation", record->val_accuracy},
        {"macro_f1/validation", record->val_macro_f1},
        {"learning_rate", record->learning_rate},
        {"images_per_second", record->images_per_second},
    };
    _Static_assert(sizeof scalars / sizeof *scalars <= MAX_SCALARS, "room for all");
    bytes records = {.size = 0}; /* added in one write, so that none is added twice */
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++)
        put_scalar_record(&records, record->epoch, scalars[i].tag, scalars[i].value);
    return rn_file_append(path, records.data, records.size);
}
