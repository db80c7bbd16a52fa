/* SPDX-License-Identifier: MIT */
#include <resnet/session.h>

#include "core/arithmetic.h"
#include "core/mem.h"
#include "core/options.h"
#include "dnn/engine.h"
#include "image/preparer.h"
#include "model.h"
#include "net/inference.h"
#include "net/loss.h"
#include "net/top.h"

#define MAX_THREADS 1024
#define MAX_SIDE 65536 /* px */
#define MAX_PLANS 4096
#define FIRST_PREDICTION_SIZE 32 /* of the first release */

RN_ASSERT_ABI(resnet_session_options, 24);
RN_ASSERT_ABI(resnet_prediction, 32);

struct resnet_session {
    const resnet_model *model;
    rn_pool *pool;
    rn_inference *inference;
    rn_preparer *preparers; /* of classify, [n_threads] */
    float *inputs;
    size_t inputs_count;
    float *logits;
    size_t logits_count;
    int32_t *best; /* [n_classes] */
};

static const resnet_session_options DEFAULTS = {.struct_size = sizeof(resnet_session_options),
                                                .max_plans = 8};

resnet_status resnet_session_options_init(resnet_session_options *options, size_t size)
{
    return rn_options_write(options, size, &DEFAULTS, sizeof DEFAULTS, sizeof DEFAULTS,
                            "resnet_session_options");
}

static resnet_status check_options(const resnet_session_options *o)
{
    if (o->n_threads > MAX_THREADS)
        return rn_fail(RESNET_E_INVALID, "n_threads is %u, above %d", o->n_threads, MAX_THREADS);
    if (o->max_plans > MAX_PLANS)
        return rn_fail(RESNET_E_INVALID, "max_plans is %u, above %d", o->max_plans, MAX_PLANS);
    if (o->algorithm != RESNET_ALGORITHM_AUTO && o->algorithm != RESNET_ALGORITHM_DIRECT)
        return rn_fail(RESNET_E_INVALID, "algorithm is %d, which is none", (int)o->algorithm);
    if (o->reserved != 0) return rn_fail(RESNET_E_INVALID, "reserved must be 0");
    return RESNET_OK;
}

resnet_status resnet_session_create(resnet_session **out, const resnet_model *model,
                                    const resnet_session_options *options)
{
    RN_OWN_ARITHMETIC;
    resnet_status status;
    resnet_session_options o = DEFAULTS;
    resnet_session *session = NULL;
    if (!out || !model) return rn_fail(RESNET_E_INVALID, "resnet_session_create: NULL argument");
    RN_TRY(rn_options_read(&o, sizeof o, sizeof o, options, "resnet_session_options"));
    RN_TRY(check_options(&o));
    session = rn_calloc(1, sizeof *session);
    if (!session) return RESNET_E_NOMEM;
    session->model = model;
    RN_TRY(rn_pool_create(&session->pool, o.n_threads, rn_engine_start_thread));
    session->best = rn_alloc(resnet_model_get_n_classes(model), sizeof *session->best);
    session->preparers =
        rn_calloc(rn_pool_get_n_threads(session->pool), sizeof *session->preparers);
    status = session->preparers && session->best ? RESNET_OK : RESNET_E_NOMEM;
    if (status != RESNET_OK) goto done;
    const rn_inference_settings settings = {.winograd = o.algorithm == RESNET_ALGORITHM_AUTO,
                                            .max_plans = o.max_plans};
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
    rn_free(session->logits);
    rn_free(session->best);
    rn_free(session);
}

size_t resnet_session_get_n_threads(const resnet_session *session)
{
    return session ? rn_pool_get_n_threads(session->pool) : 0;
}

static resnet_status check_shape(size_t n_images, size_t height, size_t width)
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
    const resnet_status status = check_shape(n_images, height, width);
    return status == RESNET_OK ? rn_inference_prepare(session->inference, n_images, height, width)
                               : status;
}

static resnet_status run(resnet_session *session, const float *images_nchw, size_t n_images,
                         size_t height, size_t width, size_t output, float *values, size_t capacity)
{
    resnet_status status;
    if (!session || !images_nchw || !values) return rn_fail(RESNET_E_INVALID, "NULL argument");
    RN_TRY(check_shape(n_images, height, width));
    const size_t count = rn_inference_count_output(session->inference, height, width, output, NULL);
    if (capacity / count < n_images)
        return rn_fail(RESNET_E_INVALID, "room for %zu floats, %zu images of %zu are needed",
                       capacity, n_images, count);
    status =
        rn_inference_run(session->inference, images_nchw, n_images, height, width, output, values);
done:
    return status;
}

resnet_status resnet_session_logits(float *out, size_t capacity, resnet_session *session,
                                    const float *images_nchw, size_t n_images, size_t height,
                                    size_t width)
{
    RN_OWN_ARITHMETIC;
    return run(session, images_nchw, n_images, height, width, RN_OUTPUT_LOGITS, out, capacity);
}

