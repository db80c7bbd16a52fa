/* A file is taken for the same picture if its last two names (class and file), label and size are:
 * folders move, and reading all pictures would take as long as an epoch. SPDX-License-Identifier:
 * MIT */
#include "train/identity.h"

#include "core/mem.h"
#include "data/dataset.h"
#include "data/fingerprint.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define N_LOOKED_AT 64 /* pictures that are no files, evenly spread, whose pixels count */
#define MAX_NAME 64

/* ---- what there is ---- */

static size_t escape(char *out, const char *name)
{
    size_t n = 0;
    for (; *name; name++) {
        if (*name == '\\' || *name == '\n') out[n++] = '\\';
        out[n++] = *name == '\n' ? 'n' : *name;
    }
    return n;
}

static char *list_classes(const resnet_dataset *dataset)
{
    const size_t n_classes = resnet_dataset_get_n_classes(dataset);
    size_t size = 1, n = 0;
    for (size_t c = 0; c < n_classes; c++)
        size += 2 * strlen(resnet_dataset_get_class_name(dataset, c)) + 1;
    char *text = rn_alloc(size, 1);
    if (!text) return NULL;
    for (size_t c = 0; c < n_classes; c++) {
        n += escape(text + n, resnet_dataset_get_class_name(dataset, c));
        text[n++] = '\n';
    }
    text[n] = '\0';
    return text;
}

/* "cat/1.jpg" of "/data/pets/train/cat/1.jpg". */
static const char *get_tail(const char *path)
{
    size_t n_slashes = 0;
    const char *at = path + strlen(path);
    while (at > path && !(at[-1] == '/' && ++n_slashes == 2)) at--;
    return at;
}

static uint64_t fold(uint64_t digest, const void *bytes, size_t size)
{
    return rn_fingerprint_bytes(bytes, size, digest).high;
}

static uint64_t fold_pixels(uint64_t digest, const resnet_dataset *dataset, size_t index)
{
    resnet_image *image = NULL;
    if (resnet_dataset_load_image(&image, dataset, index) != RESNET_OK) return digest;
    const rn_fingerprint pixels = rn_fingerprint_image(image);
    resnet_image_free(image);
    return fold(digest, &pixels, sizeof pixels);
}

static bool is_looked_at(size_t index, size_t n)
{
    return n <= N_LOOKED_AT || index % (n / N_LOOKED_AT) == 0;
}

static void describe_sample(uint64_t *out_digest, uint64_t *out_time, const resnet_dataset *dataset,
                            size_t index)
{
    const char *path = resnet_dataset_get_path(dataset, index), *tail = get_tail(path);
    const int32_t label = resnet_dataset_get_label(dataset, index);
    uint64_t digest = fold(fold(0, tail, strlen(tail)), &label, sizeof label);
    struct stat info;
    *out_time = 0;
    if (dataset->source->kind != &RN_SOURCE_FILES) {
        if (is_looked_at(index, dataset->n)) digest = fold_pixels(digest, dataset, index);
    } else if (stat(path, &info) == 0) {
        const uint64_t size = (uint64_t)info.st_size;
        digest = fold(digest, &size, sizeof size);
        *out_time =
            (uint64_t)info.st_mtim.tv_sec * UINT64_C(1000000000) + (uint64_t)info.st_mtim.tv_nsec;
    }
    *out_digest = digest;
}

resnet_status rn_identity_open(rn_identity *out, const resnet_dataset *dataset, const char *role)
{
    *out = (rn_identity){.role = role, .dataset = dataset};
    if (!dataset) return RESNET_OK;
    out->classes = list_classes(dataset);
    out->samples = rn_alloc(dataset->n, sizeof *out->samples);
    out->times = rn_alloc(dataset->n, sizeof *out->times);
    if (!out->classes || !out->samples || !out->times) {
        rn_identity_close(out);
        return RESNET_E_NOMEM;
    }
    for (size_t i = 0; i < dataset->n; i++)
        describe_sample(&out->samples[i], &out->times[i], dataset, i);
    return RESNET_OK;
}

void rn_identity_close(rn_identity *identity)
{
    rn_free(identity->classes);
    rn_free(identity->samples);
    rn_free(identity->times);
    identity->classes = NULL;
    identity->samples = identity->times = NULL;
}

