/* Damaged weight files through resnet_model_load_memory(), under caps of the caller's. None of the
 * small files that are changed is a whole network; fuzz_container.c goes on from there.
 * SPDX-License-Identifier: MIT */
#include "mutants.h"

#include <resnet/resnet.h>

#define CAP (UINT64_C(64) << 20)

static void fuzz_one(uint8_t *bytes, size_t size)
{
    resnet_model *model = NULL;
    resnet_load_options options;
    resnet_caps caps;
    if (resnet_load_options_init(&options, sizeof options) != RESNET_OK ||
        resnet_caps_init(&caps, sizeof caps) != RESNET_OK)
        abort();
    caps.max_unpacked_bytes = CAP;
    options.caps = &caps;
    if (resnet_model_load_memory(&model, bytes, size, &options) == RESNET_OK)
        resnet_model_free(model);
    else if (model || !resnet_last_error()[0] || strchr(resnet_last_error(), '\n'))
        abort();
}

static int is_weights(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && !strstr(entry->d_name, ".json");
}

FUZZ_PROGRAM(GOLDEN_DIR "/store", is_weights)
