/* resnet50 scan: what is wrong with a folder of pictures. SPDX-License-Identifier: MIT */
#include "commands.h"
#include "open_data.h"
#include "output.h"

#include <resnet/dataset.h>

#include <string.h>

typedef struct scan_settings {
    common_settings common;
    uint32_t min_side;
} scan_settings;

static const option_row options[] = {
    OPTION_U32(scan_settings, min_side, "--min-side", "PX", 1, 65536,
               "a picture with a shorter side is tiny"),
    OPTION_END,
};

static const char *const kinds[RESNET_N_FINDINGS] = {
    [RESNET_FINDING_UNREADABLE] = "unreadable",   [RESNET_FINDING_NOT_AN_IMAGE] = "not_an_image",
    [RESNET_FINDING_TRUNCATED] = "truncated",     [RESNET_FINDING_CORRUPT] = "corrupt",
    [RESNET_FINDING_TOO_LARGE] = "too_large",     [RESNET_FINDING_TINY] = "tiny",
    [RESNET_FINDING_ROTATED] = "rotated",         [RESNET_FINDING_DUPLICATE] = "duplicate",
    [RESNET_FINDING_CONFLICT] = "conflict",       [RESNET_FINDING_LEAK] = "leak",
    [RESNET_FINDING_EMPTY_CLASS] = "empty_class", [RESNET_FINDING_REFUSED] = "refused",
};

static int32_t print_finding(const resnet_finding *found)
{
    tell_line("%-13s %s: %s%s%s", kinds[found->kind], found->path, found->message,
              found->other ? ": " : "", found->other ? found->other : "");
    return 0;
}

static int32_t push_finding(json_t *list, const resnet_finding *found)
{
    json_t *description = json_object();
    json_put(description, "kind", json_text(kinds[found->kind]));
    json_put(description, "path", json_text(found->path));
    json_put(description, "message", json_text(found->message));
    if (found->other) json_put(description, "other", json_text(found->other));
    if (found->orientation) json_put(description, "orientation", json_integer(found->orientation));
    json_push(list, description);
    return 0;
}

/* user_data: the JSON array that findings go to, NULL to print them. */
static int32_t hear(void *user_data, const resnet_finding *found)
{
    return user_data ? push_finding(user_data, found) : print_finding(found);
}

/* A picture that has to be turned is turned on reading, which is no problem. */
static uint64_t count_problems(const resnet_scan_summary *summary)
{
    uint64_t n = 0;
    for (size_t i = 0; i < RESNET_N_FINDINGS; i++)
        if (i != RESNET_FINDING_ROTATED) n += summary->counts[i];
    return n;
}

/* What train would say before its first step, as it is told without options; NULL: nothing. */
static const char *ask_train(const char *folder)
{
    data_settings data;
    resnet_dataset *train = NULL, *validation = NULL;
    if (init_data_settings(&data)) return resnet_last_error();
    data.path = folder;
    const char *why_not = open_learning_data(&data, &train, &validation);
    resnet_dataset_free(validation);
    resnet_dataset_free(train);
    return why_not;
}

/* The library has found what is wrong with the folder itself; train asks for more. */
static void hear_train(resnet_scan_summary *summary, const char *folder, json_t *findings)
{
    const char *why_not = summary->counts[RESNET_FINDING_REFUSED] ? NULL : ask_train(folder);
    const size_t length = strlen(folder);
    if (!why_not) return;
    if (strncmp(why_not, folder, length) == 0 && strncmp(why_not + length, ": ", 2) == 0)
        why_not += length + 2;
    const resnet_finding refusal = {
        .kind = RESNET_FINDING_REFUSED, .path = folder, .message = why_not};
    hear(findings, &refusal);
    summary->counts[RESNET_FINDING_REFUSED]++;
}

static json_t *describe(const char *folder, const resnet_scan_summary *summary, json_t *findings)
{
    json_t *document = json_object(), *counts = json_object();
    for (size_t i = 0; i < RESNET_N_FINDINGS; i++)
        json_put(counts, kinds[i], json_integer((json_int_t)summary->counts[i]));
    json_put(document, "folder", json_text(folder));
    json_put(document, "files", json_integer((json_int_t)summary->n_files));
    json_put(document, "images", json_integer((json_int_t)summary->n_images));
    json_put(document, "problems", json_integer((json_int_t)count_problems(summary)));
    json_put(document, "counts", counts);
    json_put(document, "findings", json_incref(findings));
    return document;
}

static int scan(const scan_settings *settings, const char *folder, json_t *findings)
{
    resnet_scan_summary summary;
    resnet_scan_options scan_options;
    if (resnet_scan_options_init(&scan_options, sizeof scan_options)) return say_last_error();
    scan_options.on_finding = hear;
    scan_options.user_data = findings;
    scan_options.n_threads = settings->common.threads;
    scan_options.min_side = settings->min_side;
    if (resnet_dataset_scan(&summary, sizeof summary, folder, &scan_options))
        return say_last_error();
    hear_train(&summary, folder, findings);
    const uint64_t n_problems = count_problems(&summary);
    if (findings && print_json(describe(folder, &summary, findings))) return EXIT_FAILED;
    if (!findings)
        tell_line("%s, %s, %s", count_of(summary.n_files, "file"),
                  count_of(summary.n_images, "picture"), count_of(n_problems, "problem"));
    return n_problems ? EXIT_FAILED : 0;
}

static int run(const command *self, int argc, char **argv)
{
    scan_settings settings = {.min_side = 32};
    int status = 0;
    if (parse_arguments(self, &settings, argc, argv, &status) < 0) return status;
    json_t *findings = settings.common.json ? json_array() : NULL;
    status = scan(&settings, argv[0], findings);
    json_decref(findings);
    return status;
}

const command scan_command = {
    .name = "scan",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "What is wrong with a folder of pictures, before it is learnt from.",
    .details =
        "Problems, which make the exit status 1: unreadable, not_an_image, truncated, corrupt,\n"
        "too_large, tiny, duplicate (the same pixels twice in a class), conflict (in two "
        "classes),\n"
        "leak (in train/ and val/), empty_class, refused (train would not begin, and why).\n"
        "No problem: rotated, since the orientation is applied on reading.\n"
        "JSON: {folder, files, images, problems, counts: {kind: n},\n"
        "findings: [{kind, path, message, other?, orientation?}]}.\n",
    .without = WITHOUT_WEIGHTS | WITHOUT_RECIPE,
    .options = {options},
    .run = run,
};
