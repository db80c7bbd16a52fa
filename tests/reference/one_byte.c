/* One byte of our own weight files changed at a time: the file is refused, or it gives the same
 * model.
 *
 *      one_byte [N-POSITIONS]      default: 2000 of each format, evenly spread, a random change at
 * each
 *
 * The first 64 KiB and the last, where everything is but the weights, get half of the positions.
 * Takes about a tenth of a second each, so it is no everyday test. SPDX-License-Identifier: MIT */
#include "core/file.h"
#include "core/mem.h"
#include "core/rng.h"
#include "model.h"

#include "../scratch.h"

#include <resnet/resnet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_FILE (UINT64_C(1) << 30)
#define EDGE ((size_t)64 << 10)

static const char *const CLASSES[3] = {"kite", "crane", "bat"};

static void check(resnet_status status)
{
    if (status == RESNET_OK) return;
    fprintf(stderr, "%s\n", resnet_last_error());
    exit(1);
}

static resnet_model *make_model(void)
{
    resnet_model_options options;
    resnet_recipe recipe;
    resnet_model *model = NULL;
    check(resnet_model_options_init(&options, sizeof options));
    options.n_classes = 3;
    options.variant = RESNET_VARIANT_V1_5;
    options.bn_epsilon = 1e-3f;
    check(resnet_model_create(&model, &options));
    check(resnet_recipe_init(&recipe, sizeof recipe, "keras"));
    check(resnet_model_set_recipe(model, &recipe));
    check(resnet_model_set_class_names(model, CLASSES, 3));
    check(resnet_model_set_notes(model, "CC0-1.0", "drawn"));
    check(resnet_model_set_metadata(model, "key", "value"));
    return model;
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* Each network holds a table of its own, of the same depth. */
static bool same_settings(rn_net_settings a, rn_net_settings b)
{
    const bool same_depth = a.arch->depth == b.arch->depth;
    a.arch = b.arch = NULL;
    return same_depth && memcmp(&a, &b, sizeof a) == 0;
}

static bool same_description(const resnet_model *a, const resnet_model *b)
{
    resnet_recipe of_a, of_b;
    check(resnet_model_copy_recipe(&of_a, sizeof of_a, a));
    check(resnet_model_copy_recipe(&of_b, sizeof of_b, b));
    bool same = memcmp(&of_a, &of_b, sizeof of_a) == 0 &&
                resnet_model_get_n_classes(a) == resnet_model_get_n_classes(b) &&
                resnet_model_get_variant(a) == resnet_model_get_variant(b) &&
                resnet_model_get_bn_epsilon(a) == resnet_model_get_bn_epsilon(b) &&
                same_text(resnet_model_get_format(a), resnet_model_get_format(b)) &&
                same_text(resnet_model_get_licence(a), resnet_model_get_licence(b)) &&
                same_text(resnet_model_get_provenance(a), resnet_model_get_provenance(b)) &&
                resnet_model_get_n_metadata(a) == resnet_model_get_n_metadata(b) &&
                same_settings(a->net->settings, b->net->settings);
    for (size_t i = 0; same && i < resnet_model_get_n_classes(a); i++)
        same = same_text(resnet_model_get_class_name(a, i), resnet_model_get_class_name(b, i));
    for (size_t i = 0; same && i < resnet_model_get_n_metadata(a); i++) {
        const char *key = resnet_model_get_metadata_key(a, i);
        const char *other = resnet_model_get_metadata(b, key);
        same = other && same_text(resnet_model_get_metadata(a, key), other);
    }
    return same;
}

static bool same_model(const resnet_model *a, const resnet_model *b)
{
    return same_description(a, b) && a->net->arena_count == b->net->arena_count &&
           memcmp(a->net->arena, b->net->arena, a->net->arena_count * sizeof *a->net->arena) == 0;
}

/* Where the i-th of n changes goes: half of them near the ends. */
static size_t choose(size_t i, size_t n, size_t size)
{
    const size_t n_edge = n / 2;
    if (i >= n_edge) return (size_t)((double)(i - n_edge) / (double)(n - n_edge) * (double)size);
    const size_t at = (size_t)((double)i / (double)n_edge * 2.0 * (double)EDGE);
    return at < EDGE ? at : size - 2 * EDGE + at;
}

/* How many changed files give another model. */
static size_t try_all(const resnet_model *whole, unsigned char *bytes, size_t size, size_t n)
{
    size_t n_refused = 0, n_same = 0, n_other = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t at = choose(i, n, size);
        const unsigned char before = bytes[at];
        rn_rng rng = rn_rng_make(i, RN_RNG_SAMPLE, size, 0);
        resnet_model *model = NULL;
        bytes[at] = (unsigned char)(before + 1 + rn_rng_below(&rng, 255));
        if (resnet_model_load_memory(&model, bytes, size, NULL) != RESNET_OK) {
            n_refused++;
        } else if (same_model(whole, model)) {
            n_same++;
        } else if (n_other++ < 10) {
            printf("  byte %zu of %zu, %02x for %02x: another model\n", at, size, bytes[at],
                   before);
        }
        resnet_model_free(model);
        bytes[at] = before;
    }
    printf("%zu refused, %zu the same, %zu another model\n", n_refused, n_same, n_other);
    return n_other;
}

int main(int argc, char **argv)
{
    const size_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000;
    char path[SCRATCH_SIZE];
    size_t n_other = 0;
    resnet_model *model = make_model();
    if (!scratch_file(path)) return 1;
    for (int32_t format = RESNET_FORMAT_HDF5; format <= RESNET_FORMAT_SAFETENSORS; format++) {
        void *bytes = NULL;
        size_t size = 0;
        resnet_model *whole = NULL;
        check(resnet_model_save(model, path, format));
        check(rn_file_read(&bytes, &size, path, MAX_FILE));
        check(resnet_model_load_memory(&whole, bytes, size, NULL));
        printf("%s: ", format == RESNET_FORMAT_HDF5 ? "HDF5" : "safetensors");
        fflush(stdout);
        n_other += try_all(whole, bytes, size, n);
        resnet_model_free(whole);
        rn_free(bytes);
    }
    unlink(path);
    resnet_model_free(model);
    return n_other > 0;
}
