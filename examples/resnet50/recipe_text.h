/** A recipe in a line. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_RECIPE_TEXT_H
#define EXAMPLES_RECIPE_TEXT_H

#include <resnet/image.h>

/** RESNET_FILTER_* by its name. */
const char *filter_name(int32_t filter);

/** "keras: to 224 x 224 px (nearest); BGR, (v / 1 - ...", to be freed. */
char *recipe_text(const resnet_recipe *recipe);

#endif
