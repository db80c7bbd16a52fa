/** resnet.h: everything. Programs that need one part may include that part's header alone.
 *
 *      #include <resnet/resnet.h>
 *      #include <stdio.h>
 *      int main(void)
 *      {
 *          printf("libresnet50 %s\n", resnet_version());
 *          return 0;
 *      }
 *
 *  SPDX-License-Identifier: MIT */
#ifndef RESNET_RESNET_H
#define RESNET_RESNET_H

#include <resnet/augment.h>
#include <resnet/bytes.h>
#include <resnet/cancel.h>
#include <resnet/caps.h>
#include <resnet/dataset.h>
#include <resnet/error.h>
#include <resnet/executor.h>
#include <resnet/export.h>
#include <resnet/file.h>
#include <resnet/image.h>
#include <resnet/labels.h>
#include <resnet/log.h>
#include <resnet/memory.h>
#include <resnet/metrics.h>
#include <resnet/model.h>
#include <resnet/predict.h>
#include <resnet/queue.h>
#include <resnet/session.h>
#include <resnet/trainer.h>
#include <resnet/version.h>

#endif
