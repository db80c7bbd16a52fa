/* Pretrained weights for classes of one's own, in two phases: a new head on the frozen network first,
 * then the last stage with it, at a small rate and with augmentation; the best epoch is kept and
 * measured on what was held out: transfer_learning WEIGHTS FOLDER OUT.h5 [EPOCHS].
 * SPDX-License-Identifier: MIT */
#include <resnet/resnet.h>
#include <stdio.h>
#include <stdlib.h>

static int32_t tell(void *user_data, const resnet_progress *now)
{
    (void)user_data;
    if (!now->epoch_done) return 0;
    printf("epoch %d of %d: loss %.3f, held out %.3f and %.1f %% right%s%s\n", (int)now->epoch,
           (int)now->n_epochs, now->loss, now->val_loss, 100 * now->val_accuracy,
           now->events & RESNET_EVENT_BEST ? ", the best so far" : "",
           now->events & RESNET_EVENT_STOPPED ? ", no better for a while" : "");
    return 0; /* anything else cancels */
}

static void warn(void *user_data, int32_t level, const char *message)
{
    (void)user_data;
    if (level <= RESNET_LOG_WARNING) fprintf(stderr, "transfer_learning: %s\n", message);
}

static resnet_status open_part(resnet_dataset **out, const char *folder, int32_t part)
{
    resnet_dataset_options options;
    const resnet_status status = resnet_dataset_options_init(&options, sizeof options);
    if (status != RESNET_OK) return status;
    options.part = part; /* folders train/ and val/, or a fifth of each class held out */
    return resnet_dataset_open_folder(out, folder, &options);
}

static resnet_status load(resnet_model **out, const char *path, const resnet_dataset *dataset)
{
    resnet_load_options options;
    resnet_status status = resnet_load_options_init(&options, sizeof options);
    if (status != RESNET_OK) return status;
    const size_t n = resnet_dataset_get_n_classes(dataset);
    options.new_head = 1;
    options.n_classes = (uint32_t)n;
    options.dropout = 0.2f;
    status = resnet_model_load(out, path, &options);
    const char **names = calloc(n, sizeof *names);
    for (size_t i = 0; names && i < n; i++) names[i] = resnet_dataset_get_class_name(dataset, i);
    if (status == RESNET_OK && names) status = resnet_model_set_class_names(*out, names, n);
    free(names);
    return status;
}

static resnet_status teach(resnet_model *model, const resnet_dataset *train,
                           const resnet_dataset *validation, uint32_t n_epochs)
{
    resnet_trainer *trainer = NULL;
    resnet_trainer_options options;
    resnet_status status = resnet_trainer_options_init(&options, sizeof options);
    if (status != RESNET_OK) return status;
    options.head_epochs = (n_epochs + 1) / 2;      /* phase one: the head alone, by Adam */
    options.n_epochs = n_epochs;                   /* phase two: */
    options.freeze = RESNET_FREEZE_LAYER3;         /* layer4 and the head */
    options.batch_norm = RESNET_BATCH_NORM_STORED; /* few pictures say little of statistics */
    options.optimizer = RESNET_OPTIMIZER_ADAMW;
    options.learning_rate = 1e-4f;
    options.schedule = RESNET_SCHEDULE_COSINE;
    options.augment = "light";
    options.label_smoothing = 0.1f;
    options.balance = RESNET_BALANCE_WEIGHTS; /* rare classes count as much as frequent ones */
    options.stop_patience = 5;
    options.restore_best = 1;
    options.on_progress = tell;
    options.log = warn;
    status = resnet_trainer_create(&trainer, model, train, validation, &options);
    if (status == RESNET_OK) status = resnet_trainer_fit(trainer);
    resnet_trainer_free(trainer);
    return status;
}

/* Of the epoch that was kept, class by class. */
static resnet_status measure(const resnet_model *model, const resnet_dataset *validation)
{
    char text[8192];
    size_t size = 0;
    resnet_metrics *metrics = NULL;
    resnet_report *report = NULL;
    const size_t n = resnet_model_get_n_classes(model);
    const char **names = calloc(n, sizeof *names);
    for (size_t i = 0; names && i < n; i++) names[i] = resnet_model_get_class_name(model, i);
    resnet_status status = resnet_metrics_create(&metrics, n, names, NULL);
    if (status == RESNET_OK) status = resnet_evaluate(metrics, model, validation, NULL);
    if (status == RESNET_OK) status = resnet_report_create(&report, metrics, NULL);
    if (status == RESNET_OK)
        status = resnet_report_copy(text, sizeof text, &size, report, RESNET_REPORT_TEXT);
    if (status == RESNET_OK) printf("%s\n", text);
    resnet_report_free(report);
    resnet_metrics_free(metrics);
    free(names);
    return status;
}

int main(int argc, char **argv)
{
    resnet_dataset *train = NULL, *validation = NULL;
    resnet_model *model = NULL;
    if (argc != 4 && argc != 5)
        return fprintf(stderr, "usage: transfer_learning WEIGHTS FOLDER OUT.h5 [EPOCHS]\n"), 2;
    const uint32_t n_epochs = argc == 5 ? (uint32_t)strtoul(argv[4], NULL, 10) : 10;
    const int failed = open_part(&train, argv[2], RESNET_PART_TRAIN) ||
                       open_part(&validation, argv[2], RESNET_PART_VAL) ||
                       load(&model, argv[1], train) || teach(model, train, validation, n_epochs) ||
                       measure(model, validation) ||
                       resnet_model_save(model, argv[3], RESNET_FORMAT_HDF5);
    if (failed) fprintf(stderr, "transfer_learning: %s\n", resnet_last_error());
    resnet_model_free(model);
    resnet_dataset_free(validation);
    resnet_dataset_free(train);
    return failed;
}
