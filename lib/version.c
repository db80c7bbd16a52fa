/* SPDX-License-Identifier: MIT */
#include <resnet/version.h>

#include "net/workers.h"

#include <stdio.h>

const char *resnet_version(void)
{
    return RESNET_VERSION;
}

const char *resnet_abi_version(void)
{
    return RESNET_ABI_VERSION;
}

const char *resnet_build_info(void)
{
    static _Thread_local char text[256];
    char engine[96];
    snprintf(text, sizeof text, "libresnet50 %s, %s", RESNET_VERSION,
             rn_workers_describe(engine, sizeof engine));
    return text;
}
