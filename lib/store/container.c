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
#define TAR_MAGIC_OFFSET 257
#define MAX_USER_BLOCK 8192 /* HDF5 may start after 0, 512, 1024, ... bytes */

static bool is_hdf5(const unsigned char *bytes, size_t size)
{
    for (size_t at = 0; at <= MAX_USER_BLOCK && at < size; at = at ? 2 * at : 512)
        if (STARTS_WITH(bytes + at, size - at, "\x89HDF\r\n\x1a\n")) return true;
    return false;
}

/* Eight bytes of length, then JSON; writers may put a space before it. */
static bool is_safetensors(const unsigned char *bytes, size_t size)
{
    uint64_t length = 0;
    if (size < 10) return false;
    for (size_t i = 8; i-- > 0;) length = length << 8 | bytes[i];
    return length >= 2 && length <= size && bytes[8] == '{';
}

static resnet_status detect_zip(enum rn_container *out, const void *bytes, size_t size)
{
    rn_zip zip = {0};
    rn_budget budget = rn_budget_make(UINT64_MAX);
    *out = RN_CONTAINER_TORCH_ZIP;
    const resnet_status status = rn_zip_open(&zip, bytes, size, &budget);
    if (status != RESNET_OK) return status == RESNET_E_NOMEM ? status : RESNET_OK;
    if (rn_zip_find(&zip, "config.json") >= 0 || rn_zip_find(&zip, "model.weights.h5") >= 0)
        *out = RN_CONTAINER_KERAS_ZIP;
    rn_zip_close(&zip);
    return RESNET_OK;
}

static enum rn_container detect_other(const unsigned char *start, size_t size)
{
    if (is_hdf5(start, size)) return RN_CONTAINER_HDF5;
    if (STARTS_WITH(start, size, LEGACY_MAGIC)) return RN_CONTAINER_TORCH_LEGACY;
    if (size > TAR_MAGIC_OFFSET &&
        STARTS_WITH(start + TAR_MAGIC_OFFSET, size - TAR_MAGIC_OFFSET, "ustar"))
        return RN_CONTAINER_TORCH_TAR;
    return is_safetensors(start, size) ? RN_CONTAINER_SAFETENSORS : RN_CONTAINER_UNKNOWN;
}

resnet_status rn_container_detect(enum rn_container *out, const void *bytes, size_t size)
{
    *out = detect_other(bytes, size);
    const bool is_zip = *out != RN_CONTAINER_HDF5 && STARTS_WITH(bytes, size, "PK\x03\x04");
    return is_zip ? detect_zip(out, bytes, size) : RESNET_OK;
}

typedef resnet_status (*parser)(rn_raw_set **out, const void *bytes, size_t size,
                                rn_budget *budget);

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

resnet_status rn_container_parse(rn_raw_set **out, const void *bytes, size_t size,
                                 uint32_t accepted, rn_budget *budget)
{
    static const struct {
        parser parse;
        uint32_t accept; /* RN_ACCEPT_*; what is unknown is always refused by its parser */
        const char *format;
    } PARSERS[] = {
        [RN_CONTAINER_UNKNOWN] = {refuse, RN_ACCEPT_ALL, ""},
        [RN_CONTAINER_HDF5] = {rn_keras_h5_parse, RN_ACCEPT_HDF5, "HDF5"},
        [RN_CONTAINER_TORCH_ZIP] = {rn_torch_zip_parse, RN_ACCEPT_TORCH, "PyTorch state dict"},
        [RN_CONTAINER_KERAS_ZIP] = {rn_keras_zip_parse, RN_ACCEPT_KERAS, "Keras archive"},
        [RN_CONTAINER_TORCH_LEGACY] = {rn_torch_legacy_parse, RN_ACCEPT_TORCH,
                                       "PyTorch state dict (before 1.6)"},
        [RN_CONTAINER_TORCH_TAR] = {rn_torch_tar_parse, RN_ACCEPT_TORCH,
                                    "PyTorch state dict (2016)"},
        [RN_CONTAINER_SAFETENSORS] = {rn_safetensors_parse, RN_ACCEPT_SAFETENSORS, "safetensors"},
    };
    rn_raw_set *set = NULL;
    if (STARTS_WITH(bytes, size, "PK\x03\x04") && !(accepted & (RN_ACCEPT_KERAS | RN_ACCEPT_TORCH)))
        return rn_fail(RESNET_E_UNSUPPORTED,
                       "a zip archive, which is not among the formats accepted");
    enum rn_container container = RN_CONTAINER_UNKNOWN;
    resnet_status status = rn_container_detect(&container, bytes, size);
    if (status != RESNET_OK) return status;
    if (!(PARSERS[container].accept & accepted))
        return rn_fail(RESNET_E_UNSUPPORTED, "%s, which is not among the formats accepted",
                       PARSERS[container].format);
    status = PARSERS[container].parse(&set, bytes, size, budget);
    if (status != RESNET_OK) return status;
    if (!set->info.format) set->info.format = rn_strdup(PARSERS[container].format);
    if (!set->info.format) {
        rn_raw_free(set);
        return RESNET_E_NOMEM;
    }
    *out = set;
    return RESNET_OK;
}
