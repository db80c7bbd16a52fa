/* SPDX-License-Identifier: MIT */
#include "output_file.h"

#include "output.h"

#include <resnet/file.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct output_file {
    resnet_file *file;
    int has_failed;
    size_t used;
    char bytes[1 << 16];
};

output_file *output_open(const char *path)
{
    output_file *self = allocate(1, sizeof *self);
    if (!self) return NULL;
    if (resnet_file_create(&self->file, path) == RESNET_OK) return self;
    say_last_error();
    free(self);
    return NULL;
}

static void write_through(output_file *self, const void *bytes, size_t size)
{
    if (self->has_failed || resnet_file_write(self->file, bytes, size) == RESNET_OK) return;
    self->has_failed = say_last_error();
}

void output_flush(output_file *self)
{
    write_through(self, self->bytes, self->used);
    self->used = 0;
}

void output_bytes(output_file *self, const void *bytes, size_t size)
{
    if (self->used + size > sizeof self->bytes) output_flush(self);
    if (size > sizeof self->bytes) {
        write_through(self, bytes, size);
        return;
    }
    memcpy(self->bytes + self->used, bytes, size);
    self->used += size;
}

void output_format(output_file *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = format_text(format, arguments);
    va_end(arguments);
    if (text) output_bytes(self, text, strlen(text));
    free(text);
}

void output_field(output_file *self, const char *text)
{
    output_bytes(self, "\"", 1);
    for (; *text; text++) {
        if (*text == '"') output_bytes(self, "\"", 1);
        output_bytes(self, text, 1);
    }
    output_bytes(self, "\"", 1);
}

int output_close(output_file *self, int keep)
{
    if (!self) return EXIT_FAILED;
    if (ran_out_of_memory()) self->has_failed = EXIT_FAILED; /* lines may be missing */
    if (keep) output_flush(self);
    int status = self->has_failed;
    if (keep && !status && resnet_file_commit(self->file)) status = say_last_error();
    resnet_file_free(self->file);
    free(self);
    return status;
}
