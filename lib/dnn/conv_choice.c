/* Which kernel runs a convolution. Rules only and no timings, so that every run on a processor
 * computes the same bits. SPDX-License-Identifier: MIT */
#include "dnn/conv_private.h"

/* The best first. */
static const rn_conv_kernel *const KERNELS[] = {
    &RN_CONV_ONEDNN_WINOGRAD, &RN_CONV_ONEDNN_DIRECT, &RN_CONV_OWN_PLAIN, /* takes everything */
};
#define N_KERNELS (sizeof KERNELS / sizeof *KERNELS)

/* Weights that are packed already are for one of our kernels alone, or for all of oneDNN's. */
static bool takes(const rn_conv_kernel *kernel, const rn_layout *weights)
{
    return !weights || weights->own == kernel->own;
}

static bool suits(const rn_conv_kernel *kernel, const rn_engine *engine, const rn_conv_settings *s)
{
    const bool demanded = s->weights && s->weights->own;
    return takes(kernel, s->weights) && (s->winograd || demanded || !kernel->winograd) &&
           kernel->fits(kernel, engine, s);
}

const rn_conv_kernel *rn_conv_choose(const rn_conv_kernel *after, const rn_engine *engine,
                                     const rn_conv_settings *settings)
{
    size_t k = 0;
    if (after)
        while (KERNELS[k++] != after) continue;
    for (; k < N_KERNELS; k++)
        if (suits(KERNELS[k], engine, settings)) return KERNELS[k];
    return NULL;
}
