/** session.h: a model made ready to run: folded, packed, with its own memory and threads.
 *
 *      #include <resnet/resnet.h>
 *      #include <stdio.h>
 *      int main(void)
 *      {
 *          resnet_model *model = NULL;
 *          resnet_session *session = NULL;
 *          resnet_image *image = NULL;
 *          resnet_prediction top[5];
 *          if (resnet_model_load(&model, "weights.h5", NULL) ||
 *              resnet_session_create(&session, model, NULL) ||
 *              resnet_image_load(&image, "cat.jpg", NULL) ||
 *              resnet_session_classify_images(top, sizeof *top, session, &image, 1, 5))
 *              return fprintf(stderr, "%s\n", resnet_last_error()), 1;
 *          printf("%s %.1f %%\n", top[0].name, 100 * top[0].probability);
 *          resnet_image_free(image);
 *          resnet_session_free(session);
 *          resnet_model_free(model);
 *          return 0;
 *      }
 *
 *  Results are the same bits for any number of threads. An image's are the same in all calls of two
 *  or more images; one image alone, which the threads share, differs from that in the last digits.
 *  SPDX-License-Identifier: MIT */
#ifndef RESNET_SESSION_H
#define RESNET_SESSION_H

#include <resnet/augment.h>
#include <resnet/error.h>
#include <resnet/executor.h>
#include <resnet/export.h>
#include <resnet/image.h>
#include <resnet/model.h>

RESNET_BEGIN_DECLS

/** One caller's way to run a model, which it holds on to: the model may be freed before it. Once the
 *  model's values change, runs give RESNET_E_STATE: make a new session. Thread-safety:
 *  single-thread, except resnet_session_cancel(); any number of sessions may run at once on one
 *  model and share its packed weights. It does not survive fork(). Since: 0.1 */
typedef struct resnet_session resnet_session;

/** @name Convolution algorithms @{ */
#define RESNET_ALGORITHM_AUTO 0   /**< Winograd where it is the faster one and there is a kernel */
#define RESNET_ALGORITHM_DIRECT 1 /**< direct everywhere: slower, rounding as other frameworks */
/** @} */

/** Fill with resnet_session_options_init(). Fields are only ever appended. */
typedef struct resnet_session_options {
    uint64_t struct_size; /**< bytes; written by init */
    uint32_t n_threads;   /**< worker threads; 0 (default): the cores this process may use, by
                               affinity mask and cgroup quota */
    int32_t algorithm;    /**< RESNET_ALGORITHM_*; default AUTO */
    uint32_t max_plans;   /**< image shapes kept ready, 1 to 4096; the least recently used one
                               gives way. Default 8 */
    int32_t views; /**< RESNET_VIEWS_* that runs from pictures take of each, and whose logits,
                               or embeddings, they average; default ONE */
    const resnet_executor *executor; /**< the host's threads in place of the library's, which then
                                          starts none; n_threads is how many tasks it is given at
                                          once. NULL (default): the library's own */
} resnet_session_options;

/** Writes defaults to *options. INVALID. Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_session_options_init(resnet_session_options *options, size_t size);

/** Starts the workers and folds the weights. `options` may be NULL.
 *  INVALID, NOMEM, BACKEND.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_session_create(
    resnet_session **out, const resnet_model *model, const resnet_session_options *options);

/** Joins the workers and frees the session; NULL is fine.  Since: 0.1 */
RESNET_API void resnet_session_free(resnet_session *session);

/** What n_threads 0 means now: the cores this process may use, by affinity mask and cgroup quota; at
 *  least 1.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API size_t resnet_session_default_n_threads(void);

/** Worker threads in use, or tasks given to the executor at once.  Since: 0.1 */
RESNET_API size_t resnet_session_get_n_threads(const resnet_session *session);

/** Asks the call that the session is in to stop, between two layers or two pictures; it then returns
 *  CANCELLED, and what it wrote is of no use. Does nothing to a session that is in none. NULL is
 *  fine.  Thread-safety: any-thread, also a signal handler.  Since: 0.1 */
RESNET_API void resnet_session_cancel(resnet_session *session);

/** Compiles the plan for n_images of height x width px now rather than at the first run; afterwards
 *  a run of that shape allocates nothing. INVALID, NOMEM, BACKEND.
 *  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_session_prepare(resnet_session *session,
                                                                 size_t n_images, size_t height,
                                                                 size_t width);

/** Runs the network. images_nchw: [n_images][3][height][width] in the model's channel order and
 *  scale, height and width at least 32; out: [n_images][n_classes], room for `capacity` floats.
 *  An image with a pixel that is not a finite number is answered with NaN. INVALID, NOMEM, STATE
 *  (after fork, the model has changed, or a weight is not a finite number), BACKEND.
 *  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_session_logits(float *out, size_t capacity,
                                                                resnet_session *session,
                                                                const float *images_nchw,
                                                                size_t n_images, size_t height,
                                                                size_t width);

/** The same followed by softmax: each row sums to 1.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_session_probabilities(float *out, size_t capacity,
                                                                       resnet_session *session,
                                                                       const float *images_nchw,
                                                                       size_t n_images,
                                                                       size_t height, size_t width);

/** The same network up to its head: the pooled features [n_images][2048].  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_session_embeddings(float *out, size_t capacity,
                                                                    resnet_session *session,
                                                                    const float *images_nchw,
                                                                    size_t n_images, size_t height,
                                                                    size_t width);

/** The same network up to `stage` (1 to 4, torchvision's layer1 to layer4): its feature map
 *  [n_images][channels][h][w], which resnet_session_get_feature_shape() tells.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_session_features(float *out_nchw, size_t capacity,
                                                                  resnet_session *session,
                                                                  const float *images_nchw,
                                                                  size_t n_images, size_t height,
                                                                  size_t width, int32_t stage);

/** Channels, height and width of the map after `stage` for images of height x width px. INVALID.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_session_get_feature_shape(
    size_t out_chw[3], const resnet_session *session, size_t height, size_t width, int32_t stage);

/** @name What a run from pictures gives @{ */
#define RESNET_OUTPUT_LOGITS 0        /**< [n_classes] */
#define RESNET_OUTPUT_PROBABILITIES 1 /**< [n_classes], softmax of the logits */
#define RESNET_OUTPUT_EMBEDDINGS 2    /**< [2048] */
/** @} */

