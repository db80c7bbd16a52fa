/* What hosts do with a model, while one allocation fails, of ours or of oneDNN's, jansson's and the
 * others': classify, learn, measure, tell. SPDX-License-Identifier: MIT */
#include "../scratch.h"
#include "exhaust.h"

#include "core/mem.h"

#include <resnet/resnet.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 32 /* px */
#define N_CLASSES 3
#define N_PICTURES 6

static resnet_model *model;
static resnet_image *picture;
static resnet_dataset *dataset;
static resnet_metrics *metrics;
static char path[SCRATCH_SIZE];

/* ---- preparation, with enough memory ---- */

static resnet_status make_model(resnet_model **out)
{
    resnet_status status;
    resnet_model_options options;
    resnet_recipe recipe;
    static const char *const names[N_CLASSES] = {"kite", "crane, a bird with a long name", "bat"};
    RN_TRY(resnet_model_options_init(&options, sizeof options));
    options.n_classes = N_CLASSES;
    options.seed = 5;
    RN_TRY(resnet_model_create(out, &options));
    RN_TRY(resnet_recipe_init(&recipe, sizeof recipe, "signed"));
    RN_TRY(resnet_recipe_set_size(&recipe, SIZE));
    RN_TRY(resnet_model_set_recipe(*out, &recipe));
    status = resnet_model_set_class_names(*out, names, N_CLASSES);
done:
    return status;
}

static resnet_status make_dataset(resnet_dataset **out)
{
    resnet_status status;
    static const char *const names[N_CLASSES] = {"kite", "crane", "bat"};
    static unsigned char pixels[N_PICTURES][SIZE * SIZE * 3];
    resnet_dataset_builder *builder = NULL;
    RN_TRY(resnet_dataset_builder_create(&builder, names, N_CLASSES, NULL));
    for (size_t i = 0; i < N_PICTURES; i++) {
        for (size_t k = 0; k < sizeof pixels[i]; k++)
            pixels[i][k] = (unsigned char)(k * (7 + i) + (k >> 5));
        RN_TRY(resnet_dataset_builder_add_pixels(
            builder, pixels[i], SIZE, SIZE, 0, RESNET_PIXELS_RGB, (int32_t)(i % N_CLASSES), NULL));
    }
    RN_TRY(resnet_dataset_builder_finish(out, builder));
    status = resnet_dataset_load_image(&picture, *out, 0);
done:
    resnet_dataset_builder_free(builder);
    return status;
}

static resnet_status make_metrics(resnet_metrics **out)
{
    static const float scores[4][N_CLASSES] = {{2, 1, 0}, {0, 1, 2}, {1, 3, 0}, {0, 2, 1}};
    static const int32_t labels[4] = {0, 1, 2, 1};
    static const char *const names[N_CLASSES] = {"kite", "crane \xc3\xa9", "bat"};
    const resnet_status status = resnet_metrics_create(out, N_CLASSES, names, NULL);
    return status == RESNET_OK ? resnet_metrics_add(*out, &scores[0][0], labels, NULL, 4) : status;
}

/* ---- the cases ---- */

static uint64_t digest_model(uint64_t digest, const resnet_model *of)
{
    for (size_t i = 0; i < resnet_model_get_n_tensors(of); i++) {
        resnet_tensor_view view;
        if (resnet_model_get_tensor(&view, sizeof view, of, i) != RESNET_OK) return 0;
        size_t count = 1;
        for (size_t d = 0; d < view.n_dims; d++) count *= (size_t)view.dims[d];
        /* every 97th value, for there are 25 million; all of the small ones */
        const size_t step = count > 10000 ? 97 : 1;
        const float *values = view.data;
        for (size_t k = 0; k < count; k += step)
            digest = exhaust_digest(digest, &values[k], sizeof values[k]);
    }
    for (size_t i = 0; i < resnet_model_get_n_classes(of); i++) {
        const char *name = resnet_model_get_class_name(of, i);
        digest = exhaust_digest(digest, name, strlen(name) + 1);
    }
    return digest;
}

static resnet_status classify(const void *input, uint64_t *digest)
{
    resnet_status status;
    resnet_session *session = NULL;
    resnet_session_options options;
    resnet_prediction top[2] = {{0}};
    (void)input;
    RN_TRY(resnet_session_options_init(&options, sizeof options));
    options.n_threads = 2;
    RN_TRY(resnet_session_create(&session, model, &options));
    RN_TRY(resnet_session_classify_images(top, sizeof *top, session, &picture, 1, 2));
    for (size_t i = 0; i < 2; i++) {
        *digest = exhaust_digest(*digest, &top[i].logit, sizeof top[i].logit);
        *digest = exhaust_digest(*digest, &top[i].label, sizeof top[i].label);
    }
done:
    resnet_session_free(session);
    return status;
}

