/* SPDX-License-Identifier: MIT */
#include "store/containers.h"

#include "core/mem.h"
#include "store/pickle.h"
#include "store/zip_entry.h"

#include <string.h>
#include <strings.h>

static bool starts_with(const void *bytes, size_t size, const void *magic, size_t magic_size)
{
    return size >= magic_size && memcmp(bytes, magic, magic_size) == 0;
}

#define STARTS_WITH(bytes, size, magic) starts_with(bytes, size, magic, sizeof(magic) - 1)

/* A pickle of protocol 2 whose value is torch's magic number, 0x1950a86a20f9469cfc6c. */
#define LEGACY_MAGIC "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"
#define ZIP_MAGIC "PK\x03\x04"
#define TAR_MAGIC_OFFSET 257
#define MAX_USER_BLOCK 8192 /* HDF5 may start after 0, 512, 1024, ... bytes */

static resnet_status is_hdf5(bool *out, const void *bytes, size_t size)
{
    *out = false;
    for (size_t at = 0; at <= MAX_USER_BLOCK && at < size && !*out; at = at ? 2 * at : 512)
        *out = STARTS_WITH((const char *)bytes + at, size - at, "\x89HDF\r\n\x1a\n");
    return RESNET_OK;
}

/* A damaged archive is for PyTorch's parser, which says what is wrong. */
static resnet_status is_keras_zip(bool *out, const void *bytes, size_t size)
{
    rn_zip zip = {0};
    rn_budget budget = rn_budget_make(UINT64_MAX);
    *out = false;
    if (!STARTS_WITH(bytes, size, ZIP_MAGIC)) return RESNET_OK;
    const resnet_status status = rn_zip_open(&zip, bytes, size, &budget);
    if (status != RESNET_OK) return status == RESNET_E_NOMEM ? status : RESNET_OK;
    *out = rn_zip_find(&zip, "config.json") >= 0 || rn_zip_find(&zip, "model.weights.h5") >= 0;
    rn_zip_close(&zip);
    return RESNET_OK;
}

static resnet_status is_torch_zip(bool *out, const void *bytes, size_t size)
{
    *out = STARTS_WITH(bytes, size, ZIP_MAGIC);
    return RESNET_OK;
}

static resnet_status is_torch_legacy(bool *out, const void *bytes, size_t size)
{
    *out = STARTS_WITH(bytes, size, LEGACY_MAGIC);
    return RESNET_OK;
}

static resnet_status is_torch_tar(bool *out, const void *bytes, size_t size)
{
    *out = size > TAR_MAGIC_OFFSET &&
           STARTS_WITH((const char *)bytes + TAR_MAGIC_OFFSET, size - TAR_MAGIC_OFFSET, "ustar");
    return RESNET_OK;
}

/* Eight bytes of length, then JSON; writers may put a space before it. */
static resnet_status is_safetensors(bool *out, const void *bytes, size_t size)
{
    const unsigned char *start = bytes;
    uint64_t length = 0;
    *out = false;
    if (size < 10) return RESNET_OK;
    for (size_t i = 8; i-- > 0;) length = length << 8 | start[i];
    *out = length >= 2 && length <= size && start[8] == '{';
    return RESNET_OK;
}

/* Says what a bare pickle names that it should not, if anything. */
static resnet_status refuse_pickle(const void *bytes, size_t size, rn_budget *budget)
{
    rn_pickle *pickle = NULL;
    size_t used = 0;
    const resnet_status status = rn_pickle_read(&pickle, &used, bytes, size, budget);
    if (status != RESNET_OK) return status;
    rn_pickle_free(pickle);
    return rn_fail(RESNET_E_UNSUPPORTED, "a bare pickle, not what torch.save writes");
}

/* Without regard to case, as HTML has it. */
static bool starts_with_word(const char *text, size_t size, const char *word)
{
    const size_t length = strlen(word);
    return size >= length && strncasecmp(text, word, length) == 0;
}

static bool holds_word(const char *text, size_t size, const char *word)
{
    return memmem(text, size, word, strlen(word)) != NULL;
}

/* What lies where weights should be: what a failed or unfinished fetch leaves, and neighbours. */
static const char *describe_text(const char *text, size_t size)
{
    while (size > 0 && strchr(" \t\r\n", *text) && *text) text++, size--;
    if (starts_with_word(text, size, "version https://git-lfs"))
        return "a Git LFS pointer, not the file that it stands for; `git lfs pull` fetches that";
    if (starts_with_word(text, size, "<!doctype html") || starts_with_word(text, size, "<html") ||
        starts_with_word(text, size, "<?xml") || starts_with_word(text, size, "<head"))
        return "an HTML page, such as a log-in or an error that was saved in place of the file";
    if (size == 0 || *text != '{') return NULL;
    if (holds_word(text, size, "\"weight_map\""))
        return "an index of the files that a model was saved in; only models of one file are read";
    return "a JSON text without weights, such as a configuration";
}

