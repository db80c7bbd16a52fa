/** A folder of files that lives as long as a test. SPDX-License-Identifier: MIT */
#ifndef TEST_DATA_TREE_H
#define TEST_DATA_TREE_H

#include "check.h"

#include "../../scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct tree {
    char root[SCRATCH_SIZE];
    char path[512]; /* of the last file asked for */
} tree;

static inline void tree_create(tree *t)
{
    assert_true(scratch_folder(t->root));
}

static inline int tree_remove_entry(const char *path, const struct stat *info, int kind,
                                    struct FTW *where)
{
    (void)info, (void)kind, (void)where;
    return remove(path);
}

static inline void tree_remove(tree *t)
{
    nftw(t->root, tree_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static inline const char *tree_path(tree *t, const char *name)
{
    snprintf(t->path, sizeof t->path, "%s%s%s", t->root, *name ? "/" : "", name);
    return t->path;
}

/* Makes the folders above a file. */
static inline const char *tree_make_room(tree *t, const char *name)
{
    tree_path(t, name);
    for (char *slash = t->path + strlen(t->root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        assert_true(mkdir(t->path, 0777) == 0 || errno == EEXIST);
        *slash = '/';
    }
    return t->path;
}

static inline void tree_add_bytes(tree *t, const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(tree_make_room(t, name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static inline void tree_add_text(tree *t, const char *name, const char *text)
{
    tree_add_bytes(t, name, text, strlen(text));
}

static inline void tree_add_folder(tree *t, const char *name)
{
    tree_make_room(t, name);
    assert_int_equal(mkdir(tree_path(t, name), 0777), 0);
}

/* A PNG whose pixels tell `number` apart from others. */
static inline void tree_add_png(tree *t, const char *name, unsigned width, unsigned height,
                                unsigned number)
{
    png_image image = {
        .version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = PNG_FORMAT_RGB};
    unsigned char *pixels = malloc((size_t)width * height * 3);
    assert_non_null(pixels);
    for (size_t i = 0; i < (size_t)width * height * 3; i++)
        pixels[i] = (unsigned char)(i * 7 + number * 31 + (i >> 6));
    assert_true(png_image_write_to_file(&image, tree_make_room(t, name), 0, pixels, 0, NULL));
    free(pixels);
}

/* Sets a file's or folder's time to `age` seconds ago. */
static inline void tree_set_age(tree *t, const char *name, long age)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec -= age;
    const struct timespec times[2] = {now, now};
    assert_int_equal(utimensat(AT_FDCWD, tree_path(t, name), times, 0), 0);
}

static inline void assert_message_has(const char *message, const char *fragment)
{
    if (!strstr(message, fragment)) fail_msg("\"%s\" does not mention \"%s\"", message, fragment);
}

#endif
