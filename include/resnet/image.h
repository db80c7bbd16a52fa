/** image.h: from files, memory or a host's own pixels to the network's input.
 *
 *      #include <resnet/image.h>
 *      int main(void)
 *      {
 *          resnet_image *image = NULL;
 *          resnet_recipe recipe;
 *          static float input_chw[3 * 224 * 224];
 *          if (resnet_recipe_init(&recipe, sizeof recipe, "torchvision-v1") != RESNET_OK) return 1;
 *          if (resnet_image_load(&image, "cat.jpg", NULL) != RESNET_OK) return 1;
 *          resnet_status status = resnet_image_prepare(input_chw, 3 * 224 * 224, image, &recipe);
 *          resnet_image_free(image);
 *          return status != RESNET_OK;
 *      }
 *
 *  An image here is always decoded 8-bit RGB, rows from the top, no gaps ("HWC").
 *  SPDX-License-Identifier: MIT */
#ifndef RESNET_IMAGE_H
#define RESNET_IMAGE_H

#include <resnet/bytes.h>
#include <resnet/error.h>
#include <resnet/export.h>

RESNET_BEGIN_DECLS

/** A decoded picture: 8-bit RGB, height x width x 3. Thread-safety: immutable.  Since: 0.1 */
typedef struct resnet_image resnet_image;

/** @name What becomes of transparent pixels @{ */
/** Over `background_rgb`: (alpha * colour + (255 - alpha) * background) / 255, to nearest, as
 *  Pillow's alpha_composite. */
#define RESNET_ALPHA_BLEND 0
/** The colour stored beneath, as Pillow's convert("RGB"). */
#define RESNET_ALPHA_DROP 1
/** @} */

/** @name Layouts of a host's own pixels @{ */
#define RESNET_PIXELS_RGB 0
#define RESNET_PIXELS_BGR 1
#define RESNET_PIXELS_RGBA 2
#define RESNET_PIXELS_BGRA 3
#define RESNET_PIXELS_GRAY 4
/** @} */

/** @name Interpolation; each equal to Pillow's filter of that name, to the bit @{ */
#define RESNET_FILTER_NEAREST 0
#define RESNET_FILTER_BILINEAR 1 /**< antialiased triangle */
#define RESNET_FILTER_BICUBIC 2  /**< antialiased, a = -0.5 */
/** @} */

/** Fill with resnet_image_options_init(). Fields are only ever appended. */
typedef struct resnet_image_options {
    uint64_t struct_size;    /**< bytes; written by init */
    uint64_t max_pixels;     /**< width x height above this is refused before anything is allocated;
                                  default 178,956,970 (Pillow's limit) */
    uint64_t max_bytes;      /**< a longer file is refused; default 268,435,456 (256 MiB) */
    uint32_t orient;         /**< 1 applies the orientation that EXIF or XMP tells (default), 0
                                  leaves the pixels as stored (what torchvision's ImageFolder sees) */
    uint32_t alpha;          /**< RESNET_ALPHA_*; default RESNET_ALPHA_BLEND */
    uint32_t background_rgb; /**< 0xRRGGBB beneath transparent pixels; default 0xFFFFFF, white */
    uint32_t shrink_to;      /**< px; 0 (default) decodes exactly. Otherwise a JPEG may be scaled by
                                  a power of two while decoding as long as its shorter side stays at
                                  least this long: much faster for large photographs, and no longer
                                  bit-equal to Pillow */
    uint32_t keep_damaged;   /**< 0 (default) refuses a file whose picture is not all there; 1 keeps
                                  what can be decoded, the rest gray (JPEG) or black (PNG, WebP) */
    uint32_t max_scans;      /**< a progressive JPEG with more scans is refused, since each costs as
                                  much time as a whole picture; default 500 */
} resnet_image_options;

