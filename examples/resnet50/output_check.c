/* SPDX-License-Identifier: MIT */
#include "output_check.h"

#include "output.h"

#include <resnet/file.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *end;
    output_kind kind;
} ends[] = {
    {".jpg", OUTPUT_PICTURE},  {".jpeg", OUTPUT_PICTURE}, {".jpe", OUTPUT_PICTURE},
    {".jfif", OUTPUT_PICTURE}, {".png", OUTPUT_PICTURE},  {".webp", OUTPUT_PICTURE},
    {".bmp", OUTPUT_PICTURE},  {".gif", OUTPUT_PICTURE},  {".tif", OUTPUT_PICTURE},
    {".tiff", OUTPUT_PICTURE}, {".h5", OUTPUT_MODEL},     {".hdf5", OUTPUT_MODEL},
    {".keras", OUTPUT_MODEL},  {".pth", OUTPUT_MODEL},    {".pt", OUTPUT_MODEL},
    {".ckpt", OUTPUT_MODEL},   {".bin", OUTPUT_MODEL},    {".safetensors", OUTPUT_MODEL},
    {".onnx", OUTPUT_MODEL},   {".rnck", OUTPUT_MODEL},   {".csv", OUTPUT_LINES},
    {".jsonl", OUTPUT_LINES},
};

static output_kind kind_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *end = strrchr(slash ? slash : path, '.');
    for (size_t i = 0; end && i < sizeof ends / sizeof *ends; i++)
        if (strcasecmp(end, ends[i].end) == 0) return ends[i].kind;
    return OUTPUT_OTHER;
}

static int check_name(const command *self, const output *one)
{
    static const char *const words[] = {
        [OUTPUT_MODEL] = "weights", [OUTPUT_PICTURE] = "a picture", [OUTPUT_LINES] = "a list"};
    const output_kind kind = kind_of(one->path);
    if (kind == OUTPUT_OTHER || kind == one->kind) return 0;
    return usage_error(self, "%s %s: called like %s, which it would not be", one->option, one->path,
                       words[kind]);
}

/* --- folders --- */

/* Of a path that is not there yet, the nearest folder above that is; `path` is cut. */
static void cut_to_existing(char *path)
{
    while (*path && access(path, F_OK) && errno == ENOENT) {
        char *slash = strrchr(path, '/');
        if (!slash) {
            strcpy(path, ".");
            return;
        }
        slash[slash == path] = 0;
    }
}

static int check_folder(const char *path)
{
    struct stat info;
    char *nearest = copy_text(path);
    int status = 0;
    cut_to_existing(nearest);
    if (stat(nearest, &info) || (S_ISDIR(info.st_mode) && access(nearest, W_OK | X_OK)))
        status = say_error("%s: %s", path, strerror(errno));
    else if (!S_ISDIR(info.st_mode))
        status = say_error("%s: is no folder, so none can be there", nearest);
    free(nearest);
    return status;
}

/* --- all --- */

int is_regular_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

int is_same_file(const char *a, const char *b)
{
    struct stat first, second;
    if (strcmp(a, b) == 0) return 1;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino && S_ISREG(first.st_mode);
}

static int check_one(const command *self, const output *one)
{
    if (one->kind == OUTPUT_FOLDER) return check_folder(one->path);
    if (check_name(self, one)) return EXIT_USAGE;
    return resnet_file_check(one->path) ? say_last_error() : 0;
}

int check_outputs(const command *self, const output *outputs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!outputs[i].path) continue;
        for (size_t j = 0; j < i; j++)
            if (outputs[j].path && is_same_file(outputs[j].path, outputs[i].path))
                return usage_error(self, "%s and %s are the same file", outputs[j].option,
                                   outputs[i].option);
        const int status = check_one(self, &outputs[i]);
        if (status) return status;
    }
    return 0;
}
