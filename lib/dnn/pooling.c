/* SPDX-License-Identifier: MIT */
#include "dnn/pooling.h"

#include "core/mem.h"
#include "dnn/backend.h"

enum { SRC, DST, WINNERS, SCRATCH, N_ARGS };
enum { FORWARD, BACKWARD, N_PASSES };

struct rn_pooling {
    const rn_engine *engine;
    dnnl_primitive_t primitives[N_PASSES]; /* backward only when training */
    size_t winners_size;
    size_t scratch_size;   /* the larger of both passes */
    dnnl_memory_t *memory; /* [n_passes][n_workers][N_ARGS] */
    size_t n_passes;
};

typedef struct draft {
    rn_md src, dst;
    dnnl_primitive_attr_t attr;
    dnnl_primitive_desc_t pds[N_PASSES];
} draft;

static bool pads_rows(const rn_pooling_settings *s)
{
    return s->padded && !s->valid_rows;
}

static resnet_status describe(draft *d, const rn_engine *engine, const rn_pooling_settings *s)
{
    resnet_status status;
    const dnnl_format_tag_t tag = rn_backend_activation_tag(engine->channel_block);
    const dnnl_dim_t n = (dnnl_dim_t)s->n, c = (dnnl_dim_t)s->channels;
    const dnnl_dims_t src = {n, c, (dnnl_dim_t)s->in_h, (dnnl_dim_t)s->in_w};
    const dnnl_dims_t dst = {n, c, (dnnl_dim_t)rn_pooling_out_size(s->in_h, pads_rows(s)),
                             (dnnl_dim_t)rn_pooling_out_size(s->in_w, s->padded)};
    RN_TRY_DNNL(rn_border_md_init(&d->src, 4, src, tag), "describe src");
    RN_TRY_DNNL(rn_border_md_init(&d->dst, 4, dst, tag), "describe dst");
    RN_TRY_DNNL(rn_border_attr_create(&d->attr, false, false), "create attributes");
done:
    return status;
}

/* What oneDNN's window covers must reach the last output pixel, no further. */
static dnnl_dim_t end_padding(size_t in_size, bool padded)
{
    const size_t reached = (rn_pooling_out_size(in_size, padded) - 1) * 2 + 3;
    const size_t begun = in_size + (padded ? 1 : 0);
    return (dnnl_dim_t)reached - (dnnl_dim_t)begun;
}

static resnet_status plan(draft *d, const rn_engine *engine, const rn_pooling_settings *s)
{
    resnet_status status;
    const dnnl_dims_t strides = {2, 2}, kernel = {3, 3};
    const dnnl_dims_t begin = {pads_rows(s), s->padded};
    const dnnl_dims_t end = {end_padding(s->in_h, pads_rows(s)), end_padding(s->in_w, s->padded)};
    rn_compat_window window = {
        .pass = s->training ? dnnl_forward_training : dnnl_forward_inference,
        .algorithm = dnnl_pooling_max,
        .src = rn_md_borrow(&d->src),
        .dst = rn_md_borrow(&d->dst),
        .strides = strides,
        .kernel = kernel,
        .pad_begin = begin,
        .pad_end = end,
    };
    RN_TRY_DNNL(rn_border_pooling(&d->pds[FORWARD], engine->engine, &window, d->attr, NULL),
                "plan a max pool");
    if (s->training) {
        window.pass = dnnl_backward_data;
        RN_TRY_DNNL(
            rn_border_pooling(&d->pds[BACKWARD], engine->engine, &window, d->attr, d->pds[FORWARD]),
            "plan a max pool's gradient");
    }
done:
    return status;
}

static void release(draft *d)
{
    for (int pass = 0; pass < N_PASSES; pass++)
        if (d->pds[pass]) dnnl_primitive_desc_destroy(d->pds[pass]);
    if (d->attr) dnnl_primitive_attr_destroy(d->attr);
    rn_md_release(&d->src);
    rn_md_release(&d->dst);
}

