/* resnet50 embed: pictures to vectors. SPDX-License-Identifier: MIT */
#include "commands.h"
#include "npy.h"
#include "open_model.h"
#include "output.h"
#include "output_check.h"
#include "output_file.h"
#include "picture_list.h"
#include "pictures.h"

#include <math.h>
#include <stdlib.h>

typedef struct embed_settings {
    common_settings common;
    const char *out;
    uint32_t batch;
} embed_settings;

static const option_row options[] = {
    OPTION_TEXT(embed_settings, out, "--out", "FILE.npy", "where the vectors go"),
    OPTION_U32(embed_settings, batch, "--batch", "N", 1, 4096, "pictures run at once"),
    OPTION_END,
};

typedef struct embedder {
    resnet_session *session;
    size_t batch;
    size_t size; /* floats of an embedding */
    output_file *file;
    const char *path;
    json_t *document;  /* an array; NULL: none is wanted */
    picture *pictures; /* [batch] */
    float *embeddings; /* [batch][size] */
    int is_short;      /* rows are missing, so that the file is good for nothing */
} embedder;

static json_t *describe_row(const picture *one, size_t row)
{
    json_t *description = json_object();
    json_put(description, "path", json_text(one->path));
    json_put(description, "row", json_integer((json_int_t)row));
    if (*one->error) json_put(description, "error", json_text(one->error));
    return description;
}

/* Writes a row per picture, NaN for one that could not be read, so that row i is picture i. */
static int write_rows(const embedder *self, size_t first, size_t n)
{
    int status = 0;
    for (size_t i = 0; i < n; i++) {
        const picture *one = &self->pictures[i];
        float *row = self->embeddings + i * self->size;
        if (*one->error) status = say_error("%s", one->error);
        for (size_t c = 0; *one->error && c < self->size; c++) row[c] = NAN;
        if (self->document) json_push(self->document, describe_row(one, first + i));
        output_bytes(self->file, row, self->size * sizeof *row);
    }
    return status;
}

static resnet_status ask(void *user_data, const char *const *paths, size_t first, size_t n)
{
    const embedder *self = user_data;
    return resnet_session_run_files(self->embeddings + first * self->size, n * self->size,
                                    self->session, RESNET_OUTPUT_EMBEDDINGS, paths, n, NULL);
}

static int embed_batch(embedder *self, char **paths, size_t first, size_t n)
{
    self->is_short = ask_about_pictures(self->pictures, paths + first, n, ask, self);
    return self->is_short ? EXIT_FAILED : write_rows(self, first, n);
}

static int embed_all(embedder *self, char **paths, size_t n)
{
    int status = 0;
    self->pictures = allocate(self->batch, sizeof *self->pictures);
    self->embeddings = allocate(self->batch * self->size, sizeof *self->embeddings);
    self->is_short = !self->pictures || !self->embeddings;
    npy_begin(self->file, n, self->size);
    for (size_t i = 0; i < n && !self->is_short; i += self->batch)
        status |= embed_batch(self, paths, i, n - i < self->batch ? n - i : self->batch);
    free(self->embeddings);
    free(self->pictures);
    return status;
}

static int tell(const embedder *self, size_t n)
{
    if (!self->document) {
        tell_line("%s: %zu x %zu float32", self->path, n, self->size);
        return 0;
    }
    json_t *document = json_object();
    json_put(document, "out", json_text(self->path));
    json_put(document, "shape", json_pack("[I, I]", (json_int_t)n, (json_int_t)self->size));
    json_put(document, "images", self->document);
    return print_json(document);
}

static int embed(const embed_settings *settings, resnet_session *session, const picture_list *list)
{
    embedder work = {.session = session,
                     .batch = settings->batch,
                     .size = resnet_session_get_n_values(session, RESNET_OUTPUT_EMBEDDINGS),
                     .path = settings->out};
    work.file = output_open(settings->out);
    if (!work.file) return EXIT_FAILED;
    if (settings->common.json) work.document = json_array();
    const int status = embed_all(&work, list->paths, list->n);
    if (output_close(work.file, !work.is_short)) return EXIT_FAILED;
    return status | (work.is_short ? 0 : tell(&work, list->n));
}

static int open_and_embed(const command *self, const embed_settings *settings,
                          const picture_list *list)
{
    resnet_model *model = NULL;
    resnet_session *session = NULL;
    int status = open_model(self, &model, &settings->common, HEAD_OPTIONAL);
    if (!status) status = open_session(&session, model, &settings->common, RESNET_VIEWS_ONE);
    if (!status) status = embed(settings, session, list);
    resnet_session_free(session);
    resnet_model_free(model);
    return status;
}

/* --out must be none of what is read, whatever it is called. */
static int check_out(const command *self, const embed_settings *settings, const picture_list *list)
{
    const output out = {"--out", settings->out, OUTPUT_OTHER};
    const char *weights = weights_path(&settings->common);
    for (size_t i = 0; i < list->n; i++)
        if (is_same_file(settings->out, list->paths[i]))
            return usage_error(self, "--out %s: is one of the pictures", settings->out);
    if (weights && is_same_file(settings->out, weights))
        return usage_error(self, "--out %s: is the file of weights", settings->out);
    return check_outputs(self, &out, 1);
}

static int run(const command *self, int argc, char **argv)
{
    embed_settings settings = {.batch = 8};
    picture_list list = {NULL, 0, 0};
    int status = 0;
    const int n = parse_arguments(self, &settings, argc, argv, &status);
    if (n < 0) return status;
    if (!settings.out) return usage_error(self, "--out is missing");
    status = picture_list_fill(&list, argv, (size_t)n);
    if (!status) status = check_out(self, &settings, &list);
    if (!status) status = open_and_embed(self, &settings, &list);
    picture_list_free(&list);
    return status;
}

const command embed_command = {
    .name = "embed",
    .operands = "IMAGE|DIR|-...",
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .summary = "Pictures to vectors: the 2048 pooled features of each, as a NumPy file.",
    .details =
        "DIR stands for the pictures in it and below, - for a list on standard input, a path a\n"
        "line. Row i belongs to picture i; it is NaN for one that cannot be read, and the exit "
        "status\n"
        "is then 1. JSON: {out, shape, images: [{path, row, error?}]}.\n",
    .options = {options},
    .run = run,
};
