/* u64 length of the header, the header in JSON, then the tensors' bytes; little-endian throughout.
 * Format: https://github.com/huggingface/safetensors. SPDX-License-Identifier: MIT */
#include "store/containers.h"

#include "core/mem.h"
#include "store/metadata.h"

#include <stdlib.h>
#include <string.h>

#define LENGTH_SIZE 8
#define MAX_HEADER 100000000 /* bytes; the format's own limit */
#define DATA_ALIGNMENT 8

typedef struct span {
    uint64_t begin, end;
} span;

/* Whole numbers are counters, which nobody reads. */
static enum rn_dtype dtype_of(const char *text)
{
    const enum rn_dtype dtype = rn_dtype_find(text);
    return rn_dtype_is_float(dtype) ? dtype : RN_DTYPE_OTHER;
}

static resnet_status read_numbers(const char *name, const json_t *array, size_t max, uint64_t *out)
{
    for (size_t i = 0; i < json_array_size(array) && i < max; i++) {
        const json_t *number = json_array_get(array, i);
        if (!json_is_integer(number) || json_integer_value(number) < 0)
            return rn_fail(RESNET_E_FORMAT, "%s: shape or offsets are not whole numbers", name);
        out[i] = (uint64_t)json_integer_value(number);
    }
    return RESNET_OK;
}

static resnet_status check_span(const rn_raw_tensor *tensor, const uint64_t offsets[2],
                                uint64_t data_size)
{
    if (offsets[0] <= offsets[1] && offsets[1] > data_size)
        return rn_fail(
            RESNET_E_FORMAT,
            "%s: ends at byte %llu of the data, of which the file has %llu: data_offsets "
            "lie outside, or the file was cut short",
            tensor->name, (unsigned long long)offsets[1], (unsigned long long)data_size);
    if (offsets[0] > offsets[1])
        return rn_fail(RESNET_E_FORMAT, "%s: data_offsets [%llu,%llu] lie outside the %llu bytes",
                       tensor->name, (unsigned long long)offsets[0], (unsigned long long)offsets[1],
                       (unsigned long long)data_size);
    const uint64_t element = rn_dtype_size(tensor->dtype);
    if (element && offsets[1] - offsets[0] != rn_raw_count(tensor) * element)
        return rn_fail(RESNET_E_FORMAT, "%s: %llu bytes do not make up its shape", tensor->name,
                       (unsigned long long)(offsets[1] - offsets[0]));
    return RESNET_OK;
}

static resnet_status add_entry(rn_raw_set *set, span *out, const char *name, const json_t *entry,
                               const unsigned char *data, uint64_t data_size)
{
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    const json_t *shape = json_object_get(entry, "shape");
    const json_t *ends = json_object_get(entry, "data_offsets");
    uint64_t dims[RN_RAW_MAX_DIMS] = {0}, offsets[2] = {0};
    rn_raw_tensor *tensor = NULL;
    resnet_status status;
    if (!dtype || !json_is_array(shape) || json_array_size(ends) != 2)
        return rn_fail(RESNET_E_FORMAT, "%s: no dtype, shape or data_offsets", name);
    RN_TRY(read_numbers(name, shape, RN_RAW_MAX_DIMS, dims));
    RN_TRY(read_numbers(name, ends, 2, offsets));
    RN_TRY(rn_raw_add(set, &tensor, name, NULL, dtype_of(dtype), json_array_size(shape), dims));
    RN_TRY(check_span(tensor, offsets, data_size));
    tensor->storage = data + offsets[0]; /* at any alignment */
    *out = (span){offsets[0], offsets[1]};
done:
    return status;
}

