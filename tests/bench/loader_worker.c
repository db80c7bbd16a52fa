/* Images a second of the loader: loader_worker FOLDER N_WORKERS SHRINK N_EPOCHS; a line per epoch.
 * SPDX-License-Identifier: MIT */
#include "data/loader.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static resnet_status run_epoch(rn_loader *loader, uint64_t epoch)
{
    const rn_batch *batch = NULL;
    const double start = now();
    size_t n = 0;
    resnet_status status;
    RN_TRY(rn_loader_start_epoch(loader, epoch, 0));
    do {
        RN_TRY(rn_loader_next(loader, &batch));
        n += batch ? batch->n : 0;
        rn_loader_release(loader, batch);
    } while (batch);
    printf("%.1f\n", (double)n / (now() - start));
    fflush(stdout);
done:
    return status;
}

static resnet_status run(const char *folder, size_t n_workers, uint32_t shrink, uint64_t n_epochs)
{
    resnet_dataset_options options;
    resnet_dataset *dataset = NULL;
    resnet_recipe recipe;
    rn_loader *loader = NULL;
    rn_loader_options loader_options = rn_loader_default_options();
    resnet_status status;
    RN_TRY(resnet_dataset_options_init(&options, sizeof options));
    RN_TRY(resnet_recipe_init(&recipe, sizeof recipe, "torchvision-v1"));
    options.shrink = shrink;
    options.orient = 0;
    RN_TRY(resnet_dataset_open_folder(&dataset, folder, &options));
    loader_options.n_workers = n_workers;
    loader_options.order = RN_ORDER_SHUFFLED;
    RN_TRY(rn_loader_create(&loader, dataset, &recipe, &loader_options));
    for (uint64_t epoch = 0; epoch < n_epochs; epoch++) RN_TRY(run_epoch(loader, epoch));
done:
    rn_loader_free(loader);
    resnet_dataset_free(dataset);
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 5) return 2;
    if (run(argv[1], strtoul(argv[2], NULL, 10), (uint32_t)strtoul(argv[3], NULL, 10),
            strtoul(argv[4], NULL, 10)) == RESNET_OK)
        return 0;
    fprintf(stderr, "%s\n", resnet_last_error());
    return 1;
}
