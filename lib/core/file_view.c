/* SPDX-License-Identifier: MIT */
#include "core/file_view.h"

#include "core/file.h"
#include "core/mem.h"

#include <sys/mman.h>
#include <unistd.h>

static resnet_status map_file(rn_file_view *view, const char *path, uint64_t max_size)
{
    int fd = -1;
    resnet_status status = rn_file_open_regular(&fd, &view->size, path, max_size);
    if (status != RESNET_OK) return status;
    void *data = view->size ? mmap(NULL, view->size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    if (data == MAP_FAILED)
        status = rn_file_fail(path, "cannot map");
    else
        view->data = data;
    close(fd);
    return status;
}

static resnet_status read_file(rn_file_view *view, const char *path, uint64_t max_size)
{
    void *bytes = NULL;
    const resnet_status status = rn_file_read(&bytes, &view->size, path, max_size);
    if (status == RESNET_OK) view->data = bytes;
    return status;
}

resnet_status rn_file_view_open(rn_file_view *out, const char *path, uint64_t max_size,
                                bool may_map)
{
    rn_file_view view = {NULL, 0, may_map};
    const resnet_status status =
        may_map ? map_file(&view, path, max_size) : read_file(&view, path, max_size);
    if (status == RESNET_OK) *out = view;
    return status;
}

void rn_file_view_close(rn_file_view *view)
{
    if (!view->is_mapped)
        rn_free((void *)view->data);
    else if (view->data)
        munmap((void *)view->data, view->size);
    *view = (rn_file_view){NULL, 0, false};
}
