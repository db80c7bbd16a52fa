/* Text chunks may be many, and each may unpack to a thousand times its length. So the file's chunks
 * are walked here by their lengths alone, and libpng gets to unpack only those whose keyword is
 * wanted, one at a time: as a picture of a single pixel with that chunk before it.
 * SPDX-License-Identifier: MIT */
#include "image/png_profile.h"

#include "core/mem.h"

#include <stdbool.h>
#include <string.h>

#include <png.h>

#define MAX_CHUNK (1 << 20) /* bytes, as it stands in the file */
#define MAX_TEXT (1 << 20)  /* bytes, unpacked */
#define MAX_CANDIDATES 8    /* chunks with a wanted keyword that are looked into */
#define CHUNK_OVERHEAD 12   /* length, type, checksum */

static const char XMP_KEY[] = "XML:com.adobe.xmp";
#define RAW_KEY "Raw profile type " /* exif, APP1 or xmp */
static const char XMP_MARK[] = "http://ns.adobe.com/xap/1.0/";

static const uint8_t SIGNATURE_AND_HEADER[] =
    "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\10\0\0\0\0\x3a\x7e\x9b\x55";
static const uint8_t EMPTY_DATA[] = "\0\0\0\0IDAT\x35\xaf\x06\x1e";

/* A file of three pieces, read one after the other. */
typedef struct text_reader {
    const uint8_t *pieces[3];
    size_t sizes[3], piece, position;
    png_structp png;
    png_infop info;
    bool starved;
} text_reader;

