/** The calls of oneDNN that take memory. It is written in C++: when there is no memory for its
 * small parts, its functions throw, and no C caller could catch that; the process would end. Behind
 * these it becomes a status. Nothing in this folder calls the originals. SPDX-License-Identifier:
 * MIT */
#ifndef RN_DNN_BORDER_H
#define RN_DNN_BORDER_H

#include <dnnl.h>

#if DNNL_VERSION_MAJOR >= 3
#include "dnn/compat3.h"
#else
#include "dnn/compat2.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

dnnl_status_t rn_border_engine_create(dnnl_engine_t *out);
dnnl_status_t rn_border_stream_create(dnnl_stream_t *out, dnnl_engine_t engine);
dnnl_status_t rn_border_md_init(rn_md *out, int n_dims, const dnnl_dim_t *dims,
                                dnnl_format_tag_t tag);
dnnl_status_t rn_border_md_copy(rn_md *out, rn_md_view md);

/** Attributes of a primitive that is handed its scratchpad; a sum and a ReLU after it if wanted. */
dnnl_status_t rn_border_attr_create(dnnl_primitive_attr_t *out, int sum, int relu);

dnnl_status_t rn_border_convolution(dnnl_primitive_desc_t *out, dnnl_engine_t engine,
                                    const rn_compat_window *window,
                                    const_dnnl_primitive_attr_t attr,
                                    const_dnnl_primitive_desc_t hint);
dnnl_status_t rn_border_pooling(dnnl_primitive_desc_t *out, dnnl_engine_t engine,
                                const rn_compat_window *window, const_dnnl_primitive_attr_t attr,
                                const_dnnl_primitive_desc_t hint);
dnnl_status_t rn_border_reorder(dnnl_primitive_desc_t *out, dnnl_engine_t engine, rn_md_view from,
                                rn_md_view to, const_dnnl_primitive_attr_t attr);

dnnl_status_t rn_border_memory_create(dnnl_memory_t *out, rn_md_view md, dnnl_engine_t engine);
dnnl_status_t rn_border_primitive_create(dnnl_primitive_t *out, const_dnnl_primitive_desc_t desc);
dnnl_status_t rn_border_execute(const_dnnl_primitive_t primitive, dnnl_stream_t stream, int n_args,
                                const dnnl_exec_arg_t *args);

#ifdef __cplusplus
}
#endif

#endif
