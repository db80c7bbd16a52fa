/* Looks at every file of a tree, a slice of files at a time on all threads, then compares.
 * SPDX-License-Identifier: MIT */
#include "core/callback.h"
#include "core/mem.h"
#include "core/options.h"
#include "core/pool.h"
#include "data/examine.h"
#include "data/folder.h"
#include "data/folder_layout.h"
#include "data/listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLICE_PER_THREAD 16
#define FIRST_OPTIONS_SIZE 56
#define FIRST_SUMMARY_SIZE 160

RN_ASSERT_ABI(resnet_scan_options, 56);
RN_ASSERT_ABI(resnet_scan_summary, 160);
RN_ASSERT_ABI(resnet_finding, 40);

/* What is kept of an image without fault. */
typedef struct seen_image {
    rn_fingerprint fingerprint;
    size_t file;
} seen_image;

typedef struct tree_scan {
    const char *path; /* as given */
    rn_folder_layout layout;
    const char *root; /* of what is scanned: the layout's */
    resnet_scan_options options;
    resnet_image_options image_options;
    rn_listing listing;
    bool has_parts; /* class folders lie in train/ and the like */
    resnet_scan_summary summary;
    seen_image *seen;
    size_t n_seen;
    size_t slice_start; /* of files */
    rn_examination *slice;
    bool is_stopped; /* by a callback */
} tree_scan;

static resnet_status default_options(resnet_scan_options *out)
{
    resnet_image_options image;
    const resnet_status status = resnet_image_options_init(&image, sizeof image);
    if (status != RESNET_OK) return status;
    *out = (resnet_scan_options){.struct_size = sizeof *out,
                                 .max_pixels = image.max_pixels,
                                 .max_bytes = image.max_bytes,
                                 .min_side = 32};
    return RESNET_OK;
}

resnet_status resnet_scan_options_init(resnet_scan_options *options, size_t size)
{
    resnet_scan_options ours;
    const resnet_status status = default_options(&ours);
    if (status != RESNET_OK) return status;
    return rn_options_write(options, size, &ours, sizeof ours, FIRST_OPTIONS_SIZE,
                            "resnet_scan_options");
}

/* How much of a path names its part, and its part and class: "train/cat/1.jpg" 5 and 9. */
static size_t get_part_length(const tree_scan *scan, const char *path)
{
    return scan->has_parts ? strcspn(path, "/") : 0;
}

static size_t get_class_length(const tree_scan *scan, const char *path)
{
    const size_t part = get_part_length(scan, path);
    const size_t start = path[part] == '/' ? part + 1 : part;
    const size_t end = start + strcspn(path + start, "/");
    return path[end] == '/' ? end : part; /* not in a class folder */
}

/* Files are numbered: those with an image's name, then the others. */
static const char *get_file(const tree_scan *scan, size_t file)
{
    const size_t n = scan->listing.files.n;
    return file < n ? rn_strings_get(&scan->listing.files, file)
                    : rn_strings_get(&scan->listing.ignored, file - n);
}

static size_t count_files(const tree_scan *scan)
{
    return scan->listing.files.n + scan->listing.ignored.n;
}

/* What a callback of the host answered. */
static resnet_status heed(tree_scan *scan, const rn_callback *call, int32_t returned)
{
    scan->is_stopped = returned != 0;
    return rn_callback_stop(call, returned, "the scan was stopped by its callback");
}

/* Counts a finding and tells the host; `relative` and `other` (or NULL) are below the root. */
static resnet_status report(tree_scan *scan, int32_t kind, const char *relative, const char *other,
                            const char *message, int orientation)
{
    scan->summary.counts[kind]++;
    if (!scan->options.on_finding) return RESNET_OK;
    char *path = rn_folder_join(scan->root, relative);
    char *other_path = other ? rn_folder_join(scan->root, other) : NULL;
    resnet_status status = RESNET_E_NOMEM;
    if (path && (!other || other_path)) {
        const resnet_finding finding = {
            sizeof finding, path, other_path,
            message,        kind, kind == RESNET_FINDING_ROTATED ? orientation : 0};
        const rn_callback call = rn_callback_begin();
        status = heed(scan, &call, scan->options.on_finding(scan->options.user_data, &finding));
    }
    rn_free(path);
    rn_free(other_path);
    return status;
}

