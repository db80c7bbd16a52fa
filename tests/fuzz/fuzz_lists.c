/* Text lists with a few bytes changed, in the same way every time: whatever they become, the
 * readers must return a status and leave nothing behind (run this under a sanitiser).
 *
 *      fuzz_lists [ROUNDS]     default: 100 of each kind of list
 *
 * SPDX-License-Identifier: MIT */
#include "core/rng.h"
#include "data/annotations.h"
#include "data/listing.h"

#include <resnet/dataset.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_SIZE 4096

static char folder[] = "/tmp/resnet50-fuzz-XXXXXX";

static void read_manifest(const char *path)
{
    resnet_dataset *dataset = NULL;
    resnet_dataset_options options;
    if (resnet_dataset_options_init(&options, sizeof options) != RESNET_OK) abort();
    options.on_corrupt = RESNET_CORRUPT_SKIP; /* the images are not there */
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

static const struct {
    void (*read)(const char *path);
    const char *text; /* NULL: the listing of the folder */
} LISTS[] = {
    {read_manifest,
     "path,label,split\na.jpg,cat,train\n\"b, \"\"c\"\".jpg\",dog,val\r\nd.jpg,,test\n"},
    {read_manifest, "image\ttarget\na.jpg\t0\nb.jpg\t1\n"},
    {read_manifest,
     "{\"path\": \"a.jpg\", \"label\": \"cat\"}\n{\"path\": \"b.jpg\", \"label\": 7}\n"},
    {read_annotations,
     "ImageId,PredictionString\nILSVRC2012_val_00000002,n01440764 85 1 499 272\n"},
    {read_annotations, "val_0.JPEG\tn03444034\t0\t32\t44\t62\nval_1.JPEG\tn01440764\t1\t2\t3\t4\n"},
    {read_annotations, "490\n361\n171\n"},
    {read_synsets, "n02119789 1 kit_fox\nn01440764 2 tench\n"},
    {read_listing, NULL},
};

static unsigned char pick_byte(rn_rng *rng)
{
    static const unsigned char EDGES[] = "\0\xff\x80\n\r\t ,\"'{}:-0919n.";
    return EDGES[rn_rng_below(rng, sizeof EDGES - 1)];
}

static size_t change(unsigned char *bytes, size_t size, rn_rng *rng)
{
    const uint64_t n_changes = 1 + rn_rng_below(rng, 6);
    for (uint64_t i = 0; i < n_changes; i++) {
        const size_t at = (size_t)rn_rng_below(rng, size);
        switch (rn_rng_below(rng, 4)) {
        case 0:
            bytes[at] = pick_byte(rng);
            break;
        case 1:
            bytes[at] ^= (unsigned char)(1u << rn_rng_below(rng, 8));
            break;
        case 2: /* a piece twice */
            if (size + size - at > MAX_SIZE) break;
            memmove(bytes + size, bytes + at, size - at);
            size += size - at;
            break;
        default:
            size = at + 1;
            break;
        }
    }
    return size;
}

static size_t read_file(unsigned char *bytes, const char *path)
{
    FILE *file = fopen(path, "rb");
    const size_t size = file ? fread(bytes, 1, MAX_SIZE, file) : 0;
    if (!file || size == 0) abort();
    fclose(file);
    return size;
}

static void write_file(const unsigned char *bytes, size_t size, const char *path)
{
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size) abort();
    fclose(file);
}

static size_t get_seed(unsigned char *bytes, const char *text, const char *path)
{
    rn_listing listing = {0};
    if (text) {
        memcpy(bytes, text, strlen(text));
        return strlen(text);
    }
    if (rn_listing_walk(&listing, folder) != RESNET_OK) abort();
    if (rn_listing_save(&listing, folder, path) != RESNET_OK) abort();
    rn_listing_clear(&listing);
    return read_file(bytes, path);
}

int main(int argc, char **argv)
{
    static unsigned char seed[MAX_SIZE], bytes[MAX_SIZE];
    char path[64], inner[64];
    const uint64_t n_rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 100;
    if (!mkdtemp(folder)) abort();
    snprintf(path, sizeof path, "%s/list", folder);
    snprintf(inner, sizeof inner, "%s/class", folder);
    if (mkdir(inner, 0777) != 0) abort();
    for (size_t i = 0; i < sizeof LISTS / sizeof LISTS[0]; i++) {
        const size_t size = get_seed(seed, LISTS[i].text, path);
        for (uint64_t round = 0; round < n_rounds; round++) {
            rn_rng rng = rn_rng_make(round, RN_RNG_SAMPLE, i, 0);
            memcpy(bytes, seed, size);
            const size_t changed = change(bytes, size, &rng);
            write_file(bytes, changed, path);
            LISTS[i].read(path);
        }
        unlink(path);
    }
    rmdir(inner);
    rmdir(folder);
    return 0;
}
