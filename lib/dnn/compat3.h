/** oneDNN 3.x: descriptors are opaque handles, and a primitive's descriptor is made in one call.
 *  compat2.h offers the same functions for 2.x. SPDX-License-Identifier: MIT */
#ifndef RN_DNN_COMPAT3_H
#define RN_DNN_COMPAT3_H

#include <dnnl.h>
#include <stddef.h>

typedef dnnl_memory_desc_t rn_md;            /* owned */
typedef const_dnnl_memory_desc_t rn_md_view; /* borrowed */

#include "dnn/window.h"

static inline dnnl_status_t rn_md_init(rn_md *md, int n_dims, const dnnl_dim_t *dims,
                                       dnnl_format_tag_t tag)
{
    return dnnl_memory_desc_create_with_tag(md, n_dims, dims, dnnl_f32, tag);
}

static inline void rn_md_release(rn_md *md)
{
    if (*md) dnnl_memory_desc_destroy(*md);
    *md = NULL;
}

static inline rn_md_view rn_md_borrow(const rn_md *md)
{
    return *md;
}

static inline dnnl_status_t rn_md_copy(rn_md *out, rn_md_view md)
{
    return dnnl_memory_desc_clone(out, md);
}

static inline rn_md_view rn_compat_query(const_dnnl_primitive_desc_t pd, dnnl_query_t what)
{
    return dnnl_primitive_desc_query_md(pd, what, 0);
}

static inline dnnl_status_t rn_compat_post_sum(dnnl_post_ops_t ops)
{
    return dnnl_post_ops_append_sum(ops, 1.0f, 0, dnnl_data_type_undef);
}

static inline dnnl_status_t rn_compat_post_relu(dnnl_post_ops_t ops)
{
    return dnnl_post_ops_append_eltwise(ops, dnnl_eltwise_relu, 0.0f, 0.0f);
}

static const dnnl_dims_t RN_COMPAT_NO_DILATION = {0, 0};

static inline dnnl_status_t rn_compat_convolution(dnnl_primitive_desc_t *out, dnnl_engine_t engine,
                                                  const rn_compat_window *w,
                                                  const_dnnl_primitive_attr_t attr,
                                                  const_dnnl_primitive_desc_t hint)
{
    const dnnl_dim_t *none = RN_COMPAT_NO_DILATION;
    if (w->pass == dnnl_backward_data)
        return dnnl_convolution_backward_data_primitive_desc_create(
            out, engine, w->algorithm, w->src, w->weights, w->dst, w->strides, none, w->pad_begin,
            w->pad_end, hint, attr);
    if (w->pass == dnnl_backward_weights)
        return dnnl_convolution_backward_weights_primitive_desc_create(
            out, engine, w->algorithm, w->src, w->weights, w->bias, w->dst, w->strides, none,
            w->pad_begin, w->pad_end, hint, attr);
    return dnnl_convolution_forward_primitive_desc_create(
        out, engine, w->pass, w->algorithm, w->src, w->weights, w->bias, w->dst, w->strides, none,
        w->pad_begin, w->pad_end, attr);
}

static inline dnnl_status_t rn_compat_pooling(dnnl_primitive_desc_t *out, dnnl_engine_t engine,
                                              const rn_compat_window *w,
                                              const_dnnl_primitive_attr_t attr,
                                              const_dnnl_primitive_desc_t hint)
{
    const dnnl_dim_t *none = RN_COMPAT_NO_DILATION;
    if (w->pass == dnnl_backward_data)
        return dnnl_pooling_backward_primitive_desc_create(out, engine, w->algorithm, w->src,
                                                           w->dst, w->strides, w->kernel, none,
                                                           w->pad_begin, w->pad_end, hint, attr);
    return dnnl_pooling_forward_primitive_desc_create(out, engine, w->pass, w->algorithm, w->src,
                                                      w->dst, w->strides, w->kernel, none,
                                                      w->pad_begin, w->pad_end, attr);
}

#endif
