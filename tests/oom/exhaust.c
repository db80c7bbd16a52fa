/* SPDX-License-Identifier: MIT */
#include "exhaust.h"

#include "failing_malloc.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIME_LIMIT 120 /* seconds of one try */
#define MAX_SHOWN 5    /* findings of one case */
#define SMALL_ROOM (UINT64_C(1) << 20)
#define MAX_ROOM (UINT64_C(4) << 30)

/* What a try left for us to see, in memory that both processes share. */
typedef struct outcome {
    resnet_status status;
    uint64_t digest;
    uint64_t n_allocations;
    int64_t n_left; /* blocks not given back */
    failed_allocation place;
    char message[512];
} outcome;

typedef struct tally {
    uint64_t n_tried, n_same, n_nomem, n_unchecked, n_wrong, n_rooms, n_fitting;
} tally;

uint64_t exhaust_digest(uint64_t start, const void *bytes, size_t size)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < size; i++) start = (start ^ byte[i]) * UINT64_C(0x100000001B3);
    return start;
}

static void run_once(const exhaust_case *one, uint64_t k, outcome *out)
{
    uint64_t digest = EXHAUST_DIGEST;
    const int64_t before = failing_malloc_count_live();
    failing_malloc_start(k, false, &out->place);
    out->status = one->run(one->input, &digest);
    out->n_allocations = failing_malloc_stop();
    out->n_left = failing_malloc_count_live() - before;
    out->digest = out->status == RESNET_OK ? digest : 0;
    snprintf(out->message, sizeof out->message, "%s",
             out->status == RESNET_OK ? "" : resnet_last_error());
}

static failed_allocation *crash_place;

/* Notes where, unless the allocation that failed is noted already. */
static void note_crash(int number)
{
    if (crash_place->n_frames == 0)
        crash_place->n_frames = backtrace(crash_place->frames, FAILING_MALLOC_DEPTH);
    signal(number, SIG_DFL);
    raise(number);
}

static void watch_for_crashes(failed_allocation *place)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGALRM};
    void *unused[1];
    static char stack[1 << 16]; /* the thread's own may be what could not grow */
    const stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = note_crash, .sa_flags = SA_ONSTACK};
    crash_place = place;
    backtrace(unused, 1); /* loads what it needs while there is memory */
    sigaltstack(&other, NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, NULL);
}

static void limit_room(uint64_t bytes)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%lu", &pages) != 1) abort();
    fclose(file);
    const rlim_t limit = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + bytes;
    const struct rlimit both = {limit, limit};
    if (setrlimit(RLIMIT_AS, &both) != 0) abort();
}

/* waitpid()'s status of a process that fails the k-th allocation, or (room > 0) has so many bytes
 * of address space left. */
static int try_in_child(const exhaust_case *one, uint64_t k, uint64_t room, outcome *out)
{
    int status = 0;
    memset(out, 0, sizeof *out);
    fflush(NULL);
    const pid_t child = fork();
    if (child < 0) abort();
    if (child == 0) {
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        watch_for_crashes(&out->place);
        alarm(TIME_LIMIT);
        if (!getenv("RESNET50_TEST_SHOW")) fclose(stderr); /* a library's last words */
        if (room > 0) limit_room(room);
        run_once(one, k, out);
        _exit(0);
    }
    if (waitpid(child, &status, 0) != child) abort();
    return status;
}

/* Whether the allocation that failed is one of those that oneDNN (its handles) and libwebp (tables
 * of lossless pictures) do not look at. */
static bool is_unchecked(const failed_allocation *place)
{
    for (int i = 0; i < place->n_frames; i++) {
        Dl_info info;
        if (dladdr(place->frames[i], &info) && info.dli_fname &&
            (strstr(info.dli_fname, "libdnnl") || strstr(info.dli_fname, "libwebp")))
            return true;
    }
    return false;
}

static const char *judge(const exhaust_case *one, const outcome *wanted, const outcome *got,
                         int ended)
{
    if (WIFSIGNALED(ended)) return strsignal(WTERMSIG(ended));
    if (!WIFEXITED(ended) || WEXITSTATUS(ended) != 0) return "the process ended";
    if (one->is_whole && !one->is_whole(one->input)) return "a file is not whole";
    if (!one->keeps_caches && got->n_left > wanted->n_left) return "leaks";
    if (got->status == RESNET_E_NOMEM) return got->message[0] ? NULL : "NOMEM without a message";
    if (got->status != wanted->status) return "another status";
    return got->digest == wanted->digest ? NULL : "another result, and no word";
}

