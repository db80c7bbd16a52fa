/* SPDX-License-Identifier: MIT */
#include "data/listing.h"

#include "core/file.h"
#include "core/mem.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

/* A folder changed this shortly before it was read may change again within its clock's tick. */
#define SETTLED_AFTER_NS INT64_C(2000000000)

/* A folder being read, and those above it: a link back to one of them would never end. */
typedef struct walk_step {
    const struct walk_step *above;
    dev_t device;
    ino_t inode;
} walk_step;

typedef struct tree_walk {
    rn_listing *listing;
    rn_strings found; /* the current class's files as they come */
    int64_t now;
    char path[PATH_MAX]; /* of the folder being read */
    size_t root_length;  /* of the root and its slash */
} tree_walk;

static const char *const IMAGE_ENDINGS[] = {".jpg", ".jpeg", ".jfif", ".png", ".webp", NULL};
static const char *const FOREIGN_ENDINGS[] = {
    ".bmp", ".dib", ".gif", ".tif", ".tiff", ".heic", ".heif", ".avif", ".jp2", ".j2k",
    ".jpx", ".jxl", ".ppm", ".pgm", ".pbm",  ".pnm",  ".tga",  ".ico",  ".psd", ".svg",
    ".dng", ".cr2", ".nef", ".arw", ".mpo",  ".apng", ".jpe",  ".exr",  ".hdr", NULL};
static const char *const LEFT_BEHIND[] = {"__MACOSX", "@eaDir", "lost+found", NULL};

static bool ends_in(const char *name, const char *const *endings)
{
    const char *dot = strrchr(name, '.');
    for (; dot && *endings; endings++)
        if (strcasecmp(dot, *endings) == 0) return true;
    return false;
}

bool rn_listing_is_image_name(const char *name)
{
    return ends_in(name, IMAGE_ENDINGS);
}

static bool is_hidden(const char *name)
{
    if (name[0] == '.') return true;
    for (const char *const *left = LEFT_BEHIND; *left; left++)
        if (strcmp(name, *left) == 0) return true;
    return false;
}

static int64_t to_ns(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static const char *get_relative(const tree_walk *walk)
{
    const size_t length = strlen(walk->path);
    return walk->path + (length < walk->root_length ? length : walk->root_length);
}

/* Notes the folder at walk->path; FORMAT if it is one of those above it. */
static resnet_status enter(tree_walk *walk, walk_step *step)
{
    struct stat info;
    if (stat(walk->path, &info) != 0) return rn_file_fail(walk->path, "cannot stat");
    step->device = info.st_dev;
    step->inode = info.st_ino;
    for (const walk_step *s = step->above; s; s = s->above)
        if (s->device == step->device && s->inode == step->inode)
            return rn_fail(RESNET_E_FORMAT, "%s: a link to a folder that contains it", walk->path);
    rn_listing *listing = walk->listing;
    const char *relative = get_relative(walk);
    resnet_status status;
    RN_TRY(rn_grow(&listing->mtimes, &listing->mtimes_capacity, listing->folders.n + 1,
                   sizeof *listing->mtimes));
    RN_TRY(rn_strings_add(&listing->folders, relative, strlen(relative)));
    const int64_t mtime = to_ns(info.st_mtim);
    listing->mtimes[listing->folders.n - 1] = mtime < walk->now - SETTLED_AFTER_NS ? mtime : 0;
done:
    return status;
}

static bool is_folder(DIR *folder, const struct dirent *entry)
{
    if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK) return entry->d_type == DT_DIR;
    struct stat info;
    return fstatat(dirfd(folder), entry->d_name, &info, 0) == 0 && S_ISDIR(info.st_mode);
}

/* Devices and pipes are none; a link that leads nowhere is, and its reader will say so. */
static bool is_image_entry(const struct dirent *entry)
{
    return (entry->d_type == DT_REG || entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN) &&
           rn_listing_is_image_name(entry->d_name);
}

static resnet_status append_name(tree_walk *walk, const char *name)
{
    const size_t length = strlen(walk->path), name_length = strlen(name);
    if (length + name_length + 2 > sizeof walk->path)
        return rn_fail(RESNET_E_IO, "%s: path too long", walk->path);
    walk->path[length] = '/';
    memcpy(walk->path + length + 1, name, name_length + 1);
    return RESNET_OK;
}

static resnet_status note_file(tree_walk *walk, const char *name, bool may_be_image)
{
    rn_strings *list = may_be_image ? &walk->found : &walk->listing->ignored;
    const size_t length = strlen(walk->path);
    resnet_status status;
    RN_TRY(append_name(walk, name));
    const char *relative = get_relative(walk);
    status = rn_strings_add(list, relative, strlen(relative));
    walk->listing->n_ignored = walk->listing->ignored.n;
    walk->listing->n_foreign += !may_be_image && ends_in(name, FOREIGN_ENDINGS);
done:
    walk->path[length] = '\0';
    return status;
}

/* Files of the folder at walk->path go to walk->found, names of its subfolders to *subfolders. */
static resnet_status read_entries(tree_walk *walk, rn_strings *subfolders)
{
    DIR *folder = opendir(walk->path);
    if (!folder) return rn_file_fail(walk->path, "cannot open folder");
    resnet_status status = RESNET_OK;
    const struct dirent *entry;
    while (status == RESNET_OK && (errno = 0, entry = readdir(folder))) {
        const char *name = entry->d_name;
        if (is_hidden(name)) continue;
        if (is_folder(folder, entry))
            status = rn_strings_add(subfolders, name, strlen(name));
        else
            status = note_file(walk, name, is_image_entry(entry));
    }
    if (status == RESNET_OK && errno) status = rn_file_fail(walk->path, "cannot read folder");
    closedir(folder);
    return status;
}

