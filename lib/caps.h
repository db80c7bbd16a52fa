/** The caller's caps, read. SPDX-License-Identifier: MIT */
#ifndef RN_CAPS_H
#define RN_CAPS_H

#include <resnet/caps.h>

/** Copies the caller's struct, which may be NULL, over the defaults. INVALID, UNSUPPORTED. */
resnet_status rn_caps_read(resnet_caps *out, const resnet_caps *caps);

#endif
