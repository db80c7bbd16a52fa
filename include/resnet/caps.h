/** caps.h: how much a file from elsewhere may cost.
 *
 *      #include <resnet/model.h>
 *      #include <stdio.h>
 *      int main(void)
 *      {
 *          resnet_model *model = NULL;
 *          resnet_caps caps;
 *          resnet_load_options options;
 *          if (resnet_caps_init(&caps, sizeof caps) != RESNET_OK ||
 *              resnet_load_options_init(&options, sizeof options) != RESNET_OK)
 *              return 1;
 *          caps.max_bytes = 256u << 20;
 *          caps.max_unpacked_bytes = 512u << 20;
 *          options.caps = &caps;
 *          options.formats = RESNET_ACCEPT_SAFETENSORS;
 *          if (resnet_model_load(&model, "uploaded.safetensors", &options) != RESNET_OK)
 *              return fprintf(stderr, "%s\n", resnet_last_error()), 1;
 *          resnet_model_free(model);
 *          return 0;
 *      }
 *
 *  SPDX-License-Identifier: MIT */
#ifndef RESNET_CAPS_H
#define RESNET_CAPS_H

#include <resnet/error.h>
#include <resnet/export.h>

RESNET_BEGIN_DECLS

/** Bounds on what reading a file may take. Fill with resnet_caps_init(). Fields are only ever
 *  appended. */
typedef struct resnet_caps {
    uint64_t struct_size; /**< bytes; written by init */
    uint64_t max_bytes;   /**< a longer file is refused; default 16 GiB,
                               above what any model that can be made takes */
    /** All that the content may make the reader take, added up and never given back: unpacked
     *  bytes, texts, descriptions, the tensors as floats. Since no step of a reader costs more time
     *  than bytes, it bounds both. RESNET_CAPS_AUTO (default): 1 GiB and four times the file's
     *  size. */
    uint64_t max_unpacked_bytes;
    /** px: a file's recipe whose crop has a larger side, or whose resize_size is more than twice as
     *  large, is refused, since every picture would cost what it asks for; default 2048.
     *  resnet_model_set_recipe() may set more */
    uint64_t max_recipe_side;
} resnet_caps;

#define RESNET_CAPS_AUTO UINT64_MAX

/** Writes defaults to *caps, never more than size bytes. Pass sizeof *caps. INVALID.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_caps_init(resnet_caps *caps, size_t size);

RESNET_END_DECLS

#endif
