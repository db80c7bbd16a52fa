/* From pictures to outputs and predictions, a slice of them at a time so that memory does not grow
 * with their number. SPDX-License-Identifier: MIT */
#include "core/arithmetic.h"
#include "core/mem.h"
#include "core/options.h"
#include "net/loss.h"
#include "net/mean_rows.h"
#include "net/top.h"
#include "session_input.h"

/* No slice of several images is of one alone, which would round otherwise, or too short to keep the
 * threads busy; so the bits are those of one call. */
#define SLICE 64
#define SHORT 16

#define FIRST_PREDICTION_SIZE 32 /* of the first release */

RN_ASSERT_ABI(resnet_prediction, 32);

/* Of `left` pictures, which count once for each view. */
static size_t choose_slice(const resnet_session *session, size_t left)
{
    const size_t n_views = (size_t)session->views, slice = SLICE / n_views;
    return left < slice + SHORT / n_views ? left : slice;
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

/* Pictures to be prepared, each by one task. */
typedef struct preparation {
    resnet_session *session;
    const rn_session_input *input;
    size_t first;
    size_t count; /* floats per picture, all its views together */
} preparation;

static resnet_status prepare_one(void *context, size_t task, size_t worker)
{
    const preparation *p = context;
    resnet_session *session = p->session;
    const resnet_status status = rn_cancel_check(&session->cancel, "the run");
    if (status != RESNET_OK) return status;
    float *inputs = session->inputs + task * p->count;
    if (session->views != RESNET_VIEWS_ONE)
        return rn_session_input_views(p->input, &session->model->recipe, session->views,
                                      p->first + task, inputs);
    return p->input->prepare(p->input, &session->preparers[worker], &session->model->recipe,
                             p->first + task, inputs);
}

/* The prepared inputs of n pictures to rows of out. */
static resnet_status run_prepared(resnet_session *session, size_t n, rn_tap tap, float *out)
{
    resnet_status status;
    const size_t height = session->model->recipe.crop_height;
    const size_t width = session->model->recipe.crop_width;
    const size_t n_views = (size_t)session->views;
    const size_t count = rn_inference_count_output(session->inference, height, width, tap, NULL);
    float *rows = out;
    if (n_views > 1) {
        RN_TRY(reserve(&session->rows, &session->rows_count, n * n_views * count));
        rows = session->rows;
    }
    RN_TRY(rn_inference_run(session->inference, session->inputs, n * n_views, height, width, tap,
                            rows));
    if (n_views > 1) rn_mean_rows(out, rows, n, n_views, count);
done:
    return status;
}

/* Pictures first to first + n - 1 to rows of out. */
static resnet_status run_slice(resnet_session *session, const rn_session_input *input, size_t first,
                               size_t n, enum rn_tap_kind kind, float *out)
{
    resnet_status status;
    const size_t height = session->model->recipe.crop_height;
    const size_t width = session->model->recipe.crop_width;
    preparation p = {session, input, first, (size_t)session->views * 3 * height * width};
    RN_TRY(reserve(&session->inputs, &session->inputs_count, n * p.count));
    if (input->images) /* pictures of one size find their worker's tables again */
        RN_TRY(rn_pool_run_pinned(session->pool, n, prepare_one, &p));
    else
        RN_TRY(rn_pool_run(session->pool, n, prepare_one, &p));
    status = run_prepared(session, n, (rn_tap){kind, 0}, out);
done:
    return status;
}

static resnet_status check_session(const resnet_session *session, const void *out)
{
    if (!session || !out) return rn_fail(RESNET_E_INVALID, "out or session: NULL");
    return RESNET_OK;
}

static resnet_status check_input(const resnet_session *session, const rn_session_input *input)
{
    const resnet_recipe *recipe = &session->model->recipe;
    return rn_session_check_shape(input->n, recipe->crop_height, recipe->crop_width);
}

/* ---- outputs ---- */

size_t resnet_session_get_n_values(const resnet_session *session, int32_t output)
{
    if (!session || output < RESNET_OUTPUT_LOGITS || output > RESNET_OUTPUT_EMBEDDINGS) return 0;
    return output == RESNET_OUTPUT_EMBEDDINGS ? resnet_model_get_n_features(session->model)
                                              : resnet_model_get_n_classes(session->model);
}

static resnet_status check_output(const resnet_session *session, int32_t output, size_t n,
                                  size_t capacity)
{
    if (output < RESNET_OUTPUT_LOGITS || output > RESNET_OUTPUT_EMBEDDINGS)
        return rn_fail(RESNET_E_INVALID, "output: %d is not a RESNET_OUTPUT_*", (int)output);
    if (output != RESNET_OUTPUT_EMBEDDINGS) {
        const resnet_status status = rn_session_check_head(session);
        if (status != RESNET_OK) return status;
    }
    const size_t count = resnet_session_get_n_values(session, output);
    if (capacity / count >= n) return RESNET_OK;
    return rn_fail(RESNET_E_INVALID, "room for %zu floats, %zu pictures of %zu are needed",
                   capacity, n, count);
}

resnet_status rn_session_run(resnet_session *session, const rn_session_input *input, float *out,
                             size_t capacity, int32_t output)
{
    resnet_status status;
    const size_t count = resnet_session_get_n_values(session, output);
    RN_TRY(check_input(session, input));
    RN_TRY(check_output(session, output, input->n, capacity));
    rn_session_begin(session);
    for (size_t i = 0, n; i < input->n; i += n) {
        n = choose_slice(session, input->n - i);
        RN_TRY(run_slice(session, input, i, n,
                         output == RESNET_OUTPUT_EMBEDDINGS ? RN_TAP_EMBEDDING : RN_TAP_LOGITS,
                         out + i * count));
    }
    if (output == RESNET_OUTPUT_PROBABILITIES)
        for (size_t i = 0; i < input->n; i++) rn_softmax(out + i * count, count, out + i * count);
done:
    return status;
}

resnet_status resnet_session_run_images(float *out, size_t capacity, resnet_session *session,
                                        int32_t output, resnet_image *const *images,
                                        size_t n_images)
{
    RN_OWN_ARITHMETIC;
    resnet_status status;
    rn_session_input input;
    RN_TRY(check_session(session, out));
    RN_TRY(rn_session_input_images(&input, images, n_images));
    status = rn_session_run(session, &input, out, capacity, output);
done:
    return status;
}

resnet_status resnet_session_run_bytes(float *out, size_t capacity, resnet_session *session,
                                       int32_t output, const void *const *bytes,
                                       const size_t *bytes_sizes, size_t n_pictures,
                                       const resnet_image_options *options)
{
    RN_OWN_ARITHMETIC;
    resnet_status status;
    rn_session_input input;
    RN_TRY(check_session(session, out));
    RN_TRY(rn_session_input_bytes(&input, bytes, bytes_sizes, n_pictures, options));
    status = rn_session_run(session, &input, out, capacity, output);
done:
    return status;
}

resnet_status resnet_session_run_files(float *out, size_t capacity, resnet_session *session,
                                       int32_t output, const char *const *paths, size_t n_pictures,
                                       const resnet_image_options *options)
{
    RN_OWN_ARITHMETIC;
    resnet_status status;
    rn_session_input input;
    RN_TRY(check_session(session, out));
    RN_TRY(rn_session_input_files(&input, paths, n_pictures, options));
    status = rn_session_run(session, &input, out, capacity, output);
done:
    return status;
}

resnet_status resnet_session_run_frames(float *out, size_t capacity, resnet_session *session,
                                        int32_t output, const void *frames_nhwc, size_t n_frames,
                                        size_t width, size_t height, size_t stride, int32_t layout)
{
    RN_OWN_ARITHMETIC;
    resnet_status status;
    rn_session_input input;
    RN_TRY(check_session(session, out));
    RN_TRY(rn_session_input_frames(&input, frames_nhwc, n_frames, width, height, stride, layout));
    status = rn_session_run(session, &input, out, capacity, output);
done:
    return status;
}

/* ---- predictions ---- */

resnet_status rn_session_rank(resnet_prediction *out, size_t size, size_t k,
                              const resnet_model *model, const float *logits, int32_t *best)
{
    resnet_status status = RESNET_OK;
    char *at = (char *)out;
    const size_t n_classes = resnet_model_get_n_classes(model);
    const double normaliser = rn_log_sum_exp(logits, n_classes);
    rn_top_choose(best, k, logits, n_classes);
    for (size_t i = 0; i < k; i++, at += size) {
        const int32_t c = best[i];
        const resnet_prediction one = {.name = resnet_model_get_class_name(model, (size_t)c),
                                       .label = c,
                                       .probability = rn_softmax_one(logits[c], normaliser),
                                       .logit = logits[c]};
        RN_TRY(rn_options_write(at, size, &one, sizeof one, FIRST_PREDICTION_SIZE,
                                "resnet_prediction"));
    }
done:
    return status;
}

static resnet_status check_k(const resnet_session *session, size_t k)
{
    const size_t n_classes = resnet_model_get_n_classes(session->model);
    const resnet_status status = rn_session_check_head(session);
    if (status != RESNET_OK || (k > 0 && k <= n_classes)) return status;
    return rn_fail(RESNET_E_INVALID, "k is %zu, not in [1, %zu]", k, n_classes);
}

static resnet_status classify_all(resnet_session *session, const rn_session_input *input, size_t k,
                                  resnet_prediction *out, size_t size)
{
    resnet_status status;
    const size_t n_classes = resnet_model_get_n_classes(session->model);
    char *at = (char *)out;
    RN_TRY(check_input(session, input));
    RN_TRY(check_k(session, k));
    rn_session_begin(session);
    for (size_t i = 0, n; i < input->n; i += n) {
        n = choose_slice(session, input->n - i);
        RN_TRY(reserve(&session->logits, &session->logits_count, n * n_classes));
        RN_TRY(run_slice(session, input, i, n, RN_TAP_LOGITS, session->logits));
        for (size_t j = 0; j < n; j++, at += k * size)
            RN_TRY(rn_session_rank((resnet_prediction *)(void *)at, size, k, session->model,
                                   session->logits + j * n_classes, session->best));
    }
done:
    return status;
}

resnet_status resnet_session_classify_images(resnet_prediction *out, size_t size,
                                             resnet_session *session, resnet_image *const *images,
                                             size_t n_images, size_t k)
{
    RN_OWN_ARITHMETIC;
    resnet_status status;
    rn_session_input input;
    RN_TRY(check_session(session, out));
    RN_TRY(rn_session_input_images(&input, images, n_images));
    status = classify_all(session, &input, k, out, size);
done:
    return status;
}

resnet_status resnet_session_classify_bytes(resnet_prediction *out, size_t size,
                                            resnet_session *session, const void *const *bytes,
                                            const size_t *bytes_sizes, size_t n_pictures, size_t k,
                                            const resnet_image_options *options)
{
    RN_OWN_ARITHMETIC;
    resnet_status status;
    rn_session_input input;
    RN_TRY(check_session(session, out));
    RN_TRY(rn_session_input_bytes(&input, bytes, bytes_sizes, n_pictures, options));
    status = classify_all(session, &input, k, out, size);
done:
    return status;
}

resnet_status resnet_session_classify_files(resnet_prediction *out, size_t size,
                                            resnet_session *session, const char *const *paths,
                                            size_t n_pictures, size_t k,
                                            const resnet_image_options *options)
{
    RN_OWN_ARITHMETIC;
    resnet_status status;
    rn_session_input input;
    RN_TRY(check_session(session, out));
    RN_TRY(rn_session_input_files(&input, paths, n_pictures, options));
    status = classify_all(session, &input, k, out, size);
done:
    return status;
}

resnet_status resnet_session_classify_frames(resnet_prediction *out, size_t size,
                                             resnet_session *session, const void *frames_nhwc,
                                             size_t n_frames, size_t width, size_t height,
                                             size_t stride, int32_t layout, size_t k)
{
    RN_OWN_ARITHMETIC;
    resnet_status status;
    rn_session_input input;
    RN_TRY(check_session(session, out));
    RN_TRY(rn_session_input_frames(&input, frames_nhwc, n_frames, width, height, stride, layout));
    status = classify_all(session, &input, k, out, size);
done:
    return status;
}
