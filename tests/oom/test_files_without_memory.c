/* Weight files in every format, read and written while one allocation fails, a foreign one or ours.
 * SPDX-License-Identifier: MIT */
#include "../scratch.h"
#include "exhaust.h"

#include "arch/arch.h"
#include "core/file.h"
#include "core/json_text.h"
#include "core/mem.h"
#include "store/checkpoint.h"
#include "store/containers.h"
#include "store/names.h"

#include <dirent.h>
#include <resnet/model.h>
#include <string.h>

#define MAX_FILE (UINT64_C(1) << 26)
#define MAX_CASES 64

/* ---- reading what the frameworks wrote ---- */

typedef struct file {
    void *bytes;
    size_t size;
} file;

static uint64_t digest_text(uint64_t digest, const char *text)
{
    return exhaust_digest(digest, text ? text : "", text ? strlen(text) + 1 : 0);
}

static uint64_t digest_info(uint64_t digest, const rn_weights_info *info)
{
    digest = digest_text(digest, info->format);
    digest = exhaust_digest(digest, &info->variant, sizeof info->variant);
    digest = exhaust_digest(digest, &info->bn_epsilon, sizeof info->bn_epsilon);
    digest = exhaust_digest(digest, &info->stem_pool, sizeof info->stem_pool);
    if (info->has_recipe) digest = exhaust_digest(digest, &info->recipe, sizeof info->recipe);
    for (size_t i = 0; i < info->n_class_names; i++)
        digest = digest_text(digest, info->class_names[i]);
    digest = digest_text(digest, info->licence);
    digest = digest_text(digest, info->provenance);
    for (size_t i = 0; i < info->metadata.count; i++) {
        digest = digest_text(digest, info->metadata.items[i].key);
        digest = digest_text(digest, info->metadata.items[i].value);
    }
    digest = exhaust_digest(digest, &info->head_pooling, sizeof info->head_pooling);
    digest = exhaust_digest(digest, info->head_activations, sizeof info->head_activations);
    return exhaust_digest(digest, &info->head_dropout, sizeof info->head_dropout);
}

static resnet_status digest_tensor(const rn_raw_set *set, const rn_raw_tensor *tensor,
                                   uint64_t *digest)
{
    const uint64_t count = rn_raw_count(tensor);
    *digest = digest_text(*digest, tensor->name);
    *digest = exhaust_digest(*digest, tensor->dims, sizeof tensor->dims);
    if (tensor->dtype == RN_DTYPE_OTHER) return RESNET_OK;
    float *values = rn_alloc(count, sizeof *values);
    if (!values) return RESNET_E_NOMEM;
    const resnet_status status = rn_raw_read(set, tensor, values);
    if (status == RESNET_OK) *digest = exhaust_digest(*digest, values, count * sizeof *values);
    rn_free(values);
    return status;
}

static resnet_status read_container(const void *input, uint64_t *digest)
{
    const file *from = input;
    rn_raw_set *set = NULL;
    rn_budget budget = rn_budget_make(RN_DEFAULT_BUDGET(from->size));
    resnet_status status =
        rn_container_parse(&set, from->bytes, from->size, RN_ACCEPT_ALL, &budget);
    for (size_t i = 0; status == RESNET_OK && i < set->n_tensors; i++)
        status = digest_tensor(set, &set->tensors[i], digest);
    if (status == RESNET_OK) *digest = digest_info(*digest, &set->info);
    rn_raw_free(set);
    return status;
}

/* ---- writing ---- */

typedef resnet_status (*writer)(const rn_weights *weights, const char *path);

typedef struct written {
    writer write;
    const rn_weights *weights;
    char path[SCRATCH_SIZE];
    file before, after; /* what stood there, and what shall */
} written;

