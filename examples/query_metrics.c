/* More than an accuracy: how sure it is, who is taken for whom, which score finds nearly all of a
 * class, and which pictures went worst: query_metrics MODEL FOLDER [CLASS].
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <resnet/resnet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WANTED_RECALL 0.95

static resnet_status measure(resnet_metrics **out, const resnet_model *model,
                             const resnet_dataset *dataset)
{
    const size_t n = resnet_dataset_get_n_classes(dataset);
    const char **names = calloc(n, sizeof *names);
    for (size_t i = 0; names && i < n; i++) names[i] = resnet_dataset_get_class_name(dataset, i);
    resnet_status status = resnet_metrics_create(out, n, names, NULL);
    if (status == RESNET_OK) status = resnet_evaluate(*out, model, dataset, NULL);
    free(names);
    return status;
}

/* An accuracy of 0.9 on twenty pictures is not one of 0.9 on ten thousand. */
static resnet_status tell_figures(const resnet_metrics *metrics)
{
    static const char *const names[] = {"accuracy", "macro_f1", "mcc", "macro_auc", "ece"};
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names && status == RESNET_OK; i++) {
        double value = 0, low = 0, high = 0;
        status = resnet_metrics_get(&value, metrics, names[i]);
        if (status == RESNET_OK)
            status = resnet_metrics_copy_interval(&low, &high, metrics, names[i], 200, 0.95, 1);
        if (status == RESNET_OK)
            printf("%-10s %.3f   95 %% interval %.3f to %.3f\n", names[i], value, low, high);
    }
    return status;
}

/* The pair of classes that is mixed up most. */
static void tell_confusion(const resnet_metrics *metrics)
{
    const size_t n = resnet_metrics_get_n_classes(metrics);
    const uint64_t *confusion = resnet_metrics_get_confusion(metrics);
    size_t worst = 0;
    for (size_t i = 0; i < n * n; i++) /* the diagonal is what was right */
        if (i / n != i % n && (worst / n == worst % n || confusion[i] > confusion[worst]))
            worst = i;
    if (worst / n != worst % n && confusion[worst] > 0)
        printf("%llu of class %s are taken for %s\n", (unsigned long long)confusion[worst],
               resnet_metrics_get_class_name(metrics, worst / n),
               resnet_metrics_get_class_name(metrics, worst % n));
}

/* The highest score from which on nearly all of a class are found, and how many others come along:
 * what a doctor or a guard wants to know. Recalls fall along the curve. */
static resnet_status tell_threshold(const resnet_metrics *metrics, size_t which)
{
    size_t n = 0, at = 0;
    resnet_status status =
        resnet_metrics_copy_precision_recall(NULL, NULL, NULL, 0, &n, metrics, (int32_t)which);
    double *curve = n ? calloc(3 * n, sizeof *curve) : NULL;
    if (status != RESNET_OK || !curve) return status;
    double *precisions = curve, *recalls = curve + n, *thresholds = curve + 2 * n;
    status = resnet_metrics_copy_precision_recall(precisions, recalls, thresholds, n, &n, metrics,
                                                  (int32_t)which);
    while (status == RESNET_OK && at + 1 < n && recalls[at + 1] >= WANTED_RECALL) at++;
    if (status == RESNET_OK)
        printf("%s: a score of %.3f finds %.0f %%; of what it finds %.0f %% are right\n",
               resnet_metrics_get_class_name(metrics, which), thresholds[at], 100 * recalls[at],
               100 * precisions[at]);
    free(curve);
    return status;
}

static resnet_status tell_mistakes(const resnet_metrics *metrics, const resnet_dataset *dataset)
{
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < resnet_metrics_get_n_mistakes(metrics) && i < 3; i++) {
        resnet_metrics_mistake m;
        status = resnet_metrics_copy_mistake(&m, sizeof m, metrics, i);
        if (status != RESNET_OK) return status;
        printf("mistake: %s is taken for %s, %.0f %% sure\n",
               resnet_dataset_get_path(dataset, (size_t)m.id),
               resnet_metrics_get_class_name(metrics, (size_t)m.predicted),
               100 * m.predicted_probability);
    }
    return status;
}

static size_t find_class(const resnet_metrics *metrics, const char *name)
{
    const size_t n = resnet_metrics_get_n_classes(metrics);
    for (size_t i = 0; name && i < n; i++)
        if (strcmp(resnet_metrics_get_class_name(metrics, i), name) == 0) return i;
    return 0;
}

int main(int argc, char **argv)
{
    resnet_model *model = NULL;
    resnet_dataset *dataset = NULL;
    resnet_metrics *metrics = NULL;
    resnet_dataset_options options;
    if (argc != 3 && argc != 4)
        return fprintf(stderr, "usage: query_metrics MODEL FOLDER [CLASS]\n"), 2;
    int failed = resnet_model_load(&model, argv[1], NULL) ||
                 resnet_dataset_options_init(&options, sizeof options);
    options.part = RESNET_PART_VAL;
    failed = failed || resnet_dataset_open_folder(&dataset, argv[2], &options) ||
             measure(&metrics, model, dataset) || tell_figures(metrics);
    if (!failed) tell_confusion(metrics);
    failed = failed || tell_threshold(metrics, find_class(metrics, argv[3])) ||
             tell_mistakes(metrics, dataset);
    if (failed) fprintf(stderr, "query_metrics: %s\n", resnet_last_error());
    resnet_metrics_free(metrics);
    resnet_dataset_free(dataset);
    resnet_model_free(model);
    return failed;
}
