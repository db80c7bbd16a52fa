/* SPDX-License-Identifier: MIT */
#include "dnn/conv.h"

#include "core/mem.h"
#include "dnn/backend.h"

enum { SRC, WEIGHTS, DST, SCRATCH, BIAS, N_ARGS };

struct rn_conv {
    const rn_engine *engine;
    dnnl_primitive_t primitive;
    int n_args;
    int names[N_ARGS];     /* DNNL_ARG_* */
    dnnl_memory_t *memory; /* [n_workers][N_ARGS] */
    rn_layout weights;
    size_t scratch_size;
    bool winograd;
};

/* Descriptors of one convolution while it is being made. */
typedef struct draft {
    rn_md src, weights, bias, dst;
    dnnl_primitive_attr_t attr;
    dnnl_primitive_desc_t pd, hint;
} draft;

static size_t out_height(const rn_conv_settings *s)
{
    return s->valid_rows ? (s->in_h - s->kernel) / s->stride + 1
                         : rn_conv_out_size(s->in_h, s->stride);
}

static resnet_status describe_tensors(draft *d, const rn_engine *engine, const rn_conv_settings *s)
{
    resnet_status status;
    const dnnl_dim_t n = (dnnl_dim_t)s->n, ic = (dnnl_dim_t)s->in_channels;
    const dnnl_dim_t oc = (dnnl_dim_t)s->out_channels, k = (dnnl_dim_t)s->kernel;
    const dnnl_dims_t src = {n, ic, (dnnl_dim_t)s->in_h, (dnnl_dim_t)s->in_w};
    const dnnl_dims_t dst = {n, oc, (dnnl_dim_t)out_height(s),
                             (dnnl_dim_t)rn_conv_out_size(s->in_w, s->stride)};
    const dnnl_dims_t weights = {oc, ic, k, k}, bias = {oc};
    const dnnl_format_tag_t tag = rn_backend_activation_tag(engine->channel_block);
    RN_TRY_DNNL(rn_border_md_init(&d->src, 4, src, s->plain_src ? dnnl_nchw : tag), "describe src");
    RN_TRY_DNNL(rn_border_md_init(&d->dst, 4, dst, tag), "describe dst");
    RN_TRY_DNNL(rn_border_md_init(&d->bias, 1, bias, dnnl_x), "describe bias");
    if (s->weights)
        RN_TRY_DNNL(rn_border_md_copy(&d->weights, rn_md_borrow(&s->weights->md)),
                    "describe weights");
    else
        RN_TRY_DNNL(rn_border_md_init(&d->weights, 4, weights, dnnl_format_tag_any),
                    "describe weights");
done:
    return status;
}

static dnnl_prop_kind_t pass_kind(enum rn_conv_pass pass)
{
    static const dnnl_prop_kind_t KINDS[] = {dnnl_forward_inference, dnnl_forward_training,
                                             dnnl_backward_data, dnnl_backward_weights};
    return KINDS[pass];
}

static dnnl_status_t plan(draft *d, const rn_engine *engine, const rn_conv_settings *s,
                          dnnl_alg_kind_t algorithm)
{
    const dnnl_dims_t stride = {(dnnl_dim_t)s->stride, (dnnl_dim_t)s->stride};
    const dnnl_dim_t border = (dnnl_dim_t)(s->kernel / 2);
    const dnnl_dims_t padding = {s->valid_rows ? 0 : border, border};
    rn_compat_window window = {.pass = pass_kind(s->pass),
                               .algorithm = algorithm,
                               .src = rn_md_borrow(&d->src),
                               .weights = rn_md_borrow(&d->weights),
                               .bias = s->pass == RN_CONV_INFERENCE ? rn_md_borrow(&d->bias) : NULL,
                               .dst = rn_md_borrow(&d->dst),
                               .strides = stride,
                               .pad_begin = padding,
                               .pad_end = padding};
    if (s->pass >= RN_CONV_BACKWARD_DATA && !d->hint) {
        rn_compat_window forward = window;
        forward.pass = dnnl_forward_training;
        forward.algorithm = dnnl_convolution_direct;
        const dnnl_status_t code =
            rn_border_convolution(&d->hint, engine->engine, &forward, d->attr, NULL);
        if (code != dnnl_success) return code;
    }
    return rn_border_convolution(&d->pd, engine->engine, &window, d->attr, d->hint);
}

/* Winograd's where it is wanted and there is one. */
static resnet_status choose(rn_conv *conv, draft *d, const rn_conv_settings *s)
{
    if (s->winograd) {
        const dnnl_status_t code = plan(d, conv->engine, s, dnnl_convolution_winograd);
        conv->winograd = code == dnnl_success;
        if (code == dnnl_out_of_memory) return rn_backend_check(code, "plan a convolution");
    }
    if (conv->winograd) return RESNET_OK;
    return rn_backend_check(plan(d, conv->engine, s, dnnl_convolution_direct),
                            "plan a convolution");
}

static void release(draft *d)
{
    if (d->pd) dnnl_primitive_desc_destroy(d->pd);
    if (d->hint) dnnl_primitive_desc_destroy(d->hint);
    if (d->attr) dnnl_primitive_attr_destroy(d->attr);
    rn_md_release(&d->src);
    rn_md_release(&d->weights);
    rn_md_release(&d->bias);
    rn_md_release(&d->dst);
}

