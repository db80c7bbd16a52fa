/* Batch norm forward against its definition, and backward against finite differences of that
 * definition, in every channel block. SPDX-License-Identifier: MIT */
#include "blocks.h"

#include "dnn/batchnorm.h"
#include "naive_batchnorm.h"

#define N 3
#define CHANNELS 32
#define PIXELS 35 /* more than a chunk of the sums, and odd */
#define COUNT (N * CHANNELS * PIXELS)
#define EPSILON 1e-3

/* y = relu(bn(z) [+ residual | + bn(shortcut)]), and the loss sum(weights y). */
typedef struct scene {
    size_t block;
    bool keeps; /* stored statistics */
    float *z, *shortcut, *residual, *gamma, *beta, *gamma2, *beta2, *weights;
    double mean[2][CHANNELS], variance[2][CHANNELS]; /* of z and of shortcut */
    float scale[2][CHANNELS], shift[2][CHANNELS], mean_f[2][CHANNELS];
} scene;

static rn_batchnorm_shape shape_of(const scene *s)
{
    return (rn_batchnorm_shape){N, CHANNELS, PIXELS, s->block};
}

static rn_activation_shape activation_of(const scene *s)
{
    return (rn_activation_shape){CHANNELS, PIXELS, s->block};
}

static naive_batchnorm naive_of(const scene *s, int which)
{
    return (naive_batchnorm){.n = N,
                             .channels = CHANNELS,
                             .pixels = PIXELS,
                             .epsilon = EPSILON,
                             .stored_mean = s->keeps ? s->mean[which] : NULL,
                             .stored_variance = s->keeps ? s->variance[which] : NULL};
}

static void find_statistics(scene *s, int which, const float *z, const float *gamma,
                            const float *beta)
{
    double *wide = to_doubles(z, COUNT);
    const naive_batchnorm naive = {.n = N, .channels = CHANNELS, .pixels = PIXELS};
    for (size_t c = 0; c < CHANNELS; c++) {
        const double mean = s->keeps ? 0.25 : naive_moment(&naive, wide, c, 0, 1);
        const double variance = s->keeps ? 2 : naive_moment(&naive, wide, c, mean, 2);
        const double scale = (double)gamma[c] / sqrt(variance + EPSILON);
        s->mean[which][c] = mean;
        s->variance[which][c] = variance;
        s->mean_f[which][c] = (float)mean;
        s->scale[which][c] = (float)scale;
        s->shift[which][c] = (float)((double)beta[c] - mean * scale);
    }
    rn_free(wide);
}

static scene make_scene(size_t block, bool keeps)
{
    scene s = {.block = block, .keeps = keeps};
    s.z = draw_floats(COUNT, 1, -2, 3);
    s.shortcut = draw_floats(COUNT, 2, -1, 4);
    s.residual = draw_floats(COUNT, 3, -1, 1);
    s.gamma = draw_floats(CHANNELS, 4, -1, 2);
    s.beta = draw_floats(CHANNELS, 5, -1, 1);
    s.gamma2 = draw_floats(CHANNELS, 6, -1, 2);
    s.beta2 = draw_floats(CHANNELS, 7, -1, 1);
    s.weights = draw_floats(COUNT, 8, -1, 1);
    find_statistics(&s, 0, s.z, s.gamma, s.beta);
    find_statistics(&s, 1, s.shortcut, s.gamma2, s.beta2);
    return s;
}

static void free_scene(scene *s)
{
    float *const blocks[] = {s->z,    s->shortcut, s->residual, s->gamma,
                             s->beta, s->gamma2,   s->beta2,    s->weights};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) rn_free(blocks[i]);
}

enum { PLAIN, IDENTITY, SHORTCUT };

/* The definition, [n][channels][pixels]. */
static void naive_output(const scene *s, int kind, const double *z, const double *gamma,
                         const double *beta, const double *shortcut, double *y)
{
    const naive_batchnorm main_path = naive_of(s, 0), other = naive_of(s, 1);
    double *gamma2 = to_doubles(s->gamma2, CHANNELS), *beta2 = to_doubles(s->beta2, CHANNELS);
    for (size_t i = 0; i < COUNT; i++) y[i] = kind == IDENTITY ? (double)s->residual[i] : 0;
    naive_normalise(&main_path, z, gamma, beta, y);
    if (kind == SHORTCUT) naive_normalise(&other, shortcut, gamma2, beta2, y);
    naive_relu(y, COUNT);
    rn_free(gamma2);
    rn_free(beta2);
}

/* Everything in double, to be nudged. */
typedef struct wide_scene {
    const scene *s;
    int kind;
    double *z, *gamma, *beta, *shortcut, *y;
} wide_scene;

static wide_scene widen(const scene *s, int kind)
{
    return (wide_scene){s,
                        kind,
                        to_doubles(s->z, COUNT),
                        to_doubles(s->gamma, CHANNELS),
                        to_doubles(s->beta, CHANNELS),
                        to_doubles(s->shortcut, COUNT),
                        make_doubles(COUNT)};
}

