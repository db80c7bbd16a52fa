/* The door to the heap. SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/mem.h"

#include <resnet/memory.h>

static void blocks_are_aligned(void **state)
{
    (void)state;
    const size_t sizes[] = {0, 1, 63, 64, 65, 1000, 5 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *block = rn_alloc(sizes[i], 1);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % RN_ALIGNMENT, 0);
        memset(block, 0xa5, sizes[i]); /* a sanitizer sees what is too small */
        rn_free(block);
    }
    rn_free(NULL);
}

static void blocks_are_counted(void **state)
{
    (void)state;
    const uint64_t before = resnet_memory_get_n_blocks();
    void *first = rn_alloc(5, 1), *second = rn_calloc(5, 1);
    assert_int_equal(resnet_memory_get_n_blocks(), before + 2);
    first = rn_realloc(first, 1000, 1);
    assert_int_equal(resnet_memory_get_n_blocks(), before + 2);
    rn_mem_fail_at(1);
    assert_null(rn_alloc(5, 1));
    rn_free(first);
    rn_free(second);
    rn_free(NULL);
    assert_int_equal(resnet_memory_get_n_blocks(), before);
}

static void zeroed_where_asked(void **state)
{
    (void)state;
    for (size_t count = 0; count < 300; count += 37) {
        uint32_t *block = rn_calloc(count, sizeof *block);
        assert_non_null(block);
        for (size_t i = 0; i < count; i++) assert_int_equal(block[i], 0);
        memset(block, 0xff, count * sizeof *block);
        rn_free(block);
    }
}

static void refuses_overflow(void **state)
{
    (void)state;
    const size_t counts[] = {SIZE_MAX, SIZE_MAX / 2 + 2, SIZE_MAX - 64, SIZE_MAX - 127};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        rn_error_set_message("");
        assert_null(rn_alloc(counts[i], 1 + i % 2));
        assert_non_null(strstr(resnet_last_error(), "out of memory"));
        assert_null(rn_calloc(counts[i], 2));
        char *kept = rn_strdup("kept");
        assert_null(rn_realloc(kept, counts[i], 2));
        assert_string_equal(kept, "kept");
        rn_free(kept);
    }
}

static void realloc_keeps_what_fits(void **state)
{
    (void)state;
    unsigned char *block = rn_realloc(NULL, 10, 1);
    for (unsigned char i = 0; i < 10; i++) block[i] = i;
    block = rn_realloc(block, 3000, 1);
    assert_int_equal((uintptr_t)block % RN_ALIGNMENT, 0);
    for (unsigned char i = 0; i < 10; i++) assert_int_equal(block[i], i);
    block = rn_realloc(block, 4, 1);
    for (unsigned char i = 0; i < 4; i++) assert_int_equal(block[i], i);
    block = rn_realloc(block, 0, 8);
    assert_non_null(block);
    rn_free(block);
}

static void makes_texts(void **state)
{
    (void)state;
    char *copy = rn_strdup("bottleneck"), *part = rn_strndup("bottleneck", 6);
    char *made = rn_format("%s %d", "layer", 4), *empty = rn_strndup("x", 0);
    assert_string_equal(copy, "bottleneck");
    assert_string_equal(part, "bottle");
    assert_string_equal(made, "layer 4");
    assert_string_equal(empty, "");
    rn_free(copy);
    rn_free(part);
    rn_free(made);
    rn_free(empty);
}

static void fails_where_told(void **state)
{
    (void)state;
    rn_mem_fail_at(2);
    void *first = rn_alloc(1, 1), *second = rn_alloc(1, 1), *third = rn_alloc(1, 1);
    assert_non_null(first);
    assert_null(second);
    assert_non_null(third);
    rn_free(first);
    rn_free(third);
    rn_mem_fail_at(1);
    rn_mem_fail_at(0);
    first = rn_strdup("disarmed");
    assert_non_null(first);
    rn_free(first);
}

static void counts_allocations(void **state)
{
    (void)state;
    const uint64_t before = rn_mem_count();
    char *text = rn_strdup("one");
    text = rn_realloc(text, 100, 1);
    rn_free(text);
    assert_int_equal(rn_mem_count(), before + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_aligned), cmocka_unit_test(zeroed_where_asked),
        cmocka_unit_test(refuses_overflow),   cmocka_unit_test(realloc_keeps_what_fits),
        cmocka_unit_test(makes_texts),        cmocka_unit_test(fails_where_told),
        cmocka_unit_test(counts_allocations), cmocka_unit_test(blocks_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
