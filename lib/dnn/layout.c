/* SPDX-License-Identifier: MIT */
#include "dnn/layout.h"

#include "core/mem.h"
#include "dnn/backend.h"

#include <string.h>

struct rn_reorder {
    dnnl_primitive_t primitive;
    dnnl_memory_t from, to, scratch;
    void *scratch_bytes;
    rn_layout *own; /* in place of all that: packed by one of our kernels, or unpacked */
    bool unpack;
};

/* Takes over what md_status says is in layout->md. */
static resnet_status finish_create(rn_layout **out, rn_layout *layout, dnnl_status_t md_status,
                                   const char *what)
{
    const resnet_status status = rn_backend_check(md_status, what);
    if (status == RESNET_OK)
        *out = layout;
    else
        rn_free(layout);
    return status;
}

static resnet_status create_by_tag(rn_layout **out, const rn_engine *engine, const size_t dims[4],
                                   dnnl_format_tag_t tag)
{
    rn_layout *layout = rn_calloc(1, sizeof *layout);
    if (!layout) return RESNET_E_NOMEM;
    layout->engine = engine->engine;
    layout->plain = tag == dnnl_abcd;
    const dnnl_dims_t sizes = {(dnnl_dim_t)dims[0], (dnnl_dim_t)dims[1], (dnnl_dim_t)dims[2],
                               (dnnl_dim_t)dims[3]};
    return finish_create(out, layout, rn_border_md_init(&layout->md, 4, sizes, tag),
                         "describe a tensor");
}

resnet_status rn_layout_create_plain(rn_layout **out, const rn_engine *engine, const size_t dims[4])
{
    return create_by_tag(out, engine, dims, dnnl_abcd);
}

resnet_status rn_layout_create_activation(rn_layout **out, const rn_engine *engine,
                                          const size_t dims[4])
{
    return create_by_tag(out, engine, dims, rn_backend_activation_tag(engine->channel_block));
}

resnet_status rn_layout_create_md(rn_layout **out, const rn_engine *engine, rn_md_view md)
{
    rn_layout *layout = rn_calloc(1, sizeof *layout);
    if (!layout) return RESNET_E_NOMEM;
    layout->engine = engine->engine;
    return finish_create(out, layout, rn_border_md_copy(&layout->md, md), "copy a layout");
}

resnet_status rn_layout_create_own(rn_layout **out, const rn_kernel *own,
                                   const rn_kernel_shape *shape, enum rn_kernel_pass pass)
{
    rn_layout *layout = rn_calloc(1, sizeof *layout);
    if (!layout) return RESNET_E_NOMEM;
    layout->own = own;
    layout->pass = pass;
    layout->shape = (rn_kernel_shape){.groups = shape->groups,
                                      .size = shape->size,
                                      .in_channels = shape->in_channels,
                                      .in_block = shape->in_block,
                                      .out_channels = shape->out_channels,
                                      .out_block = shape->out_block};
    *out = layout;
    return RESNET_OK;
}

resnet_status rn_layout_copy(rn_layout **out, const rn_layout *layout)
{
    if (layout->own) return rn_layout_create_own(out, layout->own, &layout->shape, layout->pass);
    rn_layout *copy = rn_calloc(1, sizeof *copy);
    if (!copy) return RESNET_E_NOMEM;
    copy->engine = layout->engine;
    copy->plain = layout->plain;
    return finish_create(out, copy, rn_border_md_copy(&copy->md, rn_md_borrow(&layout->md)),
                         "copy a layout");
}

void rn_layout_free(rn_layout *layout)
{
    if (!layout) return;
    if (!layout->own) rn_md_release(&layout->md);
    rn_free(layout);
}

bool rn_layout_equal(const rn_layout *a, const rn_layout *b)
{
    if (a->own || b->own)
        return a->own == b->own && a->pass == b->pass &&
               memcmp(&a->shape, &b->shape, sizeof a->shape) == 0;
    return dnnl_memory_desc_equal(rn_md_borrow(&a->md), rn_md_borrow(&b->md));
}

size_t rn_layout_get_size(const rn_layout *layout)
{
    if (layout->own) return layout->own->get_weights_size(&layout->shape);
    return dnnl_memory_desc_get_size(rn_md_borrow(&layout->md));
}

