/* SPDX-License-Identifier: MIT */
#include "session.h"

#include "core/arithmetic.h"
#include "core/cores.h"
#include "core/executor.h"
#include "core/mem.h"
#include "core/options.h"
#include "net/loss.h"
#include "net/workers.h"

#define MAX_THREADS 1024
#define MAX_SIDE 65536 /* px */
#define MAX_PLANS 4096
#define FIRST_SIZE 32 /* of the first release */

RN_ASSERT_ABI(resnet_session_options, 32);

static const resnet_session_options DEFAULTS = {
    .struct_size = sizeof(resnet_session_options), .max_plans = 8, .views = RESNET_VIEWS_ONE};

resnet_status resnet_session_options_init(resnet_session_options *options, size_t size)
{
    return rn_options_write(options, size, &DEFAULTS, sizeof DEFAULTS, FIRST_SIZE,
                            "resnet_session_options");
}

static resnet_status check_options(const resnet_session_options *o)
{
    if (o->n_threads > MAX_THREADS)
        return rn_fail(RESNET_E_INVALID, "n_threads is %u, above %d", o->n_threads, MAX_THREADS);
    if (o->max_plans < 1 || o->max_plans > MAX_PLANS)
        return rn_fail(RESNET_E_INVALID, "max_plans is %u, not in [1, %d]", o->max_plans,
                       MAX_PLANS);
    if (o->algorithm != RESNET_ALGORITHM_AUTO && o->algorithm != RESNET_ALGORITHM_DIRECT)
        return rn_fail(RESNET_E_INVALID, "algorithm is %d, which is none", (int)o->algorithm);
    return rn_views_check(o->views);
}

static resnet_status open_pool(resnet_session *session, const resnet_session_options *o)
{
    resnet_executor executor;
    const resnet_status status = rn_executor_read(&executor, o->executor);
    if (status != RESNET_OK) return status;
    if (!executor.run) return rn_workers_create(&session->pool, o->n_threads);
    return rn_workers_create_hosted(&session->pool, o->n_threads, &executor);
}

resnet_status resnet_session_create(resnet_session **out, const resnet_model *model,
                                    const resnet_session_options *options)
{
    RN_OWN_ARITHMETIC;
    resnet_status status;
    resnet_session_options o = DEFAULTS;
    resnet_session *session = NULL;
    if (!out || !model) return rn_fail(RESNET_E_INVALID, "resnet_session_create: NULL argument");
    RN_TRY(rn_options_read(&o, sizeof o, FIRST_SIZE, options, "resnet_session_options"));
    RN_TRY(check_options(&o));
    session = rn_calloc(1, sizeof *session);
    if (!session) return RESNET_E_NOMEM;
    session->model = rn_model_retain(model);
    session->views = o.views;
    RN_TRY(open_pool(session, &o));
    session->best = rn_alloc(resnet_model_get_n_classes(model), sizeof *session->best);
    session->preparers =
        rn_calloc(rn_pool_get_n_threads(session->pool), sizeof *session->preparers);
    status = session->preparers && session->best ? RESNET_OK : RESNET_E_NOMEM;
    if (status != RESNET_OK) goto done;
    const rn_inference_settings settings = {.winograd = o.algorithm == RESNET_ALGORITHM_AUTO,
                                            .max_plans = o.max_plans,
                                            .cancel = &session->cancel};
    RN_TRY(rn_inference_create(&session->inference, model->net, session->pool, &settings));
    *out = session;
    session = NULL;
done:
    resnet_session_free(session);
    return status;
}

static void free_preparers(resnet_session *session)
{
    if (!session->preparers) return;
    for (size_t i = 0; i < rn_pool_get_n_threads(session->pool); i++)
        rn_preparer_clear(&session->preparers[i]);
    rn_free(session->preparers);
}

void resnet_session_free(resnet_session *session)
{
    if (!session) return;
    rn_inference_free(session->inference);
    free_preparers(session);
    rn_pool_free(session->pool);
    rn_free(session->inputs);
    rn_free(session->rows);
    rn_free(session->logits);
    rn_free(session->best);
    resnet_model_free(session->model);
    rn_free(session);
}

void resnet_session_cancel(resnet_session *session)
{
    if (session) resnet_cancel_token_cancel(&session->cancel);
}

void rn_session_begin(resnet_session *session)
{
    resnet_cancel_token_reset(&session->cancel);
}

size_t resnet_session_default_n_threads(void)
{
    return rn_cores_available();
}

size_t resnet_session_get_n_threads(const resnet_session *session)
{
    return session ? rn_pool_get_n_threads(session->pool) : 0;
}

resnet_status rn_session_check_shape(size_t n_images, size_t height, size_t width)
{
    if (n_images == 0) return rn_fail(RESNET_E_INVALID, "n_images is 0");
    if (height < RN_ARCH_MIN_SIZE || width < RN_ARCH_MIN_SIZE || height > MAX_SIDE ||
        width > MAX_SIDE)
        return rn_fail(RESNET_E_INVALID,
                       "images of %zu x %zu px: height and width must be in "
                       "[%d, %d]",
                       height, width, RN_ARCH_MIN_SIZE, MAX_SIDE);
    return RESNET_OK;
}

