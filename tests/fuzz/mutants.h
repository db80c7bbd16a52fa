/** Files with a few bytes changed, in the same way every time. A fuzz program defines fuzz_one()
 * and ends in FUZZ_PROGRAM(); run it under a sanitiser.
 *
 *      fuzz_xxx [ROUNDS [FILE...]]     default: 100 rounds of each file of its corpus, and of those
 * in found/, in which there once was a fault
 *
 *  Built with -fsanitize=fuzzer and -DWITH_LIBFUZZER it is a libFuzzer target instead (run.sh).
 *  SPDX-License-Identifier: MIT */
#ifndef RN_TESTS_FUZZ_MUTANTS_H
#define RN_TESTS_FUZZ_MUTANTS_H

#include "core/file.h"
#include "core/mem.h"
#include "core/rng.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MUTANTS_MAX_FILE (64u << 20)

/** Whatever the bytes are, returns with nothing left behind. May change them. */
static void fuzz_one(uint8_t *bytes, size_t size);

/** Values at which sizes and counts go wrong, or any. */
static inline uint8_t mutants_pick(rn_rng *rng)
{
    static const uint8_t edges[] = {0, 1, 0x7F, 0x80, 0xFE, 0xFF};
    return rn_rng_below(rng, 2) ? edges[rn_rng_below(rng, sizeof edges)]
                                : (uint8_t)rn_rng_below(rng, 256);
}

/** Changes up to eight places; returns the size that is left. */
static inline size_t mutants_change(uint8_t *bytes, size_t size, rn_rng *rng)
{
    const uint64_t changes = 1 + rn_rng_below(rng, 8);
    for (uint64_t i = 0; i < changes && size > 8; i++) {
        const size_t at = rn_rng_below(rng, size - 7), other = rn_rng_below(rng, size - 7);
        const size_t run = 1 + rn_rng_below(rng, 8);
        const uint64_t kind = rn_rng_below(rng, 8);
        if (kind == 0)
            size = at;
        else if (kind == 1)
            memset(bytes + at, mutants_pick(rng), run);
        else if (kind == 2)
            memmove(bytes + at, bytes + other, run);
        else if (kind == 3)
            bytes[at] ^= (uint8_t)(1u << rn_rng_below(rng, 8));
        else
            bytes[at] = mutants_pick(rng);
    }
    return size;
}

/** In a block of its exact size, so that a sanitiser sees every overrun. */
static inline void mutants_hand_over(const uint8_t *bytes, size_t size)
{
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact) abort();
    memcpy(exact, bytes, size);
    fuzz_one(exact, size);
    free(exact);
}

static inline void mutants_try(const uint8_t *bytes, size_t size, uint64_t round)
{
    rn_rng rng = rn_rng_make(round, RN_RNG_SAMPLE, size, 0);
    uint8_t *copy = malloc(size + 1);
    if (!copy) abort();
    memcpy(copy, bytes, size);
    mutants_hand_over(copy, mutants_change(copy, size, &rng));
    free(copy);
}

static inline int mutants_of_file(const char *path, uint64_t rounds)
{
    void *bytes = NULL;
    size_t size = 0;
    if (rn_file_read(&bytes, &size, path, MUTANTS_MAX_FILE) != RESNET_OK) {
        fprintf(stderr, "%s\n", resnet_last_error());
        return 1;
    }
    mutants_hand_over(bytes, size); /* as it is, first */
    for (uint64_t round = 0; round < rounds; round++) mutants_try(bytes, size, round);
    rn_free(bytes);
    return 0;
}

static inline int mutants_of_folder(const char *folder, int (*is_corpus)(const struct dirent *),
                                    uint64_t rounds)
{
    struct dirent **entries = NULL;
    const int count = scandir(folder, &entries, is_corpus, alphasort);
    int failed = count <= 0;
    for (int i = 0; i < count; i++) {
        char *path = rn_format("%s/%s", folder, entries[i]->d_name);
        if (!path) abort();
        failed |= mutants_of_file(path, rounds);
        rn_free(path);
        free(entries[i]);
    }
    free(entries);
    return failed;
}

#ifdef WITH_LIBFUZZER

/** libFuzzer's bytes may not be changed, so fuzz_one() gets a copy. */
#define FUZZ_PROGRAM(folder, is_corpus)                                                            \
    int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);                                 \
    int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)                                  \
    {                                                                                              \
        uint8_t *copy = malloc(size ? size : 1);                                                   \
        if (!copy) abort();                                                                        \
        memcpy(copy, bytes, size);                                                                 \
        fuzz_one(copy, size);                                                                      \
        free(copy);                                                                                \
        return (is_corpus) ? 0 : -1;                                                               \
    }

#else

#define FUZZ_PROGRAM(folder, is_corpus)                                                            \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        return mutants_main(argc, argv, folder, is_corpus);                                        \
    }

#endif

static inline int mutants_is_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/** `is_corpus` chooses among the folder's files, as scandir()'s filter. */
static inline int mutants_main(int argc, char **argv, const char *folder,
                               int (*is_corpus)(const struct dirent *))
{
    const uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 100;
    int failed = 0;
    if (argc < 3) {
        failed = mutants_of_folder(folder, is_corpus, rounds);
        if (access(FOUND_DIR, R_OK) == 0)
            failed |= mutants_of_folder(FOUND_DIR, mutants_is_file, rounds);
        return failed;
    }
    for (int i = 2; i < argc; i++) failed |= mutants_of_file(argv[i], rounds);
    return failed;
}

#endif