static resnet_status create_memories(rn_reorder *reorder, const rn_layout *from,
                                     const rn_layout *to, const_dnnl_primitive_desc_t pd)
{
    resnet_status status;
    const rn_md_view scratch = rn_compat_query(pd, dnnl_query_scratchpad_md);
    const size_t scratch_size = dnnl_memory_desc_get_size(scratch);
    reorder->scratch_bytes = rn_alloc(scratch_size, 1);
    if (!reorder->scratch_bytes) return RESNET_E_NOMEM;
    RN_TRY_DNNL(rn_border_memory_create(&reorder->from, rn_md_borrow(&from->md), from->engine),
                "wrap memory");
    RN_TRY_DNNL(rn_border_memory_create(&reorder->to, rn_md_borrow(&to->md), to->engine),
                "wrap memory");
    RN_TRY_DNNL(rn_border_memory_create(&reorder->scratch, scratch, from->engine), "wrap memory");
    if (scratch_size)
        RN_TRY_DNNL(dnnl_memory_set_data_handle(reorder->scratch, reorder->scratch_bytes),
                    "set memory");
done:
    return status;
}

/* Our kernels pack what is plain and unpack to it. */
static resnet_status plan_own(rn_reorder *reorder, const rn_layout *from, const rn_layout *to)
{
    const rn_layout *packed = from->own ? from : to;
    reorder->unpack = from->own;
    if (!(from->own ? to : from)->plain || (reorder->unpack && !packed->own->unpack))
        return rn_fail(RESNET_E_UNSUPPORTED,
                       "weights packed for the kernel '%s' change to or from "
                       "the plain layout only",
                       packed->own->name);
    return rn_layout_copy(&reorder->own, packed);
}

static resnet_status plan_onednn(rn_reorder *reorder, const rn_layout *from, const rn_layout *to)
{
    resnet_status status;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t pd = NULL;
    RN_TRY_DNNL(rn_border_attr_create(&attr, false, false), "create attributes");
    RN_TRY_DNNL(
        rn_border_reorder(&pd, from->engine, rn_md_borrow(&from->md), rn_md_borrow(&to->md), attr),
        "plan a change of layout");
    RN_TRY_DNNL(rn_border_primitive_create(&reorder->primitive, pd), "create a change of layout");
    status = create_memories(reorder, from, to, pd);
done:
    if (pd) dnnl_primitive_desc_destroy(pd);
    if (attr) dnnl_primitive_attr_destroy(attr);
    return status;
}

resnet_status rn_reorder_create(rn_reorder **out, const rn_layout *from, const rn_layout *to)
{
    rn_reorder *reorder = rn_calloc(1, sizeof *reorder);
    if (!reorder) return RESNET_E_NOMEM;
    const resnet_status status =
        from->own || to->own ? plan_own(reorder, from, to) : plan_onednn(reorder, from, to);
    if (status == RESNET_OK)
        *out = reorder;
    else
        rn_reorder_free(reorder);
    return status;
}

void rn_reorder_free(rn_reorder *reorder)
{
    if (!reorder) return;
    if (reorder->primitive) dnnl_primitive_destroy(reorder->primitive);
    if (reorder->from) dnnl_memory_destroy(reorder->from);
    if (reorder->to) dnnl_memory_destroy(reorder->to);
    if (reorder->scratch) dnnl_memory_destroy(reorder->scratch);
    rn_layout_free(reorder->own);
    rn_free(reorder->scratch_bytes);
    rn_free(reorder);
}

static void run_own(const rn_reorder *reorder, const float *from, float *to)
{
    const rn_layout *packed = reorder->own;
    if (reorder->unpack)
        packed->own->unpack(&packed->shape, from, to);
    else
        packed->own->pack(&packed->shape, packed->pass, from, to);
}

resnet_status rn_reorder_run(rn_reorder *reorder, const rn_engine *engine, size_t worker,
                             const float *from, float *to)
{
    resnet_status status = RESNET_OK;
    if (reorder->own) {
        run_own(reorder, from, to);
        goto done;
    }
    RN_TRY_DNNL(dnnl_memory_set_data_handle(reorder->from, (void *)from), "set memory");
    RN_TRY_DNNL(dnnl_memory_set_data_handle(reorder->to, to), "set memory");
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, reorder->from},
                                    {DNNL_ARG_TO, reorder->to},
                                    {DNNL_ARG_SCRATCHPAD, reorder->scratch}};
    RN_TRY_DNNL(rn_border_execute(reorder->primitive, engine->streams[worker], 3, args),
                "change a layout");
done:
    return status;
}

resnet_status rn_layout_convert(const rn_engine *engine, size_t worker,
                                const rn_layout *from_layout, const float *from,
                                const rn_layout *to_layout, float *to)
{
    rn_reorder *reorder = NULL;
    resnet_status status;
    RN_TRY(rn_reorder_create(&reorder, from_layout, to_layout));
    status = rn_reorder_run(reorder, engine, worker, from, to);
done:
    rn_reorder_free(reorder);
    return status;
}
