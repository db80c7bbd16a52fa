/* SPDX-License-Identifier: MIT */
#include "store/kernel.h"

#include "core/mem.h"

#include <string.h>

/* x [h][w][i][o] to y [o][i][h][w] */
static void from_keras(float *y, const float *x, size_t o, size_t i, size_t h, size_t w)
{
    const size_t area = h * w;
    for (size_t at = 0; at < area; at++)
        for (size_t in = 0; in < i; in++) {
            const float *row = x + (at * i + in) * o;
            for (size_t out = 0; out < o; out++) y[(out * i + in) * area + at] = row[out];
        }
}

void rn_kernel_to_keras(float *y, const float *x, size_t o, size_t i, size_t h, size_t w)
{
    const size_t area = h * w;
    for (size_t at = 0; at < area; at++)
        for (size_t in = 0; in < i; in++) {
            float *row = y + (at * i + in) * o;
            for (size_t out = 0; out < o; out++) row[out] = x[(out * i + in) * area + at];
        }
}

/* x [planes][area], each plane turned by 180 degrees, in place */
static void turn_planes(float *x, size_t planes, size_t area)
{
    for (size_t plane = 0; plane < planes; plane++, x += area)
        for (size_t at = 0; at < area / 2; at++) {
            const float kept = x[at];
            x[at] = x[area - 1 - at];
            x[area - 1 - at] = kept;
        }
}

bool rn_kernel_get_dims(const rn_raw_set *set, const rn_raw_tensor *tensor,
                        uint64_t out[RN_TENSOR_MAX_DIMS])
{
    static const size_t SAME[] = {0, 1, 2, 3}, DENSE[] = {1, 0}, HWIO[] = {3, 2, 0, 1};
    const size_t *order = SAME;
    if (tensor->n_dims > RN_TENSOR_MAX_DIMS) return false;
    if (set->layout != RN_LAYOUT_TORCH && tensor->n_dims == 2) order = DENSE;
    if (set->layout == RN_LAYOUT_KERAS && tensor->n_dims == 4) order = HWIO;
    for (size_t i = 0; i < tensor->n_dims; i++) out[i] = tensor->dims[order[i]];
    return true;
}

static bool has_dims(const rn_raw_set *set, const rn_raw_tensor *tensor, size_t n_dims,
                     const uint64_t *dims)
{
    uint64_t found[RN_TENSOR_MAX_DIMS];
    return tensor->n_dims == n_dims && rn_kernel_get_dims(set, tensor, found) &&
           memcmp(found, dims, n_dims * sizeof *dims) == 0;
}

bool rn_kernel_fits(const rn_raw_set *set, const rn_raw_tensor *tensor, const rn_arch_conv *conv,
                    enum rn_variable variable)
{
    uint64_t dims[4];
    rn_arch_get_dims(conv, dims);
    return tensor && has_dims(set, tensor, variable == RN_VAR_KERNEL ? 4 : 1, dims);
}

static resnet_status check_shape(const rn_raw_set *set, const rn_raw_tensor *tensor,
                                 const char *name, size_t n_dims, const uint64_t *dims)
{
    uint64_t found[RN_TENSOR_MAX_DIMS] = {0};
    char expected_text[RN_DIMS_TEXT_SIZE], found_text[RN_DIMS_TEXT_SIZE];
    if (has_dims(set, tensor, n_dims, dims)) return RESNET_OK;
    const bool known = rn_kernel_get_dims(set, tensor, found);
    rn_dims_format(expected_text, n_dims, dims);
    rn_dims_format(found_text, tensor->n_dims, known ? found : tensor->dims);
    if (strcmp(name, tensor->name) == 0)
        return rn_fail(RESNET_E_SHAPE, "%s: expected %s, file has %s", name, expected_text,
                       found_text);
    return rn_fail(RESNET_E_SHAPE, "%s: expected %s, file has %s (as %s)", name, expected_text,
                   found_text, tensor->name);
}

/* `raw` in the file's layout to `data` in the canonical one. */
static void lay_out(float *data, const float *raw, size_t n_dims, const uint64_t *dims)
{
    const bool kernel = n_dims == 4;
    from_keras(data, raw, dims[0], dims[1], kernel ? dims[2] : 1, kernel ? dims[3] : 1);
}

static bool needs_layout(const rn_raw_set *set, size_t n_dims)
{
    if (set->layout == RN_LAYOUT_TORCH || n_dims == 1) return false;
    return n_dims == 2 || set->layout == RN_LAYOUT_KERAS;
}

static resnet_status read_through(const rn_raw_set *set, const rn_raw_tensor *tensor, float *data,
                                  size_t n_dims, const uint64_t *dims)
{
    const uint64_t count = rn_raw_count(tensor);
    resnet_status status = rn_budget_spend_array(set->budget, count, sizeof(float), tensor->name);
    if (status != RESNET_OK) return status;
    float *raw = rn_alloc(count, sizeof *raw);
    if (!raw) return RESNET_E_NOMEM;
    status = rn_raw_read(set, tensor, raw);
    if (status == RESNET_OK) lay_out(data, raw, n_dims, dims);
    rn_free(raw);
    return status;
}

resnet_status rn_kernel_take(rn_weights *weights, const rn_raw_set *set,
                             const rn_raw_tensor *tensor, const char *name, size_t n_dims,
                             const uint64_t *dims)
{
    resnet_status status;
    float *data = NULL;
    RN_TRY(check_shape(set, tensor, name, n_dims, dims));
    RN_TRY(rn_budget_spend_array(set->budget, rn_raw_count(tensor), sizeof(float), tensor->name));
    RN_TRY(rn_weights_add(weights, &data, name, tensor->name, n_dims, dims));
    if (needs_layout(set, n_dims)) return read_through(set, tensor, data, n_dims, dims);
    RN_TRY(rn_raw_read(set, tensor, data));
    if (set->layout == RN_LAYOUT_KERAS_FLIP && n_dims == 4)
        turn_planes(data, dims[0] * dims[1], dims[2] * dims[3]);
done:
    return status;
}
