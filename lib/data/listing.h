/** What a tree of files holds: its image files, in torchvision's order, and the folders whose
 *  change would change the list. SPDX-License-Identifier: MIT */
#ifndef RN_DATA_LISTING_H
#define RN_DATA_LISTING_H

#include "data/strings.h"

#include <stdint.h>

/** All zero is an empty listing. Paths are relative to the root. */
typedef struct rn_listing {
    rn_strings folders; /* every folder of the tree; the root, "", first */
    int64_t *mtimes;    /* of folders, ns since 1970; 0: not to be relied on */
    size_t mtimes_capacity;
    rn_strings classes; /* the root's subfolders, sorted bytewise */
    size_t *class_ends; /* class c's files end before files[class_ends[c]] */
    size_t class_ends_capacity;
    rn_strings files; /* first those of the root itself, then class by class; within each by folder
                         and then by name */
    size_t n_root_files;
    size_t n_ignored;   /* files whose names do not end as an image's */
    size_t n_foreign;   /* of these, how many end as a picture's of a kind that is not read */
    rn_strings ignored; /* these, as they came; not kept in a cache file */
} rn_listing;

/** Walks the tree. IO names the folder that cannot be read. */
resnet_status rn_listing_walk(rn_listing *out, const char *root);
void rn_listing_clear(rn_listing *listing);

/** Sorted names of a folder's visible subfolders. Those that systems leave behind (__MACOSX,
 * @eaDir, lost+found) are as hidden as those that start with a dot. */
resnet_status rn_listing_read_folders(rn_strings *out, const char *root);

static inline size_t rn_listing_get_start(const rn_listing *listing, size_t class_index)
{
    return class_index ? listing->class_ends[class_index - 1] : listing->n_root_files;
}

/** How a name of a picture that is read ends, in any case. */
#define RN_LISTING_ENDINGS ".jpg .jpeg .jfif .png .webp"
bool rn_listing_is_image_name(const char *name);

#endif
