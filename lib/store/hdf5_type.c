/* What an element is, and how many there are: messages of datatype and dataspace.
 * SPDX-License-Identifier: MIT */
#include "store/hdf5_parts.h"

#define NULL_SPACE 2
#define MAX_TYPE_VERSION 4
#define CLASS_INTEGER 0
#define CLASS_FLOAT 1
#define CLASS_TEXT 3
#define CLASS_VARIABLE 9

static bool take_dims(rn_h5_space *out, rn_h5_cursor *cursor, bool has_max)
{
    out->count = 1;
    for (size_t i = 0; i < out->n_dims; i++) {
        out->max_dims[i] = out->dims[i] = rn_h5_take_length(cursor);
        if (__builtin_mul_overflow(out->count, out->dims[i], &out->count)) return false;
    }
    const uint64_t unlimited = UINT64_MAX >> (64 - 8 * cursor->length_size);
    for (size_t i = 0; has_max && i < out->n_dims; i++) {
        const uint64_t most = rn_h5_take_length(cursor);
        out->max_dims[i] = most == unlimited ? UINT64_MAX : most;
        if (out->max_dims[i] < out->dims[i]) return false;
    }
    return !cursor->failed;
}

resnet_status rn_h5_parse_space(rn_h5_space *out, const rn_h5_file *file,
                                const unsigned char *bytes, size_t size)
{
    rn_h5_cursor cursor = rn_h5_cursor_make(file, bytes, size);
    *out = (rn_h5_space){0};
    const unsigned version = (unsigned)rn_h5_take(&cursor, 1);
    const size_t n_dims = (size_t)rn_h5_take(&cursor, 1);
    const unsigned flags = (unsigned)rn_h5_take(&cursor, 1);
    const unsigned kind = (unsigned)rn_h5_take(&cursor, 1);
    if (version == 1) rn_h5_skip(&cursor, 4);
    if (n_dims > RN_H5_MAX_DIMS && n_dims <= 32)
        return rn_fail(RESNET_E_UNSUPPORTED, "HDF5: %zu dimensions, above the cap of %d", n_dims,
                       RN_H5_MAX_DIMS);
    const bool known =
        (version == 1 && (flags & ~1u) == 0) ||
        (version == 2 && kind <= NULL_SPACE && (flags & ~1u) == 0 && (kind == 1 || n_dims == 0));
    out->n_dims = n_dims;
    if (cursor.failed || !known || n_dims > 32 || !take_dims(out, &cursor, flags & 1))
        return rn_fail(RESNET_E_FORMAT, "HDF5: a damaged shape");
    if (version == 2 && kind == NULL_SPACE) out->count = 0;
    return RESNET_OK;
}

static enum rn_dtype find_float(const rn_h5_type *type, rn_h5_cursor *cursor, unsigned bits)
{
    static const struct {
        unsigned size, sign, exponent, exponent_bits, fraction_bits, bias;
        enum rn_dtype dtype;
    } LAYOUTS[] = {
        {4, 31, 23, 8, 23, 127, RN_DTYPE_F32},
        {8, 63, 52, 11, 52, 1023, RN_DTYPE_F64},
        {2, 15, 10, 5, 10, 15, RN_DTYPE_F16},
        {2, 15, 7, 8, 7, 127, RN_DTYPE_BF16},
    };
    const uint64_t first = rn_h5_take(cursor, 2), precision = rn_h5_take(cursor, 2);
    const uint64_t exponent = rn_h5_take(cursor, 1), exponent_bits = rn_h5_take(cursor, 1);
    const uint64_t fraction = rn_h5_take(cursor, 1), fraction_bits = rn_h5_take(cursor, 1);
    const uint64_t bias = rn_h5_take(cursor, 4);
    const bool usual = first == 0 && precision == 8 * (uint64_t)type->size && fraction == 0 &&
                       (bits >> 4 & 3) == 2 /* a one before the fraction */ && !(bits & 0x40);
    for (size_t i = 0; usual && i < sizeof LAYOUTS / sizeof LAYOUTS[0]; i++)
        if (LAYOUTS[i].size == type->size && LAYOUTS[i].sign == (bits >> 8 & 255) &&
            LAYOUTS[i].exponent == exponent && LAYOUTS[i].exponent_bits == exponent_bits &&
            LAYOUTS[i].fraction_bits == fraction_bits && LAYOUTS[i].bias == bias)
            return LAYOUTS[i].dtype;
    return RN_DTYPE_OTHER;
}