/* Which of oneDNN's arguments each slot is in this pass, and its descriptor. */
static void name_arguments(rn_conv *conv, rn_md_view views[N_ARGS], const draft *d,
                           enum rn_conv_pass pass)
{
    const bool backward_data = pass == RN_CONV_BACKWARD_DATA;
    const bool backward_weights = pass == RN_CONV_BACKWARD_WEIGHTS;
    const bool backward = backward_data || backward_weights;
    conv->names[SRC] = backward_data ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC;
    conv->names[WEIGHTS] = backward_weights ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS;
    conv->names[DST] = backward ? DNNL_ARG_DIFF_DST : DNNL_ARG_DST;
    conv->names[SCRATCH] = DNNL_ARG_SCRATCHPAD;
    conv->names[BIAS] = DNNL_ARG_BIAS;
    conv->n_args = pass == RN_CONV_INFERENCE ? N_ARGS : N_ARGS - 1;
    views[SRC] = rn_md_borrow(&d->src);
    views[WEIGHTS] = rn_compat_query(d->pd, backward_weights ? dnnl_query_diff_weights_md
                                                             : dnnl_query_weights_md);
    views[DST] = rn_md_borrow(&d->dst);
    views[SCRATCH] = rn_compat_query(d->pd, dnnl_query_scratchpad_md);
    views[BIAS] = rn_md_borrow(&d->bias);
}

static resnet_status create_memories(rn_conv *conv, const draft *d, enum rn_conv_pass pass)
{
    resnet_status status = RESNET_OK;
    rn_md_view views[N_ARGS];
    name_arguments(conv, views, d, pass);
    conv->scratch_size = dnnl_memory_desc_get_size(views[SCRATCH]);
    conv->weights.engine = conv->engine->engine;
    RN_TRY_DNNL(rn_border_md_copy(&conv->weights.md, views[WEIGHTS]), "copy a layout");
    conv->memory = rn_calloc(conv->engine->n_workers * N_ARGS, sizeof *conv->memory);
    if (!conv->memory) return RESNET_E_NOMEM;
    for (size_t i = 0; i < conv->engine->n_workers * N_ARGS; i++)
        RN_TRY_DNNL(
            rn_border_memory_create(&conv->memory[i], views[i % N_ARGS], conv->engine->engine),
            "wrap memory");
done:
    return status;
}

resnet_status rn_conv_create(rn_conv **out, const rn_engine *engine, const rn_conv_settings *s)
{
    resnet_status status;
    draft d = {0};
    rn_conv *conv = rn_calloc(1, sizeof *conv);
    if (!conv) return RESNET_E_NOMEM;
    conv->engine = engine;
    RN_TRY(describe_tensors(&d, engine, s));
    RN_TRY_DNNL(rn_border_attr_create(&d.attr, s->sum, s->relu), "create attributes");
    RN_TRY(choose(conv, &d, s));
    RN_TRY_DNNL(rn_border_primitive_create(&conv->primitive, d.pd), "create a convolution");
    RN_TRY(create_memories(conv, &d, s->pass));
    *out = conv;
    conv = NULL;
done:
    release(&d);
    rn_conv_free(conv);
    return status;
}

void rn_conv_free(rn_conv *conv)
{
    if (!conv) return;
    if (conv->memory)
        for (size_t i = 0; i < conv->engine->n_workers * N_ARGS; i++)
            if (conv->memory[i]) dnnl_memory_destroy(conv->memory[i]);
    if (conv->primitive) dnnl_primitive_destroy(conv->primitive);
    if (conv->weights.engine) rn_md_release(&conv->weights.md);
    rn_free(conv->memory);
    rn_free(conv);
}

const rn_layout *rn_conv_get_weights_layout(const rn_conv *conv)
{
    return &conv->weights;
}

size_t rn_conv_get_scratch_size(const rn_conv *conv)
{
    return conv->scratch_size;
}

bool rn_conv_is_winograd(const rn_conv *conv)
{
    return conv->winograd;
}

/* The tensors of one run, by slot. What a pass only reads is passed without const, as oneDNN's C
 * interface has it. */
static resnet_status run(const rn_conv *conv, size_t worker, void *const tensors[N_ARGS])
{
    resnet_status status;
    dnnl_exec_arg_t args[N_ARGS];
    for (int i = 0; i < conv->n_args; i++) {
        args[i] = (dnnl_exec_arg_t){conv->names[i], conv->memory[worker * N_ARGS + (size_t)i]};
        RN_TRY_DNNL(dnnl_memory_set_data_handle(args[i].memory, tensors[i]), "set memory");
    }
    RN_TRY_DNNL(
        rn_border_execute(conv->primitive, conv->engine->streams[worker], conv->n_args, args),
        "run a convolution");
done:
    return status;
}

resnet_status rn_conv_forward(const rn_conv *conv, size_t worker, float *y, const float *x,
                              const float *w, const float *b, void *scratch)
{
    void *const tensors[N_ARGS] = {(void *)x, (void *)w, y, scratch, (void *)b};
    return run(conv, worker, tensors);
}

resnet_status rn_conv_backward_data(const rn_conv *conv, size_t worker, float *dx, const float *dy,
                                    const float *w, void *scratch)
{
    void *const tensors[N_ARGS] = {dx, (void *)w, (void *)dy, scratch};
    return run(conv, worker, tensors);
}

resnet_status rn_conv_backward_weights(const rn_conv *conv, size_t worker, float *dw,
                                       const float *x, const float *dy, void *scratch)
{
    void *const tensors[N_ARGS] = {(void *)x, dw, (void *)dy, scratch};
    return run(conv, worker, tensors);
}
