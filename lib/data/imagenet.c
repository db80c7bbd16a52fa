/* ImageNet as it is handed out: where its parts lie, what its classes are, and who tells the labels
 * of validation images that lie in one folder. SPDX-License-Identifier: MIT */
#include "core/arithmetic.h"
#include "core/mem.h"
#include "data/annotations.h"
#include "data/dataset.h"
#include "data/folder.h"
#include "data/listing_cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The folders and files of one opening; NULL where there is none. */
typedef struct imagenet_files {
    char *train, *val, *test;
    char *annotations, *synsets;
} imagenet_files;

static void clear_files(imagenet_files *files)
{
    rn_free(files->train);
    rn_free(files->val);
    rn_free(files->test);
    rn_free(files->annotations);
    rn_free(files->synsets);
}

/* Sets *out, if it is NULL still, to folder/name if that is there. */
static resnet_status find(char **out, const char *folder, const char *name, bool is_folder)
{
    struct stat info;
    if (*out) return RESNET_OK;
    char *path = rn_folder_join(folder, name);
    if (!path) return RESNET_E_NOMEM;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode) == is_folder)
        *out = path;
    else
        rn_free(path);
    return RESNET_OK;
}

static resnet_status find_folders(imagenet_files *files, const char *root)
{
    static const char *const BASES[] = {"", "ILSVRC/Data/CLS-LOC/", "Data/CLS-LOC/"};
    resnet_status status = RESNET_OK;
    for (size_t b = 0; b < 3; b++) {
        char name[64];
        const size_t length = strlen(BASES[b]);
        memcpy(name, BASES[b], length);
        memcpy(name + length, "train", 6);
        RN_TRY(find(&files->train, root, name, true));
        memcpy(name + length, "val", 4);
        RN_TRY(find(&files->val, root, name, true));
        memcpy(name + length, "test", 5);
        RN_TRY(find(&files->test, root, name, true));
    }
done:
    return status;
}

