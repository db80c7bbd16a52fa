/** Memory that is handed to the host. SPDX-License-Identifier: MIT */
#ifndef RN_CORE_BYTES_H
#define RN_CORE_BYTES_H

#include "core/error.h"

#include <resnet/bytes.h>

/** Takes a block of rn_alloc() over, on failure too. */
resnet_status rn_bytes_create(resnet_bytes **out, void *block, size_t size);

#endif
