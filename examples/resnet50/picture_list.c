/* SPDX-License-Identifier: MIT */
#include "picture_list.h"

#include "output.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static int make_room(picture_list *self)
{
    if (self->n < self->capacity) return 1;
    const size_t capacity = self->capacity ? 2 * self->capacity : 64;
    char **paths = allocate(capacity, sizeof *paths);
    if (!paths) return 0;
    if (self->n) memcpy(paths, self->paths, self->n * sizeof *paths);
    free(self->paths);
    self->paths = paths;
    self->capacity = capacity;
    return 1;
}

/* Takes a copy. */
static void add(picture_list *self, const char *path)
{
    char *copy = make_room(self) ? copy_text(path) : NULL;
    if (copy) self->paths[self->n++] = copy;
}

void picture_list_free(picture_list *self)
{
    for (size_t i = 0; i < self->n; i++) free(self->paths[i]);
    free(self->paths);
    *self = (picture_list){NULL, 0, 0};
}

/* --- folders --- */

/* Kinds that cannot be decoded are among them, so that they are told rather than passed over. */
static int is_called_picture(const char *name)
{
    static const char *const ends[] = {".jpg",  ".jpeg", ".jpe", ".jfif", ".png",
                                       ".webp", ".bmp",  ".gif", ".tif",  ".tiff"};
    const char *end = strrchr(name, '.');
    for (size_t i = 0; end && i < sizeof ends / sizeof *ends; i++)
        if (strcasecmp(end, ends[i]) == 0) return 1;
    return 0;
}

static char *join(const char *folder, const char *name)
{
    const size_t length = strlen(folder);
    char *path = allocate(length + strlen(name) + 2, 1);
    const char *between = length && folder[length - 1] == '/' ? "" : "/";
    if (path) sprintf(path, "%s%s%s", folder, between, name);
    return path;
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_entries(picture_list *self, const char *path);

/* Links to folders are not followed, so that the walk ends. */
static void add_entry(picture_list *self, const char *folder, const char *name)
{
    struct stat info;
    char *path = join(folder, name);
    const int is_there = path && lstat(path, &info) == 0;
    if (is_there && S_ISDIR(info.st_mode)) add_entries(self, path);
    if (is_there && S_ISLNK(info.st_mode) && stat(path, &info)) info.st_mode = S_IFREG;
    if (is_there && !S_ISDIR(info.st_mode) && is_called_picture(name)) add(self, path);
    free(path);
}

/* One that cannot be read stands in the list itself, to be told as a picture that cannot be. */
static void add_entries(picture_list *self, const char *path)
{
    struct dirent **entries = NULL;
    const int n = scandir(path, &entries, is_shown, by_name);
    for (int i = 0; i < n; i++) {
        add_entry(self, path, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (n < 0) add(self, path);
}

/* So does one without pictures. */
static void add_folder(picture_list *self, const char *path)
{
    const size_t before = self->n;
    add_entries(self, path);
    if (self->n == before) add(self, path);
}

/* --- lists --- */

/* A path a line; empty lines do not count. */
static int add_lines(picture_list *self, FILE *file)
{
    char *line = NULL;
    size_t capacity = 0;
    while (getline(&line, &capacity, file) >= 0) {
        size_t length = strlen(line);
        if (length && line[length - 1] == '\n') line[--length] = 0;
        if (length && line[length - 1] == '\r') line[--length] = 0;
        if (*line) add(self, line);
    }
    free(line);
    return ferror(file) ? say_error("standard input: %s", strerror(errno)) : 0;
}

int picture_list_fill(picture_list *self, char **operands, size_t n)
{
    int status = 0;
    for (size_t i = 0; i < n && !status; i++) {
        struct stat info;
        if (strcmp(operands[i], "-") == 0)
            status = add_lines(self, stdin);
        else if (stat(operands[i], &info) == 0 && S_ISDIR(info.st_mode))
            add_folder(self, operands[i]);
        else
            add(self, operands[i]);
    }
    return ran_out_of_memory() ? EXIT_FAILED : status;
}
