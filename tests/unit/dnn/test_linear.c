/* Fully connected layers against their definition. SPDX-License-Identifier: MIT */
#include "../draw.h"

#include "dnn/linear.h"

typedef struct layer {
    rn_linear_shape shape;
    float *x, *w, *b, *dy;
} layer;

static const rn_linear_shape SHAPES[] = {{1, 37, 1},  {3, 64, 10}, {4, 16, 7},
                                         {9, 130, 5}, {6, 256, 3}, {5, 1, 3}};
#define N_SHAPES (sizeof SHAPES / sizeof *SHAPES)

static layer make_layer(const rn_linear_shape *s)
{
    return (layer){*s, draw_floats(s->n * s->n_inputs, 1, -1, 1),
                   draw_floats(s->n_outputs * s->n_inputs, 2, -1, 1),
                   draw_floats(s->n_outputs, 3, -1, 1), draw_floats(s->n * s->n_outputs, 4, -1, 1)};
}

static void free_layer(layer *l)
{
    rn_free(l->x);
    rn_free(l->w);
    rn_free(l->b);
    rn_free(l->dy);
}

static void forward_matches(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_SHAPES; k++) {
        layer l = make_layer(&SHAPES[k]);
        const size_t n = l.shape.n, in = l.shape.n_inputs, out = l.shape.n_outputs;
        double *want = make_doubles(n * out);
        float *y = make_floats(n * out), *parts = make_floats(n * out), *alone = make_floats(out);
        for (size_t i = 0; i < n * out; i++) {
            want[i] = (double)l.b[i % out];
            for (size_t t = 0; t < in; t++)
                want[i] += (double)l.w[i % out * in + t] * (double)l.x[i / out * in + t];
        }
        rn_linear_forward(&l.shape, 0, out, l.x, l.w, l.b, y);
        assert_close("forward", y, want, n * out, 1e-6);
        rn_linear_forward(&l.shape, 0, out / 2, l.x, l.w, l.b, parts);
        rn_linear_forward(&l.shape, out / 2, out, l.x, l.w, l.b, parts);
        assert_memory_equal(parts, y, n * out * sizeof *y);
        const rn_linear_shape one = {1, in, out}; /* the same bits, however images are grouped */
        for (size_t i = 0; i < n; i++) {
            rn_linear_forward(&one, 0, out, l.x + i * in, l.w, l.b, alone);
            assert_memory_equal(alone, y + i * out, out * sizeof *y);
        }
        rn_free(want);
        rn_free(y);
        rn_free(parts);
        rn_free(alone);
        free_layer(&l);
    }
}

static void backward_matches(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_SHAPES; k++) {
        layer l = make_layer(&SHAPES[k]);
        const size_t n = l.shape.n, in = l.shape.n_inputs, out = l.shape.n_outputs;
        double *dx = make_doubles(n * in), *dw = make_doubles(out * in), *db = make_doubles(out);
        float *got_dx = draw_floats(n * in, 5, 7, 8), *got_db = draw_floats(out, 7, 7, 8);
        float *got_dw = draw_floats(out * in, 6, 7, 8);
        for (size_t i = 0; i < n; i++)
            for (size_t o = 0; o < out; o++) {
                const double g = (double)l.dy[i * out + o];
                db[o] += g;
                for (size_t t = 0; t < in; t++) {
                    dx[i * in + t] += g * (double)l.w[o * in + t];
                    dw[o * in + t] += g * (double)l.x[i * in + t];
                }
            }
        rn_linear_backward_data(&l.shape, l.dy, l.w, got_dx);
        rn_linear_backward_weights(&l.shape, 0, out / 2, l.x, l.dy, got_dw, got_db);
        rn_linear_backward_weights(&l.shape, out / 2, out, l.x, l.dy, got_dw, got_db);
        assert_close("inputs", got_dx, dx, n * in, 1e-6);
        assert_close("weights", got_dw, dw, out * in, 1e-6);
        assert_close("bias", got_db, db, out, 1e-6);
        void *const blocks[] = {dx, dw, db, got_dx, got_dw, got_db};
        for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) rn_free(blocks[i]);
        free_layer(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward_matches),
        cmocka_unit_test(backward_matches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
