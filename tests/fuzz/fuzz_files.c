/* Damaged files of all other kinds that are read by their path: lists, HDF5 image arrays,
 * checkpoints, features.
 *
 *      fuzz_files [ROUNDS]     default: 100 of each kind
 *
 * As a libFuzzer target an input's first byte says the kind; --seeds=FOLDER writes one of each.
 * SPDX-License-Identifier: MIT */
#include "../scratch.h"
#include "mutants.h"

#include "data/annotations.h"
#include "data/listing_cache.h"
#include "store/checkpoint.h"
#include "store/hdf5_write.h"
#include "train/feature_file.h"

#include <resnet/dataset.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_FLOATS 5
#define MAX_BYTES (UINT64_C(1) << 24)

static char folder[SCRATCH_SIZE], inner[SCRATCH_SIZE + 8];
static const rn_hash KEY = {{1, 2}}, INPUT = {{3, 4}};

static void check(resnet_status status)
{
    if (status == RESNET_OK) return;
    fprintf(stderr, "%s\n", resnet_last_error());
    abort();
}

/* ---- readers ---- */

static resnet_dataset_options data_options(void)
{
    resnet_dataset_options options;
    check(resnet_dataset_options_init(&options, sizeof options));
    options.on_corrupt = RESNET_CORRUPT_SKIP; /* the images are not there */
    return options;
}

static void read_manifest(const char *path)
{
    resnet_dataset *dataset = NULL;
    const resnet_dataset_options options = data_options();
    if (resnet_dataset_open_manifest(&dataset, path, NULL, 0, &options) == RESNET_OK)
        resnet_dataset_free(dataset);
}

static void read_annotations(const char *path)
{
    rn_annotations annotations = {0};
    if (rn_annotations_read(&annotations, path) != RESNET_OK) return;
    rn_annotations_find(&annotations, "ILSVRC2012_val_00000002.JPEG");
    rn_annotations_clear(&annotations);
}

static void read_synsets(const char *path)
{
    rn_strings wnids = {0};
    if (rn_synsets_read(&wnids, path) == RESNET_OK) rn_strings_clear(&wnids);
}

static void read_listing(const char *path)
{
    rn_listing listing = {0};
    if (rn_listing_load(&listing, folder, path) == RESNET_OK) rn_listing_clear(&listing);
}

static void read_arrays(const char *path)
{
    resnet_dataset *dataset = NULL;
    const resnet_dataset_options options = data_options();
    if (resnet_dataset_open_hdf5(&dataset, path, NULL, NULL, &options) != RESNET_OK) return;
    const size_t n = resnet_dataset_get_n_samples(dataset);
    for (size_t i = 0; i < n && i < 8; i++) {
        resnet_image *image = NULL;
        if (resnet_dataset_load_image(&image, dataset, i) == RESNET_OK) resnet_image_free(image);
    }
    resnet_dataset_free(dataset);
}

static void read_checkpoint(const char *path)
{
    rn_checkpoint *checkpoint = NULL;
    if (rn_checkpoint_read(&checkpoint, path, MAX_BYTES) == RESNET_OK)
        rn_checkpoint_free(checkpoint);
}

static void read_features(const char *path)
{
    rn_feature_file *file = NULL;
    float features[N_FLOATS];
    if (rn_feature_file_open(&file, path, &KEY, N_FLOATS) != RESNET_OK) return;
    const size_t slot = rn_feature_file_find(file, &INPUT);
    if (slot != RN_FEATURE_NONE && rn_feature_file_read(file, slot, features) == RESNET_OK) {
        size_t added;
        (void)!rn_feature_file_add(file, &KEY, features, &added);
    }
    rn_feature_file_close(file);
}

/* ---- what whole files look like ---- */

static void make_listing(const char *path)
{
    rn_listing listing = {0};
    check(rn_listing_walk(&listing, folder));
    check(rn_listing_save(&listing, folder, path));
    rn_listing_clear(&listing);
}

static void fill_bytes(void *out, const void *source)
{
    memcpy(out, source, 2 * 8 * 8 * 3);
}

static void fill_labels(void *out, const void *source)
{
    memcpy(out, source, 2);
}

static void make_arrays(const char *path)
{
    static const uint64_t extents[4] = {2, 8, 8, 3};
    static const uint8_t labels[2] = {0, 1};
    static uint8_t pixels[2 * 8 * 8 * 3];
    rn_h5_draft *draft = NULL;
    unsigned char *bytes = NULL;
    size_t size = 0;
    check(rn_h5_draft_create(&draft));
    check(rn_h5_add_array(draft, RN_H5_ROOT, "images", RN_H5_U8, 4, extents, fill_bytes, pixels));
    check(rn_h5_add_array(draft, RN_H5_ROOT, "labels", RN_H5_U8, 1, extents, fill_labels, labels));
    check(rn_h5_draft_finish(draft, 0, &bytes, &size));
    check(rn_file_write(path, bytes, size));
    rn_free(bytes);
    rn_h5_draft_free(draft);
}

