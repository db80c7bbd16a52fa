/* The seal of our own files: one changed byte, wherever it is, gives a refusal or the same model.
 * `test_digest POSITIONS` tries that many in each format. SPDX-License-Identifier: MIT */
#include "../../scratch.h"
#include "../arch50.h"
#include "../check.h"

#include "arch/arch.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/rng.h"
#include "store/digest.h"
#include "store/metadata.h"
#include "store/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t n_positions = 25;
static const rn_read_limits LIMITS = {0};

static void add(rn_weights *weights, const char *name, size_t n_dims, const uint64_t *dims,
                uint64_t seed)
{
    float *data = NULL;
    size_t count = 1;
    rn_rng rng = rn_rng_make(seed, RN_RNG_INIT, weights->n_tensors, 0);
    assert_ok(rn_weights_add(weights, &data, name, NULL, n_dims, dims));
    for (size_t i = 0; i < n_dims; i++) count *= dims[i];
    for (size_t i = 0; i < count; i++) { /* bits that differ from another seed's in every byte */
        const uint32_t bits = (uint32_t)rn_rng_u64(&rng) & 0x3f7f7f7fu;
        const uint32_t own = seed ? bits | 0x40808080u : bits;
        memcpy(data + i, &own, sizeof own);
    }
}

static rn_weights *make(uint64_t seed)
{
    static const uint64_t HEAD[] = {3, N_FEATURES};
    static const char *const NAMES[] = {"cat", "dog \xc3\xa9", "\"bird\""};
    rn_weights *weights = NULL;
    assert_ok(rn_weights_create(&weights, arch50()));
    for (size_t row = 0; row < arch50()->n_convs; row++) {
        const rn_arch_conv *conv = &arch50()->convs[row];
        const uint64_t dims[] = {conv->out_channels, conv->in_channels, conv->kernel, conv->kernel};
        for (int variable = 0; variable < RN_N_VARIABLES; variable++) {
            char name[RN_NAME_SIZE];
            rn_names_canonical(name, conv, (enum rn_variable)variable);
            if (variable != RN_VAR_BIAS)
                add(weights, name, variable == RN_VAR_KERNEL ? 4 : 1, dims, seed);
        }
    }
    add(weights, "fc.weight", 2, HEAD, seed);
    add(weights, "fc.bias", 1, HEAD, seed);
    rn_weights_info *info = &weights->info;
    info->variant = RESNET_VARIANT_V1_5;
    info->bn_epsilon = 1e-5f;
    info->stem_pool = RESNET_STEM_POOL_PADDED;
    assert_ok(resnet_recipe_init(&info->recipe, sizeof info->recipe, "timm"));
    info->has_recipe = true;
    info->head_pooling = RESNET_POOLING_MAX;
    info->head_dropout = 0.25f;
    info->licence = rn_strdup("CC0-1.0");
    info->provenance = rn_strdup("made by a test");
    info->class_names = rn_alloc(3, sizeof *info->class_names);
    for (size_t i = 0; i < 3; i++) info->class_names[i] = rn_strdup(NAMES[i]);
    info->n_class_names = 3;
    return weights;
}

static bool is_same(const rn_weights *a, const rn_weights *b)
{
    json_t *x = NULL, *y = NULL; /* with the checksum of all tensors */
    assert_ok(rn_metadata_encode(&x, a));
    assert_ok(rn_metadata_encode(&y, b));
    const bool same = json_equal(x, y);
    json_decref(x);
    json_decref(y);
    return same;
}

static unsigned char *write_and_read(enum rn_weights_format format, const rn_weights *weights,
                                     size_t *size)
{
    char path[SCRATCH_SIZE];
    void *bytes = NULL;
    assert_true(scratch_file(path));
    assert_ok(rn_weights_write(weights, path, format));
    assert_ok(rn_file_read(&bytes, size, path, UINT64_MAX));
    unlink(path);
    return bytes;
}

