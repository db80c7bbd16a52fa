/* SPDX-License-Identifier: MIT */
#include "image/exif.h"

#include "core/mem.h"

#include <libexif/exif-data.h>
#include <libexif/exif-mem.h>
#include <string.h>

/* libexif asks for its memory through functions without a context, and carries on without what it
 * did not get: this remembers that something was missing. */
static _Thread_local int starved;

static void *exif_allocate(ExifLong size)
{
    void *block = rn_calloc(1, size);
    if (!block) starved = 1;
    return block;
}

static void *exif_reallocate(void *block, ExifLong size)
{
    void *grown = rn_realloc(block, 1, size);
    if (!grown) starved = 1;
    return grown;
}

static ExifData *new_data(void)
{
    ExifMem *memory = exif_mem_new(exif_allocate, exif_reallocate, rn_free);
    if (!memory) return NULL;
    ExifData *data = exif_data_new_mem(memory);
    exif_mem_unref(memory);
    if (!data) return NULL;
    exif_data_unset_option(data, EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);
    return data;
}

static int entry_value(const ExifEntry *entry, ExifByteOrder order)
{
    if (entry->components < 1 || !entry->data) return 1;
    if (entry->format == EXIF_FORMAT_SHORT && entry->size >= 2)
        return exif_get_short(entry->data, order);
    if (entry->format == EXIF_FORMAT_LONG && entry->size >= 4)
        return (int)(exif_get_long(entry->data, order) & 0xFF);
    if (entry->format == EXIF_FORMAT_BYTE && entry->size >= 1) return entry->data[0];
    return 1;
}

/* libexif wants the identifier that a JPEG has before the block and a PNG or WebP mostly has not.
 */
static uint8_t *with_identifier(const uint8_t *tiff, size_t size)
{
    uint8_t *block = rn_alloc(size + 6, 1);
    if (!block) return NULL;
    memcpy(block, "Exif\0\0", 6);
    memcpy(block + 6, tiff, size);
    return block;
}

resnet_status rn_exif_orientation(int *out, const uint8_t *exif, size_t size)
{
    int value = 0;
    *out = 0;
    if (size > UINT32_MAX - 6) return RESNET_OK;
    if (size >= 6 && memcmp(exif, "Exif\0\0", 6) == 0) {
        exif += 6;
        size -= 6;
    }
    starved = 0;
    uint8_t *block = with_identifier(exif, size);
    ExifData *data = block ? new_data() : NULL;
    if (data) {
        exif_data_load_data(data, block, (unsigned)(size + 6));
        const ExifEntry *entry =
            exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
        if (entry) value = entry_value(entry, exif_data_get_byte_order(data));
        if (entry && value == 0) value = 1;
        exif_data_unref(data);
    }
    rn_free(block);
    if (!data || starved) return RESNET_E_NOMEM;
    *out = value > 8 || value < 0 ? 1 : value;
    return RESNET_OK;
}