static resnet_status examine_task(void *context, size_t task, size_t worker)
{
    tree_scan *scan = context;
    (void)worker;
    char *path = rn_folder_join(scan->root, get_file(scan, scan->slice_start + task));
    if (!path) return RESNET_E_NOMEM;
    const resnet_status status = rn_examine_file(&scan->slice[task], path, &scan->image_options);
    rn_free(path);
    return status;
}

/* Files without an image's name matter in class folders only, where they look like samples. */
static resnet_status conclude_other(tree_scan *scan, const char *relative,
                                    const rn_examination *seen)
{
    return report(scan, RESNET_FINDING_NOT_AN_IMAGE, relative, NULL,
                  seen->fault >= 0 ? seen->message
                                   : "a picture, but its name does not end in " RN_LISTING_ENDINGS,
                  0);
}

/* Reports on one file and remembers it for comparison if it has no fault. */
static resnet_status conclude(tree_scan *scan, size_t file, const rn_examination *seen)
{
    char fact[128];
    const char *relative = get_file(scan, file);
    resnet_status status = RESNET_OK;
    scan->summary.n_files++;
    scan->summary.n_bytes += seen->n_bytes;
    if (file >= scan->listing.files.n) return conclude_other(scan, relative, seen);
    if (seen->fault >= 0) return report(scan, seen->fault, relative, NULL, seen->message, 0);
    scan->summary.n_images++;
    scan->seen[scan->n_seen++] = (seen_image){seen->fingerprint, file};
    if (seen->width < scan->options.min_side || seen->height < scan->options.min_side) {
        snprintf(fact, sizeof fact, "%zux%zu px, sides should have %u", seen->width, seen->height,
                 (unsigned)scan->options.min_side);
        RN_TRY(report(scan, RESNET_FINDING_TINY, relative, NULL, fact, 0));
    }
    if (seen->orientation != 1) {
        snprintf(fact, sizeof fact, "EXIF orientation %d", seen->orientation);
        RN_TRY(report(scan, RESNET_FINDING_ROTATED, relative, NULL, fact, seen->orientation));
    }
done:
    return status;
}

static resnet_status tell_progress(tree_scan *scan, size_t n_done, size_t n)
{
    if (!scan->options.on_progress) return RESNET_OK;
    const rn_callback call = rn_callback_begin();
    return heed(scan, &call, scan->options.on_progress(scan->options.user_data, n_done, n));
}

static resnet_status examine_all(tree_scan *scan, rn_pool *pool)
{
    const size_t n = count_files(scan);
    const size_t slice = SLICE_PER_THREAD * rn_pool_get_n_threads(pool);
    resnet_status status = RESNET_OK;
    scan->slice = rn_alloc(slice, sizeof *scan->slice);
    scan->seen = rn_alloc(n, sizeof *scan->seen);
    if (!scan->slice || !scan->seen) return RESNET_E_NOMEM;
    for (size_t start = 0; start < n; start += slice) {
        const size_t n_tasks = n - start < slice ? n - start : slice;
        scan->slice_start = start;
        RN_TRY(rn_pool_run(pool, n_tasks, examine_task, scan));
        for (size_t i = 0; i < n_tasks; i++) RN_TRY(conclude(scan, start + i, &scan->slice[i]));
        RN_TRY(tell_progress(scan, start + n_tasks, n));
    }
done:
    return status;
}

static bool has_same_start(const char *a, size_t a_length, const char *b, size_t b_length)
{
    return a_length == b_length && memcmp(a, b, a_length) == 0;
}

/* The classes of the same name in two parts are one class, so parts are told apart first. */
static resnet_status report_repeat(tree_scan *scan, size_t file, size_t first)
{
    const char *path = get_file(scan, file), *other = get_file(scan, first);
    if (!has_same_start(path, get_part_length(scan, path), other, get_part_length(scan, other)))
        return report(scan, RESNET_FINDING_LEAK, path, other, "the same pixels in another part", 0);
    if (!has_same_start(path, get_class_length(scan, path), other, get_class_length(scan, other)))
        return report(scan, RESNET_FINDING_CONFLICT, path, other,
                      "the same pixels in another class", 0);
    return report(scan, RESNET_FINDING_DUPLICATE, path, other, "the same pixels", 0);
}

