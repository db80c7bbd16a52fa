/* SPDX-License-Identifier: MIT */
#include "open_data.h"

#include "output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    KIND_AUTO,
    KIND_FOLDER,
    KIND_MANIFEST,
    KIND_IMAGENET,
    KIND_CIFAR,
    KIND_CIFAR_COARSE,
    KIND_HDF5
};

static const choice kinds[] = {{"auto", KIND_AUTO},         {"folder", KIND_FOLDER},
                               {"manifest", KIND_MANIFEST}, {"imagenet", KIND_IMAGENET},
                               {"cifar", KIND_CIFAR},       {"cifar-coarse", KIND_CIFAR_COARSE},
                               {"hdf5", KIND_HDF5},         {NULL, 0}};
static const choice corrupt_policies[] = {
    {"error", RESNET_CORRUPT_ERROR}, {"skip", RESNET_CORRUPT_SKIP}, {NULL, 0}};

const option_row data_options[] = {
    OPTION_TEXT(data_settings, path, "--data", "PATH",
                "one folder of pictures per class, or one with train/ and val/ of those;\n"
                "or a CSV or JSON-lines manifest, an HDF5 file, a CIFAR or ImageNet folder"),
    OPTION_CHOICE(data_settings, kind, "--data-kind", "KIND", kinds,
                  "what PATH is; auto looks and sees"),
    OPTION_F64(data_settings, options.val_fraction, "--val-fraction", "X", 0, 0.999999,
               "share held out where the data does not say which;\n0: train on all"),
    OPTION_U64(data_settings, options.seed, "--seed", "N", 0, 9007199254740992.0,
               "of the split, and of all that is random in training (default 0)"),
    OPTION_CHOICE(data_settings, options.on_corrupt, "--on-corrupt", "WHAT", corrupt_policies,
                  "what becomes of bad pictures"),
    OPTION_F64(data_settings, options.max_corrupt, "--max-corrupt", "X", 0, 1,
               "with skip: a larger share of bad pictures stops the work"),
    OPTION_FLAG(data_settings, options.shrink, "--shrink",
                "decode large photographs at a fraction of their size: faster, not bit-exact"),
    OPTION_TEXT(data_settings, options.cache_file, "--listing", "FILE",
                "keep the listing of a large tree there between runs"),
    OPTION_TEXT(data_settings, annotations, "--annotations", "FILE",
                "ImageNet's labels of a flat val/ (default: looked for)"),
    OPTION_TEXT(data_settings, synsets, "--synsets", "FILE",
                "ImageNet's wnids with their ILSVRC2012_IDs (default: looked for)"),
    OPTION_END,
};

int init_data_settings(data_settings *settings)
{
    *settings = (data_settings){.kind = KIND_AUTO};
    return resnet_dataset_options_init(&settings->options, sizeof settings->options)
               ? say_last_error()
               : 0;
}

/* What lies at folder/name: S_IFREG, S_IFDIR, or 0 for nothing. */
static mode_t look_at(const char *folder, const char *name)
{
    struct stat info;
    char *path = allocate(strlen(folder) + strlen(name) + 2, 1);
    if (path) sprintf(path, "%s/%s", folder, name);
    const mode_t kind = !path || stat(path, &info) ? 0 : info.st_mode & S_IFMT;
    free(path);
    return kind;
}

static int starts_as_hdf5(const char *path)
{
    static const char signature[8] = "\x89HDF\r\n\x1a\n";
    char start[sizeof signature] = {0};
    FILE *file = fopen(path, "rb");
    const size_t n = file ? fread(start, 1, sizeof start, file) : 0;
    if (file) fclose(file);
    return n == sizeof start && memcmp(start, signature, sizeof start) == 0;
}

static int guess_kind(const char *path)
{
    struct stat info;
    if (stat(path, &info) == 0 && S_ISREG(info.st_mode))
        return starts_as_hdf5(path) ? KIND_HDF5 : KIND_MANIFEST;
    if (look_at(path, "batches.meta.txt") == S_IFREG ||
        look_at(path, "fine_label_names.txt") == S_IFREG)
        return KIND_CIFAR;
    if (look_at(path, "ILSVRC") == S_IFDIR || look_at(path, "LOC_val_solution.csv") == S_IFREG ||
        look_at(path, "ILSVRC2012_devkit_t12") == S_IFDIR || look_at(path, "wnids.txt") == S_IFREG)
        return KIND_IMAGENET;
    return KIND_FOLDER;
}

static int kind_of(const data_settings *settings)
{
    return settings->kind == KIND_AUTO ? guess_kind(settings->path) : settings->kind;
}

resnet_status try_open_data(const data_settings *settings, int32_t part, resnet_dataset **out)
{
    resnet_dataset_options options = settings->options;
    const char *path = settings->path;
    const int kind = kind_of(settings);
    resnet_status status = RESNET_OK;
    options.part = part;
    switch (kind) {
    case KIND_MANIFEST:
        status = resnet_dataset_open_manifest(out, path, NULL, 0, &options);
        break;
    case KIND_IMAGENET:
        status = resnet_dataset_open_imagenet(out, path, settings->annotations, settings->synsets,
                                              &options);
        break;
    case KIND_CIFAR:
    case KIND_CIFAR_COARSE:
        status = resnet_dataset_open_cifar(out, path, kind == KIND_CIFAR_COARSE, &options);
        break;
    case KIND_HDF5:
        status = resnet_dataset_open_hdf5(out, path, NULL, NULL, &options);
        break;
    default:
        status = resnet_dataset_open_folder(out, path, &options);
    }
    return status;
}

/* What is cut by seed has been told of with the other side. */
void tell_foreign(const data_settings *settings, int32_t part, const resnet_dataset *dataset)
{
    const size_t n = resnet_dataset_get_n_foreign(dataset);
    if (n == 0 || (part == RESNET_PART_VAL && !resnet_dataset_has_parts(dataset))) return;
    say_error("%s: %zu picture%s left out: of kinds that are not read, or beside the class folders",
              settings->path, n, n == 1 ? " is" : "s are");
}

int open_data(const data_settings *settings, int32_t part, resnet_dataset **out)
{
    if (try_open_data(settings, part, out) != RESNET_OK) return say_last_error();
    tell_foreign(settings, part, *out);
    return 0;
}

int has_parts(const data_settings *settings)
{
    resnet_dataset *all = NULL;
    if (try_open_data(settings, RESNET_PART_ALL, &all) != RESNET_OK) return 0;
    const int result = (int)resnet_dataset_has_parts(all);
    resnet_dataset_free(all);
    return result;
}

int holds_out(const data_settings *settings)
{
    return settings->options.val_fraction > 0 || has_parts(settings);
}

static const char *find_want(const resnet_dataset *train, const resnet_dataset *validation)
{
    if (resnet_dataset_get_n_classes(train) < 2)
        return "one class only, so there is nothing to tell apart";
    if (!resnet_dataset_get_n_samples(train)) return "no pictures to learn from";
    if (validation && !resnet_dataset_get_n_samples(validation))
        return "too few pictures to hold any out";
    return NULL;
}

const char *open_learning_data(const data_settings *settings, resnet_dataset **train,
                               resnet_dataset **validation)
{
    static _Thread_local char why[1024];
    const int two = holds_out(settings);
    if (try_open_data(settings, two ? RESNET_PART_TRAIN : RESNET_PART_ALL, train) ||
        (two && try_open_data(settings, RESNET_PART_VAL, validation)))
        return resnet_last_error();
    const char *want = find_want(*train, *validation);
    if (want) snprintf(why, sizeof why, "%s: %s", settings->path, want);
    return want ? why : NULL;
}
