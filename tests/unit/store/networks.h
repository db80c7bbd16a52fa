/* Sets that name whole networks without holding their values. SPDX-License-Identifier: MIT */
#ifndef RN_TESTS_STORE_NETWORKS_H
#define RN_TESTS_STORE_NETWORKS_H

#include "../arch50.h"
#include "../check.h"

#include "arch/arch.h"
#include "core/mem.h"
#include "store/names.h"
#include "store/raw.h"

static rn_budget endless = {UINT64_MAX, UINT64_MAX};

/* Each tensor has a storage of its own, as far as its number tells. */
static inline rn_raw_tensor *add_tensor(rn_raw_set *set, const char *prefix, const char *name,
                                        size_t n_dims, const uint64_t *dims)
{
    char *key = rn_format("%s%s", prefix, name);
    rn_raw_tensor *tensor = NULL;
    assert_non_null(key);
    assert_ok(rn_raw_add(set, &tensor, key, NULL, RN_DTYPE_F32, n_dims, dims));
    tensor->entry = set->n_tensors;
    rn_free(key);
    return tensor;
}

static inline void add_vector(rn_raw_set *set, const char *prefix, const char *name, uint64_t size)
{
    add_tensor(set, prefix, name, 1, &size);
}

static inline void add_dense(rn_raw_set *set, const char *prefix, uint64_t outputs, uint64_t inputs)
{
    const uint64_t dims[] = {outputs, inputs};
    add_tensor(set, prefix, "weight", 2, dims);
    add_vector(set, prefix, "bias", outputs);
}

static inline void add_norm(rn_raw_set *set, const char *prefix, uint64_t size)
{
    static const char *const PARTS[] = {"weight", "bias", "running_mean", "running_var"};
    for (size_t i = 0; i < 4; i++) add_vector(set, prefix, PARTS[i], size);
}

/* [out][in][h][w] to [h][w][in][out] */
static inline void to_keras(uint64_t dims[4])
{
    const uint64_t keras[4] = {dims[2], dims[3], dims[1], dims[0]};
    memcpy(dims, keras, sizeof keras);
}

static inline void add_network_of(rn_raw_set *set, const rn_arch *arch, const char *prefix,
                                  enum rn_convention convention)
{
    for (size_t row = 0; row < arch->n_convs; row++) {
        const rn_arch_conv *conv = &arch->convs[row];
        uint64_t dims[4];
        rn_arch_get_dims(conv, dims);
        if (!rn_names_is_torch(convention)) to_keras(dims);
        for (int variable = 0; variable < RN_N_VARIABLES; variable++) {
            char name[RN_NAME_SIZE];
            if (variable == RN_VAR_BIAS) continue;
            rn_names_format(name, convention, conv, (enum rn_variable)variable);
            add_tensor(set, prefix, name, variable == RN_VAR_KERNEL ? 4 : 1, dims);
        }
    }
}

static inline void add_network(rn_raw_set *set, const char *prefix, enum rn_convention convention)
{
    add_network_of(set, arch50(), prefix, convention);
}

static inline rn_raw_set *make_set(void)
{
    rn_raw_set *set = NULL;
    assert_ok(rn_raw_create(&set, RN_LAYOUT_TORCH, &endless));
    return set;
}

#endif
