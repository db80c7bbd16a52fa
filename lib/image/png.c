/* With png_profile.c the only file that sees png.h. Errors leave libpng by longjmp, as in jpeg.c.
 * SPDX-License-Identifier: MIT */
#include "image/png.h"

#include "core/bytes.h"
#include "core/file.h"
#include "core/mem.h"
#include "image/orientation.h"
#include "image/pixels.h"
#include "image/png_profile.h"

#include <stdbool.h>
#include <string.h>

#include <png.h>

/* What the calls between setjmp and a jump change: never locals, whose values a jump may lose. */
struct codec {
    png_structp png;
    png_infop info;
    resnet_status status; /* why it jumped */
    uint8_t *bytes;       /* read from, or written to and grown */
    size_t position, size;
    resnet_image *image;
    uint8_t *stored; /* all rows as libpng gives them, RGB or RGBA */
    size_t stored_row_size;
    int has_rows; /* some row was read */
};

static void on_error(png_structp png, png_const_charp text)
{
    struct codec *codec = png_get_error_ptr(png);
    if (codec->status == RESNET_OK) codec->status = rn_fail(RESNET_E_FORMAT, "PNG: %s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static _Noreturn void jump_with(struct codec *codec, resnet_status status)
{
    codec->status = status;
    png_longjmp(codec->png, 1);
}

static png_voidp allocate(png_structp png, png_alloc_size_t size)
{
    struct codec *codec = png_get_mem_ptr(png);
    void *block = rn_alloc(1, size);
    if (!block) codec->status = RESNET_E_NOMEM;
    return block;
}

static void release(png_structp png, png_voidp block)
{
    (void)png;
    rn_free(block);
}

static void read_bytes(png_structp png, png_bytep out, size_t count)
{
    struct codec *codec = png_get_io_ptr(png);
    if (count > codec->size - codec->position)
        jump_with(codec, rn_fail(RESNET_E_FORMAT, "PNG: cut after %zu bytes", codec->size));
    memcpy(out, codec->bytes + codec->position, count);
    codec->position += count;
}

/* Only eXIf is of use among the ancillary chunks; colour profiles and texts can be bombs, of which
 * png_profile.c picks out the few that are wanted. */
static void ignore_ancillary_chunks(png_structp png)
{
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_AS_DEFAULT, (png_const_bytep) "eXIf", 1);
    png_set_chunk_malloc_max(png, 1 << 20);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* our own cap follows */
}

/* Everything becomes 8-bit RGB, or RGBA when there is transparency to blend. */
static void choose_output(struct codec *codec, int blend)
{
    const png_structp png = codec->png;
    png_set_expand_gray_1_2_4_to_8(png);
    png_set_palette_to_rgb(png);
    png_set_strip_16(png);
    png_set_gray_to_rgb(png);
    if (blend && png_get_valid(png, codec->info, PNG_INFO_tRNS)) png_set_tRNS_to_alpha(png);
    if (!blend) png_set_strip_alpha(png);
}

static void read_rows(struct codec *codec)
{
    const int n_passes = png_set_interlace_handling(codec->png);
    png_read_update_info(codec->png, codec->info);
    const size_t height = codec->image->height;
    codec->stored_row_size = png_get_rowbytes(codec->png, codec->info);
    codec->stored = rn_calloc(height, codec->stored_row_size);
    if (!codec->stored) jump_with(codec, RESNET_E_NOMEM);
    for (int pass = 0; pass < n_passes; pass++)
        for (size_t y = 0; y < height; y++) {
            png_read_row(codec->png, codec->stored + y * codec->stored_row_size, NULL);
            codec->has_rows = 1;
        }
}

static resnet_status create_reader(struct codec *codec)
{
    codec->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, codec, on_error, on_warning, codec,
                                          allocate, release);
    codec->info = codec->png ? png_create_info_struct(codec->png) : NULL;
    if (!codec->info) return RESNET_E_NOMEM;
    png_set_read_fn(codec->png, codec, read_bytes);
    return RESNET_OK;
}

