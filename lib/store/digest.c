/* Each word goes in by a step that can be undone, so that no change of a single word goes unseen.
 * SPDX-License-Identifier: MIT */
#include "store/digest.h"

#include <string.h>

static uint64_t mix_word(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 29;
}

/* Four chains, since one alone would wait for its own multiplications. */
uint64_t rn_digest_bytes(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *next = bytes;
    uint64_t lanes[4] = {hash, hash + 1, hash + 2, hash + 3}, words[4];
    size_t at = 0;
    for (; size - at >= sizeof words; at += sizeof words) {
        memcpy(words, next + at, sizeof words);
        for (size_t i = 0; i < 4; i++) lanes[i] = mix_word(lanes[i], words[i]);
    }
    memset(words, 0, sizeof words);
    if (size > at) memcpy(words, next + at, size - at);
    for (size_t i = 0; i < 4; i++) hash = mix_word(hash, mix_word(lanes[i], words[i]));
    return mix_word(hash, size);
}

uint64_t rn_digest_text(uint64_t hash, const char *text)
{
    return rn_digest_bytes(hash, text, strlen(text));
}

static uint64_t digest_tensor(const rn_tensor *tensor)
{
    size_t count = 1;
    for (size_t i = 0; i < tensor->n_dims; i++) count *= tensor->dims[i];
    uint64_t hash = rn_digest_text(tensor->n_dims, tensor->name);
    hash = rn_digest_bytes(hash, tensor->dims, tensor->n_dims * sizeof *tensor->dims);
    return rn_digest_bytes(hash, tensor->data, count * sizeof *tensor->data);
}

uint64_t rn_digest_tensors(uint64_t hash, const rn_weights *weights)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < weights->n_tensors; i++) sum += digest_tensor(&weights->tensors[i]);
    return mix_word(mix_word(hash, sum), weights->n_tensors);
}

resnet_status rn_digest_check(const rn_weights *weights)
{
    const rn_seal *seal = &weights->info.seal;
    if (!seal->is_required && !seal->has_checksum) return RESNET_OK;
    if (!seal->has_checksum)
        return rn_fail(RESNET_E_FORMAT, "damaged: resnet50.checksum is missing");
    if (rn_digest_tensors(seal->texts, weights) == seal->checksum) return RESNET_OK;
    return rn_fail(RESNET_E_FORMAT, "damaged, or changed since this library wrote it: its weights "
                                    "and texts do not have the checksum of resnet50.checksum");
}
