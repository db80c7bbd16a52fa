/* Preloaded: the allocation number RESNET50_TEST_FAIL_AT that the program itself asks for, or jansson
 * for it, and all that follow fail. SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* glibc's own names for what we stand before. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);

static atomic_ulong n_calls;
static unsigned long fail_at;

__attribute__((constructor)) static void read_wish(void)
{
    const char *text = getenv("RESNET50_TEST_FAIL_AT");
    fail_at = text ? strtoul(text, NULL, 10) : 0;
}

static int must_fail(const void *caller)
{
    Dl_info place;
    if (!fail_at || !dladdr(caller, &place) || !place.dli_fname) return 0;
    const char *slash = strrchr(place.dli_fname, '/');
    const char *name = slash ? slash + 1 : place.dli_fname;
    if (strcmp(name, "resnet50") != 0 && strncmp(name, "libjansson", 10) != 0) return 0;
    if (atomic_fetch_add(&n_calls, 1) + 1 < fail_at) return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return must_fail(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return must_fail(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}
