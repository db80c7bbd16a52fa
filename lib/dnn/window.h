/** A convolution or pooling to be described to either oneDNN; included by compat2.h and compat3.h
 *  once rn_md_view is known. SPDX-License-Identifier: MIT */
#ifndef RN_DNN_WINDOW_H
#define RN_DNN_WINDOW_H

/** Views that do not apply are NULL. */
typedef struct rn_compat_window {
    dnnl_prop_kind_t pass;
    dnnl_alg_kind_t algorithm;
    rn_md_view src, weights, bias, dst; /* or their gradients */
    const dnnl_dim_t *strides, *kernel, *pad_begin, *pad_end;
} rn_compat_window;

#endif
