/* A program of somebody else's, C and C++ alike. SPDX-License-Identifier: MIT */
#include <resnet/resnet.h>

#include <stdio.h>

int main(void)
{
    resnet_model *model = NULL;
    resnet_recipe recipe;
    if (resnet_recipe_init(&recipe, sizeof recipe, "keras") != RESNET_OK) return 1;
    if (resnet_model_load(&model, "/nonexistent", NULL) != RESNET_E_NOT_FOUND) return 1;
    printf("%s\n%s\n", resnet_version(), resnet_last_error());
    return 0;
}