resnet_status resnet_session_probabilities(float *out, size_t capacity, resnet_session *session,
                                           const float *images_nchw, size_t n_images, size_t height,
                                           size_t width)
{
    RN_OWN_ARITHMETIC;
    const resnet_status status =
        run(session, images_nchw, n_images, height, width, RN_OUTPUT_LOGITS, out, capacity);
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
    return run(session, images_nchw, n_images, height, width, RN_OUTPUT_EMBEDDING, out, capacity);
}

static resnet_status check_stage(int32_t stage)
{
    if (stage >= 1 && stage < RN_ARCH_N_STAGES) return RESNET_OK;
    return rn_fail(RESNET_E_INVALID, "stage is %d, not in [1, 4]", (int)stage);
}

resnet_status resnet_session_features(float *out_nchw, size_t capacity, resnet_session *session,
                                      const float *images_nchw, size_t n_images, size_t height,
                                      size_t width, int32_t stage)
{
    RN_OWN_ARITHMETIC;
    const resnet_status status = check_stage(stage);
    if (status != RESNET_OK) return status;
    return run(session, images_nchw, n_images, height, width, rn_arch_count_blocks((size_t)stage),
               out_nchw, capacity);
}

resnet_status resnet_session_get_feature_shape(size_t out_chw[3], const resnet_session *session,
                                               size_t height, size_t width, int32_t stage)
{
    resnet_status status;
    if (!session || !out_chw)
        return rn_fail(RESNET_E_INVALID, "resnet_session_get_feature_shape: NULL argument");
    RN_TRY(check_stage(stage));
    RN_TRY(check_shape(1, height, width));
    rn_inference_count_output(session->inference, height, width,
                              rn_arch_count_blocks((size_t)stage), out_chw);
done:
    return status;
}

static resnet_status reserve(float **buffer, size_t *count, size_t wanted)
{
    if (wanted <= *count) return RESNET_OK;
    float *larger = rn_alloc(wanted, sizeof *larger);
    if (!larger) return RESNET_E_NOMEM;
    rn_free(*buffer);
    *buffer = larger;
    *count = wanted;
    return RESNET_OK;
}

/* Images to be prepared, each by one task. */
typedef struct preparation {
    resnet_image *const *images;
    const resnet_recipe *recipe;
    rn_preparer *preparers; /* by worker */
    float *inputs;
    size_t count; /* floats per image */
} preparation;

static resnet_status prepare_image(void *context, size_t task, size_t worker)
{
    const preparation *p = context;
    return rn_preparer_run(&p->preparers[worker], p->images[task], p->recipe,
                           p->inputs + task * p->count);
}

/* out [k] structs of `size` bytes. */
static resnet_status rank(resnet_session *session, const float *logits, size_t k, char *out,
                          size_t size)
{
    resnet_status status = RESNET_OK;
    const size_t n_classes = resnet_model_get_n_classes(session->model);
    const double normaliser = rn_log_sum_exp(logits, n_classes);
    rn_top_choose(session->best, k, logits, n_classes);
    for (size_t i = 0; i < k; i++) {
        const int32_t c = session->best[i];
        const resnet_prediction one = {.label = c,
                                       .probability = rn_softmax_one(logits[c], normaliser),
                                       .logit = logits[c],
                                       .name =
                                           resnet_model_get_class_name(session->model, (size_t)c)};
        RN_TRY(rn_options_write(out + i * size, size, &one, sizeof one, FIRST_PREDICTION_SIZE,
                                "resnet_prediction"));
    }
done:
    return status;
}

static resnet_status check_images(resnet_image *const *images, size_t n_images)
{
    for (size_t i = 0; i < n_images; i++)
        if (!images[i]) return rn_fail(RESNET_E_INVALID, "image %zu is NULL", i);
    return RESNET_OK;
}

resnet_status resnet_session_classify_images(resnet_prediction *out, size_t size,
                                             resnet_session *session, resnet_image *const *images,
                                             size_t n_images, size_t k)
{
    RN_OWN_ARITHMETIC;
    resnet_status status;
    if (!session || !images || !out)
        return rn_fail(RESNET_E_INVALID, "resnet_session_classify_images: NULL argument");
    const resnet_recipe *recipe = &session->model->recipe;
    const size_t n_classes = resnet_model_get_n_classes(session->model);
    const size_t height = recipe->crop_height, width = recipe->crop_width;
    if (k == 0 || k > n_classes)
        return rn_fail(RESNET_E_INVALID, "k is %zu, not in [1, %zu]", k, n_classes);
    RN_TRY(check_shape(n_images, height, width));
    RN_TRY(check_images(images, n_images));
    RN_TRY(reserve(&session->inputs, &session->inputs_count, n_images * 3 * height * width));
    RN_TRY(reserve(&session->logits, &session->logits_count, n_images * n_classes));
    preparation p = {images, recipe, session->preparers, session->inputs, 3 * height * width};
    RN_TRY(rn_pool_run_pinned(session->pool, n_images, prepare_image, &p));
    RN_TRY(rn_inference_run(session->inference, session->inputs, n_images, height, width,
                            RN_OUTPUT_LOGITS, session->logits));
    for (size_t i = 0; i < n_images; i++)
        RN_TRY(rank(session, session->logits + i * n_classes, k, (char *)out + i * k * size, size));
done:
    return status;
}