static resnet_status read_picture(struct codec *codec, const resnet_image_options *options)
{
    if (setjmp(png_jmpbuf(codec->png))) return codec->status;
    ignore_ancillary_chunks(codec->png);
    /* libpng gives nothing of a buffer that it could not fill */
    if (options->keep_damaged) png_set_compression_buffer_size(codec->png, 64);
    png_read_info(codec->png, codec->info);
    const size_t width = png_get_image_width(codec->png, codec->info);
    const size_t height = png_get_image_height(codec->png, codec->info);
    resnet_status status = rn_image_check_size(width, height, options->max_pixels);
    if (status == RESNET_OK) status = rn_image_create(&codec->image, width, height);
    if (status != RESNET_OK) jump_with(codec, status);
    choose_output(codec, options->alpha == RESNET_ALPHA_BLEND);
    read_rows(codec);
    return codec->status; /* libpng may have carried on without memory for a chunk */
}

/* The picture is complete by now, so a file that ends early is fine. */
static resnet_status read_tail(struct codec *codec)
{
    if (setjmp(png_jmpbuf(codec->png)))
        return codec->status == RESNET_E_NOMEM ? RESNET_E_NOMEM : RESNET_OK;
    png_read_end(codec->png, codec->info);
    return codec->status;
}

/* The chunk eXIf comes before profiles kept as text. */
static resnet_status read_orientation(struct codec *codec, int *out)
{
    rn_png_profiles profiles = {.exif = NULL};
    rn_orientation_marks marks = {.exif = NULL};
    png_bytep exif = NULL;
    png_uint_32 size = 0;
    const bool has_chunk = png_get_eXIf_1(codec->png, codec->info, &size, &exif) != 0;
    resnet_status status;
    RN_TRY(rn_png_profiles_read(&profiles, codec->bytes, codec->size));
    marks.exif = has_chunk ? exif : profiles.exif;
    marks.exif_size = has_chunk ? size : profiles.exif_size;
    marks.xmp = profiles.xmp;
    marks.xmp_size = profiles.xmp_size;
    status = rn_orientation_read(out, &marks);
done:
    rn_png_profiles_clear(&profiles);
    return status;
}

static void pack_rows(struct codec *codec, const resnet_image_options *options)
{
    const resnet_image *image = codec->image;
    const int has_alpha = codec->stored_row_size == image->width * 4;
    for (size_t y = 0; y < image->height; y++)
        rn_pixels_to_rgb(image->pixels + y * image->width * 3,
                         codec->stored + y * codec->stored_row_size, image->width,
                         has_alpha ? RESNET_PIXELS_RGBA : RESNET_PIXELS_RGB, options);
}

resnet_status rn_png_decode(resnet_image **out, int *out_orientation, const uint8_t *bytes,
                            size_t size, const resnet_image_options *options)
{
    struct codec codec = {.bytes = (uint8_t *)bytes, .size = size};
    int orientation = 1;
    resnet_status status = RESNET_OK;
    RN_TRY(create_reader(&codec));
    status = read_picture(&codec, options);
    if (status == RESNET_E_FORMAT && options->keep_damaged && codec.has_rows)
        status = RESNET_OK;
    else if (status == RESNET_OK && options->orient)
        status = read_tail(&codec);
    if (status == RESNET_OK && options->orient) status = read_orientation(&codec, &orientation);
    if (status != RESNET_OK) goto done;
    pack_rows(&codec, options);
    *out = codec.image;
    *out_orientation = orientation;
    codec.image = NULL;
done:
    resnet_image_free(codec.image);
    rn_free(codec.stored);
    if (codec.png) png_destroy_read_struct(&codec.png, &codec.info, NULL);
    return status;
}

static resnet_status read_header(struct codec *codec, const resnet_image_options *options,
                                 size_t *out_width, size_t *out_height)
{
    if (setjmp(png_jmpbuf(codec->png))) return codec->status;
    ignore_ancillary_chunks(codec->png);
    png_read_info(codec->png, codec->info);
    *out_width = png_get_image_width(codec->png, codec->info);
    *out_height = png_get_image_height(codec->png, codec->info);
    return rn_image_check_size(*out_width, *out_height, options->max_pixels);
}

