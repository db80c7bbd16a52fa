/** version.h: the version a program was compiled with, and the one it runs with.
 *
 *      #include <resnet/version.h>
 *      #include <stdio.h>
 *      int main(void)
 *      {
 *          printf("compiled with %s, running %s\n", RESNET_VERSION, resnet_version());
 *          return 0;
 *      }
 *
 *  SPDX-License-Identifier: MIT */
#ifndef RESNET_VERSION_H
#define RESNET_VERSION_H

#include <resnet/export.h>

#define RESNET_VERSION_MAJOR 0
#define RESNET_VERSION_MINOR 1
#define RESNET_VERSION_PATCH 0
#define RESNET_VERSION "0.1.0"

/** Of the interface; the library's file name ends in it. Programs run with every release that has
 *  the one that they were compiled with. */
#define RESNET_ABI_VERSION "0.1"

RESNET_BEGIN_DECLS

/** The version of the library that is running, "major.minor.patch".
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API const char *resnet_version(void);

/** RESNET_ABI_VERSION of the library that is running. For hosts that find it by its path rather
 *  than by its soname, which says the same.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API const char *resnet_abi_version(void);

/** Version, oneDNN's version and the instruction set it uses, in one line for bug reports. Valid until
 *  the calling thread's next call.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API const char *resnet_build_info(void);

/** The name of feature `index`, from 0, of those that a build may lack: "png", "webp", "zip". NULL past
 *  the last. Names are never taken out or used anew.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API const char *resnet_feature_get_name(size_t index);

/** 1 if the library that is running has the feature, 0 if it was built without it, or knows none of
 *  that name, as one older than the feature does; also for NULL.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API int32_t resnet_feature_is_built(const char *name);

RESNET_END_DECLS

#endif
