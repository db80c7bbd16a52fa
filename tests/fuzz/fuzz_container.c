/* Weight files with a few bytes changed, in the same way every time: whatever they become, the
 * parsers must return a status and leave nothing behind (run this under a sanitiser).
 *
 *      fuzz_container [ROUNDS [FILE...]]     default: 100 rounds of each small golden file
 *
 * Bare HDF5 files are left out unless named: libhdf5 1.10 itself crashes on some damaged metadata.
 * Those cut short are test_container.c's part.
 *
 * Built with -fsanitize=fuzzer and -DWITH_LIBFUZZER it is a libFuzzer target instead.
 * SPDX-License-Identifier: MIT */
#include "core/file.h"
#include "core/mem.h"
#include "core/rng.h"
#include "store/containers.h"
#include "store/resolve.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILE (64u << 20)

static resnet_status read_tensors(const rn_raw_set *set)
{
    for (size_t i = 0; i < set->n_tensors; i++) {
        const rn_raw_tensor *tensor = &set->tensors[i];
        float *floats = rn_alloc(rn_raw_count(tensor), sizeof *floats);
        const resnet_status status = floats ? rn_raw_read(set, tensor, floats) : RESNET_E_NOMEM;
        rn_free(floats);
        if (status != RESNET_OK && status != RESNET_E_UNSUPPORTED) return status;
    }
    return RESNET_OK;
}

static void fuzz_one(const unsigned char *bytes, size_t size)
{
    rn_raw_set *set = NULL;
    rn_budget budget = rn_budget_make(RN_DEFAULT_BUDGET(size));
    rn_weights *weights = NULL;
    if (rn_container_parse(&set, bytes, size, RN_ACCEPT_ALL, &budget) == RESNET_OK &&
        read_tensors(set) == RESNET_OK && rn_raw_resolve(&weights, set, RN_AVERAGED_PREFER) == RESNET_OK)
        rn_weights_free(weights);
    rn_raw_free(set);
}

#ifdef WITH_LIBFUZZER

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    fuzz_one(bytes, size);
    return 0;
}

#else

/* Values at which sizes and counts go wrong. */
static unsigned char pick_byte(rn_rng *rng)
{
    static const unsigned char EDGES[] = {0, 1, 0x7f, 0x80, 0xfe, 0xff, '9', '-', '"', '.'};
    return rn_rng_below(rng, 2) ? EDGES[rn_rng_below(rng, sizeof EDGES)]
                                : (unsigned char)rn_rng_below(rng, 256);
}

/* Changes up to eight places of `bytes`; returns the size that is left. */
static size_t mutate(unsigned char *bytes, size_t size, rn_rng *rng)
{
    const uint64_t changes = 1 + rn_rng_below(rng, 8);
    for (uint64_t i = 0; i < changes && size > 1; i++) {
        const size_t at = rn_rng_below(rng, size);
        const size_t other = rn_rng_below(rng, size);
        const size_t run = 1 + rn_rng_below(rng, 8);
        switch (rn_rng_below(rng, 8)) {
        case 0:
            size = at;
            break;
        case 1:
            if (at + run <= size) memset(bytes + at, pick_byte(rng), run);
            break;
        case 2:
            if (at + run <= size && other + run <= size) memmove(bytes + at, bytes + other, run);
            break;
        case 3:
            bytes[at] ^= (unsigned char)(1u << rn_rng_below(rng, 8));
            break;
        default:
            bytes[at] = pick_byte(rng);
            break;
        }
    }
    return size;
}

/* The mutant lies in a block of its exact size, so that a sanitiser sees every overrun. */
static int fuzz_file(const char *path, uint64_t rounds)
{
    void *bytes = NULL;
    size_t size = 0;
    if (rn_file_read(&bytes, &size, path, MAX_FILE) != RESNET_OK) {
        fprintf(stderr, "%s\n", resnet_last_error());
        return 1;
    }
    for (uint64_t round = 0; round < rounds; round++) {
        rn_rng rng = rn_rng_make(round, RN_RNG_SAMPLE, size, 0);
        unsigned char *copy = malloc(size + 1);
        if (!copy) abort();
        memcpy(copy, bytes, size);
        const size_t left = mutate(copy, size, &rng);
        unsigned char *exact = malloc(left ? left : 1);
        if (!exact) abort();
        memcpy(exact, copy, left);
        free(copy);
        fuzz_one(exact, left);
        free(exact);
    }
    rn_free(bytes);
    return 0;
}

static int is_corpus(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && !strstr(entry->d_name, ".json") &&
           !strstr(entry->d_name, ".h5");
}

static int fuzz_goldens(uint64_t rounds)
{
    struct dirent **entries = NULL;
    const int count = scandir(GOLDEN_DIR "/store", &entries, is_corpus, alphasort);
    int failed = count <= 0;
    for (int i = 0; i < count; i++) {
        char *path = rn_format("%s/store/%s", GOLDEN_DIR, entries[i]->d_name);
        failed |= fuzz_file(path, rounds);
        rn_free(path);
        free(entries[i]);
    }
    free(entries);
    return failed;
}

int main(int argc, char **argv)
{
    const uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 100;
    int failed = 0;
    if (argc < 3) return fuzz_goldens(rounds);
    for (int i = 2; i < argc; i++) failed |= fuzz_file(argv[i], rounds);
    return failed;
}

#endif
