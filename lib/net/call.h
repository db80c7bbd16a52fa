/** One convolution primitive as the network uses it. SPDX-License-Identifier: MIT */
#ifndef RN_NET_CALL_H
#define RN_NET_CALL_H

#include "dnn/conv.h"
#include "net/params.h"

/** A convolution as one call runs it. */
typedef struct rn_call {
    const rn_arch_conv *conv;
    size_t n, out_channels, out_h, out_w;
    bool training;
} rn_call;

/** Whether Winograd's algorithm is the faster one for a call. A rule and not a measurement, so that
 *  every run computes the same bits; docs/threading.md has the timings behind it. */
bool rn_call_prefers_winograd(const rn_call *call, const rn_net_settings *settings);

/** What follows from the table of the network: channels, kernel, stride, where the input is plain,
 * and in inference what is done with the output. Numbers and sizes of maps are for the caller to
 * add. */
rn_conv_settings rn_call_make_settings(const rn_arch_conv *conv, enum rn_arch_variant variant,
                                       enum rn_conv_pass pass);

#endif
