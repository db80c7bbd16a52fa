/* SPDX-License-Identifier: MIT */
#include "dnn/conv.h"

#include "core/mem.h"
#include "dnn/conv_private.h"

#include <assert.h>

static void drop_kernel(rn_conv *conv)
{
    if (conv->state) conv->kernel->free(conv);
    rn_layout_free(conv->weights);
    conv->state = NULL;
    conv->weights = NULL;
}

/* The first kernel that can. */
static resnet_status find_kernel(rn_conv *conv, const rn_conv_settings *s)
{
    resnet_status status = RESNET_E_UNSUPPORTED;
    while (status == RESNET_E_UNSUPPORTED) {
        drop_kernel(conv);
        conv->kernel = rn_conv_choose(conv->kernel, conv->engine, s);
        if (!conv->kernel) break;
        status = conv->kernel->create(conv, s);
    }
    if (status != RESNET_E_UNSUPPORTED) return status;
    return rn_fail(status,
                   "there is no kernel for a convolution of %zu channels to %zu by %zux%zu in %s",
                   s->in_channels, s->out_channels, s->kernel, s->kernel, rn_dtype_name(s->dtype));
}

resnet_status rn_conv_create(rn_conv **out, const rn_engine *engine,
                             const rn_conv_settings *settings)
{
    resnet_status status;
    rn_conv *conv = rn_calloc(1, sizeof *conv);
    if (!conv) return RESNET_E_NOMEM;
    conv->engine = engine;
    conv->pass = settings->pass;
    RN_TRY(find_kernel(conv, settings));
    *out = conv;
    return RESNET_OK;
done:
    rn_conv_free(conv);
    return status;
}

void rn_conv_free(rn_conv *conv)
{
    if (!conv) return;
    drop_kernel(conv);
    rn_free(conv);
}

const rn_layout *rn_conv_get_weights_layout(const rn_conv *conv)
{
    return conv->weights;
}

size_t rn_conv_get_scratch_size(const rn_conv *conv)
{
    return conv->scratch_size;
}

bool rn_conv_is_winograd(const rn_conv *conv)
{
    return conv->kernel->winograd;
}

const char *rn_conv_get_kernel_name(const rn_conv *conv)
{
    return conv->kernel->name;
}

resnet_status rn_conv_forward(const rn_conv *conv, size_t worker, void *y, const void *x,
                              const void *w, const float *b, void *scratch)
{
    const rn_conv_call call = {worker, y, x, w, b, scratch};
    assert(conv->pass <= RN_CONV_FORWARD);
    return conv->kernel->run(conv, &call);
}

resnet_status rn_conv_backward_data(const rn_conv *conv, size_t worker, void *dx, const void *dy,
                                    const void *w, void *scratch)
{
    const rn_conv_call call = {worker, dx, dy, w, NULL, scratch};
    assert(conv->pass == RN_CONV_BACKWARD_DATA);
    return conv->kernel->run(conv, &call);
}

resnet_status rn_conv_backward_weights(const rn_conv *conv, size_t worker, void *dw, const void *x,
                                       const void *dy, void *scratch)
{
    const rn_conv_call call = {worker, dw, x, dy, NULL, scratch};
    assert(conv->pass == RN_CONV_BACKWARD_WEIGHTS);
    return conv->kernel->run(conv, &call);
}
