/* SPDX-License-Identifier: MIT */
#include "file_format.h"

#include <string.h>

const choice file_formats[] = {{"auto", FORMAT_BY_NAME},
                               {"h5", RESNET_FORMAT_HDF5},
                               {"safetensors", RESNET_FORMAT_SAFETENSORS},
                               {NULL, 0}};

static int ends_in(const char *text, const char *end)
{
    const size_t length = strlen(text);
    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

int32_t file_format(int32_t chosen, const char *path)
{
    if (chosen != FORMAT_BY_NAME) return chosen;
    if (ends_in(path, ".safetensors")) return RESNET_FORMAT_SAFETENSORS;
    if (ends_in(path, ".h5") || ends_in(path, ".hdf5")) return RESNET_FORMAT_HDF5;
    return FORMAT_BY_NAME;
}
