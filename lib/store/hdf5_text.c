/* Texts in every form that h5py has written them. SPDX-License-Identifier: MIT */
#include "store/hdf5_parts.h"

#include "core/mem.h"

#include <stdio.h>
#include <string.h>

#define MAX_TEXTS 1048576
#define TEXT_PRICE 160  /* bytes, besides its own */
#define OBJECT_PRICE 32 /* of a look at one object of a heap */
#define HEAD 8          /* bytes before the length, of a heap and of each object in it */

void rn_h5_texts_free(rn_h5_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++) rn_free(texts->items[i]);
    rn_free(texts->items);
    *texts = (rn_h5_texts){NULL, 0, false};
}

static resnet_status fail_text(const char *name)
{
    return rn_fail(RESNET_E_FORMAT, "HDF5: %s cannot be read as text", name);
}

/* There is room for it. */
static resnet_status append(rn_h5_texts *texts, rn_budget *budget, const unsigned char *text,
                            size_t size)
{
    const size_t length = size ? strnlen((const char *)text, size) : 0;
    const resnet_status status = rn_budget_spend(budget, (uint64_t)length + TEXT_PRICE, "HDF5");
    if (status != RESNET_OK) return status;
    texts->items[texts->count] = rn_strndup(length ? (const char *)text : "", length);
    if (!texts->items[texts->count]) return RESNET_E_NOMEM;
    texts->count++;
    return RESNET_OK;
}

static resnet_status append_fixed(rn_h5_texts *texts, rn_budget *budget, const rn_h5_type *type,
                                  const unsigned char *text)
{
    size_t size = type->size;
    if (type->space_padded)
        while (size > 0 && text[size - 1] == ' ') size--;
    return append(texts, budget, text, size);
}

/* The collection of the heap that the last text was found in, and where; texts that follow each
 * other mostly lie behind each other. */
typedef struct collection {
    const rn_h5_file *file;
    uint64_t address;
    rn_h5_span span; /* without bytes: none yet */
    size_t start, at;
} collection;

static resnet_status fail_collection(const collection *heap)
{
    return rn_h5_fail_damaged(heap->file, "heap of texts", heap->address);
}

/* Up to the next multiple of eight, which heads and objects fill. */
static size_t align(size_t size)
{
    return (size + 7) / 8 * 8;
}

static resnet_status open_collection(collection *heap, uint64_t address)
{
    const rn_h5_file *file = heap->file;
    const size_t head = align(HEAD + (size_t)file->length_size);
    rn_h5_span span = {0};
    if (heap->span.bytes && heap->address == address) return RESNET_OK;
    rn_h5_drop(&heap->span);
    heap->address = address;
    const resnet_status status = rn_h5_load(&span, file, address, head, "heap of texts");
    if (status != RESNET_OK) return status;
    rn_h5_cursor cursor = rn_h5_cursor_make(file, span.bytes, span.size);
    rn_h5_take_magic(&cursor, "GCOL", 1);
    rn_h5_skip(&cursor, 3);
    const uint64_t size = rn_h5_take_length(&cursor);
    rn_h5_drop(&span);
    if (cursor.failed || size < head) return fail_collection(heap);
    heap->start = heap->at = head;
    return rn_h5_load(&heap->span, file, address, size, "heap of texts");
}

/* Reads the object where the collection stands and goes on to the next. *number 0: the end. */
static resnet_status next_object(collection *heap, uint64_t *number, const unsigned char **bytes,
                                 size_t *size)
{
    const rn_h5_span *span = &heap->span;
    const size_t head = align(HEAD + (size_t)heap->file->length_size);
    const resnet_status status = rn_budget_spend(heap->file->budget, OBJECT_PRICE, "HDF5");
    if (status != RESNET_OK) return status;
    *number = 0;
    if (span->size - heap->at < head) return RESNET_OK;
    const unsigned char *start = span->bytes + heap->at;
    rn_h5_cursor cursor = rn_h5_cursor_make(heap->file, start, head);
    *number = rn_h5_take(&cursor, 2);
    rn_h5_skip(&cursor, HEAD - 2); /* links, zeros */
    const uint64_t length = rn_h5_take_length(&cursor), left = span->size - heap->at - head;
    if (*number == 0) return RESNET_OK; /* the free space, which is last */
    if (length > left) return fail_collection(heap);
    *size = (size_t)length;
    *bytes = start + head;
    heap->at += head + (align(*size) < left ? align(*size) : (size_t)left);
    return RESNET_OK;
}

/* Looks from where the last was found to the end, then from the start to there. */
static resnet_status find_object(collection *heap, uint64_t wanted, const unsigned char **bytes,
                                 size_t *size)
{
    const size_t from = heap->at;
    bool wrapped = false;
    for (;;) {
        uint64_t number;
        const resnet_status status = next_object(heap, &number, bytes, size);
        if (status != RESNET_OK) return status;
        if (number != 0 && number == wanted) return RESNET_OK;
        if (number == 0 && wrapped) return fail_collection(heap);
        if (number == 0) {
            wrapped = true;
            heap->at = heap->start;
        }
        if (wrapped && number != 0 && heap->at > from) return fail_collection(heap);
    }
}