/* ---- in a checkpoint ---- */

static void name_entry(char out[MAX_NAME], const rn_identity *identity, const char *what)
{
    snprintf(out, MAX_NAME, "%s_%s", identity->role, what);
}

resnet_status rn_identity_add(rn_checkpoint *checkpoint, const rn_identity *identity)
{
    char name[MAX_NAME];
    resnet_status status = RESNET_OK;
    if (!identity->dataset) return status;
    name_entry(name, identity, "classes");
    RN_TRY(rn_checkpoint_add_text(checkpoint, name, identity->classes));
    name_entry(name, identity, "samples");
    RN_TRY(rn_checkpoint_add_u64(checkpoint, name, identity->dataset->n, identity->samples));
    name_entry(name, identity, "times");
    status = rn_checkpoint_add_u64(checkpoint, name, identity->dataset->n, identity->times);
done:
    return status;
}

static int line_length(const char *text)
{
    return (int)strcspn(text, "\n");
}

static resnet_status check_classes(const rn_checkpoint *checkpoint, const rn_identity *identity)
{
    char name[MAX_NAME];
    name_entry(name, identity, "classes");
    const char *found = rn_checkpoint_find_text(checkpoint, name), *ours = identity->classes;
    if (!found) return RESNET_OK; /* of a release that did not keep them */
    for (size_t c = 0; *found || *ours; c++) {
        const int n_found = line_length(found), n_ours = line_length(ours);
        if (!*found || !*ours || n_found != n_ours || memcmp(found, ours, (size_t)n_ours) != 0)
            return rn_fail(RESNET_E_INVALID,
                           "a run in which class %zu of the %s data was \"%.*s\", which cannot go "
                           "on with \"%.*s\"",
                           c, identity->role, n_found, found, n_ours, ours);
        found += n_found + 1;
        ours += n_ours + 1;
    }
    return RESNET_OK;
}

static resnet_status check_samples(const rn_checkpoint *checkpoint, const rn_identity *identity)
{
    char name[MAX_NAME];
    size_t n_found = 0;
    const resnet_dataset *dataset = identity->dataset;
    name_entry(name, identity, "samples");
    const uint64_t *found = rn_checkpoint_find_u64(checkpoint, name, &n_found);
    if (!found) return RESNET_OK;
    if (n_found != dataset->n)
        return rn_fail(RESNET_E_INVALID,
                       "a run with %zu samples of %s data, which cannot go on with %zu", n_found,
                       identity->role, dataset->n);
    for (size_t i = 0; i < n_found; i++)
        if (found[i] != identity->samples[i])
            return rn_fail(RESNET_E_INVALID,
                           "a run whose sample %zu of the %s data was another one than %s is now "
                           "(its name, label or content)",
                           i, identity->role, resnet_dataset_get_path(dataset, i));
    return RESNET_OK;
}

static void warn_of_times(const rn_checkpoint *checkpoint, const rn_identity *identity,
                          const rn_log *log)
{
    char name[MAX_NAME];
    size_t n_found = 0, n_other = 0, first = 0;
    name_entry(name, identity, "times");
    const uint64_t *found = rn_checkpoint_find_u64(checkpoint, name, &n_found);
    for (size_t i = 0; found && i < n_found && i < identity->dataset->n; i++)
        if (found[i] != identity->times[i] && n_other++ == 0) first = i;
    if (n_other > 0)
        rn_log_line(log, RESNET_LOG_WARNING,
                    "%s: was written since the run began, as were %zu of %zu pictures of the %s "
                    "data; if their content changed, so will the result",
                    resnet_dataset_get_path(identity->dataset, first), n_other - 1, n_found,
                    identity->role);
}

resnet_status rn_identity_check(const rn_checkpoint *checkpoint, const rn_identity *identity,
                                const rn_log *log)
{
    resnet_status status = RESNET_OK;
    if (!identity->dataset) return status;
    RN_TRY(check_classes(checkpoint, identity));
    RN_TRY(check_samples(checkpoint, identity));
    warn_of_times(checkpoint, identity, log);
done:
    return status;
}
