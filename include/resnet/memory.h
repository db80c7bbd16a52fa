/** memory.h: what the library holds of the heap, for tests of hosts and bindings.
 *
 *      #include <resnet/resnet.h>
 *      #include <stdio.h>
 *      int main(void)
 *      {
 *          const uint64_t before = resnet_memory_get_n_blocks();
 *          resnet_model *model = NULL;
 *          if (resnet_model_create(&model, NULL) != RESNET_OK) return 1;
 *          resnet_model_free(model);
 *          printf("%d blocks leaked\n", (int)(resnet_memory_get_n_blocks() - before));
 *          return 0;
 *      }
 *
 *  SPDX-License-Identifier: MIT */
#ifndef RESNET_MEMORY_H
#define RESNET_MEMORY_H

#include <resnet/export.h>

RESNET_BEGIN_DECLS

/** How many blocks of memory the library holds now, for all handles of the process together; those
 *  of the libraries below do not count. When every handle is freed it is 0.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API uint64_t resnet_memory_get_n_blocks(void);

RESNET_END_DECLS

#endif
