/* SPDX-License-Identifier: MIT */
#include "dnn/layout.h"

#include "core/mem.h"
#include "dnn/backend.h"

struct rn_reorder {
    dnnl_primitive_t primitive;
    dnnl_memory_t from, to, scratch;
    void *scratch_bytes;
};

static resnet_status create_by_tag(rn_layout **out, const rn_engine *engine, const size_t dims[4],
                                   dnnl_format_tag_t tag)
{
    rn_layout *layout = rn_calloc(1, sizeof *layout);
    if (!layout) return RESNET_E_NOMEM;
    layout->engine = engine->engine;
    const dnnl_dims_t sizes = {(dnnl_dim_t)dims[0], (dnnl_dim_t)dims[1], (dnnl_dim_t)dims[2],
                               (dnnl_dim_t)dims[3]};
    const resnet_status status =
        rn_backend_check(rn_border_md_init(&layout->md, 4, sizes, tag), "describe a tensor");
    if (status != RESNET_OK) {
        rn_free(layout);
        return status;
    }
    *out = layout;
    return RESNET_OK;
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

resnet_status rn_layout_copy(rn_layout **out, const rn_layout *layout)
{
    rn_layout *copy = rn_calloc(1, sizeof *copy);
    if (!copy) return RESNET_E_NOMEM;
    copy->engine = layout->engine;
    const resnet_status status =
        rn_backend_check(rn_border_md_copy(&copy->md, rn_md_borrow(&layout->md)), "copy a layout");
    if (status != RESNET_OK) {
        rn_free(copy);
        return status;
    }
    *out = copy;
    return RESNET_OK;
}

void rn_layout_free(rn_layout *layout)
{
    if (!layout) return;
    rn_md_release(&layout->md);
    rn_free(layout);
}

bool rn_layout_equal(const rn_layout *a, const rn_layout *b)
{
    return dnnl_memory_desc_equal(rn_md_borrow(&a->md), rn_md_borrow(&b->md));
}

size_t rn_layout_get_size(const rn_layout *layout)
{
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

resnet_status rn_reorder_create(rn_reorder **out, const rn_layout *from, const rn_layout *to)
{
    resnet_status status;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t pd = NULL;
    rn_reorder *reorder = rn_calloc(1, sizeof *reorder);
    if (!reorder) return RESNET_E_NOMEM;
    RN_TRY_DNNL(rn_border_attr_create(&attr, false, false), "create attributes");
    RN_TRY_DNNL(
        rn_border_reorder(&pd, from->engine, rn_md_borrow(&from->md), rn_md_borrow(&to->md), attr),
        "plan a change of layout");
    RN_TRY_DNNL(rn_border_primitive_create(&reorder->primitive, pd), "create a change of layout");
    RN_TRY(create_memories(reorder, from, to, pd));
    *out = reorder;
    reorder = NULL;
done:
    rn_reorder_free(reorder);
    if (pd) dnnl_primitive_desc_destroy(pd);
    if (attr) dnnl_primitive_attr_destroy(attr);
    return status;
}

void rn_reorder_free(rn_reorder *reorder)
{
    if (!reorder) return;
    if (reorder->primitive) dnnl_primitive_destroy(reorder->primitive);
    if (reorder->from) dnnl_memory_destroy(reorder->from);
    if (reorder->to) dnnl_memory_destroy(reorder->to);
    if (reorder->scratch) dnnl_memory_destroy(reorder->scratch);
    rn_free(reorder->scratch_bytes);
    rn_free(reorder);
}

resnet_status rn_reorder_run(rn_reorder *reorder, const rn_engine *engine, size_t worker,
                             const float *from, float *to)
{
    resnet_status status;
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
