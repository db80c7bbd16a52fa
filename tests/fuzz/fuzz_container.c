/* Damaged weight files of every format through the parsers, every tensor of what they accept read,
 * and the network looked for in it. Those cut short are test_container.c's part.
 * SPDX-License-Identifier: MIT */
#include "mutants.h"

#include "store/containers.h"
#include "store/resolve.h"

#define BUDGET (UINT64_C(64) << 20)

static resnet_status read_tensors(const rn_raw_set *set)
{
    for (size_t i = 0; i < set->n_tensors; i++) {
        const rn_raw_tensor *tensor = &set->tensors[i];
        float *floats = rn_alloc(rn_raw_count(tensor), sizeof *floats);
        const resnet_status status = floats ? rn_raw_read(set, tensor, floats) : RESNET_E_NOMEM;
        rn_free(floats);
        if (status != RESNET_OK && status != RESNET_E_UNSUPPORTED) return status;
    }
    return RESNET_OK;
}

static void fuzz_one(uint8_t *bytes, size_t size)
{
    rn_raw_set *set = NULL;
    rn_budget budget = rn_budget_make(BUDGET);
    rn_weights *weights = NULL;
    if (rn_container_parse(&set, bytes, size, RN_ACCEPT_ALL, &budget) == RESNET_OK &&
        read_tensors(set) == RESNET_OK &&
        rn_raw_resolve(&weights, set, RN_AVERAGED_PREFER) == RESNET_OK)
        rn_weights_free(weights);
    rn_raw_free(set);
}

static int is_weights(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && !strstr(entry->d_name, ".json");
}

FUZZ_PROGRAM(GOLDEN_DIR "/store", is_weights)