static const char *describe_packed(const void *bytes, size_t size)
{
    if (STARTS_WITH(bytes, size, "\x1f\x8b")) return "a gzip file; unpack it first";
    if (STARTS_WITH(bytes, size, "\xfd\x37zXZ")) return "an xz file; unpack it first";
    if (STARTS_WITH(bytes, size, "BZh")) return "a bzip2 file; unpack it first";
    if (STARTS_WITH(bytes, size, "\x28\xb5\x2f\xfd")) return "a Zstandard file; unpack it first";
    if (STARTS_WITH(bytes, size, "7z\xbc\xaf\x27\x1c")) return "a 7-Zip file; unpack it first";
    if (STARTS_WITH(bytes, size, "\xff\xd8\xff") || STARTS_WITH(bytes, size, "\x89PNG"))
        return "a picture";
    return NULL;
}

/* The parser of what is none of them. */
static resnet_status refuse(rn_raw_set **out, const void *bytes, size_t size, rn_budget *budget)
{
    (void)out;
    if (size == 0) return rn_fail(RESNET_E_FORMAT, "empty");
    if (STARTS_WITH(bytes, size, "\x80") || STARTS_WITH(bytes, size, "cposix\n") ||
        STARTS_WITH(bytes, size, "cos\n"))
        return refuse_pickle(bytes, size, budget);
    const char *known = describe_text(bytes, size);
    if (!known) known = describe_packed(bytes, size);
    return rn_fail(RESNET_E_UNSUPPORTED, "%s",
                   known ? known : "not a weight file this library knows");
}

/* In the order in which they are asked. */
static const struct row {
    enum rn_container container;
    resnet_status (*detect)(bool *out, const void *bytes, size_t size); /* NOMEM */
    resnet_status (*parse)(rn_raw_set **out, const void *bytes, size_t size, rn_budget *budget);
    uint32_t accept;
    const char *format; /* for people, where the parser does not know better */
} CONTAINERS[] = {
    {RN_CONTAINER_HDF5, is_hdf5, rn_keras_h5_parse, RN_ACCEPT_HDF5, "HDF5"},
    {RN_CONTAINER_KERAS_ZIP, is_keras_zip, rn_keras_zip_parse, RN_ACCEPT_KERAS, "Keras archive"},
    {RN_CONTAINER_TORCH_ZIP, is_torch_zip, rn_torch_zip_parse, RN_ACCEPT_TORCH,
     "PyTorch state dict"},
    {RN_CONTAINER_TORCH_LEGACY, is_torch_legacy, rn_torch_legacy_parse, RN_ACCEPT_TORCH,
     "PyTorch state dict (before 1.6)"},
    {RN_CONTAINER_TORCH_TAR, is_torch_tar, rn_torch_tar_parse, RN_ACCEPT_TORCH,
     "PyTorch state dict (2016)"},
    {RN_CONTAINER_SAFETENSORS, is_safetensors, rn_safetensors_parse, RN_ACCEPT_SAFETENSORS,
     "safetensors"},
};
#define N_CONTAINERS (sizeof CONTAINERS / sizeof CONTAINERS[0])
static const struct row NONE = {RN_CONTAINER_UNKNOWN, NULL, refuse, RN_ACCEPT_ALL, ""};

static resnet_status find_row(const struct row **out, const void *bytes, size_t size)
{
    bool is_it = false;
    *out = &NONE;
    for (size_t i = 0; i < N_CONTAINERS; i++) {
        const resnet_status status = CONTAINERS[i].detect(&is_it, bytes, size);
        if (status != RESNET_OK) return status;
        if (!is_it) continue;
        *out = &CONTAINERS[i];
        break;
    }
    return RESNET_OK;
}

resnet_status rn_container_detect(enum rn_container *out, const void *bytes, size_t size)
{
    const struct row *row;
    const resnet_status status = find_row(&row, bytes, size);
    if (status == RESNET_OK) *out = row->container;
    return status;
}

/* Before it is looked into, which a host that wants no archive has not asked for. */
static resnet_status check_zip(const void *bytes, size_t size, uint32_t accepted)
{
    if (!STARTS_WITH(bytes, size, ZIP_MAGIC) || (accepted & (RN_ACCEPT_KERAS | RN_ACCEPT_TORCH)))
        return RESNET_OK;
    return rn_fail(RESNET_E_UNSUPPORTED, "a zip archive, which is not among the formats accepted");
}

resnet_status rn_container_parse(rn_raw_set **out, const void *bytes, size_t size,
                                 uint32_t accepted, rn_budget *budget)
{
    rn_raw_set *set = NULL;
    const struct row *row;
    resnet_status status;
    RN_TRY(check_zip(bytes, size, accepted));
    RN_TRY(find_row(&row, bytes, size));
    if (!(row->accept & accepted))
        return rn_fail(RESNET_E_UNSUPPORTED, "%s, which is not among the formats accepted",
                       row->format);
    RN_TRY(row->parse(&set, bytes, size, budget));
    if (!set->info.format && !(set->info.format = rn_strdup(row->format))) {
        status = RESNET_E_NOMEM;
        goto done;
    }
    *out = set;
    set = NULL;
done:
    rn_raw_free(set);
    return status;
}
