/** oneDNN 2.x: descriptors are plain structs, and each operation has its own descriptor before the
 *  primitive's. compat3.h offers the same functions for 3.x. SPDX-License-Identifier: MIT */
#ifndef RN_DNN_COMPAT2_H
#define RN_DNN_COMPAT2_H

#include <dnnl.h>
#include <stddef.h>

typedef dnnl_memory_desc_t rn_md;             /* owned */
typedef const dnnl_memory_desc_t *rn_md_view; /* borrowed */

#include "dnn/window.h"

static inline dnnl_status_t rn_md_init(rn_md *md, int n_dims, const dnnl_dim_t *dims,
                                       dnnl_format_tag_t tag)
{
    return dnnl_memory_desc_init_by_tag(md, n_dims, dims, dnnl_f32, tag);
}

static inline void rn_md_release(rn_md *md)
{
    (void)md;
}

static inline rn_md_view rn_md_borrow(const rn_md *md)
{
    return md;
}

static inline dnnl_status_t rn_md_copy(rn_md *out, rn_md_view md)
{
    *out = *md;
    return dnnl_success;
}

static inline rn_md_view rn_compat_query(const_dnnl_primitive_desc_t pd, dnnl_query_t what)
{
    return dnnl_primitive_desc_query_md(pd, what, 0);
}

static inline dnnl_status_t rn_compat_post_sum(dnnl_post_ops_t ops)
{
    return dnnl_post_ops_append_sum(ops, 1.0f);
}

static inline dnnl_status_t rn_compat_post_relu(dnnl_post_ops_t ops)
{
    return dnnl_post_ops_append_eltwise(ops, 1.0f, dnnl_eltwise_relu, 0.0f, 0.0f);
}

static inline dnnl_status_t rn_compat_convolution(dnnl_primitive_desc_t *out, dnnl_engine_t engine,
                                                  const rn_compat_window *w,
                                                  const_dnnl_primitive_attr_t attr,
                                                  const_dnnl_primitive_desc_t hint)
{
    dnnl_convolution_desc_t desc;
    dnnl_status_t code;
    if (w->pass == dnnl_backward_data)
        code = dnnl_convolution_backward_data_desc_init(
            &desc, w->algorithm, w->src, w->weights, w->dst, w->strides, w->pad_begin, w->pad_end);
    else if (w->pass == dnnl_backward_weights)
        code = dnnl_convolution_backward_weights_desc_init(&desc, w->algorithm, w->src, w->weights,
                                                           w->bias, w->dst, w->strides,
                                                           w->pad_begin, w->pad_end);
    else
        code = dnnl_convolution_forward_desc_init(&desc, w->pass, w->algorithm, w->src, w->weights,
                                                  w->bias, w->dst, w->strides, w->pad_begin,
                                                  w->pad_end);
    if (code != dnnl_success) return code;
    return dnnl_primitive_desc_create(out, &desc, attr, engine, hint);
}

static inline dnnl_status_t rn_compat_pooling(dnnl_primitive_desc_t *out, dnnl_engine_t engine,
                                              const rn_compat_window *w,
                                              const_dnnl_primitive_attr_t attr,
                                              const_dnnl_primitive_desc_t hint)
{
    dnnl_pooling_desc_t desc;
    dnnl_status_t code;
    if (w->pass == dnnl_backward_data)
        code = dnnl_pooling_backward_desc_init(&desc, w->algorithm, w->src, w->dst, w->strides,
                                               w->kernel, w->pad_begin, w->pad_end);
    else
        code = dnnl_pooling_forward_desc_init(&desc, w->pass, w->algorithm, w->src, w->dst,
                                              w->strides, w->kernel, w->pad_begin, w->pad_end);
    if (code != dnnl_success) return code;
    return dnnl_primitive_desc_create(out, &desc, attr, engine, hint);
}

#endif
