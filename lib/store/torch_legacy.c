/* SPDX-License-Identifier: MIT */
#include "store/containers.h"

resnet_status rn_torch_legacy_parse(rn_raw_set **out, const void *bytes, size_t size)
{
    (void)out;
    (void)bytes;
    (void)size;
    return rn_fail(RESNET_E_UNSUPPORTED, "torch.save's form before 1.6 is not read");
}

resnet_status rn_torch_tar_parse(rn_raw_set **out, const void *bytes, size_t size)
{
    (void)out;
    (void)bytes;
    (void)size;
    return rn_fail(RESNET_E_UNSUPPORTED, "torch.save's form of 2016 is not read");
}