/** Writes defaults to *options, never more than size bytes. Pass sizeof *options.
 *  INVALID: NULL, or a size no release ever had.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_image_options_init(resnet_image_options *options,
                                                                    size_t size);

/** Decodes a JPEG, PNG or WebP file; which it is is found from its content. `options` may be NULL
 *  for defaults. The caller owns *out and gives it to resnet_image_free().
 *  JPEG: baseline, progressive and arithmetic-coded; gray, YCbCr 4:4:4 to 4:1:1, RGB, CMYK and
 *  Adobe YCCK (both taken as inverted and brought to RGB without a colour profile, as Pillow does).
 *  PNG: every colour type, bit depth and interlace; of 16-bit samples the high byte is kept.
 *  WebP, in a build with libwebp: lossy and lossless; of an animation the first frame.
 *  The orientation is EXIF's, or XMP's where EXIF has none: docs/preprocessing.md tells where they
 *  are looked for.
 *  INVALID, NOMEM, IO (cannot be read), FORMAT (empty, truncated, damaged), UNSUPPORTED (another
 *  kind of file, or beyond a cap). Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_image_load(resnet_image **out, const char *path,
                                                            const resnet_image_options *options);

/** The same from `bytes_size` bytes in memory, which are not kept. Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_image_decode(resnet_image **out, const void *bytes,
                                                              size_t bytes_size,
                                                              const resnet_image_options *options);

/** Gives the library the next bytes of a file: at most `size` of them to buffer. Returns how many, 0
 *  at the end, or a negative number for a failure, which resnet_set_error() may name. It throws
 *  nothing.  Since: 0.1 */
typedef int64_t (*resnet_read_callback)(void *user_data, void *buffer, uint64_t size);

/** resnet_image_decode() of what `read` gives, which is called on this thread until it gives nothing
 *  more. IO when it fails or answers more than it was asked for; UNSUPPORTED above max_bytes.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_image_load_callback(resnet_image **out, resnet_read_callback read, void *user_data,
                           const resnet_image_options *options);

/** Width and height in px that resnet_image_load() would give with the same options, from the file's
 *  header: no pixel is decoded, and of a JPEG, or of a PNG with `orient`
 *  0, only the first bytes are read. Status codes as resnet_image_load().
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_image_read_size(size_t *out_width, size_t *out_height, const char *path,
                       const resnet_image_options *options);

/** The same from `bytes_size` bytes in memory, which are not kept.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_image_read_size_bytes(
    size_t *out_width, size_t *out_height, const void *bytes, size_t bytes_size,
    const resnet_image_options *options);

/** Copies a host's own pixels: `height` rows of `width` pixels of `layout` (RESNET_PIXELS_*), row
 *  starts `stride` bytes apart (0: no gap). Alpha is treated as `options` says.
 *  INVALID, NOMEM, UNSUPPORTED (above max_pixels). Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_image_from_pixels(resnet_image **out, const void *pixels_hwc, size_t width, size_t height,
                         size_t stride, int32_t layout, const resnet_image_options *options);

/** Frees the image; NULL is fine.  Since: 0.1 */
RESNET_API void resnet_image_free(resnet_image *image);

/** Width in px; 0 for NULL.  Since: 0.1 */
RESNET_API size_t resnet_image_get_width(const resnet_image *image);
/** Height in px; 0 for NULL.  Since: 0.1 */
RESNET_API size_t resnet_image_get_height(const resnet_image *image);
/** The pixels, height x width x 3, RGB, no gaps; valid as long as the image. NULL for NULL.
 *  Since: 0.1 */
RESNET_API const uint8_t *resnet_image_get_pixels(const resnet_image *image);

/** Resamples to width x height px with `filter` (RESNET_FILTER_*), equal to Pillow's
 *  Image.resize() to the bit. INVALID, NOMEM, UNSUPPORTED (beyond the default max_pixels).
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_image_resize(resnet_image **out,
                                                              const resnet_image *image,
                                                              size_t width, size_t height,
                                                              int32_t filter);

/** Cuts the rectangle of width x height px at (left, top); parts outside the image are black, as
 *  torchvision's crop pads them. INVALID, NOMEM.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_image_crop(resnet_image **out,
                                                            const resnet_image *image, int64_t left,
                                                            int64_t top, size_t width,
                                                            size_t height);

/** Encodes as an 8-bit RGB PNG file. INVALID, NOMEM, IO.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_image_save_png(const resnet_image *image,
                                                                const char *path);

/** The same in memory, for resnet_bytes_free(). INVALID, NOMEM.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_image_encode_png(resnet_bytes **out,
                                                                  const resnet_image *image);

/** @name How a recipe brings an image to the crop's size @{ */
#define RESNET_RESIZE_NONE 0 /**< crop only */
/** Shorter side to resize_size, the longer one int(resize_size * long / short), as torchvision. */
#define RESNET_RESIZE_SHORT_EDGE 1
/** To crop_width x crop_height, whatever the aspect ratio, as Keras's load_img(target_size=...). */
#define RESNET_RESIZE_EXACT 2
/** @} */

