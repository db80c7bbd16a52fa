/** export.h: what every other header needs: symbol visibility and C linkage.
 *  SPDX-License-Identifier: MIT */
#ifndef RESNET_EXPORT_H
#define RESNET_EXPORT_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define RESNET_API __attribute__((visibility("default")))
#define RESNET_NODISCARD __attribute__((warn_unused_result))
#else
#define RESNET_API
#define RESNET_NODISCARD
#endif

#ifdef __cplusplus
#define RESNET_BEGIN_DECLS extern "C" {
#define RESNET_END_DECLS }
#else
#define RESNET_BEGIN_DECLS
#define RESNET_END_DECLS
#endif

#endif
