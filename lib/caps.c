/* SPDX-License-Identifier: MIT */
#include "caps.h"

#include "core/options.h"

#define FIRST_SIZE 32 /* bytes, in the first release */
RN_ASSERT_ABI(resnet_caps, 32);

static const resnet_caps DEFAULTS = {.struct_size = sizeof(resnet_caps),
                                     .max_bytes = UINT64_C(16) << 30,
                                     .max_unpacked_bytes = RESNET_CAPS_AUTO,
                                     .max_recipe_side = 2048};

resnet_status resnet_caps_init(resnet_caps *caps, size_t size)
{
    return rn_options_write(caps, size, &DEFAULTS, sizeof DEFAULTS, FIRST_SIZE, "resnet_caps");
}

resnet_status rn_caps_read(resnet_caps *out, const resnet_caps *caps)
{
    *out = DEFAULTS;
    const resnet_status status = rn_options_read(out, sizeof *out, FIRST_SIZE, caps, "resnet_caps");
    if (status == RESNET_OK &&
        (out->max_bytes == 0 || out->max_unpacked_bytes == 0 || out->max_recipe_side == 0))
        return rn_fail(RESNET_E_INVALID, "resnet_caps: a cap of 0 lets nothing through");
    return status;
}