#define RESNET_CHANNELS_RGB 0
#define RESNET_CHANNELS_BGR 1

/** The preprocessing that a set of weights was trained with. It travels with the model, and one
 *  function applies it in training, evaluation and serving. Each value v in 0..255 of channel c (in
 *  the output's channel order) becomes, in float32 arithmetic,
 *      (v / divisor - mean[c]) / std[c].
 *  Fill with resnet_recipe_init(), then change fields at will. */
typedef struct resnet_recipe {
    uint64_t struct_size;  /**< bytes; written by init */
    int32_t resize_mode;   /**< RESNET_RESIZE_* */
    int32_t resize_filter; /**< RESNET_FILTER_* */
    uint32_t resize_size;  /**< px, for RESNET_RESIZE_SHORT_EDGE */
    uint32_t crop_width;   /**< px, 32 to 65536, width x height at most 67,108,864; the crop is
                                central, offsets rounded half to even */
    uint32_t crop_height;  /**< px, likewise */
    int32_t channel_order; /**< RESNET_CHANNELS_* */
    float divisor;         /**< > 0 */
    float mean[3];         /**< in the output's channel order */
    float std[3];          /**< > 0, in the output's channel order */
    char name[28];         /**< which named recipe this started as; informative, ends in 0 */
} resnet_recipe;

/** Writes the recipe called `name` (NULL: "torchvision-v1") to *recipe, never more than size bytes:
 *  | name           | resize                    | crop | input                                    |
 *  |----------------|---------------------------|------|------------------------------------------|
 *  | torchvision-v1 | short side 256, bilinear  | 224  | RGB, /255, ImageNet mean and std         |
 *  | torchvision-v2 | short side 232, bilinear  | 224  | the same                                 |
 *  | keras          | 224x224, nearest          | -    | BGR, minus 103.939 116.779 123.68        |
 *  | timm           | short side 235, bicubic   | 224  | as torchvision (crop_pct 0.95)           |
 *  | unit           | 224x224, bilinear         | -    | RGB in [0, 1]                            |
 *  | signed         | 224x224, bilinear         | -    | RGB in [-1, 1]                           |
 *  Sources: torchvision.models.ResNet50_Weights; keras.applications.resnet.preprocess_input and
 *  keras.utils.load_img; timm's resnet50.a1_in1k. INVALID: NULL, a wrong size, an unknown name.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_recipe_init(resnet_recipe *recipe, size_t size,
                                                             const char *name);

/** The name of recipe `index`, from 0; NULL past the last, so that a host can list them.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API const char *resnet_recipe_get_name(size_t index);

/** Changes the recipe to crops of size x size px, keeping the ratio of resize to crop (rounded
 *  down, as timm does with its crop_pct). INVALID: size not in 32..8192.
 *  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_recipe_set_size(resnet_recipe *recipe,
                                                                 uint32_t size);

/** Applies the recipe: out_chw gets 3 x crop_height x crop_width floats; `capacity` is how many it
 *  has room for. INVALID (fields out of range, too little room), NOMEM.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_image_prepare(float *out_chw, size_t capacity,
                                                               const resnet_image *image,
                                                               const resnet_recipe *recipe);

/** resnet_image_load() and resnet_image_prepare() in one: the same numbers, but much faster, since
 *  of a JPEG nothing outside the recipe's crop is decoded to pixels or resampled. Status codes of
 *  both.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_image_prepare_file(float *out_chw, size_t capacity, const char *path,
                          const resnet_recipe *recipe, const resnet_image_options *options);

/** The same from `bytes_size` bytes in memory, which are not kept.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_image_prepare_bytes(
    float *out_chw, size_t capacity, const void *bytes, size_t bytes_size,
    const resnet_recipe *recipe, const resnet_image_options *options);

RESNET_END_DECLS

#endif