static resnet_status create_memories(rn_pooling *pooling, const draft *d)
{
    resnet_status status = RESNET_OK;
    const size_t per_pass = pooling->engine->n_workers * N_ARGS;
    const rn_md_view winners = rn_compat_query(d->pds[FORWARD], dnnl_query_workspace_md);
    if (pooling->n_passes == N_PASSES) pooling->winners_size = dnnl_memory_desc_get_size(winners);
    pooling->memory = rn_calloc(pooling->n_passes * per_pass, sizeof *pooling->memory);
    if (!pooling->memory) return RESNET_E_NOMEM;
    for (size_t i = 0; i < pooling->n_passes * per_pass; i++) {
        const rn_md_view scratch = rn_compat_query(d->pds[i / per_pass], dnnl_query_scratchpad_md);
        const rn_md_view views[N_ARGS] = {rn_md_borrow(&d->src), rn_md_borrow(&d->dst), winners,
                                          scratch};
        const size_t size = dnnl_memory_desc_get_size(scratch);
        if (size > pooling->scratch_size) pooling->scratch_size = size;
        if (i % N_ARGS == WINNERS && pooling->winners_size == 0) continue;
        RN_TRY_DNNL(rn_border_memory_create(&pooling->memory[i], views[i % N_ARGS],
                                            pooling->engine->engine),
                    "wrap memory");
    }
done:
    return status;
}

resnet_status rn_pooling_create(rn_pooling **out, const rn_engine *engine,
                                const rn_pooling_settings *settings)
{
    resnet_status status;
    draft d = {0};
    rn_pooling *pooling = rn_calloc(1, sizeof *pooling);
    if (!pooling) return RESNET_E_NOMEM;
    pooling->engine = engine;
    pooling->n_passes = settings->training ? N_PASSES : 1;
    RN_TRY(describe(&d, engine, settings));
    RN_TRY(plan(&d, engine, settings));
    for (size_t pass = 0; pass < pooling->n_passes; pass++)
        RN_TRY_DNNL(rn_border_primitive_create(&pooling->primitives[pass], d.pds[pass]),
                    "create a max pool");
    RN_TRY(create_memories(pooling, &d));
    *out = pooling;
    pooling = NULL;
done:
    release(&d);
    rn_pooling_free(pooling);
    return status;
}

void rn_pooling_free(rn_pooling *pooling)
{
    if (!pooling) return;
    if (pooling->memory)
        for (size_t i = 0; i < pooling->n_passes * pooling->engine->n_workers * N_ARGS; i++)
            if (pooling->memory[i]) dnnl_memory_destroy(pooling->memory[i]);
    for (int pass = 0; pass < N_PASSES; pass++)
        if (pooling->primitives[pass]) dnnl_primitive_destroy(pooling->primitives[pass]);
    rn_free(pooling->memory);
    rn_free(pooling);
}

size_t rn_pooling_get_winners_size(const rn_pooling *pooling)
{
    return pooling->winners_size;
}

size_t rn_pooling_get_scratch_size(const rn_pooling *pooling)
{
    return pooling->scratch_size;
}

static resnet_status run(const rn_pooling *pooling, int pass, size_t worker, const void *src,
                         const void *dst, const void *winners, void *scratch)
{
    static const int NAMES[N_PASSES][N_ARGS] = {
        {DNNL_ARG_SRC, DNNL_ARG_DST, DNNL_ARG_WORKSPACE, DNNL_ARG_SCRATCHPAD},
        {DNNL_ARG_DIFF_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_WORKSPACE, DNNL_ARG_SCRATCHPAD},
    };
    resnet_status status;
    const void *const pointers[N_ARGS] = {src, dst, winners, scratch};
    const size_t first = ((size_t)pass * pooling->engine->n_workers + worker) * N_ARGS;
    dnnl_exec_arg_t args[N_ARGS];
    int n_args = 0;
    for (int i = 0; i < N_ARGS; i++) {
        const dnnl_memory_t memory = pooling->memory[first + (size_t)i];
        if (!memory) continue;
        RN_TRY_DNNL(dnnl_memory_set_data_handle(memory, (void *)pointers[i]), "set memory");
        args[n_args++] = (dnnl_exec_arg_t){NAMES[pass][i], memory};
    }
    RN_TRY_DNNL(rn_border_execute(pooling->primitives[pass], pooling->engine->streams[worker],
                                  n_args, args),
                "run a max pool");
done:
    return status;
}

resnet_status rn_pooling_forward(const rn_pooling *pooling, size_t worker, const float *src,
                                 float *dst, void *winners, void *scratch)
{
    return run(pooling, FORWARD, worker, src, dst, winners, scratch);
}

resnet_status rn_pooling_backward(const rn_pooling *pooling, size_t worker, float *diff_src,
                                  const float *diff_dst, const void *winners, void *scratch)
{
    return run(pooling, BACKWARD, worker, diff_src, diff_dst, winners, scratch);
}
