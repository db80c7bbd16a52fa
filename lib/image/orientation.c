/* SPDX-License-Identifier: MIT */
#include "image/orientation.h"

#include "image/exif.h"
#include "image/xmp.h"

resnet_status rn_orientation_read(int *out, const rn_orientation_marks *marks)
{
    int value = 0;
    if (marks->exif) {
        const resnet_status status = rn_exif_orientation(&value, marks->exif, marks->exif_size);
        if (status != RESNET_OK) return status;
    }
    if (!value && marks->xmp) value = rn_xmp_orientation(marks->xmp, marks->xmp_size);
    *out = value ? value : 1;
    return RESNET_OK;
}