static void change(unsigned char *bytes, size_t size, size_t at, const rn_weights *weights,
                   rn_rng *rng)
{
    const unsigned char before = bytes[at];
    rn_weights *copy = NULL;
    bytes[at] ^= (unsigned char)(1 + rn_rng_below(rng, 255));
    const resnet_status status = rn_weights_read_memory(&copy, bytes, size, &LIMITS, "bytes");
    if (status == RESNET_OK && !is_same(copy, weights))
        fail_msg("byte %zu: %u instead of %u makes another model", at, bytes[at], before);
    bytes[at] = before;
    rn_weights_free(copy);
}

/* What two models that differ in every value have in common is the structure around them. */
static void check_positions(enum rn_weights_format format)
{
    rn_weights *weights = make(0), *other_weights = make(1), *copy = NULL;
    size_t size = 0, other_size = 0;
    unsigned char *bytes = write_and_read(format, weights, &size);
    unsigned char *other = write_and_read(format, other_weights, &other_size);
    size_t *structure = malloc(size * sizeof *structure), n_structure = 0;
    rn_rng rng = rn_rng_make(n_positions, RN_RNG_SAMPLE, 0, 0);
    assert_int_equal(size, other_size);
    assert_non_null(structure);
    for (size_t i = 0; i < size; i++)
        if (bytes[i] == other[i]) structure[n_structure++] = i;
    assert_in_range(n_structure, 1000, size / 100);
    assert_ok(rn_weights_read_memory(&copy, bytes, size, &LIMITS, "bytes"));
    assert_true(is_same(copy, weights));
    for (size_t i = 0; i < n_positions; i++) {
        change(bytes, size, structure[rn_rng_below(&rng, n_structure)], weights, &rng);
        if (i % 8 == 0) change(bytes, size, rn_rng_below(&rng, size), weights, &rng);
    }
    rn_weights_free(copy);
    rn_weights_free(weights);
    rn_weights_free(other_weights);
    rn_free(bytes);
    rn_free(other);
    free(structure);
}

static void guards_safetensors(void **state)
{
    (void)state;
    check_positions(RN_WEIGHTS_SAFETENSORS);
}

static void guards_hdf5(void **state)
{
    (void)state;
    check_positions(RN_WEIGHTS_HDF5);
}

/* The same length, so that all around stays as it was. */
static void rename_key(unsigned char *bytes, size_t size, const char *key)
{
    unsigned char *at = memmem(bytes, size, key, strlen(key));
    assert_non_null(at);
    at[strlen(key) - 1] ^= 1;
}

/* Without both keys a file is as those that were written before there was a checksum. HDF5 guards
 * its attributes by checksums of its own, and a layer of ours demands the checksum as well. */
static void misses_its_checksum(void **state)
{
    (void)state;
    rn_weights *weights = make(0), *copy = NULL;
    size_t size = 0;
    unsigned char *bytes = write_and_read(RN_WEIGHTS_SAFETENSORS, weights, &size);
    rename_key(bytes, size, RN_METADATA_CHECKSUM);
    assert_fails(rn_weights_read_memory(&copy, bytes, size, &LIMITS, "bytes"), RESNET_E_FORMAT,
                 "bytes: damaged: resnet50.checksum is missing");
    rename_key(bytes, size, RN_METADATA_SEALED);
    assert_ok(rn_weights_read_memory(&copy, bytes, size, &LIMITS, "bytes"));
    rn_weights_free(copy);
    rn_weights_free(weights);
    rn_free(bytes);
}

static void sees_single_words(void **state)
{
    (void)state;
    unsigned char bytes[77] = {0};
    const uint64_t before = rn_digest_bytes(1, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = 1;
        assert_true(rn_digest_bytes(1, bytes, sizeof bytes) != before);
        bytes[i] = 0;
    }
    assert_true(rn_digest_bytes(1, bytes, sizeof bytes - 1) != before);
    assert_true(rn_digest_text(1, "a") != rn_digest_text(1, "b"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sees_single_words),
        cmocka_unit_test(misses_its_checksum),
        cmocka_unit_test(guards_safetensors),
        cmocka_unit_test(guards_hdf5),
    };
    if (argc > 1) n_positions = strtoul(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
