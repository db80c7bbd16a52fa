/* oneDNN's convolutions. SPDX-License-Identifier: MIT */
#include "core/mem.h"
#include "dnn/conv_private.h"

enum { TO, FROM, WITH, SCRATCH, BIAS, N_ARGS };

typedef struct onednn_state {
    dnnl_primitive_t primitive;
    int n_args;
    int names[N_ARGS];     /* DNNL_ARG_* */
    dnnl_memory_t *memory; /* [n_workers][N_ARGS] */
} onednn_state;

/* Descriptors of one convolution while it is being made. */
typedef struct draft {
    rn_md src, weights, bias, dst;
    dnnl_primitive_attr_t attr;
    dnnl_primitive_desc_t pd, hint;
} draft;

static resnet_status describe_tensors(draft *d, const rn_engine *engine, const rn_conv_settings *s)
{
    resnet_status status;
    const dnnl_dim_t n = (dnnl_dim_t)s->n, ic = (dnnl_dim_t)s->in_channels;
    const dnnl_dim_t oc = (dnnl_dim_t)s->out_channels, k = (dnnl_dim_t)s->kernel;
    const dnnl_dims_t src = {n, ic, (dnnl_dim_t)s->in_h, (dnnl_dim_t)s->in_w};
    const dnnl_dims_t dst = {n, oc, (dnnl_dim_t)rn_conv_out_height(s),
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
    if (s->pass >= RN_CONV_BACKWARD_DATA) {
        rn_compat_window forward = window;
        forward.pass = dnnl_forward_training;
        forward.algorithm = dnnl_convolution_direct;
        const dnnl_status_t code =
            rn_border_convolution(&d->hint, engine->engine, &forward, d->attr, NULL);
        if (code != dnnl_success) return code;
    }
    return rn_border_convolution(&d->pd, engine->engine, &window, d->attr, d->hint);
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
static void name_arguments(onednn_state *state, rn_md_view views[N_ARGS], const draft *d,
                           enum rn_conv_pass pass)
{
    const rn_md_view src = rn_md_borrow(&d->src), dst = rn_md_borrow(&d->dst);
    const rn_md_view w = rn_compat_query(d->pd, dnnl_query_weights_md);
    const rn_md_view dw = rn_compat_query(d->pd, dnnl_query_diff_weights_md);
    const struct {
        int names[SCRATCH];
        rn_md_view views[SCRATCH];
    } forward = {{DNNL_ARG_DST, DNNL_ARG_SRC, DNNL_ARG_WEIGHTS}, {dst, src, w}},
      data = {{DNNL_ARG_DIFF_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS}, {src, dst, w}},
      weights = {{DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_SRC, DNNL_ARG_DIFF_DST}, {dw, src, dst}},
      *own = pass == RN_CONV_BACKWARD_DATA      ? &data
             : pass == RN_CONV_BACKWARD_WEIGHTS ? &weights
                                                : &forward;
    for (int i = 0; i < SCRATCH; i++) {
        state->names[i] = own->names[i];
        views[i] = own->views[i];
    }
    state->names[SCRATCH] = DNNL_ARG_SCRATCHPAD;
    state->names[BIAS] = DNNL_ARG_BIAS;
    state->n_args = pass == RN_CONV_INFERENCE ? N_ARGS : N_ARGS - 1;
    views[SCRATCH] = rn_compat_query(d->pd, dnnl_query_scratchpad_md);
    views[BIAS] = rn_md_borrow(&d->bias);
}

static resnet_status create_memories(rn_conv *conv, const draft *d, enum rn_conv_pass pass)
{
    resnet_status status = RESNET_OK;
    const rn_engine *engine = conv->engine;
    onednn_state *state = conv->state;
    rn_md_view views[N_ARGS];
    name_arguments(state, views, d, pass);
    conv->scratch_size = dnnl_memory_desc_get_size(views[SCRATCH]);
    RN_TRY(rn_layout_create_md(&conv->weights, engine,
                               views[pass == RN_CONV_BACKWARD_WEIGHTS ? TO : WITH]));
    state->memory = rn_calloc(engine->n_workers * N_ARGS, sizeof *state->memory);
    if (!state->memory) return RESNET_E_NOMEM;
    for (size_t i = 0; i < engine->n_workers * N_ARGS; i++)
        RN_TRY_DNNL(rn_border_memory_create(&state->memory[i], views[i % N_ARGS], engine->engine),
                    "wrap memory");
done:
    return status;
}

/* Every status of oneDNN's but want of memory means that it has no such convolution. */
static resnet_status look_for(draft *d, rn_conv *conv, const rn_conv_settings *s)
{
    const dnnl_alg_kind_t algorithm =
        conv->kernel->winograd ? dnnl_convolution_winograd : dnnl_convolution_direct;
    const dnnl_status_t code = plan(d, conv->engine, s, algorithm);
    if (code == dnnl_out_of_memory) return rn_backend_check(code, "plan a convolution");
    return code == dnnl_success ? RESNET_OK : RESNET_E_UNSUPPORTED;
}

static bool fits(const rn_conv_kernel *kernel, const rn_engine *engine, const rn_conv_settings *s)
{
    (void)kernel, (void)engine;
    return s->groups == 1 && s->dtype == RN_DTYPE_F32;
}

static resnet_status create(rn_conv *conv, const rn_conv_settings *s)
{
    resnet_status status;
    draft d = {0};
    onednn_state *state = conv->state = rn_calloc(1, sizeof *state);
    if (!state) return RESNET_E_NOMEM;
    RN_TRY(describe_tensors(&d, conv->engine, s));
    RN_TRY_DNNL(rn_border_attr_create(&d.attr, s->sum, s->relu), "create attributes");
    RN_TRY(look_for(&d, conv, s));
    RN_TRY_DNNL(rn_border_primitive_create(&state->primitive, d.pd), "create a convolution");
    status = create_memories(conv, &d, s->pass);
done:
    release(&d);
    return status;
}

static void free_state(rn_conv *conv)
{
    onednn_state *state = conv->state;
    if (state->memory)
        for (size_t i = 0; i < conv->engine->n_workers * N_ARGS; i++)
            if (state->memory[i]) dnnl_memory_destroy(state->memory[i]);
    if (state->primitive) dnnl_primitive_destroy(state->primitive);
    rn_free(state->memory);
    rn_free(state);
}

/* oneDNN's interface has no const for what a primitive only reads. */
static resnet_status run(const rn_conv *conv, const rn_conv_call *call)
{
    resnet_status status;
    const onednn_state *state = conv->state;
    void *const tensors[N_ARGS] = {call->to, (void *)call->from, (void *)call->with, call->scratch,
                                   (void *)call->bias};
    dnnl_exec_arg_t args[N_ARGS];
    for (int i = 0; i < state->n_args; i++) {
        args[i] =
            (dnnl_exec_arg_t){state->names[i], state->memory[call->worker * N_ARGS + (size_t)i]};
        RN_TRY_DNNL(dnnl_memory_set_data_handle(args[i].memory, tensors[i]), "set memory");
    }
    RN_TRY_DNNL(rn_border_execute(state->primitive, conv->engine->streams[call->worker],
                                  state->n_args, args),
                "run a convolution");
done:
    return status;
}

#define ONEDNN .fits = fits, .create = create, .run = run, .free = free_state

const rn_conv_kernel RN_CONV_ONEDNN_WINOGRAD = {
    .name = "oneDNN Winograd", .winograd = true, ONEDNN};
const rn_conv_kernel RN_CONV_ONEDNN_DIRECT = {.name = "oneDNN direct", ONEDNN};
