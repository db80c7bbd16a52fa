/** Where a session's pictures come from, and how one of them becomes the network's input.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_SESSION_INPUT_H
#define RN_SESSION_INPUT_H

#include "session.h"

typedef struct rn_session_input rn_session_input;

/** All of it is the caller's; what belongs to another kind is zero. */
struct rn_session_input {
    size_t n;
    /* Picture i to out_chw, which has room for what the recipe makes. */
    resnet_status (*prepare)(const rn_session_input *input, rn_preparer *preparer,
                             const resnet_recipe *recipe, size_t i, float *out_chw);
    /* Picture i decoded; *owned is to be freed, *image may be the caller's. */
    resnet_status (*fetch)(const rn_session_input *input, size_t i, const resnet_image **image,
                           resnet_image **owned);
    resnet_image *const *images;
    const void *const *bytes;
    const size_t *bytes_sizes;
    const char *const *paths;
    const uint8_t *frames;
    size_t width, height, stride;
    int32_t layout;
    const resnet_image_options *options; /* of bytes and files; may be NULL */
    void *context;                       /* of a `prepare` made elsewhere */
};

/** Several views of picture i, each as `prepare` makes one. */
resnet_status rn_session_input_views(const rn_session_input *input, const resnet_recipe *recipe,
                                     int32_t views, size_t i, float *out_nchw);

/** INVALID for what is NULL or out of range. */
resnet_status rn_session_input_images(rn_session_input *out, resnet_image *const *images, size_t n);
resnet_status rn_session_input_bytes(rn_session_input *out, const void *const *bytes,
                                     const size_t *bytes_sizes, size_t n,
                                     const resnet_image_options *options);
resnet_status rn_session_input_files(rn_session_input *out, const char *const *paths, size_t n,
                                     const resnet_image_options *options);
resnet_status rn_session_input_frames(rn_session_input *out, const void *frames_nhwc, size_t n,
                                      size_t width, size_t height, size_t stride, int32_t layout);

/** All of them to out [n][resnet_session_get_n_values()], as resnet_session_run_images(). */
resnet_status rn_session_run(resnet_session *session, const rn_session_input *input, float *out,
                             size_t capacity, int32_t output);

#endif
