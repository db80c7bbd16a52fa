/* Whole files as bytes. SPDX-License-Identifier: MIT */
#include "../../scratch.h"
#include "../check.h"

#include "core/file.h"
#include "core/file_view.h"
#include "core/mem.h"

#include <fcntl.h>
#include <unistd.h>

static char path[SCRATCH_SIZE];

static int make_file(void **state)
{
    (void)state;
    return scratch_file(path) ? 0 : -1;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void shows_a_file_whole(void **state)
{
    (void)state;
    for (int may_map = 0; may_map < 2; may_map++) {
        rn_file_view view;
        assert_ok(rn_file_write(path, "viewed", 6));
        assert_ok(rn_file_view_open(&view, path, 6, may_map));
        assert_int_equal(view.is_mapped, may_map);
        assert_int_equal(view.size, 6);
        assert_memory_equal(view.data, "viewed", 6);
        rn_file_view_close(&view);
        rn_file_view_close(&view);
        assert_ok(rn_file_write(path, "", 0));
        assert_ok(rn_file_view_open(&view, path, 6, may_map));
        assert_int_equal(view.size, 0);
        rn_file_view_close(&view);
    }
}

static void refuses_what_is_no_such_file(void **state)
{
    (void)state;
    assert_ok(rn_file_write(path, "viewed", 6));
    for (int may_map = 0; may_map < 2; may_map++) {
        rn_file_view view;
        assert_fails(rn_file_view_open(&view, path, 5, may_map), RESNET_E_UNSUPPORTED,
                     "6 bytes, above the cap of 5");
        assert_fails(rn_file_view_open(&view, "/dev/null", 5, may_map), RESNET_E_IO,
                     "not a regular file");
        assert_fails(rn_file_view_open(&view, "/nonexistent/x", 5, may_map), RESNET_E_NOT_FOUND,
                     "/nonexistent/x");
    }
}

/* Another process writes the file anew, in place, while this one looks at it. */
static void a_file_that_was_read_cannot_shrink(void **state)
{
    (void)state;
    rn_file_view view;
    char *page = rn_calloc(1 << 16, 1);
    assert_non_null(page);
    memset(page, 'x', 1 << 16);
    assert_ok(rn_file_write(path, page, 1 << 16));
    assert_ok(rn_file_view_open(&view, path, 1 << 16, false));
    assert_int_equal(truncate(path, 0), 0);
    assert_memory_equal(view.data, page, 1 << 16);
    rn_file_view_close(&view);
    rn_free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_a_file_whole),
        cmocka_unit_test(refuses_what_is_no_such_file),
        cmocka_unit_test(a_file_that_was_read_cannot_shrink),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