resnet_status resnet_session_prepare(resnet_session *session, size_t n_images, size_t height,
                                     size_t width)
{
    RN_OWN_ARITHMETIC;
    if (!session) return rn_fail(RESNET_E_INVALID, "resnet_session_prepare: session is NULL");
    const resnet_status status = rn_session_check_shape(n_images, height, width);
    return status == RESNET_OK ? rn_inference_prepare(session->inference, n_images, height, width)
                               : status;
}

resnet_status rn_session_check_head(const resnet_session *session)
{
    if (resnet_model_get_n_classes(session->model) > 0) return RESNET_OK;
    return rn_fail(RESNET_E_STATE, "the model has no head: it gives embeddings and feature maps; "
                                   "load it with new_head to teach it classes");
}

static const rn_tap LOGITS = {RN_TAP_LOGITS, 0}, EMBEDDING = {RN_TAP_EMBEDDING, 0};

static resnet_status run(resnet_session *session, const float *images_nchw, size_t n_images,
                         size_t height, size_t width, rn_tap tap, float *values, size_t capacity)
{
    resnet_status status;
    if (!session || !images_nchw || !values) return rn_fail(RESNET_E_INVALID, "NULL argument");
    RN_TRY(rn_session_check_shape(n_images, height, width));
    if (tap.kind == RN_TAP_LOGITS) RN_TRY(rn_session_check_head(session));
    const size_t count = rn_inference_count_output(session->inference, height, width, tap, NULL);
    if (capacity / count < n_images)
        return rn_fail(RESNET_E_INVALID, "room for %zu floats, %zu images of %zu are needed",
                       capacity, n_images, count);
    rn_session_begin(session);
    status =
        rn_inference_run(session->inference, images_nchw, n_images, height, width, tap, values);
done:
    return status;
}

resnet_status resnet_session_logits(float *out, size_t capacity, resnet_session *session,
                                    const float *images_nchw, size_t n_images, size_t height,
                                    size_t width)
{
    RN_OWN_ARITHMETIC;
    return run(session, images_nchw, n_images, height, width, LOGITS, out, capacity);
}

resnet_status resnet_session_probabilities(float *out, size_t capacity, resnet_session *session,
                                           const float *images_nchw, size_t n_images, size_t height,
                                           size_t width)
{
    RN_OWN_ARITHMETIC;
    const resnet_status status =
        run(session, images_nchw, n_images, height, width, LOGITS, out, capacity);
    if (status != RESNET_OK) return status;
    const size_t n_classes = resnet_model_get_n_classes(session->model);
    for (size_t i = 0; i < n_images; i++)
        rn_softmax(out + i * n_classes, n_classes, out + i * n_classes);
    return RESNET_OK;
}

resnet_status resnet_session_embeddings(float *out, size_t capacity, resnet_session *session,
                                        const float *images_nchw, size_t n_images, size_t height,
                                        size_t width)
{
    RN_OWN_ARITHMETIC;
    return run(session, images_nchw, n_images, height, width, EMBEDDING, out, capacity);
}

static resnet_status check_stage(int32_t stage)
{
    if (stage >= 1 && stage < RN_ARCH_N_STAGES) return RESNET_OK;
    return rn_fail(RESNET_E_INVALID, "stage is %d, not in [1, 4]", (int)stage);
}

/* Behind a stage; without a session anywhere, since that is refused further on. */
static rn_tap find_tap(const resnet_session *session, int32_t stage)
{
    const rn_arch *arch = session ? session->model->net->arch : NULL;
    return (rn_tap){RN_TAP_MAP, arch ? rn_arch_count_blocks(arch, (size_t)stage) : 0};
}

resnet_status resnet_session_features(float *out_nchw, size_t capacity, resnet_session *session,
                                      const float *images_nchw, size_t n_images, size_t height,
                                      size_t width, int32_t stage)
{
    RN_OWN_ARITHMETIC;
    const resnet_status status = check_stage(stage);
    if (status != RESNET_OK) return status;
    return run(session, images_nchw, n_images, height, width, find_tap(session, stage), out_nchw,
               capacity);
}

resnet_status resnet_session_get_feature_shape(size_t out_chw[3], const resnet_session *session,
                                               size_t height, size_t width, int32_t stage)
{
    resnet_status status;
    if (!session || !out_chw)
        return rn_fail(RESNET_E_INVALID, "resnet_session_get_feature_shape: NULL argument");
    RN_TRY(check_stage(stage));
    RN_TRY(rn_session_check_shape(1, height, width));
    rn_inference_count_output(session->inference, height, width, find_tap(session, stage),
                              out_chw);
done:
    return status;
}
