/** One failing allocation after another, of ours and of the libraries below, each in a process of
 * its own: the call must give what it gives with enough memory, or NOMEM; it must not crash, hang
 * or leak, and files must be whole. SPDX-License-Identifier: MIT */
#ifndef RN_TESTS_EXHAUST_H
#define RN_TESTS_EXHAUST_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Running value that stands for all that a call gave: for `start` pass what the last call
 * returned, at first EXHAUST_DIGEST. */
#define EXHAUST_DIGEST UINT64_C(0xCBF29CE484222325)
uint64_t exhaust_digest(uint64_t start, const void *bytes, size_t size);

typedef struct exhaust_case {
    const char *name;
    const void *input;                                         /* for run and is_whole */
    resnet_status (*run)(const void *input, uint64_t *digest); /* frees all that it takes */
    bool (*is_whole)(const void *input); /* whether what lies on disk is; may be NULL */
    size_t n_tries;    /* allocations that fail in the everyday run, evenly spread; 0: all */
    bool keeps_caches; /* libraries below keep blocks for later calls, so that leaks do not show */
    bool is_refused;   /* the call fails with enough memory as well */
    size_t n_rooms;    /* sizes of memory to try, from next to nothing to enough; 0: none */
} exhaust_case;

/** Runs the cases, or with arguments those whose names contain one of them.
 * RESNET50_TEST_ALLOCATIONS in the environment is the number of tries of every case in place of
 * n_tries ("all": every one). Prints what went wrong; the exit status of the program. */
int exhaust_main(int argc, char **argv, const exhaust_case *cases, size_t n_cases);

#endif
