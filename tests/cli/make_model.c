/* Writes a model of random weights for the tests: make-model FILE.h5 N-CLASSES [SIZE [SEED]].
 * SPDX-License-Identifier: MIT */
#include <resnet/resnet.h>

#include <stdio.h>
#include <stdlib.h>

static resnet_status set_size(resnet_model *model, uint32_t size)
{
    resnet_recipe recipe;
    resnet_status status = resnet_recipe_init(&recipe, sizeof recipe, NULL);
    if (status == RESNET_OK) status = resnet_recipe_set_size(&recipe, size);
    return status == RESNET_OK ? resnet_model_set_recipe(model, &recipe) : status;
}

int main(int argc, char **argv)
{
    resnet_model *model = NULL;
    resnet_model_options options;
    if (argc < 3 || resnet_model_options_init(&options, sizeof options)) return 2;
    options.n_classes = (uint32_t)atoi(argv[2]);
    options.seed = argc > 4 ? (uint64_t)atoi(argv[4]) : 0;
    resnet_status status = resnet_model_create(&model, &options);
    if (status == RESNET_OK && argc > 3) status = set_size(model, (uint32_t)atoi(argv[3]));
    if (status == RESNET_OK) status = resnet_model_save(model, argv[1], RESNET_FORMAT_HDF5);
    if (status != RESNET_OK) fprintf(stderr, "%s\n", resnet_last_error());
    resnet_model_free(model);
    return status != RESNET_OK;
}