static void parse_integer(rn_h5_type *type, rn_h5_cursor *cursor, unsigned bits)
{
    const uint64_t first = rn_h5_take(cursor, 2), precision = rn_h5_take(cursor, 2);
    const bool whole = first == 0 && precision == 8 * (uint64_t)type->size;
    const bool usual = type->size == 1 || type->size == 2 || type->size == 4 || type->size == 8;
    type->big_endian = bits & 1;
    type->is_signed = bits & 8;
    if (whole && usual) type->class = RN_H5_INTEGER;
}

static void parse_float(rn_h5_type *type, rn_h5_cursor *cursor, unsigned bits)
{
    type->big_endian = bits & 1;
    type->dtype = find_float(type, cursor, bits);
    if (type->dtype != RN_DTYPE_OTHER) type->class = RN_H5_FLOAT;
}

static resnet_status parse_plain(rn_h5_type *out, const rn_h5_file *file,
                                 const unsigned char *bytes, size_t size)
{
    rn_h5_cursor cursor = rn_h5_cursor_make(file, bytes, size);
    const unsigned head = (unsigned)rn_h5_take(&cursor, 1);
    const unsigned bits = (unsigned)rn_h5_take(&cursor, 3);
    *out = (rn_h5_type){.class = RN_H5_OTHER_CLASS, .dtype = RN_DTYPE_OTHER};
    out->size = (uint32_t)rn_h5_take(&cursor, 4);
    if (head >> 4 == 0 || head >> 4 > MAX_TYPE_VERSION) cursor.failed = true;
    switch (head & 15) {
    case CLASS_INTEGER:
        parse_integer(out, &cursor, bits);
        break;
    case CLASS_FLOAT:
        parse_float(out, &cursor, bits);
        break;
    case CLASS_TEXT:
        out->class = RN_H5_TEXT;
        out->space_padded = (bits & 15) == 2;
        if ((bits & 15) > 2) cursor.failed = true;
        break;
    case CLASS_VARIABLE:
        if ((bits & 15) == 1) out->class = RN_H5_VARIABLE_TEXT;
        if (out->size != 4 + (uint32_t)file->offset_size + 4) cursor.failed = true;
        break;
    default:
        break;
    }
    if (!cursor.failed && out->size > 0) return RESNET_OK;
    return rn_fail(RESNET_E_FORMAT, "HDF5: a damaged datatype");
}

/* A type with a name of its own: the object header that has it. */
static resnet_status parse_named(rn_h5_type *out, const rn_h5_file *file, uint64_t address)
{
    rn_h5_object *object = NULL;
    resnet_status status = rn_h5_open_header(&object, file, address);
    if (status != RESNET_OK) return status;
    const rn_h5_message *type = rn_h5_find_message(object, RN_H5_MESSAGE_TYPE);
    status = type && !type->shared ? parse_plain(out, file, type->bytes, type->size)
                                   : rn_h5_fail_damaged(file, "datatype", address);
    rn_h5_object_free(object);
    return status;
}

resnet_status rn_h5_parse_type(rn_h5_type *out, const rn_h5_file *file, const unsigned char *bytes,
                               size_t size, bool shared)
{
    if (!shared) return parse_plain(out, file, bytes, size);
    rn_h5_cursor cursor = rn_h5_cursor_make(file, bytes, size);
    const unsigned version = (unsigned)rn_h5_take(&cursor, 1);
    const unsigned kind = (unsigned)rn_h5_take(&cursor, 1);
    if (version == 1) rn_h5_skip(&cursor, 6);
    const uint64_t address = rn_h5_take_address(&cursor);
    if (cursor.failed || version < 1 || version > 3)
        return rn_fail(RESNET_E_FORMAT, "HDF5: a damaged datatype");
    if (version == 3 && kind != 2)
        return rn_fail(RESNET_E_UNSUPPORTED, "HDF5: datatypes in a heap of the file");
    return parse_named(out, file, address);
}
