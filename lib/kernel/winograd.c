/* SPDX-License-Identifier: MIT */
#include "kernel/winograd.h"

#define SIZE RN_WINOGRAD_SIZE
#define PLACES RN_WINOGRAD_PLACES
#define CHUNK_BYTES ((size_t)1 << 20) /* of the scratch: a second-level cache */
#define MIN_CHUNK 28                  /* tiles; fewer do not pay for reading the weights */
/* Matrices are a line apart, or all 36 would meet in one set of the first-level cache. */
#define APART 16 /* floats */

static size_t count_tiles(size_t size)
{
    return (size + RN_WINOGRAD_TILE - 1) / RN_WINOGRAD_TILE;
}

static size_t choose_chunk(size_t channels)
{
    const size_t fit = CHUNK_BYTES / (PLACES * channels * sizeof(float));
    return fit < MIN_CHUNK ? MIN_CHUNK : fit;
}

rn_winograd_job rn_winograd_describe(const rn_kernel_shape *s, enum rn_kernel_pass pass)
{
    rn_winograd_job job = {.n = s->n,
                           .block = s->in_block,
                           .in_channels = s->in_channels,
                           .in_h = s->in_h,
                           .in_w = s->in_w,
                           .out_channels = s->out_channels,
                           .out_h = s->out_h,
                           .out_w = s->out_w,
                           .pad_h = s->pad_h,
                           .pad_w = s->pad_w};
    if (pass == RN_KERNEL_BACKWARD_DATA)
        job = (rn_winograd_job){.n = s->n,
                                .block = s->in_block,
                                .in_channels = s->out_channels,
                                .in_h = s->out_h,
                                .in_w = s->out_w,
                                .out_channels = s->in_channels,
                                .out_h = s->in_h,
                                .out_w = s->in_w,
                                .pad_h = 2 - s->pad_h,
                                .pad_w = 2 - s->pad_w};
    job.tiles_h = count_tiles(job.out_h);
    job.tiles_w = count_tiles(job.out_w);
    job.chunk = choose_chunk(job.in_channels + job.out_channels);
    job.in_step = job.chunk * job.in_channels + APART;
    job.out_step = job.chunk * job.out_channels + APART;
    return job;
}

bool rn_winograd_fits(const rn_kernel_shape *s, enum rn_kernel_pass pass, size_t block)
{
    return pass != RN_KERNEL_BACKWARD_WEIGHTS && s->size == 3 && s->stride == 1 && s->groups == 1 &&
           s->in_block == block && s->out_block == block && s->in_channels % block == 0 &&
           s->out_channels % block == 0 && s->pad_h <= 2 && s->pad_w <= 2;
}

bool rn_winograd_fits_nowhere(const rn_kernel_shape *s, enum rn_kernel_pass pass)
{
    (void)s, (void)pass;
    return false;
}

size_t rn_winograd_get_weights_size(const rn_kernel_shape *s)
{
    return PLACES * s->in_channels * s->out_channels * sizeof(float);
}

size_t rn_winograd_get_scratch_size(const rn_kernel_shape *s, enum rn_kernel_pass pass)
{
    const rn_winograd_job job = rn_winograd_describe(s, pass);
    return PLACES * (job.in_step + job.out_step) * sizeof(float);
}

/* Row p of G: (1, p, p^2) over the product of p's distances from the other points. */
static const double A = RN_WINOGRAD_A, B = RN_WINOGRAD_B;
#define ROW(p, product)                                                                            \
    {                                                                                              \
        1 / (product), (p) / (product), (p) * (p) / (product)                                      \
    }
#define A_PRODUCT (2 * A * A * (A * A - B * B))
#define B_PRODUCT (2 * B * B * (B * B - A * A))

static double evaluate(size_t row, double g0, double g1, double g2)
{
    const double rows[SIZE][3] = {ROW(0, A * A * B * B), ROW(A, A_PRODUCT),  ROW(-A, A_PRODUCT),
                                  ROW(B, B_PRODUCT),     ROW(-B, B_PRODUCT), {0, 0, 1}};
    return rows[row][0] * g0 + rows[row][1] * g1 + rows[row][2] * g2;
}

/* G g G^T */
static void transform_weights(const double g[9], double out[PLACES])
{
    double half[SIZE][3];
    for (size_t i = 0; i < SIZE; i++)
        for (size_t j = 0; j < 3; j++) half[i][j] = evaluate(i, g[j], g[3 + j], g[6 + j]);
    for (size_t i = 0; i < SIZE; i++)
        for (size_t j = 0; j < SIZE; j++)
            out[i * SIZE + j] = evaluate(j, half[i][0], half[i][1], half[i][2]);
}

/* The 3x3 that takes channel c of x to channel k of y. */
static void load_weights(double g[9], const rn_kernel_shape *s, enum rn_kernel_pass pass,
                         const float *plain, size_t k, size_t c)
{
    const bool turned = pass == RN_KERNEL_BACKWARD_DATA;
    const float *w = plain + 9 * (turned ? c * s->in_channels + k : k * s->in_channels + c);
    for (size_t i = 0; i < 9; i++) g[i] = (double)w[turned ? 8 - i : i];
}

/* Where the weight for k and c lies in each place's matrix. */
static size_t locate(const rn_winograd_job *job, size_t k, size_t c)
{
    const size_t wide = 2 * job->block, first = k / wide * wide;
    const size_t width = job->out_channels - first < wide ? job->block : wide;
    return first * job->in_channels + c * width + k % wide;
}

void rn_winograd_pack(const rn_kernel_shape *s, enum rn_kernel_pass pass, const float *plain,
                      void *packed)
{
    const rn_winograd_job job = rn_winograd_describe(s, pass);
    float *to = packed;
    for (size_t k = 0; k < job.out_channels; k++)
        for (size_t c = 0; c < job.in_channels; c++) {
            double g[9], u[PLACES];
            load_weights(g, s, pass, plain, k, c);
            transform_weights(g, u);
            for (size_t p = 0; p < PLACES; p++)
                to[p * job.in_channels * job.out_channels + locate(&job, k, c)] = (float)u[p];
        }
}
