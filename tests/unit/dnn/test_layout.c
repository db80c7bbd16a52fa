/* Layouts and moving between them. SPDX-License-Identifier: MIT */
#include "blocks.h"

#include "dnn/layout.h"

static void activations_are_what_the_engine_says(void **state)
{
    (void)state;
    const size_t dims[4] = {2, 32, 3, 5}, count = 2 * 32 * 15;
    for (size_t k = 0; k < N_BLOCKS; k++) {
        rn_engine *engine = make_engine(BLOCKS[k]);
        rn_layout *plain = NULL, *blocked = NULL, *copy = NULL;
        float *x = draw_floats(count, 1, -1, 1), *moved = make_floats(count);
        float *want = to_blocked(x, 2, (rn_activation_shape){32, 15, BLOCKS[k]});
        assert_ok(rn_layout_create_plain(&plain, engine, dims));
        assert_ok(rn_layout_create_activation(&blocked, engine, dims));
        assert_int_equal(rn_layout_get_size(blocked), count * sizeof(float));
        assert_ok(rn_layout_copy(&copy, blocked));
        assert_true(rn_layout_equal(copy, blocked));
        assert_int_equal(rn_layout_equal(plain, blocked), BLOCKS[k] == 1);
        assert_ok(rn_layout_convert(engine, 0, plain, x, blocked, moved));
        assert_memory_equal(moved, want, count * sizeof(float));
        assert_ok(rn_layout_convert(engine, 1, copy, want, plain, moved));
        assert_memory_equal(moved, x, count * sizeof(float));
        float *back = to_plain(want, 2, (rn_activation_shape){32, 15, BLOCKS[k]});
        assert_memory_equal(back, x, count * sizeof(float));
        rn_layout_free(plain);
        rn_layout_free(blocked);
        rn_layout_free(copy);
        rn_free(x);
        rn_free(moved);
        rn_free(want);
        rn_free(back);
        rn_engine_free(engine);
    }
    rn_layout_free(NULL);
    rn_reorder_free(NULL);
}

static void different_dims_do_not_fit(void **state)
{
    (void)state;
    const size_t small[4] = {1, 16, 2, 2}, large[4] = {1, 16, 2, 3};
    rn_engine *engine = make_engine(16);
    rn_layout *from = NULL, *to = NULL;
    rn_reorder *reorder = NULL;
    assert_ok(rn_layout_create_plain(&from, engine, small));
    assert_ok(rn_layout_create_plain(&to, engine, large));
    assert_false(rn_layout_equal(from, to));
    assert_fails(rn_reorder_create(&reorder, from, to), RESNET_E_BACKEND, "oneDNN");
    assert_null(reorder);
    rn_layout_free(from);
    rn_layout_free(to);
    rn_engine_free(engine);
}

static void out_of_memory(void **state)
{
    (void)state;
    const size_t dims[4] = {1, 16, 2, 2};
    rn_engine *engine = make_engine(16);
    float x[64] = {0}, y[64];
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status != RESNET_OK; k++) {
        rn_layout *plain = NULL, *blocked = NULL;
        rn_mem_fail_at(k);
        status = rn_layout_create_plain(&plain, engine, dims);
        if (status == RESNET_OK) status = rn_layout_create_activation(&blocked, engine, dims);
        if (status == RESNET_OK) status = rn_layout_convert(engine, 0, plain, x, blocked, y);
        rn_mem_fail_at(0);
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
        rn_layout_free(plain);
        rn_layout_free(blocked);
    }
    rn_engine_free(engine);
}

static void the_engine_describes_itself(void **state)
{
    (void)state;
    rn_engine *engine = NULL;
    char text[64], tiny[4];
    rn_engine_start_thread();
    assert_ok(rn_engine_create(&engine, 1));
    const size_t block = rn_engine_get_channel_block(engine);
    assert_true(block == 16 || block == 8 || block == 1);
    assert_non_null(strstr(rn_engine_describe(text, sizeof text), "oneDNN "));
    assert_int_equal(strlen(rn_engine_describe(tiny, sizeof tiny)), 3);
    rn_engine_free(engine);
    rn_engine_free(NULL);
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status != RESNET_OK; k++) {
        engine = NULL;
        rn_mem_fail_at(k);
        status = rn_engine_create(&engine, 1);
        rn_mem_fail_at(0);
        assert_true(status == RESNET_OK || status == RESNET_E_NOMEM);
        rn_engine_free(engine);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activations_are_what_the_engine_says),
        cmocka_unit_test(different_dims_do_not_fit),
        cmocka_unit_test(out_of_memory),
        cmocka_unit_test(the_engine_describes_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
