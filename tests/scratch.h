/** Where tests that write whole models put them: in memory if the system has a file system there with
 *  room for a few, for one run of all tests writes some hundred. tests/cli/tap.sh does the same.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_TESTS_SCRATCH_H
#define RN_TESTS_SCRATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SCRATCH_SIZE 64 /* bytes of a path made here */
#define SCRATCH_ROOM (UINT64_C(2) << 30)

static inline const char *scratch_root(void)
{
    static const char memory[] = "/dev/shm";
    struct statvfs info;
    const bool fits = statvfs(memory, &info) == 0 &&
                      (uint64_t)info.f_bavail * info.f_frsize >= SCRATCH_ROOM &&
                      access(memory, W_OK) == 0;
    return fits ? memory : "/tmp";
}

/** A new folder; whether there is one. */
static inline bool scratch_folder(char path[SCRATCH_SIZE])
{
    snprintf(path, SCRATCH_SIZE, "%s/resnet50-test-XXXXXX", scratch_root());
    return mkdtemp(path) != NULL;
}

/** A new empty file; whether there is one. */
static inline bool scratch_file(char path[SCRATCH_SIZE])
{
    snprintf(path, SCRATCH_SIZE, "%s/resnet50-test-XXXXXX", scratch_root());
    const int fd = mkstemp(path);
    return fd >= 0 && close(fd) == 0;
}

#endif
