/* SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/dtype.h"

static const struct {
    enum rn_dtype dtype;
    const char *name;
    size_t size;
    bool is_float;
} KNOWN[] = {
    {RN_DTYPE_F32, "F32", 4, true},  {RN_DTYPE_F64, "F64", 8, true},
    {RN_DTYPE_F16, "F16", 2, true},  {RN_DTYPE_BF16, "BF16", 2, true},
    {RN_DTYPE_U8, "U8", 1, false},   {RN_DTYPE_S8, "I8", 1, false},
    {RN_DTYPE_S32, "I32", 4, false},
};
#define N_KNOWN (sizeof KNOWN / sizeof *KNOWN)

static void names_and_sizes(void **state)
{
    (void)state;
    assert_int_equal(N_KNOWN, RN_DTYPE_OTHER);
    for (size_t i = 0; i < N_KNOWN; i++) {
        assert_string_equal(rn_dtype_name(KNOWN[i].dtype), KNOWN[i].name);
        assert_int_equal(rn_dtype_find(KNOWN[i].name), KNOWN[i].dtype);
        assert_int_equal(rn_dtype_size(KNOWN[i].dtype), KNOWN[i].size);
        assert_int_equal(rn_dtype_is_float(KNOWN[i].dtype), KNOWN[i].is_float);
    }
}

static void the_rest_is_other(void **state)
{
    (void)state;
    const char *const others[] = {"", "f32", "I64", "F8_E4M3", "F32 ", "BOOL"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(rn_dtype_find(others[i]), RN_DTYPE_OTHER);
    assert_int_equal(rn_dtype_size(RN_DTYPE_OTHER), 0);
    assert_false(rn_dtype_is_float(RN_DTYPE_OTHER));
}

/* Little-endian, as the files and the processors have it; bytes at odd addresses. */
static void loads(void **state)
{
    (void)state;
    const struct {
        enum rn_dtype dtype;
        unsigned char bytes[9]; /* the first is skipped */
        float want;
    } cases[] = {
        {RN_DTYPE_F32, {0, 0, 0, 0xC0, 0x3F}, 1.5f},
        {RN_DTYPE_F64, {0, 0, 0, 0, 0, 0, 0, 4, 0xC0}, -2.5f},
        {RN_DTYPE_F16, {0, 0, 0x3E}, 1.5f},
        {RN_DTYPE_F16, {0, 1, 0x80}, -0x1p-24f},
        {RN_DTYPE_F16, {0, 0, 0x7C}, INFINITY},
        {RN_DTYPE_BF16, {0, 0xC0, 0xBF}, -1.5f},
        {RN_DTYPE_U8, {0, 0xFF}, 255},
        {RN_DTYPE_S8, {0, 0x80}, -128},
        {RN_DTYPE_S32, {0, 0xFE, 0xFF, 0xFF, 0xFF}, -2},
        {RN_DTYPE_OTHER, {0, 7}, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(rn_dtype_load(cases[i].bytes + 1, cases[i].dtype) == cases[i].want);
    assert_true(isnan(rn_dtype_load("\x01\x7C", RN_DTYPE_F16)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_sizes),
        cmocka_unit_test(the_rest_is_other),
        cmocka_unit_test(loads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