static int compare_spans(const void *a, const void *b)
{
    const span *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

static resnet_status check_overlaps(span *spans, size_t count)
{
    qsort(spans, count, sizeof *spans, compare_spans);
    for (size_t i = 1; i < count; i++)
        if (spans[i].begin < spans[i - 1].end)
            return rn_fail(RESNET_E_FORMAT, "two tensors overlap at byte %llu of the data",
                           (unsigned long long)spans[i].begin);
    return RESNET_OK;
}

static resnet_status add_entries(rn_raw_set *set, json_t *header, const unsigned char *data,
                                 uint64_t data_size)
{
    resnet_status status = RESNET_OK;
    const char *name;
    json_t *entry;
    size_t count = 0;
    status =
        rn_budget_spend_array(set->budget, json_object_size(header), sizeof(span), "safetensors");
    if (status != RESNET_OK) return status;
    span *spans = rn_alloc(json_object_size(header), sizeof *spans);
    if (!spans) return RESNET_E_NOMEM;
    json_object_foreach(header, name, entry)
    {
        if (strcmp(name, "__metadata__") == 0)
            RN_TRY(rn_metadata_decode(&set->info, entry, set->budget));
        else
            RN_TRY(add_entry(set, &spans[count++], name, entry, data, data_size));
    }
    status = check_overlaps(spans, count);
done:
    rn_free(spans);
    return status;
}

static resnet_status read_header(json_t **out, const unsigned char *bytes, size_t size,
                                 uint64_t *out_length, rn_budget *budget)
{
    uint64_t length = 0;
    if (size < LENGTH_SIZE) return rn_fail(RESNET_E_FORMAT, "safetensors: no header");
    for (size_t i = LENGTH_SIZE; i-- > 0;) length = length << 8 | bytes[i];
    if (length > MAX_HEADER || length > size - LENGTH_SIZE)
        return rn_fail(RESNET_E_FORMAT, "safetensors: a header of %llu bytes in a file of %zu",
                       (unsigned long long)length, size);
    json_t *header = NULL;
    const resnet_status status = rn_json_load(&header, (const char *)bytes + LENGTH_SIZE,
                                              (size_t)length, budget, "safetensors header");
    if (status != RESNET_OK) return status;
    if (!json_is_object(header)) {
        json_decref(header);
        return rn_fail(RESNET_E_FORMAT, "safetensors: the header is no JSON object");
    }
    *out = header;
    *out_length = length;
    return RESNET_OK;
}

resnet_status rn_safetensors_parse(rn_raw_set **out, const void *bytes, size_t size,
                                   rn_budget *budget)
{
    resnet_status status;
    rn_raw_set *set = NULL;
    json_t *header = NULL;
    uint64_t length = 0;
    RN_TRY(read_header(&header, bytes, size, &length, budget));
    RN_TRY(rn_raw_create(&set, RN_LAYOUT_TORCH, budget));
    RN_TRY(add_entries(set, header, (const unsigned char *)bytes + LENGTH_SIZE + length,
                       size - LENGTH_SIZE - length));
    *out = set;
    set = NULL;
done:
    json_decref(header);
    rn_raw_free(set);
    return status;
}

/* Writing */

static size_t tensor_bytes(const rn_tensor *tensor)
{
    size_t count = 1;
    for (size_t i = 0; i < tensor->n_dims; i++) count *= tensor->dims[i];
    return count * sizeof(float);
}

static json_t *encode_shape(const rn_tensor *tensor)
{
    json_t *shape = json_array();
    for (size_t i = 0; i < tensor->n_dims; i++)
        if (json_array_append_new(shape, json_integer((json_int_t)tensor->dims[i])) != 0) {
            json_decref(shape);
            return NULL;
        }
    return shape;
}

/* NULL for want of memory: json_pack() then gives back what it was handed. */
static json_t *encode_entry(const rn_tensor *tensor, uint64_t begin)
{
    json_t *shape = encode_shape(tensor);
    return json_pack("{s:s, s:o, s:[I,I]}", "dtype", rn_dtype_name(RN_DTYPE_F32), "shape", shape,
                     "data_offsets", (json_int_t)begin, (json_int_t)(begin + tensor_bytes(tensor)));
}

static resnet_status add_to(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) == 0) return RESNET_OK;
    return rn_fail(RESNET_E_NOMEM, "out of memory for the header");
}

/* The header's text, with "format": "pt" since the names and layouts are PyTorch's. */
static resnet_status encode_header(char **out, const rn_weights *weights, uint64_t *out_data_size)
{
    resnet_status status;
    json_t *metadata = NULL;
    uint64_t begin = 0;
    json_t *header = json_object();
    RN_TRY(rn_metadata_encode(&metadata, weights));
    RN_TRY(add_to(metadata, "format", json_string("pt")));
    RN_TRY(add_to(header, "__metadata__", json_incref(metadata)));
    for (size_t i = 0; i < weights->n_tensors; i++) {
        RN_TRY(add_to(header, weights->tensors[i].name, encode_entry(&weights->tensors[i], begin)));
        begin += tensor_bytes(&weights->tensors[i]);
    }
    RN_TRY(rn_json_dump(out, header, RN_JSON_FLOAT_DIGITS, "safetensors header"));
    if (strlen(*out) > MAX_HEADER - DATA_ALIGNMENT)
        status = rn_fail(RESNET_E_UNSUPPORTED,
                         "safetensors: names and texts of %zu bytes, above the %d of the format; "
                         "write HDF5",
                         strlen(*out), MAX_HEADER);
    *out_data_size = begin;
done:
    json_decref(metadata);
    json_decref(header);
    return status;
}

static void lay_out(unsigned char *bytes, const char *header, size_t header_size,
                    const rn_weights *weights)
{
    const size_t text_size = strlen(header);
    for (size_t i = 0; i < LENGTH_SIZE; i++) bytes[i] = (unsigned char)(header_size >> (8 * i));
    memcpy(bytes + LENGTH_SIZE, header, text_size);
    memset(bytes + LENGTH_SIZE + text_size, ' ', header_size - text_size);
    unsigned char *next = bytes + LENGTH_SIZE + header_size;
    for (size_t i = 0; i < weights->n_tensors; i++) {
        memcpy(next, weights->tensors[i].data, tensor_bytes(&weights->tensors[i]));
        next += tensor_bytes(&weights->tensors[i]);
    }
}

resnet_status rn_safetensors_encode(unsigned char **out_bytes, size_t *out_size,
                                    const rn_weights *weights)
{
    resnet_status status;
    char *header = NULL;
    unsigned char *bytes = NULL;
    uint64_t data_size = 0;
    RN_TRY(encode_header(&header, weights, &data_size));
    const size_t header_size =
        (strlen(header) + DATA_ALIGNMENT - 1) / DATA_ALIGNMENT * DATA_ALIGNMENT;
    const size_t size = LENGTH_SIZE + header_size + data_size;
    bytes = rn_alloc(size, 1);
    if (!bytes) {
        status = RESNET_E_NOMEM;
        goto done;
    }
    lay_out(bytes, header, header_size, weights);
    *out_bytes = bytes;
    *out_size = size;
done:
    rn_free(header);
    return status;
}
