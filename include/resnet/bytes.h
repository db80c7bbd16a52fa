/** bytes.h: what the library made for a host to keep or send: a saved model, an encoded picture.
 *
 *      #include <resnet/resnet.h>
 *      #include <stdio.h>
 *      int main(void)
 *      {
 *          resnet_model *model = NULL;
 *          resnet_bytes *bytes = NULL;
 *          if (resnet_model_load(&model, "weights.h5", NULL) ||
 *              resnet_model_save_memory(&bytes, model, RESNET_FORMAT_SAFETENSORS))
 *              return fprintf(stderr, "%s\n", resnet_last_error()), 1;
 *          fwrite(resnet_bytes_get_data(bytes), 1, resnet_bytes_get_size(bytes), stdout);
 *          resnet_bytes_free(bytes);
 *          resnet_model_free(model);
 *          return 0;
 *      }
 *
 *  SPDX-License-Identifier: MIT */
#ifndef RESNET_BYTES_H
#define RESNET_BYTES_H

#include <resnet/export.h>

RESNET_BEGIN_DECLS

/** A piece of memory that is the library's. Thread-safety: immutable.  Since: 0.1 */
typedef struct resnet_bytes resnet_bytes;

/** The first byte, valid as long as the handle; NULL for NULL.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API const void *resnet_bytes_get_data(const resnet_bytes *bytes);
/** How many there are; 0 for NULL.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API size_t resnet_bytes_get_size(const resnet_bytes *bytes);
/** Frees them; NULL is fine.  Since: 0.1 */
RESNET_API void resnet_bytes_free(resnet_bytes *bytes);

RESNET_END_DECLS

#endif