static void on_error(png_structp png, png_const_charp text)
{
    (void)text;
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static png_voidp allocate(png_structp png, png_alloc_size_t size)
{
    text_reader *reader = png_get_mem_ptr(png);
    void *block = rn_alloc(1, size);
    if (!block) reader->starved = true;
    return block;
}

static void release(png_structp png, png_voidp block)
{
    (void)png;
    rn_free(block);
}

static void read_bytes(png_structp png, png_bytep out, size_t count)
{
    text_reader *r = png_get_io_ptr(png);
    for (size_t done = 0; done < count;) {
        if (r->piece == 3) png_error(png, "cut");
        const size_t left = r->sizes[r->piece] - r->position;
        const size_t n = left < count - done ? left : count - done;
        memcpy(out + done, r->pieces[r->piece] + r->position, n);
        done += n;
        r->position += n;
        if (r->position == r->sizes[r->piece]) {
            r->piece++;
            r->position = 0;
        }
    }
}

static bool parse(text_reader *reader)
{
    if (setjmp(png_jmpbuf(reader->png))) return false;
    png_set_chunk_malloc_max(reader->png, MAX_TEXT);
    png_set_read_fn(reader->png, reader, read_bytes);
    png_read_info(reader->png, reader->info);
    return true;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

/* Behind a line break, a name, its line break, a length and its line break: hexadecimal digits. */
static resnet_status unpack_raw(uint8_t **out, size_t *out_size, const char *text, size_t size)
{
    const char *at = text, *end = text + size;
    for (int line = 0; line < 3 && at; line++) {
        at = memchr(at, '\n', (size_t)(end - at));
        if (at) at++;
    }
    if (!at) return RESNET_OK;
    uint8_t *block = rn_calloc(1, (size_t)(end - at) / 2 + 1);
    if (!block) return RESNET_E_NOMEM;
    size_t n_digits = 0;
    for (; at < end; at++) {
        const int value = hex_value(*at);
        if (value < 0) continue;
        block[n_digits / 2] = (uint8_t)(block[n_digits / 2] << 4 | value);
        n_digits++;
    }
    *out = block;
    *out_size = n_digits / 2;
    return RESNET_OK;
}

static void keep(uint8_t **place, size_t *place_size, uint8_t *block, size_t size)
{
    if (*place) {
        rn_free(block);
        return;
    }
    *place = block;
    *place_size = size;
}

/* APP1 holds either; which shows from its beginning, as in a JPEG. */
static void keep_raw(rn_png_profiles *out, const char *type, uint8_t *block, size_t size)
{
    const bool has_mark = size >= sizeof XMP_MARK && memcmp(block, XMP_MARK, sizeof XMP_MARK) == 0;
    if (strcmp(type, "xmp") == 0 || has_mark)
        keep(&out->xmp, &out->xmp_size, block, size);
    else
        keep(&out->exif, &out->exif_size, block, size);
}

static resnet_status keep_text(rn_png_profiles *out, const png_text *text)
{
    const size_t size = text->text_length ? text->text_length : text->itxt_length;
    uint8_t *block = NULL;
    size_t block_size = 0;
    if (strcmp(text->key, XMP_KEY) == 0) {
        block = rn_alloc(size, 1);
        if (!block) return RESNET_E_NOMEM;
        memcpy(block, text->text, size);
        keep(&out->xmp, &out->xmp_size, block, size);
        return RESNET_OK;
    }
    const resnet_status status = unpack_raw(&block, &block_size, text->text, size);
    if (status == RESNET_OK && block)
        keep_raw(out, text->key + sizeof RAW_KEY - 1, block, block_size);
    return status;
}

/* One chunk, from its length to its checksum. */
static resnet_status read_chunk(rn_png_profiles *out, const uint8_t *chunk, size_t size)
{
    text_reader reader = {.pieces = {SIGNATURE_AND_HEADER, chunk, EMPTY_DATA},
                          .sizes = {sizeof SIGNATURE_AND_HEADER - 1, size, sizeof EMPTY_DATA - 1}};
    resnet_status status = RESNET_OK;
    png_textp texts = NULL;
    int n = 0;
    reader.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &reader, on_error, on_warning,
                                          &reader, allocate, release);
    reader.info = reader.png ? png_create_info_struct(reader.png) : NULL;
    if (reader.info && parse(&reader)) png_get_text(reader.png, reader.info, &texts, &n);
    if (!reader.info || reader.starved) status = RESNET_E_NOMEM;
    for (int i = 0; i < n && status == RESNET_OK; i++) status = keep_text(out, &texts[i]);
    if (reader.png) png_destroy_read_struct(&reader.png, &reader.info, NULL);
    return status;
}

static bool is_text(const uint8_t *type)
{
    return memcmp(type, "tEXt", 4) == 0 || memcmp(type, "zTXt", 4) == 0 ||
           memcmp(type, "iTXt", 4) == 0;
}

/* Whether a chunk's data starts with a wanted keyword and the zero that ends it. */
static bool is_wanted(const uint8_t *data, size_t size)
{
    static const char *const keys[] = {XMP_KEY, RAW_KEY "exif", RAW_KEY "APP1", RAW_KEY "xmp"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const size_t length = strlen(keys[i]) + 1;
        if (size > length && memcmp(data, keys[i], length) == 0) return true;
    }
    return false;
}

static size_t read_u32(const uint8_t *bytes)
{
    return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
}

resnet_status rn_png_profiles_read(rn_png_profiles *out, const uint8_t *bytes, size_t size)
{
    rn_png_profiles found = {.exif = NULL};
    resnet_status status = RESNET_OK;
    size_t n_candidates = 0;
    for (size_t at = 8; at + CHUNK_OVERHEAD <= size && n_candidates < MAX_CANDIDATES;) {
        const size_t length = read_u32(bytes + at);
        if (length > size - at - CHUNK_OVERHEAD) break;
        if (length <= MAX_CHUNK && is_text(bytes + at + 4) && is_wanted(bytes + at + 8, length)) {
            n_candidates++;
            RN_TRY(read_chunk(&found, bytes + at, length + CHUNK_OVERHEAD));
        }
        at += length + CHUNK_OVERHEAD;
    }
    *out = found;
    found = (rn_png_profiles){.exif = NULL};
done:
    rn_png_profiles_clear(&found);
    return status;
}

void rn_png_profiles_clear(rn_png_profiles *profiles)
{
    rn_free(profiles->exif);
    rn_free(profiles->xmp);
    *profiles = (rn_png_profiles){.exif = NULL};
}