static bool same(const file *a, const file *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static resnet_status write_weights(const void *input, uint64_t *digest)
{
    const written *to = input;
    (void)digest;
    return to->write(to->weights, to->path);
}

/* The old file or the new one, to the byte. Puts the old one back. */
static bool is_whole(const void *input)
{
    const written *to = input;
    file now = {NULL, 0};
    if (rn_file_read(&now.bytes, &now.size, to->path, MAX_FILE) != RESNET_OK) return false;
    const bool replaced = !same(&now, &to->before);
    const bool whole = !replaced || same(&now, &to->after);
    rn_free(now.bytes);
    return whole &&
           (!replaced || rn_file_write(to->path, to->before.bytes, to->before.size) == RESNET_OK);
}

/* ---- weights of every name and few values ---- */

static resnet_status add_tensor(rn_weights *weights, const char *name, size_t n_dims)
{
    static const uint64_t dims[4] = {2, 3, 1, 1};
    float *values = NULL;
    const resnet_status status = rn_weights_add(weights, &values, name, NULL, n_dims, dims);
    for (size_t i = 0; status == RESNET_OK && i < (n_dims == 1 ? 2 : 6); i++)
        values[i] = (float)weights->n_tensors + (float)i / 8;
    return status;
}

static resnet_status add_conv(rn_weights *weights, const rn_arch_conv *conv)
{
    resnet_status status = RESNET_OK;
    for (int variable = 0; variable < RN_N_VARIABLES; variable++) {
        char name[RN_NAME_SIZE];
        if (variable == RN_VAR_BIAS) continue;
        rn_names_canonical(name, conv, (enum rn_variable)variable);
        RN_TRY(add_tensor(weights, name, variable == RN_VAR_KERNEL ? 4 : 1));
    }
done:
    return status;
}

static resnet_status describe(rn_weights_info *info)
{
    resnet_status status;
    static const char *const NAMES[] = {"n\xc2\xb0 1: a name well above sixteen bytes",
                                        "n\xc2\xb0 2"};
    info->variant = RESNET_VARIANT_V1;
    info->bn_epsilon = 1e-3f;
    info->stem_pool = RESNET_STEM_POOL_UNPADDED;
    info->head_pooling = RESNET_POOLING_MAX;
    info->head_activations[0].kind = RESNET_ACTIVATION_TANH;
    info->head_dropout = 0.3f;
    info->has_recipe = true;
    RN_TRY(resnet_recipe_init(&info->recipe, sizeof info->recipe, "keras"));
    RN_TRY(
        rn_pairs_set(&info->metadata, "a key", "and a text that is longer than thirty-two bytes"));
    info->class_names = rn_calloc(2, sizeof *info->class_names);
    info->licence = rn_strdup("CC0-1.0");
    info->provenance = rn_strdup("drawn by a test, and told in more than thirty-two bytes");
    for (size_t i = 0; info->class_names && i < 2; i++)
        info->class_names[info->n_class_names++] = rn_strdup(NAMES[i]);
done:
    return status;
}

static resnet_status make_weights(rn_weights **out)
{
    resnet_status status;
    rn_arch *arch = NULL;
    const rn_arch_settings settings = {.depth = 50};
    RN_TRY(rn_arch_create(&arch, &settings));
    RN_TRY(rn_weights_create(out, arch));
    for (size_t i = 0; i < arch->n_convs; i++) RN_TRY(add_conv(*out, &arch->convs[i]));
    RN_TRY(add_tensor(*out, "fc.weight", 2));
    RN_TRY(add_tensor(*out, "fc.bias", 1));
    status = describe(&(*out)->info);
done:
    rn_arch_free(arch);
    return status;
}

static resnet_status write_hdf5(const rn_weights *weights, const char *path)
{
    return rn_weights_write(weights, path, RN_WEIGHTS_HDF5);
}

static resnet_status write_safetensors(const rn_weights *weights, const char *path)
{
    return rn_weights_write(weights, path, RN_WEIGHTS_SAFETENSORS);
}

static resnet_status prepare_writing(written *out, writer write, const rn_weights *weights)
{
    resnet_status status;
    static char text[] = "what stood there before";
    out->write = write;
    out->weights = weights;
    if (!scratch_file(out->path)) return RESNET_E_IO;
    RN_TRY(write(weights, out->path));
    RN_TRY(rn_file_read(&out->after.bytes, &out->after.size, out->path, MAX_FILE));
    out->before = (file){text, sizeof text};
    status = rn_file_write(out->path, out->before.bytes, out->before.size);
done:
    return status;
}

/* ---- checkpoints ---- */

static const float FLOATS[6] = {1, 2, 3, 4, 5, 6};

static resnet_status write_checkpoint(const rn_weights *unused, const char *path)
{
    resnet_status status;
    static const uint64_t dims[2] = {2, 3}, counters[2] = {7, 8};
    rn_checkpoint *checkpoint = NULL;
    (void)unused;
    RN_TRY(rn_checkpoint_create(&checkpoint));
    RN_TRY(rn_checkpoint_add_f32(checkpoint, "weights:fc.weight", 2, dims, FLOATS));
    RN_TRY(rn_checkpoint_add_u64(checkpoint, "counters", 2, counters));
    RN_TRY(rn_checkpoint_add_text(checkpoint, "state", "{\"epoch\": 3}"));
    status = rn_checkpoint_write(checkpoint, path);
done:
    rn_checkpoint_free(checkpoint);
    return status;
}

static resnet_status read_checkpoint(const void *input, uint64_t *digest)
{
    const char *path = input;
    rn_checkpoint *checkpoint = NULL;
    size_t count = 0;
    const resnet_status status = rn_checkpoint_read(&checkpoint, path, MAX_FILE);
    if (status != RESNET_OK) return status;
    const float *values = rn_checkpoint_find_f32(checkpoint, "weights:fc.weight", &count);
    *digest = exhaust_digest(*digest, values, count * sizeof *values);
    *digest = digest_text(*digest, rn_checkpoint_find_text(checkpoint, "state"));
    rn_checkpoint_free(checkpoint);
    return status;
}

/* ---- JSON by itself ---- */

/* Tokens of lengths at which jansson's buffer grows, numbers among them. */
static resnet_status read_json(const void *input, uint64_t *digest)
{
    const char *const text = input;
    json_t *json = NULL;
    char *again = NULL;
    resnet_status status;
    RN_TRY(rn_json_load(&json, text, strlen(text), NULL, "text"));
    RN_TRY(rn_json_dump(&again, json, RN_JSON_DOUBLE_DIGITS, "text"));
    *digest = digest_text(*digest, again);
done:
    rn_free(again);
    json_decref(json);
    return status;
}

/* ---- the cases ---- */

static exhaust_case cases[MAX_CASES];
static file files[MAX_CASES];
static size_t n_cases, n_files;

static int is_golden(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && !strstr(entry->d_name, ".json");
}

static bool is_refused(const file *input)
{
    uint64_t digest = EXHAUST_DIGEST;
    return read_container(input, &digest) != RESNET_OK;
}

static bool add_goldens(void)
{
    struct dirent **entries = NULL;
    const int count = scandir(GOLDEN_DIR "/store", &entries, is_golden, alphasort);
    bool ok = count > 0;
    for (int i = 0; i < count && n_cases < MAX_CASES; i++) {
        char *path = rn_format(GOLDEN_DIR "/store/%s", entries[i]->d_name);
        file *input = &files[n_files++];
        ok &= path && rn_file_read(&input->bytes, &input->size, path, MAX_FILE) == RESNET_OK;
        /* libzip 1.7 leaks when it fails to open an archive or an entry */
        const bool is_zip = input->size > 2 && memcmp(input->bytes, "PK", 2) == 0;
        cases[n_cases++] = (exhaust_case){.name = strdup(entries[i]->d_name),
                                          .input = input,
                                          .run = read_container,
                                          .keeps_caches = is_zip,
                                          .is_refused = is_refused(input)};
        rn_free(path);
        free(entries[i]);
    }
    free(entries);
    return ok;
}

static void add_case(exhaust_case one)
{
    cases[n_cases++] = one;
}

int main(int argc, char **argv)
{
    static written to[3];
    static char checkpoint[SCRATCH_SIZE];
    rn_weights *weights = NULL;
    if (!add_goldens() || make_weights(&weights) != RESNET_OK ||
        prepare_writing(&to[0], write_hdf5, weights) != RESNET_OK ||
        prepare_writing(&to[1], write_safetensors, weights) != RESNET_OK ||
        prepare_writing(&to[2], write_checkpoint, weights) != RESNET_OK ||
        !scratch_file(checkpoint) || write_checkpoint(NULL, checkpoint) != RESNET_OK) {
        fprintf(stderr, "%s\n", resnet_last_error());
        return 1;
    }
    static const char *const NAMES[] = {"write HDF5", "write safetensors", "write a checkpoint"};
    for (size_t i = 0; i < 3; i++)
        add_case((exhaust_case){NAMES[i], &to[i], write_weights, is_whole, 0, false, false, 0});
    add_case(
        (exhaust_case){"read our HDF5", &to[0].after, read_container, NULL, 400, false, false, 0});
    add_case((exhaust_case){"read our safetensors", &to[1].after, read_container, NULL, 0, false,
                            false, 0});
    add_case(
        (exhaust_case){"read a checkpoint", checkpoint, read_checkpoint, NULL, 0, false, false, 0});
    static const char JSON[] = "{\"thirteen char\": [1, 1234567890123456, 0.12345678901234567, "
                               "\"twenty-nine characters, qui\", "
                               "\"a text of sixty-one characters, so that its end just makes "
                               "the\"], \"\\u00e9\": {\"b\": null}}";
    add_case((exhaust_case){.name = "JSON", .input = JSON, .run = read_json});
    const int status = exhaust_main(argc, argv, cases, n_cases);
    for (size_t i = 0; i < 3; i++) unlink(to[i].path);
    unlink(checkpoint);
    rn_weights_free(weights);
    return status;
}
