/* Which kernel runs a convolution. Rules only and no timings, so that every run on a processor
 * computes the same bits. SPDX-License-Identifier: MIT */
#include "dnn/conv_private.h"

/* The best first. oneDNN has Winograd's algorithm up to 3.1, for AVX-512. */
static const rn_conv_kernel *const KERNELS[] = {
    &RN_CONV_ONEDNN_WINOGRAD, &RN_CONV_OWN_WINOGRAD_AVX512, &RN_CONV_OWN_WINOGRAD_AVX2,
    &RN_CONV_ONEDNN_DIRECT,   &RN_CONV_OWN_PLAIN, /* takes everything */
};
#define N_KERNELS (sizeof KERNELS / sizeof *KERNELS)

/* Weights that are packed already are for one of our kernels alone, or for all of oneDNN's. */
static bool takes(const rn_conv_kernel *kernel, const rn_layout *weights)
{
    return !weights || weights->own == kernel->own;
}

/* Forward in training packs one layout for shards of all sizes, of which only the large ones want
 * Winograd's algorithm: it must be one that oneDNN's direct kernel takes too. */
static bool shares_layout(const rn_conv_kernel *kernel, const rn_conv_settings *s)
{
    return s->pass != RN_CONV_FORWARD || !kernel->winograd || !kernel->own;
}

/* The roundings of oneDNN's Winograd depend on how many images a call has. In inference an image's
 * bits are its own, whatever stands beside it; there ours is the faster one, too. */
static bool treats_images_alike(const rn_conv_kernel *kernel, const rn_conv_settings *s)
{
    return s->pass != RN_CONV_INFERENCE || kernel != &RN_CONV_ONEDNN_WINOGRAD;
}

static bool suits(const rn_conv_kernel *kernel, const rn_engine *engine, const rn_conv_settings *s)
{
    const bool demanded = s->weights && s->weights->own;
    return takes(kernel, s->weights) && (s->winograd || demanded || !kernel->winograd) &&
           shares_layout(kernel, s) && treats_images_alike(kernel, s) &&
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
