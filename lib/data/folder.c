/* Class folders, with parts in folders of their own or cut by a seeded split.
 * SPDX-License-Identifier: MIT */
#include "data/folder.h"

#include "core/arithmetic.h"
#include "core/mem.h"
#include "core/utf8.h"
#include "data/folder_layout.h"
#include "data/listing_cache.h"
#include "data/split.h"

#include <limits.h>
#include <string.h>

/* Without slashes at the end; nothing is left of "/". */
static size_t get_trimmed_length(const char *folder)
{
    size_t length = strlen(folder);
    while (length > 0 && folder[length - 1] == '/') length--;
    return length;
}

char *rn_folder_join(const char *folder, const char *name)
{
    return rn_format("%.*s/%s", (int)get_trimmed_length(folder), folder, name);
}

resnet_status rn_folder_add_classes(rn_source *source, const rn_strings *names, const char *root)
{
    if (names->n == 0) return rn_fail(RESNET_E_FORMAT, "%s: no class folders in it", root);
    for (size_t c = 0; c < names->n; c++) {
        const char *name = rn_strings_get(names, c);
        if (!rn_utf8_is_valid(name))
            return rn_fail(RESNET_E_FORMAT, "%s: class folder \"%s\" has a name that is not UTF-8",
                           root, name);
        const resnet_status status = rn_source_add_class(source, name);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}

static resnet_status add_range(rn_source *source, const rn_listing *listing, const char *root,
                               size_t start, size_t end, int32_t label)
{
    resnet_status status = RESNET_OK;
    for (size_t i = start; i < end; i++) {
        char path[2 * PATH_MAX];
        const char *file = rn_strings_get(&listing->files, i);
        const size_t root_length = get_trimmed_length(root), file_length = strlen(file);
        if (root_length + file_length + 2 > sizeof path)
            return rn_fail(RESNET_E_IO, "%s: path too long", root);
        memcpy(path, root, root_length);
        path[root_length] = '/';
        memcpy(path + root_length + 1, file, file_length);
        RN_TRY(rn_source_add(source, path, root_length + 1 + file_length, label));
    }
done:
    return status;
}

/* Pictures of kinds that are not read may be why. */
static resnet_status fail_empty_class(const rn_listing *listing, const char *root, const char *name)
{
    if (listing->n_foreign == 0)
        return rn_fail(RESNET_E_FORMAT, "%s/%s: a class without images (" RN_LISTING_ENDINGS ")",
                       root, name);
    return rn_fail(RESNET_E_FORMAT,
                   "%s/%s: a class without images (" RN_LISTING_ENDINGS "); %s has %zu pictures of "
                   "kinds that are not read, such as .bmp or .gif",
                   root, name, root, listing->n_foreign);
}

resnet_status rn_folder_add_files(rn_source *source, const rn_listing *listing, const char *root)
{
    resnet_status status = RESNET_OK;
    source->n_ignored += listing->n_ignored + listing->n_root_files;
    source->n_foreign += listing->n_foreign + listing->n_root_files;
    for (size_t c = 0; c < listing->classes.n; c++) {
        const char *name = rn_strings_get(&listing->classes, c);
        const size_t label = rn_strings_find_sorted(&source->classes, name);
        const size_t start = rn_listing_get_start(listing, c), end = listing->class_ends[c];
        if (label == source->classes.n)
            return rn_fail(RESNET_E_FORMAT, "%s/%s: a class that the training part does not have",
                           root, name);
        if (start == end && !source->options.allow_empty)
            return fail_empty_class(listing, root, name);
        RN_TRY(add_range(source, listing, root, start, end, (int32_t)label));
    }
done:
    return status;
}

resnet_status rn_folder_add_unlabelled(rn_source *source, const rn_listing *listing,
                                       const char *root)
{
    source->n_ignored += listing->n_ignored;
    source->n_foreign += listing->n_foreign;
    return add_range(source, listing, root, 0, listing->files.n, RESNET_UNLABELLED);
}

/* Adds what one tree holds; its classes too if the source has none yet. `suffix` tells the trees'
 * cache files apart. */
static resnet_status add_tree(rn_source *source, const char *root, const char *cache_file,
                              const char *suffix)
{
    rn_listing listing = {0};
    char *cache = NULL;
    resnet_status status = RESNET_OK;
    if (cache_file && !(cache = rn_format("%s%s", cache_file, suffix))) return RESNET_E_NOMEM;
    RN_TRY(rn_listing_open(&listing, root, cache));
    if (source->classes.n == 0) RN_TRY(rn_folder_add_classes(source, &listing.classes, root));
    status = rn_folder_add_files(source, &listing, root);
done:
    rn_free(cache);
    rn_listing_clear(&listing);
    return status;
}

static resnet_status add_classes_of(rn_source *source, const char *root)
{
    rn_strings names = {0};
    resnet_status status;
    RN_TRY(rn_listing_read_folders(&names, root));
    status = rn_folder_add_classes(source, &names, root);
done:
    rn_strings_clear(&names);
    return status;
}

static resnet_status add_parts(rn_source *source, const rn_folder_layout *layout, int32_t part,
                               const char *cache_file)
{
    resnet_status status;
    RN_TRY(add_classes_of(source, layout->train));
    if (part == RESNET_PART_ALL || part == RESNET_PART_TRAIN)
        RN_TRY(add_tree(source, layout->train, cache_file, ".train"));
    if (part == RESNET_PART_ALL || part == RESNET_PART_VAL)
        RN_TRY(add_tree(source, layout->val, cache_file, ".val"));
    if (part == RESNET_PART_TEST) RN_TRY(add_tree(source, layout->test, cache_file, ".test"));
done:
    return status;
}

/* Fills the source; *split is the part still to be cut from it, ALL when it is right as it is. */
static resnet_status fill(rn_source *source, int32_t *split, const rn_folder_layout *layout,
                          const char *cache_file)
{
    const int32_t part = source->options.part;
    *split = RESNET_PART_ALL;
    source->has_parts = layout->val != NULL;
    if (part == RESNET_PART_TEST && !layout->test)
        return rn_fail(RESNET_E_UNSUPPORTED, "%s: no test/ beside a train/ of class folders",
                       layout->root);
    if (layout->val || part == RESNET_PART_TEST) return add_parts(source, layout, part, cache_file);
    *split = part;
    return add_tree(source, layout->train ? layout->train : layout->root, cache_file,
                    layout->train ? ".train" : "");
}

static resnet_status check_not_empty(const rn_source *source, const char *root)
{
    if (source->names.n > 0) return RESNET_OK;
    return rn_fail(RESNET_E_FORMAT, "%s: no images (" RN_LISTING_ENDINGS ") in its class folders",
                   root);
}

resnet_status resnet_dataset_open_folder(resnet_dataset **out, const char *path,
                                         const resnet_dataset_options *options)
{
    RN_OWN_ARITHMETIC;
    if (!out || !path) return rn_fail(RESNET_E_INVALID, "resnet_dataset_open_folder: NULL");
    resnet_dataset_options ours;
    rn_folder_layout layout = {.root = NULL};
    rn_source *source = NULL;
    int32_t split = RESNET_PART_ALL;
    resnet_status status;
    RN_TRY(rn_source_read_options(&ours, options));
    RN_TRY(rn_folder_layout_find(&layout, path));
    RN_TRY(rn_source_create(&source, &RN_SOURCE_FILES, &ours));
    RN_TRY(fill(source, &split, &layout, ours.cache_file));
    RN_TRY(check_not_empty(source, layout.root));
    RN_TRY(rn_source_set_root(source, layout.root));
    RN_TRY(rn_dataset_wrap_part(out, source, split));
    source = NULL;
done:
    rn_folder_layout_clear(&layout);
    rn_source_release(source);
    return status;
}
