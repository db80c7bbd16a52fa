/* The kernels of lib/kernel as lib/dnn's. SPDX-License-Identifier: MIT */
#include "core/mem.h"
#include "dnn/conv_private.h"
#include "kernel/kernel_table.h"

typedef struct own_state {
    rn_kernel_shape shape;
    enum rn_kernel_pass pass;
    bool sum, relu;
} own_state;

static enum rn_kernel_pass convert_pass(enum rn_conv_pass pass)
{
    static const enum rn_kernel_pass PASSES[] = {
        RN_KERNEL_FORWARD, RN_KERNEL_FORWARD, RN_KERNEL_BACKWARD_DATA, RN_KERNEL_BACKWARD_WEIGHTS};
    return PASSES[pass];
}

static rn_kernel_shape convert_shape(const rn_engine *engine, const rn_conv_settings *s)
{
    return (rn_kernel_shape){.n = s->n,
                             .groups = s->groups,
                             .size = s->kernel,
                             .stride = s->stride,
                             .pad_h = s->valid_rows ? 0 : s->kernel / 2,
                             .pad_w = s->kernel / 2,
                             .in_channels = s->in_channels,
                             .in_h = s->in_h,
                             .in_w = s->in_w,
                             .in_block = s->plain_src ? 1 : engine->channel_block,
                             .out_channels = s->out_channels,
                             .out_h = rn_conv_out_height(s),
                             .out_w = rn_conv_out_size(s->in_w, s->stride),
                             .out_block = engine->channel_block};
}

static bool fits(const rn_conv_kernel *kernel, const rn_engine *engine, const rn_conv_settings *s)
{
    const rn_kernel_shape shape = convert_shape(engine, s);
    return kernel->own->dtype == s->dtype && kernel->own->fits(&shape, convert_pass(s->pass));
}

static resnet_status create(rn_conv *conv, const rn_conv_settings *s)
{
    const rn_kernel *own = conv->kernel->own;
    own_state *state = conv->state = rn_alloc(1, sizeof *state);
    if (!state) return RESNET_E_NOMEM;
    *state = (own_state){.shape = convert_shape(conv->engine, s),
                         .pass = convert_pass(s->pass),
                         .sum = s->sum,
                         .relu = s->relu};
    conv->scratch_size = own->get_scratch_size(&state->shape, state->pass);
    return rn_layout_create_own(&conv->weights, own, &state->shape, state->pass);
}

static resnet_status run(const rn_conv *conv, const rn_conv_call *call)
{
    const own_state *state = conv->state;
    const rn_kernel_call tensors = {.to = call->to,
                                    .from = call->from,
                                    .with = call->with,
                                    .bias = call->bias,
                                    .sum = state->sum,
                                    .relu = state->relu,
                                    .scratch = call->scratch};
    conv->kernel->own->run(&state->shape, state->pass, &tensors);
    return RESNET_OK;
}

static void free_state(rn_conv *conv)
{
    rn_free(conv->state);
}

#define OWN(kernel_)                                                                               \
    .own = &(kernel_), .fits = fits, .create = create, .run = run, .free = free_state

const rn_conv_kernel RN_CONV_OWN_PLAIN = {.name = "plain", OWN(RN_KERNEL_PLAIN)};
const rn_conv_kernel RN_CONV_OWN_WINOGRAD_AVX512 = {
    .name = "Winograd AVX-512", .winograd = true, OWN(RN_KERNEL_WINOGRAD_AVX512)};
const rn_conv_kernel RN_CONV_OWN_WINOGRAD_AVX2 = {
    .name = "Winograd AVX2", .winograd = true, OWN(RN_KERNEL_WINOGRAD_AVX2)};
