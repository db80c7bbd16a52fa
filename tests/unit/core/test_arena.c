/* Arrays side by side in one block. SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/arena.h"
#include "core/mem.h"

typedef struct arrays {
    size_t n_floats, n_bytes;
    float *floats;
    char *bytes;
    double *doubles;
} arrays;

static void carve(void *context, rn_arena *arena)
{
    arrays *a = context;
    a->floats = rn_arena_take(arena, a->n_floats, sizeof *a->floats);
    a->bytes = rn_arena_take(arena, a->n_bytes, 1);
    a->doubles = rn_arena_take(arena, 3, sizeof *a->doubles);
}

static void check_apart(const arrays *a, const rn_arena *arena)
{
    assert_true((char *)(a->floats + a->n_floats) <= a->bytes);
    assert_true(a->bytes + a->n_bytes <= (char *)a->doubles);
    assert_true((char *)(a->doubles + 3) <= arena->base + arena->size);
    assert_int_equal((uintptr_t)a->floats % RN_ALIGNMENT, 0);
    assert_int_equal((uintptr_t)a->bytes % RN_ALIGNMENT, 0);
    assert_int_equal((uintptr_t)a->doubles % RN_ALIGNMENT, 0);
}

static void arrays_lie_apart(void **state)
{
    (void)state;
    rn_arena arena = {.base = NULL};
    for (size_t n = 0; n < 40; n++) {
        arrays a = {.n_floats = n, .n_bytes = 2 * n + 1};
        assert_ok(rn_arena_make(&arena, carve, &a)); /* in place of the one before */
        check_apart(&a, &arena);
        memset(arena.base, 1, arena.size);
    }
    rn_arena_clear(&arena);
    rn_arena_clear(&arena);
    assert_null(arena.base);
}

static void without_memory_there_is_nothing(void **state)
{
    (void)state;
    rn_arena arena = {.base = NULL};
    arrays a = {.n_floats = 10, .n_bytes = 10};
    assert_ok(rn_arena_make(&arena, carve, &a));
    rn_mem_fail_at(1);
    assert_fails(rn_arena_make(&arena, carve, &a), RESNET_E_NOMEM, "out of memory");
    rn_mem_fail_at(0);
    assert_true(!arena.base && !a.floats && !a.bytes && !a.doubles);
    const size_t too_many[] = {SIZE_MAX, SIZE_MAX / 4, SIZE_MAX / 4 - 8, SIZE_MAX / 8};
    for (size_t k = 0; k < sizeof too_many / sizeof *too_many; k++) {
        a.n_floats = a.n_bytes = too_many[k];
        assert_fails(rn_arena_make(&arena, carve, &a), RESNET_E_NOMEM, "out of memory");
    }
    rn_arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_lie_apart),
        cmocka_unit_test(without_memory_there_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