static void free_wide(wide_scene *w)
{
    double *const blocks[] = {w->z, w->gamma, w->beta, w->shortcut, w->y};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) rn_free(blocks[i]);
}

static double loss_of(const wide_scene *w)
{
    double loss = 0;
    naive_output(w->s, w->kind, w->z, w->gamma, w->beta, w->shortcut, w->y);
    for (size_t i = 0; i < COUNT; i++) loss += (double)w->s->weights[i] * w->y[i];
    return loss;
}

static double difference(const wide_scene *w, double *value)
{
    const double step = 1e-6, kept = *value;
    *value = kept + step;
    const double above = loss_of(w);
    *value = kept - step;
    const double below = loss_of(w);
    *value = kept;
    return (above - below) / (2 * step);
}

static void forward_matches(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_BLOCKS; k++) {
        scene s = make_scene(BLOCKS[k], false);
        const rn_batchnorm_shape shape = shape_of(&s);
        float *z = to_blocked(s.z, N, activation_of(&s)), *y = make_floats(COUNT);
        float *residual = to_blocked(s.residual, N, activation_of(&s));
        float *shortcut = to_blocked(s.shortcut, N, activation_of(&s));
        for (int kind = PLAIN; kind <= SHORTCUT; kind++) {
            wide_scene w = widen(&s, kind);
            (void)loss_of(&w);
            if (kind == PLAIN)
                rn_batchnorm_apply(&shape, z, s.scale[0], s.shift[0], y);
            else if (kind == IDENTITY)
                rn_batchnorm_apply_sum(&shape, z, s.scale[0], s.shift[0], residual, NULL, NULL, y);
            else
                rn_batchnorm_apply_sum(&shape, z, s.scale[0], s.shift[0], shortcut, s.scale[1],
                                       s.shift[1], y);
            float *plain = to_plain(y, N, activation_of(&s));
            assert_close("forward", plain, w.y, COUNT, 1e-6);
            rn_free(plain);
            free_wide(&w);
        }
        rn_free(z);
        rn_free(y);
        rn_free(residual);
        rn_free(shortcut);
        free_scene(&s);
    }
}

static void moments_match(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_BLOCKS; k++) {
        scene s = make_scene(BLOCKS[k], false);
        const rn_batchnorm_shape shape = shape_of(&s);
        for (int far = 0; far < 2; far++) { /* a mean far above the deviation must not hurt */
            for (size_t i = 0; far && i < COUNT; i++) s.z[i] += 1000;
            find_statistics(&s, 0, s.z, s.gamma, s.beta);
            float *z = to_blocked(s.z, N, activation_of(&s));
            double mean[CHANNELS], m2[CHANNELS];
            rn_batchnorm_stats(&shape, z, mean, m2);
            for (size_t c = 0; c < CHANNELS; c++) {
                assert_true(fabs(mean[c] - s.mean[0][c]) < 1e-6 * (far ? 1000 : 1));
                const double variance = m2[c] / (N * PIXELS);
                assert_true(fabs(variance - s.variance[0][c]) < 1e-5 * s.variance[0][c]);
            }
            rn_free(z);
        }
        free_scene(&s);
    }
}

static void constants_have_no_variance(void **state)
{
    (void)state;
    const rn_batchnorm_shape shape = {2, 16, 50, 16};
    float z[2 * 16 * 50];
    double mean[16], m2[16];
    for (size_t i = 0; i < sizeof z / sizeof *z; i++) z[i] = 0.1f + (float)(i % 16);
    rn_batchnorm_stats(&shape, z, mean, m2);
    for (size_t c = 0; c < 16; c++) {
        assert_true(mean[c] == (double)(0.1f + (float)c));
        assert_true(m2[c] == 0);
    }
}

static void nan_is_seen(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_BLOCKS; k++) {
        const rn_batchnorm_shape shape = {1, 16, 3, BLOCKS[k]};
        float z[48] = {0}, ones[16], y[48];
        for (size_t c = 0; c < 16; c++) ones[c] = 1;
        z[7] = NAN;
        rn_batchnorm_apply(&shape, z, ones, ones, y);
        assert_true(isnan(y[7]) && y[6] == 1);
        rn_batchnorm_apply_sum(&shape, z, ones, ones, z, NULL, NULL, y);
        assert_true(isnan(y[7]) && y[6] == 1);
    }
}

/* a, b, c of rn_batchnorm_backward from its sums: on stored statistics only the first term. */
static void make_terms(const scene *s, int which, const double *sum_g, const double *sum_gz,
                       float terms[3][CHANNELS])
{
    const double count = N * PIXELS;
    for (size_t c = 0; c < CHANNELS; c++) {
        const double scale = (double)s->scale[which][c];
        const double spread = s->variance[which][c] + EPSILON;
        terms[0][c] = (float)scale;
        terms[1][c] = s->keeps ? 0 : (float)(-scale * sum_gz[c] / count / spread);
        terms[2][c] = s->keeps ? 0 : (float)(-scale * sum_g[c] / count);
    }
}

