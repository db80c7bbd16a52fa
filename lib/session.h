/** What a session is inside. SPDX-License-Identifier: MIT */
#ifndef RN_SESSION_H
#define RN_SESSION_H

#include "core/cancel.h"
#include "image/preparer.h"
#include "image/views.h"
#include "model.h"
#include "net/inference.h"

#include <resnet/session.h>

struct resnet_session {
    resnet_model *model; /* held */
    rn_pool *pool;
    rn_inference *inference;
    resnet_cancel_token cancel; /* of the call that runs */
    rn_preparer *preparers;     /* of images, [n_threads] */
    float *inputs;              /* of a slice of pictures */
    size_t inputs_count;
    int32_t views; /* RESNET_VIEWS_* of each picture */
    float *rows;   /* of all views of a slice, to be averaged */
    size_t rows_count;
    float *logits; /* of such a slice, to be ranked */
    size_t logits_count;
    int32_t *best; /* [n_classes] */
};

/** INVALID for no images, or sides out of range. */
resnet_status rn_session_check_shape(size_t n_images, size_t height, size_t width);
/** STATE without a head. */
resnet_status rn_session_check_head(const resnet_session *session);
/** Forgets a cancel that came when nothing ran. */
void rn_session_begin(resnet_session *session);

/** The k most probable classes by logits [n_classes] to out [k], structs of `size` bytes. best:
 *  room for n_classes. */
resnet_status rn_session_rank(resnet_prediction *out, size_t size, size_t k,
                              const resnet_model *model, const float *logits, int32_t *best);

#endif