static void make_checkpoint(const char *path)
{
    static const float floats[N_FLOATS] = {1, 2, 3, 4, 5};
    static const uint64_t dims[1] = {N_FLOATS}, counters[2] = {7, 8};
    rn_checkpoint *checkpoint = NULL;
    check(rn_checkpoint_create(&checkpoint));
    check(rn_checkpoint_add_f32(checkpoint, "weights:fc.bias", 1, dims, floats));
    check(rn_checkpoint_add_u64(checkpoint, "counters", 2, counters));
    check(rn_checkpoint_add_text(checkpoint, "state", "{\"epoch\": 3}"));
    check(rn_checkpoint_write(checkpoint, path));
    rn_checkpoint_free(checkpoint);
}

static void make_features(const char *path)
{
    static const float floats[N_FLOATS] = {1, 2, 3, 4, 5};
    rn_feature_file *file = NULL;
    size_t slot;
    check(rn_feature_file_open(&file, path, &KEY, N_FLOATS));
    check(rn_feature_file_add(file, &INPUT, floats, &slot));
    rn_feature_file_close(file);
}

/* An input's first byte names one of these. */
static const struct {
    void (*read)(const char *path);
    void (*make)(const char *path); /* NULL: `text` */
    const char *text;
} KINDS[] = {
    {read_manifest, NULL,
     "path,label,split\na.jpg,cat,train\n\"b, \"\"c\"\".jpg\",dog,val\r\nd.jpg,,test\n"},
    {read_manifest, NULL, "image\ttarget\na.jpg\t0\nb.jpg\t1\n"},
    {read_manifest, NULL,
     "{\"path\": \"a.jpg\", \"label\": \"cat\"}\n{\"path\": \"b.jpg\", \"label\": 7}\n"},
    {read_annotations, NULL,
     "ImageId,PredictionString\nILSVRC2012_val_00000002,n01440764 85 1 499 272\n"},
    {read_annotations, NULL,
     "val_0.JPEG\tn03444034\t0\t32\t44\t62\nval_1.JPEG\tn01440764\t1\t2\t3\t4\n"},
    {read_annotations, NULL, "490\n361\n171\n"},
    {read_synsets, NULL, "n02119789 1 kit_fox\nn01440764 2 tench\n"},
    {read_listing, make_listing, NULL},
    {read_arrays, make_arrays, NULL},
    {read_checkpoint, make_checkpoint, NULL},
    {read_features, make_features, NULL},
};
#define N_KINDS (sizeof KINDS / sizeof KINDS[0])

static void begin(void)
{
    if (!scratch_folder(folder)) abort();
    snprintf(inner, sizeof inner, "%s/class", folder);
    if (mkdir(inner, 0777) != 0) abort();
}

static void fuzz_one(uint8_t *bytes, size_t size)
{
    char path[SCRATCH_SIZE + 8];
    if (size == 0) return;
    snprintf(path, sizeof path, "%s/file", folder);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes + 1, 1, size - 1, file) != size - 1 || fclose(file) != 0) abort();
    KINDS[bytes[0] % N_KINDS].read(path);
    unlink(path);
}

/* The whole file of a kind with the byte that names it before it, for rn_free(). */
static uint8_t *make_seed(size_t kind, size_t *out_size)
{
    char path[SCRATCH_SIZE + 8];
    void *bytes = NULL;
    size_t size = 0;
    snprintf(path, sizeof path, "%s/seed", folder);
    unlink(path);
    if (KINDS[kind].make)
        KINDS[kind].make(path);
    else
        check(rn_file_write(path, KINDS[kind].text, strlen(KINDS[kind].text)));
    check(rn_file_read(&bytes, &size, path, MAX_BYTES));
    unlink(path);
    uint8_t *seed = rn_alloc(size + 1, 1);
    if (!seed) abort();
    seed[0] = (uint8_t)kind;
    memcpy(seed + 1, bytes, size);
    rn_free(bytes);
    *out_size = size + 1;
    return seed;
}

#ifdef WITH_LIBFUZZER

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char option[] = "--seeds=";
    begin();
    for (int i = 1; i < *argc; i++) {
        if (strncmp((*argv)[i], option, sizeof option - 1) != 0) continue;
        for (size_t kind = 0; kind < N_KINDS; kind++) {
            size_t size = 0;
            uint8_t *seed = make_seed(kind, &size);
            char *path = rn_format("%s/seed-%zu", (*argv)[i] + sizeof option - 1, kind);
            check(path ? rn_file_write(path, seed, size) : RESNET_E_NOMEM);
            rn_free(path);
            rn_free(seed);
        }
        exit(0);
    }
    return 0;
}

FUZZ_PROGRAM(NULL, folder)

#else

int main(int argc, char **argv)
{
    const uint64_t n_rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 100;
    begin();
    for (size_t kind = 0; kind < N_KINDS; kind++) {
        size_t size = 0;
        uint8_t *seed = make_seed(kind, &size);
        for (uint64_t round = 0; round < n_rounds; round++) mutants_try(seed, size, round);
        rn_free(seed);
    }
    rmdir(inner);
    return rmdir(folder);
}

#endif