/* Against differences at every 61st value of z, which meets each channel. */
static void check_dz(const char *what, wide_scene *w, double *values, const float *blocked)
{
    float *dz = to_plain(blocked, N, activation_of(w->s));
    double want[COUNT / 61 + 1];
    float got[COUNT / 61 + 1];
    size_t n_checked = 0;
    for (size_t i = 0; i < COUNT; i += 61) {
        want[n_checked] = difference(w, &values[i]);
        got[n_checked++] = dz[i];
    }
    assert_close(what, got, want, n_checked, 1e-5);
    rn_free(dz);
}

static void check_parameters(const scene *s, wide_scene *w, const double *sum_g,
                             const double *sum_gz)
{
    float d_gamma[CHANNELS], d_beta[CHANNELS];
    double want_gamma[CHANNELS], want_beta[CHANNELS];
    for (size_t c = 0; c < CHANNELS; c++) {
        d_gamma[c] = (float)(sum_gz[c] / sqrt(s->variance[0][c] + EPSILON));
        d_beta[c] = (float)sum_g[c];
        want_gamma[c] = difference(w, &w->gamma[c]);
        want_beta[c] = difference(w, &w->beta[c]);
    }
    assert_close("gamma", d_gamma, want_gamma, CHANNELS, 1e-5);
    assert_close("beta", d_beta, want_beta, CHANNELS, 1e-5);
}

static void backward_matches(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2 * N_BLOCKS; k++) {
        scene s = make_scene(BLOCKS[k / 2], k % 2);
        const rn_batchnorm_shape shape = shape_of(&s);
        wide_scene w = widen(&s, PLAIN);
        float *z = to_blocked(s.z, N, activation_of(&s)), terms[3][CHANNELS];
        float *dy = to_blocked(s.weights, N, activation_of(&s));
        double sum_g[CHANNELS] = {0}, sum_gz[CHANNELS] = {0}; /* are added to */
        rn_batchnorm_backward_sums(&shape, dy, z, s.scale[0], s.shift[0], s.mean_f[0], sum_g,
                                   sum_gz);
        make_terms(&s, 0, sum_g, sum_gz, terms);
        rn_batchnorm_backward(&shape, dy, z, s.scale[0], s.shift[0], s.mean_f[0], terms[0],
                              terms[1], terms[2], dy);
        check_parameters(&s, &w, sum_g, sum_gz);
        check_dz("z", &w, w.z, dy);
        rn_free(z);
        rn_free(dy);
        free_wide(&w);
        free_scene(&s);
    }
}

/* Both branches of a block's end. The gradient comes as the sum of two. */
static void residual_backward_matches(void **state)
{
    (void)state;
    for (size_t k = 0; k < 4 * N_BLOCKS; k++) {
        scene s = make_scene(BLOCKS[k / 4], k % 2);
        const int kind = k & 2 ? SHORTCUT : IDENTITY;
        const bool two = kind == SHORTCUT;
        const rn_batchnorm_shape shape = shape_of(&s);
        wide_scene w = widen(&s, kind);
        (void)loss_of(&w);
        float *y = make_floats(COUNT), *half = make_floats(COUNT), terms[3][CHANNELS];
        for (size_t i = 0; i < COUNT; i++) {
            y[i] = (float)w.y[i];
            half[i] = s.weights[i] / 2;
        }
        float *z = to_blocked(s.z, N, activation_of(&s)),
              *out = to_blocked(y, N, activation_of(&s));
        float *shortcut = to_blocked(s.shortcut, N, activation_of(&s));
        float *g = to_blocked(two ? s.weights : half, N, activation_of(&s));
        float *other = to_blocked(half, N, activation_of(&s)), *dz = make_floats(COUNT);
        double sum_g[CHANNELS] = {0}, sum_gz[2][CHANNELS] = {{0}};
        const rn_batchnorm_branch branches[2] = {{z, s.mean_f[0], sum_gz[0]},
                                                 {shortcut, s.mean_f[1], sum_gz[1]}};
        rn_batchnorm_backward_residual(&shape, g, two ? NULL : other, out, sum_g, branches,
                                       two ? 2 : 1);
        check_parameters(&s, &w, sum_g, sum_gz[0]);
        make_terms(&s, 0, sum_g, sum_gz[0], terms);
        rn_batchnorm_backward(&shape, g, z, NULL, NULL, s.mean_f[0], terms[0], terms[1], terms[2],
                              dz);
        check_dz("z", &w, w.z, dz);
        if (two) {
            make_terms(&s, 1, sum_g, sum_gz[1], terms);
            rn_batchnorm_backward(&shape, g, shortcut, NULL, NULL, s.mean_f[1], terms[0], terms[1],
                                  terms[2], dz);
            check_dz("shortcut", &w, w.shortcut, dz);
        }
        float *const blocks[] = {y, half, z, out, shortcut, g, other, dz};
        for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) rn_free(blocks[i]);
        free_wide(&w);
        free_scene(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward_matches),  cmocka_unit_test(moments_match),
        cmocka_unit_test(nan_is_seen),      cmocka_unit_test(constants_have_no_variance),
        cmocka_unit_test(backward_matches), cmocka_unit_test(residual_backward_matches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