static int compare_seen(const void *a, const void *b)
{
    const seen_image *left = a, *right = b;
    const int order = rn_fingerprint_compare(&left->fingerprint, &right->fingerprint);
    return order ? order : (left->file > right->file) - (left->file < right->file);
}

static int compare_pairs(const void *a, const void *b)
{
    const size_t *left = a, *right = b;
    return (left[0] > right[0]) - (left[0] < right[0]);
}

/* Pairs of an image and the first with its pixels, in the order of files. */
static resnet_status compare_all(tree_scan *scan)
{
    size_t n = 0, first = 0;
    resnet_status status = RESNET_OK;
    if (scan->n_seen > 1) qsort(scan->seen, scan->n_seen, sizeof *scan->seen, compare_seen);
    size_t(*pairs)[2] = rn_alloc(scan->n_seen, sizeof *pairs);
    if (!pairs) return RESNET_E_NOMEM;
    for (size_t i = 1; i < scan->n_seen; i++) {
        if (rn_fingerprint_compare(&scan->seen[i].fingerprint, &scan->seen[first].fingerprint) != 0)
            first = i;
        else
            memcpy(pairs[n++], (size_t[2]){scan->seen[i].file, scan->seen[first].file},
                   sizeof *pairs);
    }
    qsort(pairs, n, sizeof *pairs, compare_pairs);
    for (size_t i = 0; i < n; i++) RN_TRY(report_repeat(scan, pairs[i][0], pairs[i][1]));
done:
    rn_free(pairs);
    return status;
}

/* Whether a folder is a class's own: at the root, or below a part. */
static bool is_class_folder(const tree_scan *scan, const char *folder)
{
    size_t depth = *folder ? 1 : 0;
    for (const char *c = folder; *c; c++) depth += *c == '/';
    return depth == (scan->has_parts ? 2u : 1u);
}

static resnet_status find_empty_classes(tree_scan *scan)
{
    rn_strings full = {0}; /* classes with files, sorted */
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < scan->listing.files.n; i++) {
        const char *path = rn_strings_get(&scan->listing.files, i);
        const size_t length = get_class_length(scan, path);
        const char *last = full.n ? rn_strings_get(&full, full.n - 1) : "";
        if (!full.n || !has_same_start(path, length, last, strlen(last)))
            RN_TRY(rn_strings_add(&full, path, length));
    }
    rn_strings_sort(&full);
    for (size_t i = 0; i < scan->listing.folders.n; i++) {
        const char *folder = rn_strings_get(&scan->listing.folders, i);
        if (is_class_folder(scan, folder) && rn_strings_find_sorted(&full, folder) == full.n)
            RN_TRY(report(scan, RESNET_FINDING_EMPTY_CLASS, folder, NULL,
                          "a class folder without images (" RN_LISTING_ENDINGS ")", 0));
    }
done:
    rn_strings_clear(&full);
    return status;
}

/* Leaves of the files without an image's name those in class folders, sorted. */
static resnet_status select_ignored(tree_scan *scan)
{
    rn_strings kept = {0};
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < scan->listing.ignored.n; i++) {
        const char *path = rn_strings_get(&scan->listing.ignored, i);
        if (get_class_length(scan, path) > get_part_length(scan, path))
            RN_TRY(rn_strings_add(&kept, path, strlen(path)));
    }
    rn_strings_sort(&kept);
    rn_strings_clear(&scan->listing.ignored);
    scan->listing.ignored = kept;
    kept = (rn_strings){0};
done:
    rn_strings_clear(&kept);
    return status;
}

/* A folder that is laid out in no clear way is looked at as it is; who opens it will refuse it. */
static resnet_status find_root(tree_scan *scan)
{
    const resnet_status status = rn_folder_layout_find(&scan->layout, scan->path);
    if (status != RESNET_OK && status != RESNET_E_FORMAT) return status;
    scan->root = scan->layout.root ? scan->layout.root : scan->path;
    scan->has_parts = scan->layout.train != NULL;
    return RESNET_OK;
}

