/* Winograd's algorithm for one kind of vector; the file that includes this defines
 *      TARGET        the processor, as an attribute
 *      LANES, lanes  floats of a vector, and its type
 *      HAS_LANES     whether the processor at hand has them
 *      LOAD STORE SPLAT ADD SUB MUL FMA(a, b, c) = a b + c, FNMA(a, b, c) = c - a b, RELU
 *      MOST_ROWS     tiles that are multiplied at once, times two vectors of outputs: they and what
 *                    they need fill the registers
 *      EACH_ROWS(f)  f(rows) for MOST_ROWS and smaller numbers down to 1, the largest first
 * The order of each element's sums depends on nothing but the number of channels: neither on the
 * tiles around it nor on how they are grouped.
 * SPDX-License-Identifier: MIT */
#define INLINE TARGET static inline __attribute__((always_inline))
#define SIZE RN_WINOGRAD_SIZE
#define TILE RN_WINOGRAD_TILE
#define PLACES RN_WINOGRAD_PLACES

#define A ((float)RN_WINOGRAD_A)
#define B ((float)RN_WINOGRAD_B)

/* A tile of one block of channels: where it begins in x or y, which may be outside. */
typedef struct place {
    size_t image;
    ptrdiff_t row, column;
} place;

static place find_tile(const rn_winograd_job *job, size_t tile)
{
    const size_t per_image = job->tiles_h * job->tiles_w, within = tile % per_image;
    return (place){tile / per_image, (ptrdiff_t)(within / job->tiles_w * TILE),
                   (ptrdiff_t)(within % job->tiles_w * TILE)};
}

/* out = B^T d, the quotients of the product of all (x - point) by each: every `step`th of each. */
INLINE void transform_in(const lanes *d, lanes *out, size_t step)
{
    const lanes a = SPLAT(A), b = SPLAT(B), product = SPLAT(A * A * B * B);
    const lanes minus_sum = SPLAT(-(A * A + B * B)), aa = SPLAT(-A * A), bb = SPLAT(-B * B);
    const lanes even_a = FMA(bb, d[2 * step], d[4 * step]), odd_a = FMA(bb, d[step], d[3 * step]);
    const lanes even_b = FMA(aa, d[2 * step], d[4 * step]), odd_b = FMA(aa, d[step], d[3 * step]);
    out[0] = FMA(product, d[0], FMA(minus_sum, d[2 * step], d[4 * step]));
    out[step] = FMA(a, odd_a, even_a);
    out[2 * step] = FNMA(a, odd_a, even_a);
    out[3 * step] = FMA(b, odd_b, even_b);
    out[4 * step] = FNMA(b, odd_b, even_b);
    out[5 * step] = FMA(product, d[step], FMA(minus_sum, d[3 * step], d[5 * step]));
}

/* out = A^T m, the values at the points as coefficients. */
INLINE void transform_out(const lanes *m, lanes *out, size_t step)
{
    const lanes sum_a = ADD(m[step], m[2 * step]), difference_a = SUB(m[step], m[2 * step]);
    const lanes sum_b = ADD(m[3 * step], m[4 * step]), difference_b = SUB(m[3 * step], m[4 * step]);
    out[0] = ADD(m[0], ADD(sum_a, sum_b));
    out[step] = FMA(SPLAT(A), difference_a, MUL(SPLAT(B), difference_b));
    out[2 * step] = FMA(SPLAT(A * A), sum_a, MUL(SPLAT(B * B), sum_b));
    out[3 * step] =
        FMA(SPLAT(A * A * A), difference_a, FMA(SPLAT(B * B * B), difference_b, m[5 * step]));
}

/* d = the tile's 6x6 inputs of one block of channels, plane [in_h][in_w][LANES]. */
INLINE void load_tile(const rn_winograd_job *job, const float *plane, const place *at,
                      lanes d[PLACES])
{
    const ptrdiff_t h = (ptrdiff_t)job->in_h, w = (ptrdiff_t)job->in_w;
    const ptrdiff_t row = at->row - (ptrdiff_t)job->pad_h,
                    column = at->column - (ptrdiff_t)job->pad_w;
    const bool inside = row >= 0 && column >= 0 && row + SIZE <= h && column + SIZE <= w;
    if (inside) {
        for (ptrdiff_t i = 0; i < SIZE; i++)
            for (ptrdiff_t j = 0; j < SIZE; j++)
                d[i * SIZE + j] = LOAD(plane + ((row + i) * w + column + j) * LANES);
        return;
    }
    for (ptrdiff_t i = 0; i < SIZE; i++)
        for (ptrdiff_t j = 0; j < SIZE; j++) {
            const ptrdiff_t y = row + i, x = column + j;
            const bool there = y >= 0 && y < h && x >= 0 && x < w;
            d[i * SIZE + j] = there ? LOAD(plane + (y * w + x) * LANES) : SPLAT(0);
        }
}

/* x -> v [place][tile][in_channels] */
TARGET static void transform_inputs(const rn_winograd_job *job, const float *x, size_t first,
                                    size_t count, float *v)
{
    const size_t n_blocks = job->in_channels / LANES, plane = job->in_h * job->in_w * LANES;
    for (size_t t = 0; t < count; t++) {
        const place at = find_tile(job, first + t);
        for (size_t c = 0; c < n_blocks; c++) {
            lanes d[PLACES], half[PLACES];
            load_tile(job, x + (at.image * n_blocks + c) * plane, &at, d);
            for (size_t j = 0; j < SIZE; j++) transform_in(d + j, half + j, SIZE);
            for (size_t i = 0; i < SIZE; i++) transform_in(half + i * SIZE, d + i * SIZE, 1);
            float *to = v + t * job->in_channels + c * LANES;
            for (size_t p = 0; p < PLACES; p++) STORE(to + p * job->in_step, d[p]);
        }
    }
}