static resnet_status append_variable(rn_h5_texts *texts, collection *heap, rn_h5_cursor *elements)
{
    const unsigned char *bytes = NULL;
    size_t size = 0;
    const uint64_t length = rn_h5_take(elements, 4);
    const uint64_t address = rn_h5_take_address(elements);
    const uint64_t number = rn_h5_take(elements, 4);
    if (elements->failed) return fail_collection(heap);
    if (length == 0 && (address == 0 || address == RN_H5_UNDEFINED || number == 0))
        return append(texts, heap->file->budget, NULL, 0);
    resnet_status status = open_collection(heap, address);
    if (status == RESNET_OK) status = find_object(heap, number, &bytes, &size);
    if (status != RESNET_OK) return status;
    if (length > size) return fail_collection(heap); /* an object shorter than it is said to be */
    return append(texts, heap->file->budget, bytes, (size_t)length);
}

static resnet_status reserve(rn_h5_texts *texts, rn_budget *budget, size_t count)
{
    const resnet_status status =
        rn_budget_spend_array(budget, texts->count + count, sizeof(char *), "HDF5");
    if (status != RESNET_OK) return status;
    char **grown = rn_realloc(texts->items, texts->count + count, sizeof *grown);
    if (!grown) return RESNET_E_NOMEM;
    texts->items = grown;
    return RESNET_OK;
}

resnet_status rn_h5_decode_texts(rn_h5_texts *texts, const rn_h5_file *file, const rn_h5_type *type,
                                 uint64_t count, const unsigned char *bytes, size_t size,
                                 const char *name)
{
    collection heap = {.file = file};
    rn_h5_cursor cursor = rn_h5_cursor_make(file, bytes, size);
    if (count == 0) return RESNET_OK;
    if ((type->class != RN_H5_TEXT && type->class != RN_H5_VARIABLE_TEXT) ||
        count > size / type->size)
        return fail_text(name);
    if (count > MAX_TEXTS - texts->count)
        return rn_fail(RESNET_E_UNSUPPORTED, "HDF5: %s lists more than %d texts", name, MAX_TEXTS);
    resnet_status status = reserve(texts, file->budget, (size_t)count);
    for (uint64_t i = 0; i < count && status == RESNET_OK; i++)
        status =
            type->class == RN_H5_VARIABLE_TEXT
                ? append_variable(texts, &heap, &cursor)
                : append_fixed(texts, file->budget, type, rn_h5_take_bytes(&cursor, type->size));
    rn_h5_drop(&heap.span);
    return status;
}

static resnet_status hand_over(rn_h5_texts *out, rn_h5_texts *texts, resnet_status status)
{
    if (status == RESNET_OK)
        *out = *texts;
    else
        rn_h5_texts_free(texts);
    return status;
}

resnet_status rn_h5_read_texts(rn_h5_texts *out, const rn_h5_object *object, const char *name)
{
    rn_h5_texts texts = {NULL, 0, false};
    return hand_over(out, &texts, rn_h5_append_texts(&texts, object, name));
}

resnet_status rn_h5_read_text_chunks(rn_h5_texts *out, const rn_h5_object *object, const char *name)
{
    rn_h5_texts texts = {NULL, 0, false};
    resnet_status status = rn_h5_append_texts(&texts, object, name);
    for (size_t i = 0; status == RESNET_OK; i++) {
        char chunk[96];
        snprintf(chunk, sizeof chunk, "%s%zu", name, i);
        if (!rn_h5_has_attribute(object, chunk)) break;
        status = rn_h5_append_texts(&texts, object, chunk);
    }
    return hand_over(out, &texts, status);
}

resnet_status rn_h5_read_text(char **out, const rn_h5_object *object, const char *name)
{
    rn_h5_texts texts = {NULL, 0, false};
    const resnet_status status = rn_h5_read_texts(&texts, object, name);
    if (status != RESNET_OK) return status;
    const bool is_empty = texts.found && texts.count == 0;
    *out = texts.count ? texts.items[0] : NULL;
    if (texts.count) texts.items[0] = NULL; /* handed over; rn_free(NULL) is fine */
    rn_h5_texts_free(&texts);
    return is_empty ? fail_text(name) : RESNET_OK;
}

resnet_status rn_h5_dataset_read_texts(rn_h5_texts *out, const rn_h5_dataset *set)
{
    const rn_h5_file *file = set->file;
    rn_h5_texts texts = {NULL, 0, true};
    uint64_t size;
    if (__builtin_mul_overflow(set->space.count, set->type.size, &size)) size = UINT64_MAX;
    resnet_status status = rn_budget_spend(file->budget, size, "HDF5");
    if (status != RESNET_OK) return status;
    unsigned char *bytes = rn_alloc((size_t)size, 1);
    if (!bytes) return RESNET_E_NOMEM;
    status = rn_h5_dataset_read(set, bytes, file->budget);
    if (status == RESNET_OK)
        status = rn_h5_decode_texts(&texts, file, &set->type, set->space.count, bytes, (size_t)size,
                                    set->path);
    rn_free(bytes);
    return hand_over(out, &texts, status);
}