static resnet_status prepare(tree_scan *scan)
{
    resnet_status status;
    RN_TRY(resnet_image_options_init(&scan->image_options, sizeof scan->image_options));
    scan->image_options.max_pixels = scan->options.max_pixels;
    scan->image_options.max_bytes = scan->options.max_bytes;
    RN_TRY(find_root(scan));
    RN_TRY(rn_listing_walk(&scan->listing, scan->root));
    status = select_ignored(scan);
done:
    return status;
}

/* Reports what this thread's message says, about the path that it starts with. */
static resnet_status report_refusal(tree_scan *scan)
{
    char message[1024], path[1024];
    snprintf(message, sizeof message, "%s", resnet_last_error());
    const char *stop = strstr(message, ": ");
    if (!stop || strncmp(message, scan->path, strlen(scan->path)) != 0) stop = NULL;
    snprintf(path, sizeof path, "%.*s", stop ? (int)(stop - message) : (int)sizeof path - 1,
             stop ? message : scan->path);
    const resnet_finding finding = {sizeof finding,         path, NULL, stop ? stop + 2 : message,
                                    RESNET_FINDING_REFUSED, 0};
    scan->summary.counts[RESNET_FINDING_REFUSED]++;
    if (!scan->options.on_finding) return RESNET_OK;
    const rn_callback call = rn_callback_begin();
    return heed(scan, &call, scan->options.on_finding(scan->options.user_data, &finding));
}

/* Opens the part as who learns from it will; classes without images have been found before. */
static resnet_status try_part(const tree_scan *scan, int32_t part)
{
    resnet_dataset_options options;
    resnet_dataset *dataset = NULL;
    resnet_status status;
    RN_TRY(resnet_dataset_options_init(&options, sizeof options));
    options.part = part;
    options.allow_empty = 1;
    RN_TRY(resnet_dataset_open_folder(&dataset, scan->path, &options));
    if (resnet_dataset_get_n_classes(dataset) < 2)
        status = rn_fail(RESNET_E_FORMAT, "%s: one class only, so there is nothing to tell apart",
                         scan->path);
done:
    resnet_dataset_free(dataset);
    return status;
}

/* Whatever training would refuse the folder for, from its own mouth. */
static resnet_status find_refusal(tree_scan *scan)
{
    resnet_status status = try_part(scan, RESNET_PART_TRAIN);
    if (status == RESNET_OK) status = try_part(scan, RESNET_PART_VAL);
    if (status == RESNET_OK || status == RESNET_E_NOMEM) return status;
    return report_refusal(scan);
}

static resnet_status run(tree_scan *scan)
{
    rn_pool *pool = NULL;
    resnet_status status;
    RN_TRY(prepare(scan));
    RN_TRY(rn_pool_create(&pool, scan->options.n_threads, NULL));
    RN_TRY(examine_all(scan, pool));
    RN_TRY(find_empty_classes(scan));
    RN_TRY(compare_all(scan));
    status = find_refusal(scan);
done:
    rn_pool_free(pool);
    return status;
}

resnet_status resnet_dataset_scan(resnet_scan_summary *out, size_t size, const char *path,
                                  const resnet_scan_options *options)
{
    if (!out || !path) return rn_fail(RESNET_E_INVALID, "resnet_dataset_scan: NULL");
    if (size < FIRST_SUMMARY_SIZE)
        return rn_fail(RESNET_E_INVALID, "resnet_scan_summary: size %zu is below %d", size,
                       FIRST_SUMMARY_SIZE);
    tree_scan scan = {.path = path};
    resnet_status status;
    RN_TRY(default_options(&scan.options));
    RN_TRY(rn_options_read(&scan.options, sizeof scan.options, FIRST_OPTIONS_SIZE, options,
                           "resnet_scan_options"));
    status = run(&scan);
    if (status == RESNET_OK || scan.is_stopped) {
        const resnet_status written =
            rn_options_write(out, size, &scan.summary, sizeof scan.summary, FIRST_SUMMARY_SIZE,
                             "resnet_scan_summary");
        if (written != RESNET_OK) status = written;
    }
done:
    rn_folder_layout_clear(&scan.layout);
    rn_listing_clear(&scan.listing);
    rn_free(scan.seen);
    rn_free(scan.slice);
    return status;
}