static resnet_status find_texts(imagenet_files *files, const char *root)
{
    static const char *const NAMES[] = {"LOC_val_solution.csv", "val_annotations.txt",
                                        "ILSVRC2012_validation_ground_truth.txt"};
    static const char *const FOLDERS[] = {".", "val", "ILSVRC2012_devkit_t12/data", "devkit/data"};
    resnet_status status = RESNET_OK;
    for (size_t f = 0; f < 4; f++) {
        char *folder = rn_folder_join(root, FOLDERS[f]);
        if (!folder) return RESNET_E_NOMEM;
        for (size_t n = 0; n < 3 && status == RESNET_OK; n++)
            status = find(&files->annotations, folder, NAMES[n], false);
        if (status == RESNET_OK) status = find(&files->synsets, folder, "map_clsloc.txt", false);
        rn_free(folder);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}

static resnet_status set_text(char **out, const char *path)
{
    if (!path) return RESNET_OK;
    *out = rn_strdup(path);
    return *out ? RESNET_OK : RESNET_E_NOMEM;
}

static resnet_status check_wnids(const rn_strings *names, const char *folder)
{
    for (size_t i = 0; i < names->n; i++)
        if (!rn_text_is_wnid(rn_strings_get(names, i)))
            return rn_fail(RESNET_E_FORMAT, "%s: folder \"%s\" is no wnid (\"n\" and eight digits)",
                           folder, rn_strings_get(names, i));
    return RESNET_OK;
}

/* Takes sorted wnids, each once, for the classes. */
static resnet_status add_sorted(rn_source *source, rn_strings *wnids)
{
    resnet_status status = RESNET_OK;
    rn_strings_sort(wnids);
    for (size_t i = 0; i < wnids->n; i++) {
        const char *wnid = rn_strings_get(wnids, i);
        if (i == 0 || strcmp(wnid, rn_strings_get(wnids, i - 1)) != 0)
            RN_TRY(rn_source_add_class(source, wnid));
    }
done:
    return status;
}

static resnet_status add_answered(rn_source *source, const char *path)
{
    rn_annotations annotations = {0};
    resnet_status status;
    RN_TRY(rn_annotations_read(&annotations, path));
    if (annotations.kind != RN_ANSWER_WNID)
        status = rn_fail(RESNET_E_FORMAT,
                         "%s: numbers, and neither train/ nor synsets to tell what "
                         "they stand for",
                         path);
    else
        status = add_sorted(source, &annotations.answers); /* order is of no more use here */
done:
    rn_annotations_clear(&annotations);
    return status;
}

static resnet_status add_folder_classes(rn_source *source, const char *folder)
{
    rn_strings names = {0};
    resnet_status status;
    RN_TRY(rn_listing_read_folders(&names, folder));
    RN_TRY(check_wnids(&names, folder));
    status = rn_folder_add_classes(source, &names, folder);
done:
    rn_strings_clear(&names);
    return status;
}

static resnet_status add_synset_classes(rn_source *source, const char *path)
{
    rn_strings wnids = {0};
    resnet_status status;
    RN_TRY(rn_synsets_read(&wnids, path));
    status = add_sorted(source, &wnids);
done:
    rn_strings_clear(&wnids);
    return status;
}

/* Whether the folder holds a folder per wnid, rather than images (Tiny ImageNet: images/). */
static resnet_status has_wnid_folders(bool *out, const char *folder)
{
    rn_strings names = {0};
    const resnet_status status = rn_listing_read_folders(&names, folder);
    *out = false;
    for (size_t i = 0; i < names.n; i++) *out |= rn_text_is_wnid(rn_strings_get(&names, i));
    rn_strings_clear(&names);
    return status;
}

static resnet_status add_classes(rn_source *source, const imagenet_files *files)
{
    bool by_wnid = false;
    if (files->train) return add_folder_classes(source, files->train);
    if (files->synsets) return add_synset_classes(source, files->synsets);
    resnet_status status = files->val ? has_wnid_folders(&by_wnid, files->val) : RESNET_OK;
    if (status != RESNET_OK) return status;
    if (by_wnid) return add_folder_classes(source, files->val);
    if (files->annotations) return add_answered(source, files->annotations);
    return rn_source_add_class(source, "unknown"); /* a test set by itself */
}

/* What is needed to label the images of a flat folder. */
typedef struct flat_labels {
    rn_annotations annotations;
    rn_strings synsets;
    size_t *file_of; /* by annotation: the file that used it, SIZE_MAX for none */
} flat_labels;

static resnet_status fail_answer(const imagenet_files *files, const flat_labels *labels,
                                 size_t place, const char *fact)
{
    return rn_fail(RESNET_E_FORMAT, "%s: line %zu: %s %s", files->annotations,
                   labels->annotations.lines[labels->annotations.order[place]],
                   rn_annotations_get_answer(&labels->annotations, place), fact);
}

static resnet_status get_label(int32_t *out, const rn_source *source, const imagenet_files *files,
                               const flat_labels *labels, size_t place)
{
    const char *answer = rn_annotations_get_answer(&labels->annotations, place);
    uint64_t number = labels->annotations.kind == RN_ANSWER_WNID ? 0 : strtoull(answer, NULL, 10);
    if (labels->annotations.kind == RN_ANSWER_ID) {
        if (number < 1 || number > labels->synsets.n)
            return fail_answer(files, labels, place, "is an ILSVRC2012_ID out of range");
        answer = rn_strings_get(&labels->synsets, (size_t)number - 1);
    }
    if (labels->annotations.kind != RN_ANSWER_INDEX)
        number = rn_strings_find_sorted(&source->classes, answer);
    if (number >= source->classes.n)
        return fail_answer(files, labels, place, "is none of the classes");
    *out = (int32_t)number;
    return RESNET_OK;
}

static resnet_status add_flat_file(rn_source *source, const imagenet_files *files,
                                   flat_labels *labels, const rn_listing *listing, size_t file)
{
    const char *relative = rn_strings_get(&listing->files, file);
    const char *slash = strrchr(relative, '/');
    const size_t place = rn_annotations_find(&labels->annotations, slash ? slash + 1 : relative);
    if (place == labels->annotations.keys.n)
        return rn_fail(RESNET_E_FORMAT, "%s/%s: not in %s", files->val, relative,
                       files->annotations);
    if (labels->file_of[place] != SIZE_MAX)
        return rn_fail(RESNET_E_FORMAT, "%s/%s: has the annotation of %s too", files->val, relative,
                       rn_strings_get(&listing->files, labels->file_of[place]));
    labels->file_of[place] = file;
    int32_t label = RESNET_UNLABELLED;
    const resnet_status status = get_label(&label, source, files, labels, place);
    if (status != RESNET_OK) return status;
    char *path = rn_folder_join(files->val, relative);
    if (!path) return RESNET_E_NOMEM;
    const resnet_status added = rn_source_add(source, path, strlen(path), label);
    rn_free(path);
    return added;
}

static resnet_status check_all_used(const imagenet_files *files, const flat_labels *labels)
{
    const rn_annotations *annotations = &labels->annotations;
    for (size_t place = 0; place < annotations->keys.n; place++)
        if (labels->file_of[place] == SIZE_MAX)
            return rn_fail(RESNET_E_FORMAT, "%s: line %zu: no image %s in %s", files->annotations,
                           annotations->lines[annotations->order[place]],
                           rn_strings_get(&annotations->keys, annotations->order[place]),
                           files->val);
    return RESNET_OK;
}

static resnet_status read_flat_labels(flat_labels *out, const imagenet_files *files)
{
    if (!files->annotations)
        return rn_fail(RESNET_E_FORMAT, "%s: no folders of wnids, and no annotations found",
                       files->val);
    resnet_status status;
    RN_TRY(rn_annotations_read(&out->annotations, files->annotations));
    if (out->annotations.kind == RN_ANSWER_ID && !files->synsets) {
        status =
            rn_fail(RESNET_E_FORMAT,
                    "%s: its ILSVRC2012_IDs are not in the order of wnids; a synsets file must "
                    "say which is which",
                    files->annotations);
        goto done;
    }
    if (out->annotations.kind == RN_ANSWER_ID)
        RN_TRY(rn_synsets_read(&out->synsets, files->synsets));
    out->file_of = rn_alloc(out->annotations.keys.n, sizeof *out->file_of);
    if (!out->file_of) return RESNET_E_NOMEM;
    for (size_t i = 0; i < out->annotations.keys.n; i++) out->file_of[i] = SIZE_MAX;
done:
    return status;
}

static resnet_status add_flat_val(rn_source *source, const imagenet_files *files,
                                  const rn_listing *listing)
{
    flat_labels labels = {0};
    resnet_status status;
    RN_TRY(read_flat_labels(&labels, files));
    for (size_t i = 0; i < listing->files.n; i++)
        RN_TRY(add_flat_file(source, files, &labels, listing, i));
    source->n_ignored += listing->n_ignored;
    source->n_foreign += listing->n_foreign;
    status = check_all_used(files, &labels);
done:
    rn_annotations_clear(&labels.annotations);
    rn_strings_clear(&labels.synsets);
    rn_free(labels.file_of);
    return status;
}

/* How the files of a part get their labels. */
typedef resnet_status (*part_adder)(rn_source *source, const imagenet_files *files,
                                    const rn_listing *listing);

static resnet_status add_train(rn_source *source, const imagenet_files *files,
                               const rn_listing *listing)
{
    return rn_folder_add_files(source, listing, files->train);
}

static resnet_status add_val(rn_source *source, const imagenet_files *files,
                             const rn_listing *listing)
{
    bool by_wnid;
    const resnet_status status = has_wnid_folders(&by_wnid, files->val);
    if (status != RESNET_OK) return status;
    if (by_wnid) return rn_folder_add_files(source, listing, files->val);
    return add_flat_val(source, files, listing);
}

static resnet_status add_test(rn_source *source, const imagenet_files *files,
                              const rn_listing *listing)
{
    return rn_folder_add_unlabelled(source, listing, files->test);
}

static resnet_status add_part(rn_source *source, const imagenet_files *files, const char *folder,
                              part_adder add, const char *cache_file, const char *suffix)
{
    rn_listing listing = {0};
    char *cache = NULL;
    resnet_status status = RESNET_OK;
    if (!folder) return rn_fail(RESNET_E_UNSUPPORTED, "no %s/ there", suffix + 1);
    if (cache_file && !(cache = rn_format("%s%s", cache_file, suffix))) return RESNET_E_NOMEM;
    RN_TRY(rn_listing_open(&listing, folder, cache));
    status = add(source, files, &listing);
done:
    rn_free(cache);
    rn_listing_clear(&listing);
    return status;
}

static resnet_status fill(rn_source *source, const imagenet_files *files, const char *root,
                          const char *cache_file)
{
    const int32_t part = source->options.part;
    resnet_status status;
    RN_TRY(add_classes(source, files));
    if (part == RESNET_PART_ALL || part == RESNET_PART_TRAIN)
        RN_TRY(add_part(source, files, files->train, add_train, cache_file, ".train"));
    if (part == RESNET_PART_ALL || part == RESNET_PART_VAL)
        RN_TRY(add_part(source, files, files->val, add_val, cache_file, ".val"));
    if (part == RESNET_PART_TEST)
        RN_TRY(add_part(source, files, files->test, add_test, cache_file, ".test"));
    if (source->names.n == 0) status = rn_fail(RESNET_E_FORMAT, "%s: no images", root);
done:
    return status == RESNET_E_UNSUPPORTED ? rn_fail_in(status, root) : status;
}

resnet_status resnet_dataset_open_imagenet(resnet_dataset **out, const char *path,
                                           const char *annotations, const char *synsets,
                                           const resnet_dataset_options *options)
{
    RN_OWN_ARITHMETIC;
    if (!out || !path) return rn_fail(RESNET_E_INVALID, "resnet_dataset_open_imagenet: NULL");
    resnet_dataset_options ours;
    imagenet_files files = {0};
    rn_source *source = NULL;
    resnet_status status;
    RN_TRY(rn_source_read_options(&ours, options));
    RN_TRY(set_text(&files.annotations, annotations));
    RN_TRY(set_text(&files.synsets, synsets));
    RN_TRY(find_folders(&files, path));
    RN_TRY(find_texts(&files, path));
    RN_TRY(rn_source_create(&source, &RN_SOURCE_FILES, &ours));
    RN_TRY(fill(source, &files, path, ours.cache_file));
    RN_TRY(rn_source_set_root(source, path));
    source->has_parts = true;
    RN_TRY(rn_dataset_wrap(out, source));
    source = NULL;
done:
    clear_files(&files);
    rn_source_release(source);
    return status;
}
