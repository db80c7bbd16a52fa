/* SPDX-License-Identifier: MIT */
#include "recipe_text.h"

#include "output.h"

#include <stdio.h>

const char *filter_name(int32_t filter)
{
    return filter == RESNET_FILTER_NEAREST   ? "nearest"
           : filter == RESNET_FILTER_BICUBIC ? "bicubic"
                                             : "bilinear";
}

char *recipe_text(const resnet_recipe *recipe)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (!stream) return allocate(1, 1);
    fprintf(stream, "%s: ", recipe->name);
    if (recipe->resize_mode == RESNET_RESIZE_SHORT_EDGE)
        fprintf(stream, "short side to %u px (%s), centre %u x %u", recipe->resize_size,
                filter_name(recipe->resize_filter), recipe->crop_width, recipe->crop_height);
    else if (recipe->resize_mode == RESNET_RESIZE_EXACT)
        fprintf(stream, "to %u x %u px (%s)", recipe->crop_width, recipe->crop_height,
                filter_name(recipe->resize_filter));
    else
        fprintf(stream, "centre %u x %u", recipe->crop_width, recipe->crop_height);
    fprintf(stream, "; %s, (v / %g - [%g %g %g]) / [%g %g %g]",
            recipe->channel_order == RESNET_CHANNELS_BGR ? "BGR" : "RGB", (double)recipe->divisor,
            (double)recipe->mean[0], (double)recipe->mean[1], (double)recipe->mean[2],
            (double)recipe->std[0], (double)recipe->std[1], (double)recipe->std[2]);
    if (!fclose(stream)) return text;
    free(text);
    return allocate(1, 1);
}
