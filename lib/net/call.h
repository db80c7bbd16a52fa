/** One convolution primitive as the network uses it. SPDX-License-Identifier: MIT */
#ifndef RN_NET_CALL_H
#define RN_NET_CALL_H

#include "dnn/conv.h"
#include "net/params.h"

/** A convolution as one call runs it. */
typedef struct rn_call {
    const rn_arch_conv *conv;
    enum rn_conv_pass pass;
    size_t n, out_channels; /* of this call: a part of an image has a part of conv's */
    size_t in_h, in_w;
    bool valid_rows; /* in_h holds the rows that padding would add */
    bool winograd;   /* allowed where it is the faster one */
    enum rn_dtype dtype;
} rn_call;

/** Everything that follows from the table of the network: channels, kernel, stride, where the input
 *  is plain, what inference does with the output, and the algorithm. The one place where a
 *  convolution of the network is described to lib/dnn. */
rn_conv_settings rn_call_describe(const rn_call *call, const rn_net_settings *net);

/** Whether Winograd's algorithm is allowed and the faster one for a call. A rule and not a
 *  measurement, so that every run computes the same bits; docs/threading.md has the timings behind
 *  it. */
bool rn_call_prefers_winograd(const rn_call *call, const rn_net_settings *net);

#endif
