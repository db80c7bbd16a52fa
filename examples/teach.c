/* Teaches pretrained weights the classes of a folder, its last layer only: teach WEIGHTS FOLDER
 * OUT. SPDX-License-Identifier: MIT */
#include <resnet/resnet.h>
#include <stdio.h>
#include <stdlib.h>

static int32_t tell(void *user_data, const resnet_progress *now)
{
    (void)user_data;
    if (now->epoch_done)
        printf("epoch %d: loss %.3f, %.1f %% of the held-out pictures right\n", (int)now->epoch,
               now->loss, 100 * now->val_accuracy);
    return 0; /* anything else cancels */
}

static resnet_status open_part(resnet_dataset **out, const char *folder, int32_t part)
{
    resnet_dataset_options options;
    const resnet_status status = resnet_dataset_options_init(&options, sizeof options);
    if (status != RESNET_OK) return status;
    options.part = part;
    return resnet_dataset_open_folder(out, folder, &options);
}

/* The file's own last layer, for other classes, gives way to a new one. */
static resnet_status load_with_new_head(resnet_model **out, const char *path,
                                        const resnet_dataset *dataset)
{
    const size_t n = resnet_dataset_get_n_classes(dataset);
    resnet_load_options options;
    resnet_status status = resnet_load_options_init(&options, sizeof options);
    if (status != RESNET_OK) return status;
    options.new_head = 1;
    options.n_classes = (uint32_t)n;
    status = resnet_model_load(out, path, &options);
    const char **names = calloc(n, sizeof *names);
    for (size_t i = 0; names && i < n; i++) names[i] = resnet_dataset_get_class_name(dataset, i);
    if (status == RESNET_OK && names) status = resnet_model_set_class_names(*out, names, n);
    free(names);
    return status;
}

int main(int argc, char **argv)
{
    resnet_dataset *train = NULL, *validation = NULL;
    resnet_model *model = NULL;
    resnet_trainer *trainer = NULL;
    resnet_trainer_options options;
    int status = 1;
    if (argc != 4) return fprintf(stderr, "usage: teach WEIGHTS FOLDER OUT.h5\n"), 2;
    if (open_part(&train, argv[2], RESNET_PART_TRAIN) ||
        open_part(&validation, argv[2], RESNET_PART_VAL) ||
        load_with_new_head(&model, argv[1], train) ||
        resnet_trainer_options_init(&options, sizeof options))
        goto done;
    options.freeze = RESNET_FREEZE_ALL;
    options.optimizer = RESNET_OPTIMIZER_ADAM;
    options.on_progress = tell;
    if (resnet_trainer_create(&trainer, model, train, validation, &options) ||
        resnet_trainer_fit(trainer) || resnet_model_save(model, argv[3], RESNET_FORMAT_HDF5))
        goto done;
    status = 0;
done:
    if (status) fprintf(stderr, "teach: %s\n", resnet_last_error());
    resnet_trainer_free(trainer);
    resnet_model_free(model);
    resnet_dataset_free(validation);
    resnet_dataset_free(train);
    return status;
}