/* m[row][vectors] = sum over channels of v[row][channel] u[channel][vectors], for numbers of rows
 * and vectors that are constants at each call. */
INLINE void multiply_rows(const rn_winograd_job *job, const float *v, const float *u, float *m,
                          size_t rows, size_t vectors)
{
    lanes sums[MOST_ROWS][2];
    for (size_t r = 0; r < rows; r++)
        for (size_t k = 0; k < vectors; k++) sums[r][k] = SPLAT(0);
    for (size_t c = 0; c < job->in_channels; c++) {
        lanes w[2];
        for (size_t k = 0; k < vectors; k++) w[k] = LOAD(u + (c * vectors + k) * LANES);
        for (size_t r = 0; r < rows; r++) {
            const lanes in = SPLAT(v[r * job->in_channels + c]);
            for (size_t k = 0; k < vectors; k++) sums[r][k] = FMA(in, w[k], sums[r][k]);
        }
    }
    for (size_t r = 0; r < rows; r++)
        for (size_t k = 0; k < vectors; k++)
            STORE(m + r * job->out_channels + k * LANES, sums[r][k]);
}

/* One or two vectors of outputs for all tiles. */
INLINE void multiply_columns(const rn_winograd_job *job, size_t count, const float *v,
                             const float *u, float *m, size_t vectors)
{
    size_t t = 0;
#define MULTIPLY(rows)                                                                             \
    for (; t + (rows) <= count; t += (rows))                                                       \
        multiply_rows(job, v + t * job->in_channels, u, m + t * job->out_channels, rows, vectors);
    EACH_ROWS(MULTIPLY)
#undef MULTIPLY
}

/* v, u -> m [place][tile][out_channels] */
TARGET static void multiply(const rn_winograd_job *job, const float *u, size_t count,
                            const float *v, float *m)
{
    const size_t matrix = job->in_channels * job->out_channels;
    for (size_t p = 0; p < PLACES; p++, v += job->in_step, m += job->out_step) {
        size_t k = 0;
        const float *w = u + p * matrix;
        for (; k + 2 * LANES <= job->out_channels; k += 2 * LANES)
            multiply_columns(job, count, v, w + k * job->in_channels, m + k, 2);
        if (k < job->out_channels)
            multiply_columns(job, count, v, w + k * job->in_channels, m + k, 1);
    }
}

INLINE void finish(const rn_kernel_call *call, const lanes *bias, const lanes *sum, float *y)
{
    lanes value = ADD(*sum, *bias);
    if (call->sum) value = ADD(value, LOAD(y));
    if (call->relu) value = RELU(value);
    STORE(y, value);
}

/* The tile's 4x4 outputs of one block of channels, or what of them lies in the image. */
INLINE void store_tile(const rn_winograd_job *job, const rn_kernel_call *call, const place *at,
                       const lanes *bias, const lanes out[TILE * TILE], float *plane)
{
    const size_t row = (size_t)at->row, column = (size_t)at->column;
    for (size_t i = 0; i < TILE && row + i < job->out_h; i++)
        for (size_t j = 0; j < TILE && column + j < job->out_w; j++)
            finish(call, bias, &out[i * TILE + j],
                   plane + ((row + i) * job->out_w + column + j) * LANES);
}

/* m -> y */
TARGET static void transform_outputs(const rn_winograd_job *job, const rn_kernel_call *call,
                                     const float *m, size_t first, size_t count)
{
    const size_t n_blocks = job->out_channels / LANES, plane = job->out_h * job->out_w * LANES;
    for (size_t t = 0; t < count; t++) {
        const place at = find_tile(job, first + t);
        for (size_t k = 0; k < n_blocks; k++) {
            const float *from = m + t * job->out_channels + k * LANES;
            const lanes bias = call->bias ? LOAD(call->bias + k * LANES) : SPLAT(0);
            lanes d[PLACES], half[TILE * SIZE], out[TILE * TILE];
            for (size_t p = 0; p < PLACES; p++) d[p] = LOAD(from + p * job->out_step);
            for (size_t j = 0; j < SIZE; j++) transform_out(d + j, half + j, SIZE);
            for (size_t i = 0; i < TILE; i++) transform_out(half + i * SIZE, out + i * TILE, 1);
            store_tile(job, call, &at, &bias, out,
                       (float *)call->to + (at.image * n_blocks + k) * plane);
        }
    }
}

static void run(const rn_kernel_shape *shape, enum rn_kernel_pass pass, const rn_kernel_call *call)
{
    const rn_winograd_job job = rn_winograd_describe(shape, pass);
    const size_t n_tiles = job.n * job.tiles_h * job.tiles_w;
    float *v = call->scratch, *m = v + PLACES * job.in_step;
    for (size_t first = 0; first < n_tiles; first += job.chunk) {
        const size_t left = n_tiles - first, count = left < job.chunk ? left : job.chunk;
        transform_inputs(&job, call->from, first, count, v);
        multiply(&job, call->with, count, v, m);
        transform_outputs(&job, call, m, first, count);
    }
}

static bool fits(const rn_kernel_shape *shape, enum rn_kernel_pass pass)
{
    return rn_winograd_fits(shape, pass, LANES) && HAS_LANES;
}
