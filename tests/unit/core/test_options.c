/* Options of older, of our and of later releases. SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/options.h"

#define FIRST_SIZE 16

typedef struct options {
    uint64_t struct_size;
    int32_t a; /* of the first release, like b */
    float b;
    uint64_t c; /* appended since */
} options;

static const options DEFAULTS = {sizeof(options), 1, 2.0f, 3};

static resnet_status read_options(options *out, const void *theirs)
{
    *out = DEFAULTS;
    return rn_options_read(out, sizeof *out, FIRST_SIZE, theirs, "options");
}

static void null_means_defaults(void **state)
{
    (void)state;
    options ours;
    assert_ok(read_options(&ours, NULL));
    assert_memory_equal(&ours, &DEFAULTS, sizeof ours);
}

static void older_ones_keep_new_defaults(void **state)
{
    (void)state;
    options ours;
    const options theirs = {FIRST_SIZE, 7, 8.0f, 999};
    assert_ok(read_options(&ours, &theirs));
    assert_int_equal(ours.struct_size, sizeof ours);
    assert_int_equal(ours.a, 7);
    assert_true(ours.b == 8.0f);
    assert_int_equal(ours.c, 3);
}

static void later_ones_must_be_zero_beyond(void **state)
{
    (void)state;
    options ours;
    unsigned char theirs[sizeof(options) + 24] = {0};
    const options known = {sizeof theirs, 4, 5.0f, 6};
    memcpy(theirs, &known, sizeof known);
    assert_ok(read_options(&ours, theirs));
    assert_int_equal(ours.struct_size, sizeof ours);
    assert_int_equal(ours.c, 6);
    theirs[sizeof theirs - 1] = 1;
    assert_fails(read_options(&ours, theirs), RESNET_E_UNSUPPORTED, "options: a field of a later");
    assert_memory_equal(&ours, &DEFAULTS, sizeof ours);
}

static void sizes_nobody_wrote_are_refused(void **state)
{
    (void)state;
    options ours;
    const uint64_t sizes[] = {0,         1, FIRST_SIZE - 1, 1 << 20, UINT64_C(0xa5a5a5a5a5a5a5a5),
                              UINT64_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const options theirs = {sizes[i], 7, 8.0f, 9};
        assert_fails(read_options(&ours, &theirs), RESNET_E_INVALID, "struct_size");
        assert_memory_equal(&ours, &DEFAULTS, sizeof ours);
        unsigned char kept[sizeof(options)];
        memcpy(kept, &theirs, sizeof kept);
        assert_fails(rn_options_write(kept, (size_t)sizes[i], &DEFAULTS, sizeof DEFAULTS,
                                      FIRST_SIZE, "options"),
                     RESNET_E_INVALID, "struct_size");
        assert_memory_equal(kept, &theirs, sizeof kept);
    }
}

static void init_writes_no_more_than_there_is(void **state)
{
    (void)state;
    unsigned char theirs[sizeof(options) + 24];
    for (size_t size = FIRST_SIZE; size <= sizeof theirs; size += 8) {
        memset(theirs, 0xa5, sizeof theirs);
        assert_ok(
            rn_options_write(theirs, size, &DEFAULTS, sizeof DEFAULTS, FIRST_SIZE, "options"));
        uint64_t written;
        memcpy(&written, theirs, sizeof written);
        assert_int_equal(written, size);
        for (size_t i = sizeof(options); i < size; i++) assert_int_equal(theirs[i], 0);
        for (size_t i = size; i < sizeof theirs; i++) assert_int_equal(theirs[i], 0xa5);
        options ours = {0};
        assert_ok(rn_options_read(&ours, sizeof ours, FIRST_SIZE, theirs, "options"));
        assert_int_equal(ours.a, 1);
    }
    assert_fails(
        rn_options_write(NULL, sizeof(options), &DEFAULTS, sizeof DEFAULTS, FIRST_SIZE, "options"),
        RESNET_E_INVALID, "NULL");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_means_defaults),
        cmocka_unit_test(older_ones_keep_new_defaults),
        cmocka_unit_test(later_ones_must_be_zero_beyond),
        cmocka_unit_test(sizes_nobody_wrote_are_refused),
        cmocka_unit_test(init_writes_no_more_than_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