static void show(const exhaust_case *one, uint64_t k, const char *what, const outcome *got)
{
    printf("  %s, allocation %" PRIu64 ": %s; %s \"%s\", %" PRId64 " blocks left\n", one->name, k,
           what, resnet_status_name(got->status), got->message, got->n_left);
    fflush(stdout);
    backtrace_symbols_fd(got->place.frames, got->place.n_frames, 1);
}

static void try_one(const exhaust_case *one, uint64_t k, const outcome *wanted, outcome *got,
                    tally *counts)
{
    const int ended = try_in_child(one, k, 0, got);
    const char *what = judge(one, wanted, got, ended);
    counts->n_tried++;
    if (!what && got->status == RESNET_E_NOMEM)
        counts->n_nomem++;
    else if (!what)
        counts->n_same++;
    else if (WIFSIGNALED(ended) && WTERMSIG(ended) == SIGSEGV && is_unchecked(&got->place))
        counts->n_unchecked++;
    else if (counts->n_wrong++ < MAX_SHOWN)
        show(one, k, what, got);
}

/* Room enough for the case, found by doubling; 0: MAX_ROOM is too little. */
static uint64_t find_room(const exhaust_case *one, const outcome *wanted, outcome *got)
{
    for (uint64_t room = SMALL_ROOM; room <= MAX_ROOM; room *= 2)
        if (try_in_child(one, 0, room, got) == 0 && got->status == wanted->status) return room;
    return 0;
}

/* The process itself runs out of memory: at ever another place, and then for good. */
static void try_rooms(const exhaust_case *one, const outcome *wanted, outcome *got, tally *counts)
{
    const uint64_t most = find_room(one, wanted, got);
    for (uint64_t i = 1; i <= one->n_rooms; i++) {
        const uint64_t room = most * i / one->n_rooms;
        const int ended = try_in_child(one, 0, room, got);
        const char *what = judge(one, wanted, got, ended);
        counts->n_rooms++;
        counts->n_fitting += !what && got->status == wanted->status;
        if (what && counts->n_wrong++ < MAX_SHOWN) show(one, 0, what, got);
    }
}

static uint64_t count_tries(const exhaust_case *one, uint64_t n_allocations)
{
    const char *wanted = getenv("RESNET50_TEST_ALLOCATIONS");
    uint64_t n = wanted && strcmp(wanted, "all") == 0 ? 0
                 : wanted                             ? strtoull(wanted, NULL, 10)
                                                      : one->n_tries;
    return n == 0 || n > n_allocations ? n_allocations : n;
}

/* Whether all tries of a case were fine. */
static bool run_case(const exhaust_case *one, outcome *shared)
{
    tally counts = {0};
    const int ended = try_in_child(one, 0, 0, shared);
    const outcome wanted = *shared;
    if (ended != 0 || wanted.status == RESNET_E_NOMEM ||
        (wanted.status != RESNET_OK) != one->is_refused ||
        (one->is_whole && !one->is_whole(one->input))) {
        show(one, 0, "fails with enough memory", &wanted);
        return false;
    }
    const uint64_t n = count_tries(one, wanted.n_allocations);
    for (uint64_t i = 0; i < n; i++)
        try_one(one, 1 + i * wanted.n_allocations / n, &wanted, shared, &counts);
    printf("%-24s %6" PRIu64 " allocations, %5" PRIu64 " failed: %5" PRIu64 " NOMEM, %5" PRIu64
           " made no difference, %" PRIu64 " unchecked below, %" PRIu64 " wrong\n",
           one->name, wanted.n_allocations, counts.n_tried, counts.n_nomem, counts.n_same,
           counts.n_unchecked, counts.n_wrong);
    if (one->n_rooms) {
        try_rooms(one, &wanted, shared, &counts);
        printf("%-24s %6" PRIu64 " sizes of memory: enough in %" PRIu64 ", %" PRIu64 " wrong\n",
               one->name, counts.n_rooms, counts.n_fitting, counts.n_wrong);
    }
    return counts.n_wrong == 0;
}

static bool is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strstr(name, argv[i])) return true;
    return argc < 2;
}

int exhaust_main(int argc, char **argv, const exhaust_case *cases, size_t n_cases)
{
    bool ok = true;
    outcome *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return 1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < n_cases; i++)
        if (is_wanted(cases[i].name, argc, argv)) ok &= run_case(&cases[i], shared);
    munmap(shared, sizeof *shared);
    return ok ? 0 : 1;
}
