/** error.h: how calls report failure.
 *
 *      #include <resnet/error.h>
 *      #include <resnet/model.h>
 *      #include <stdio.h>
 *      int main(void)
 *      {
 *          resnet_model *model = NULL;
 *          resnet_status status = resnet_model_load(&model, "absent.pth", NULL);
 *          if (status != RESNET_OK)
 *              fprintf(stderr, "%s: %s\n", resnet_status_name(status), resnet_last_error());
 *          resnet_model_free(model);
 *          return 0;
 *      }
 *
 *  Every call that can fail returns a resnet_status. On failure its outputs are untouched (handles
 *  stay NULL if they were), the caller has nothing to clean up, and the handle it worked on stays
 *  usable. Bad arguments give RESNET_E_INVALID in every build type.
 *  SPDX-License-Identifier: MIT */
#ifndef RESNET_ERROR_H
#define RESNET_ERROR_H

#include <resnet/export.h>

/** 0 or one of the negative codes below, which are never renumbered or reused. */
typedef int32_t resnet_status;

#define RESNET_OK 0
#define RESNET_E_INVALID (-1)     /**< an argument or option is out of its range */
#define RESNET_E_NOMEM (-2)       /**< memory could not be had */
#define RESNET_E_IO (-3)          /**< a file could not be opened, read or written */
#define RESNET_E_FORMAT (-4)      /**< the bytes are not what their format demands */
#define RESNET_E_SHAPE (-5)       /**< a tensor has another shape than the network's */
#define RESNET_E_UNSUPPORTED (-6) /**< well-formed, but beyond what this library reads or does */
#define RESNET_E_STATE (-7)       /**< the handle is not in a state for this call */
#define RESNET_E_CANCELLED (-8)   /**< a callback or a _cancel() function asked to stop */
#define RESNET_E_BACKEND (-9)     /**< oneDNN or a codec failed where it should not */
#define RESNET_E_INTERNAL (-10)   /**< a broken promise inside the library: please report it */
#define RESNET_E_NOT_FOUND (-11)  /**< there is no such file or folder; wherever IO is listed */
#define RESNET_E_BUSY (-12)       /**< no room, or no answer yet: the same call may succeed later */
#define RESNET_E_TIMEOUT (-13)    /**< its deadline passed before it was its turn */

RESNET_BEGIN_DECLS

/** The calling thread's most recent failure, one line: fact and place. Never NULL; "" before the
 *  first failure. Valid until this thread's next failing call.
 *  Thread-safety: any-thread, each thread has its own.  Since: 0.1 */
RESNET_API const char *resnet_last_error(void);

/** For a host's callbacks: makes `message` (copied; control characters become spaces) the calling
 *  thread's last error, and returns `status`, or INVALID for what is no failure's code. A callback
 *  that fails says why by it, and the call of the library that was running returns that status with
 *  that message: return resnet_set_error(RESNET_E_IO, "tape 7 is not mounted"). `message` NULL or
 *  "": the status's name.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API resnet_status resnet_set_error(resnet_status status, const char *message);

/** The name of a status code, such as "RESNET_E_FORMAT"; "unknown status" for other numbers.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API const char *resnet_status_name(resnet_status status);

RESNET_END_DECLS

#endif