/** Floats that `output` (RESNET_OUTPUT_*) has for one picture; 0 for NULL and for no such output.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API size_t resnet_session_get_n_values(const resnet_session *session, int32_t output);

/** @name From pictures to outputs
 *  Each picture is prepared by the model's recipe on the session's threads, some eighty at a time,
 *  and run; the bits are those of resnet_session_logits() and its like on the same inputs. With
 *  several views of a picture its logits (or embeddings) are their mean, and its probabilities the
 *  softmax of that, as torchvision's example for TenCrop averages a model's outputs; a picture that
 *  is too small for them gives UNSUPPORTED. out:
 *  [n][resnet_session_get_n_values()], room for `capacity` floats; `output` is RESNET_OUTPUT_*.
 *  INVALID, NOMEM, STATE (as resnet_session_logits(), or the model has no head), CANCELLED, BACKEND,
 *  and whatever reading a picture gives; the message then names it.
 *  Thread-safety: single-thread.  Since: 0.1 @{ */
/** Decoded images. Allocates nothing as long as number and size of the images stay the same. */
RESNET_API RESNET_NODISCARD resnet_status resnet_session_run_images(float *out, size_t capacity,
                                                                    resnet_session *session,
                                                                    int32_t output,
                                                                    resnet_image *const *images,
                                                                    size_t n_images);
/** JPEG or PNG files in memory: bytes[i] has bytes_sizes[i] bytes. Decodes them on the session's
 *  threads, of a JPEG only what the recipe shows, as resnet_image_prepare_bytes(). */
RESNET_API RESNET_NODISCARD resnet_status resnet_session_run_bytes(
    float *out, size_t capacity, resnet_session *session, int32_t output, const void *const *bytes,
    const size_t *bytes_sizes, size_t n_pictures, const resnet_image_options *options);
/** JPEG or PNG files, read and decoded likewise. */
RESNET_API RESNET_NODISCARD resnet_status resnet_session_run_files(
    float *out, size_t capacity, resnet_session *session, int32_t output, const char *const *paths,
    size_t n_pictures, const resnet_image_options *options);
/** A host's own frames, 8-bit, one behind the other: frames_nhwc [n_frames][height][width] pixels of
 *  `layout` (RESNET_PIXELS_*), row starts `stride` bytes apart (0: no gap), frames height x stride
 *  bytes. They go through the recipe as pictures do; set RESNET_RESIZE_NONE if they are cropped
 *  already. */
RESNET_API RESNET_NODISCARD resnet_status resnet_session_run_frames(
    float *out, size_t capacity, resnet_session *session, int32_t output, const void *frames_nhwc,
    size_t n_frames, size_t width, size_t height, size_t stride, int32_t layout);
/** @} */

/** One class of a picture's top k. Grows at its end only. */
typedef struct resnet_prediction {
    uint64_t struct_size; /**< bytes; written by the call that fills it */
    const char *name;     /**< of the class, "" if it has none; owned by the model */
    int32_t label;        /**< number of the class, [0, n_classes) */
    float probability;    /**< softmax, [0, 1] */
    float logit;
    uint32_t reserved; /**< 0 */
} resnet_prediction;

/** @name From pictures to their k most probable classes
 *  As resnet_session_run_images() and its like, then ranked (equal logits by label). out: [n][k]
 *  structs of `size` bytes each; pass sizeof *out. k is at least 1 and at most the number of classes.
 *  The same status codes.  Thread-safety: single-thread.  Since: 0.1 @{ */
RESNET_API RESNET_NODISCARD resnet_status
resnet_session_classify_images(resnet_prediction *out, size_t size, resnet_session *session,
                               resnet_image *const *images, size_t n_images, size_t k);
RESNET_API RESNET_NODISCARD resnet_status resnet_session_classify_bytes(
    resnet_prediction *out, size_t size, resnet_session *session, const void *const *bytes,
    const size_t *bytes_sizes, size_t n_pictures, size_t k, const resnet_image_options *options);
RESNET_API RESNET_NODISCARD resnet_status resnet_session_classify_files(
    resnet_prediction *out, size_t size, resnet_session *session, const char *const *paths,
    size_t n_pictures, size_t k, const resnet_image_options *options);
RESNET_API RESNET_NODISCARD resnet_status resnet_session_classify_frames(
    resnet_prediction *out, size_t size, resnet_session *session, const void *frames_nhwc,
    size_t n_frames, size_t width, size_t height, size_t stride, int32_t layout, size_t k);
/** @} */

RESNET_END_DECLS

#endif