/* The chunks behind the pixels, without the pixels. A jump out of them ends the search: what a file
 * says of itself there is not needed. */
static resnet_status skip_to_tail(struct codec *codec)
{
    if (setjmp(png_jmpbuf(codec->png)))
        return codec->status == RESNET_E_NOMEM ? RESNET_E_NOMEM : RESNET_OK;
    png_read_end(codec->png, codec->info);
    return codec->status;
}

resnet_status rn_png_measure(size_t *out_width, size_t *out_height, int *out_orientation,
                             const uint8_t *bytes, size_t size, const resnet_image_options *options)
{
    struct codec codec = {.bytes = (uint8_t *)bytes, .size = size};
    resnet_status status;
    RN_TRY(create_reader(&codec));
    RN_TRY(read_header(&codec, options, out_width, out_height));
    if (!options->orient) goto done;
    RN_TRY(skip_to_tail(&codec));
    status = read_orientation(&codec, out_orientation);
done:
    if (codec.png) png_destroy_read_struct(&codec.png, &codec.info, NULL);
    return status;
}

static void write_bytes(png_structp png, png_bytep in, size_t count)
{
    struct codec *codec = png_get_io_ptr(png);
    if (count > codec->size - codec->position) {
        const size_t size = (codec->position + count) * 2;
        uint8_t *grown = rn_realloc(codec->bytes, size, 1);
        if (!grown) jump_with(codec, RESNET_E_NOMEM);
        codec->bytes = grown;
        codec->size = size;
    }
    memcpy(codec->bytes + codec->position, in, count);
    codec->position += count;
}

static void flush_bytes(png_structp png)
{
    (void)png;
}

static resnet_status create_writer(struct codec *codec)
{
    codec->png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, codec, on_error, on_warning,
                                           codec, allocate, release);
    codec->info = codec->png ? png_create_info_struct(codec->png) : NULL;
    if (!codec->info) return RESNET_E_NOMEM;
    png_set_write_fn(codec->png, codec, write_bytes, flush_bytes);
    return RESNET_OK;
}

static resnet_status encode(struct codec *codec, const resnet_image *image)
{
    if (setjmp(png_jmpbuf(codec->png))) return codec->status;
    png_set_user_limits(codec->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_IHDR(codec->png, codec->info, (png_uint_32)image->width, (png_uint_32)image->height, 8,
                 PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(codec->png, codec->info);
    for (size_t y = 0; y < image->height; y++)
        png_write_row(codec->png, image->pixels + y * image->width * 3);
    png_write_end(codec->png, NULL);
    return RESNET_OK;
}

static resnet_status encode_to_block(void **out, size_t *out_size, const resnet_image *image)
{
    struct codec codec = {0};
    resnet_status status = create_writer(&codec);
    if (status == RESNET_OK) status = encode(&codec, image);
    if (codec.png) png_destroy_write_struct(&codec.png, &codec.info);
    if (status != RESNET_OK) {
        rn_free(codec.bytes);
        return status;
    }
    *out = codec.bytes;
    *out_size = codec.position;
    return RESNET_OK;
}

resnet_status resnet_image_save_png(const resnet_image *image, const char *path)
{
    void *block = NULL;
    size_t size = 0;
    if (!image || !path) return rn_fail(RESNET_E_INVALID, "image or path: NULL");
    resnet_status status = encode_to_block(&block, &size, image);
    if (status == RESNET_OK) status = rn_file_write(path, block, size);
    rn_free(block);
    return status;
}

resnet_status resnet_image_encode_png(resnet_bytes **out, const resnet_image *image)
{
    void *block = NULL;
    size_t size = 0;
    if (!out || !image) return rn_fail(RESNET_E_INVALID, "out or image: NULL");
    const resnet_status status = encode_to_block(&block, &size, image);
    return status == RESNET_OK ? rn_bytes_create(out, block, size) : status;
}