/* A run that fails has spoilt the model, so that it makes one of its own. */
static resnet_status learn(int32_t freeze, uint64_t *digest)
{
    resnet_status status;
    resnet_model *own = NULL;
    resnet_trainer *trainer = NULL;
    resnet_trainer_options options;
    RN_TRY(make_model(&own));
    RN_TRY(resnet_trainer_options_init(&options, sizeof options));
    options.n_epochs = 1;
    options.batch_size = 3;
    options.n_threads = 2;
    options.n_loaders = 1;
    options.freeze = freeze;
    options.allow_random_features = 1;
    RN_TRY(resnet_trainer_create(&trainer, own, dataset, dataset, &options));
    RN_TRY(resnet_trainer_fit(trainer));
    *digest = digest_model(*digest, own);
done:
    resnet_trainer_free(trainer);
    resnet_model_free(own);
    return status;
}

static resnet_status learn_head(const void *input, uint64_t *digest)
{
    (void)input;
    return learn(RESNET_FREEZE_ALL, digest);
}

static resnet_status learn_all(const void *input, uint64_t *digest)
{
    (void)input;
    return learn(RESNET_FREEZE_NONE, digest);
}

static resnet_status evaluate(const void *input, uint64_t *digest)
{
    resnet_status status;
    double loss = 0;
    resnet_metrics *own = NULL;
    (void)input;
    RN_TRY(resnet_metrics_create(&own, N_CLASSES, NULL, NULL));
    RN_TRY(resnet_evaluate(own, model, dataset, NULL));
    RN_TRY(resnet_metrics_get(&loss, own, "loss"));
    *digest = exhaust_digest(*digest, &loss, sizeof loss);
done:
    resnet_metrics_free(own);
    return status;
}

static resnet_status report(const void *input, uint64_t *digest)
{
    const int32_t format = *(const int32_t *)input;
    static const double losses[3] = {1.5, 0.1, NAN};
    resnet_status status;
    resnet_report *own = NULL;
    resnet_report_options options;
    char *text = NULL;
    size_t size = 0;
    RN_TRY(resnet_report_options_init(&options, sizeof options));
    options.n_resamples = 5;
    RN_TRY(resnet_report_create(&own, metrics, &options));
    RN_TRY(resnet_report_add_history(own, "loss", losses, 3));
    RN_TRY(resnet_report_add_picture(own, 2, "a bat", NULL, 0));
    RN_TRY(resnet_report_copy(NULL, 0, &size, own, format));
    text = rn_alloc(size + 1, 1);
    if (!text) {
        status = RESNET_E_NOMEM;
        goto done;
    }
    RN_TRY(resnet_report_copy(text, size + 1, &size, own, format));
    *digest = exhaust_digest(*digest, text, size);
done:
    rn_free(text);
    resnet_report_free(own);
    return status;
}

static resnet_status save(const void *input, uint64_t *digest)
{
    (void)digest;
    return resnet_model_save(model, path, *(const int32_t *)input);
}

static resnet_status load(const void *input, uint64_t *digest)
{
    resnet_model *own = NULL;
    (void)input;
    const resnet_status status = resnet_model_load(&own, path, NULL);
    if (status == RESNET_OK) *digest = digest_model(*digest, own);
    resnet_model_free(own);
    return status;
}

/* One of the two formats, whole: a load that checks every tensor goes well. */
static bool is_loadable(const void *input)
{
    resnet_model *own = NULL;
    (void)input;
    const resnet_status status = resnet_model_load(&own, path, NULL);
    resnet_model_free(own);
    return status == RESNET_OK;
}

int main(int argc, char **argv)
{
    static const int32_t text = RESNET_REPORT_TEXT, json = RESNET_REPORT_JSON,
                         html = RESNET_REPORT_HTML, hdf5 = RESNET_FORMAT_HDF5,
                         safetensors = RESNET_FORMAT_SAFETENSORS;
    static const exhaust_case cases[] = {
        {"report: text", &text, report, NULL, 0, false, false, 0},
        {"report: JSON", &json, report, NULL, 0, false, false, 0},
        {"report: HTML", &html, report, NULL, 0, false, false, 0},
        {"classify", NULL, classify, NULL, 24, true, false, 10},
        {"evaluate", NULL, evaluate, NULL, 8, true, false, 0},
        {"learn a head", NULL, learn_head, NULL, 16, true, false, 0},
        {"learn everything", NULL, learn_all, NULL, 8, true, false, 4},
        {"save safetensors", &safetensors, save, is_loadable, 8, false, false, 0},
        {"load safetensors", NULL, load, NULL, 8, false, false, 0},
        {"save HDF5", &hdf5, save, is_loadable, 8, false, false, 0},
        {"load HDF5", NULL, load, NULL, 8, true, false, 0},
    };
    if (!scratch_file(path) || make_model(&model) != RESNET_OK ||
        make_dataset(&dataset) != RESNET_OK || make_metrics(&metrics) != RESNET_OK ||
        resnet_model_save(model, path, RESNET_FORMAT_SAFETENSORS) != RESNET_OK) {
        fprintf(stderr, "%s\n", resnet_last_error());
        return 1;
    }
    const int status = exhaust_main(argc, argv, cases, sizeof cases / sizeof *cases);
    unlink(path);
    resnet_image_free(picture);
    resnet_metrics_free(metrics);
    resnet_dataset_free(dataset);
    resnet_model_free(model);
    return status;
}