/* Reads the folder at walk->path and all below it. */
static resnet_status walk_folder(tree_walk *walk, const walk_step *above)
{
    walk_step here = {.above = above};
    rn_strings subfolders = {0};
    const size_t length = strlen(walk->path);
    resnet_status status;
    RN_TRY(enter(walk, &here));
    RN_TRY(read_entries(walk, &subfolders));
    for (size_t i = 0; i < subfolders.n; i++) {
        RN_TRY(append_name(walk, rn_strings_get(&subfolders, i)));
        RN_TRY(walk_folder(walk, &here));
        walk->path[length] = '\0';
    }
done:
    rn_strings_clear(&subfolders);
    return status;
}

/* As sorted(os.walk()) does: by the folder's path, then by the file's name. */
static int compare_files(const void *a, const void *b, void *text)
{
    const char *base = text;
    const char *left = base + *(const size_t *)a, *right = base + *(const size_t *)b;
    const char *left_slash = strrchr(left, '/'), *right_slash = strrchr(right, '/');
    const size_t left_length = left_slash ? (size_t)(left_slash - left) : 0;
    const size_t right_length = right_slash ? (size_t)(right_slash - right) : 0;
    const size_t shorter = left_length < right_length ? left_length : right_length;
    const int order = memcmp(left, right, shorter);
    if (order != 0) return order;
    if (left_length != right_length) return left_length < right_length ? -1 : 1;
    return strcmp(left + left_length, right + right_length);
}

/* Moves what was found, sorted, to the end of the listing's files. */
static resnet_status keep_found(tree_walk *walk)
{
    rn_strings *found = &walk->found;
    resnet_status status = RESNET_OK;
    if (found->n > 1)
        qsort_r(found->starts, found->n, sizeof *found->starts, compare_files, found->text);
    for (size_t i = 0; i < found->n; i++) {
        const char *file = rn_strings_get(found, i);
        RN_TRY(rn_strings_add(&walk->listing->files, file, strlen(file)));
    }
    rn_strings_empty(found);
done:
    return status;
}

static resnet_status walk_class(tree_walk *walk, size_t class_index, const walk_step *root)
{
    rn_listing *listing = walk->listing;
    const size_t length = strlen(walk->path);
    resnet_status status;
    RN_TRY(append_name(walk, rn_strings_get(&listing->classes, class_index)));
    RN_TRY(walk_folder(walk, root));
    walk->path[length] = '\0';
    RN_TRY(keep_found(walk));
    RN_TRY(rn_grow(&listing->class_ends, &listing->class_ends_capacity, class_index + 1,
                   sizeof *listing->class_ends));
    listing->class_ends[class_index] = listing->files.n;
done:
    return status;
}

static resnet_status begin_walk(tree_walk *walk, const char *root)
{
    size_t length = strlen(root);
    while (length > 1 && root[length - 1] == '/') length--;
    if (length + 1 > sizeof walk->path) return rn_fail(RESNET_E_IO, "%s: path too long", root);
    memcpy(walk->path, root, length);
    walk->path[length] = '\0';
    walk->root_length = length + 1;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    walk->now = to_ns(now);
    return RESNET_OK;
}

resnet_status rn_listing_walk(rn_listing *out, const char *root)
{
    rn_listing listing = {0};
    walk_step here = {0};
    tree_walk *walk = rn_calloc(1, sizeof *walk);
    if (!walk) return RESNET_E_NOMEM;
    walk->listing = &listing;
    resnet_status status;
    RN_TRY(begin_walk(walk, root));
    RN_TRY(enter(walk, &here));
    RN_TRY(read_entries(walk, &listing.classes));
    rn_strings_sort(&listing.classes);
    RN_TRY(keep_found(walk));
    listing.n_root_files = listing.files.n;
    for (size_t c = 0; c < listing.classes.n; c++) RN_TRY(walk_class(walk, c, &here));
    *out = listing;
    listing = (rn_listing){0};
done:
    rn_listing_clear(&listing);
    rn_strings_clear(&walk->found);
    rn_free(walk);
    return status;
}

void rn_listing_clear(rn_listing *listing)
{
    rn_strings_clear(&listing->folders);
    rn_strings_clear(&listing->classes);
    rn_strings_clear(&listing->files);
    rn_strings_clear(&listing->ignored);
    rn_free(listing->mtimes);
    rn_free(listing->class_ends);
    *listing = (rn_listing){0};
}

resnet_status rn_listing_read_folders(rn_strings *out, const char *root)
{
    rn_strings folders = {0};
    DIR *folder = opendir(root);
    if (!folder) return rn_file_fail(root, "cannot open folder");
    resnet_status status = RESNET_OK;
    const struct dirent *entry;
    while (status == RESNET_OK && (errno = 0, entry = readdir(folder)))
        if (!is_hidden(entry->d_name) && is_folder(folder, entry))
            status = rn_strings_add(&folders, entry->d_name, strlen(entry->d_name));
    if (status == RESNET_OK && errno) status = rn_file_fail(root, "cannot read folder");
    closedir(folder);
    if (status == RESNET_OK) {
        rn_strings_sort(&folders);
        *out = folders;
    } else {
        rn_strings_clear(&folders);
    }
    return status;
}
