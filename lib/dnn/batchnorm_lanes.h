/* The loops of batchnorm.c for one channel block, which includes this once for each block there is
 * with BLOCK and IN(name) defined. A pixel's channels are one vector: compilers given loops over
 * floats choose to vectorise along the pixels, whose sums must stay in order. Vectors go by
 * pointer, for how they are passed depends on the processor.
 * SPDX-License-Identifier: MIT */

#define lanes IN(lanes)
#define masks IN(masks)
#define doubles IN(doubles)
#define plane IN(plane)
#define add_moments IN(add_moments)
#define stats IN(stats)
#define apply IN(apply)
#define apply_sum IN(apply_sum)
#define add_gradients IN(add_gradients)
#define backward_sums IN(backward_sums)
#define backward IN(backward)
#define mask_plane IN(mask_plane)
#define add_products IN(add_products)
#define backward_residual IN(backward_residual)

typedef float lanes __attribute__((vector_size(4 * BLOCK), aligned(4), may_alias));
typedef int32_t masks __attribute__((vector_size(4 * BLOCK), aligned(4), may_alias));
typedef double doubles __attribute__((vector_size(8 * BLOCK), aligned(8), may_alias));

/* value where the comparison holds, else 0 */
#define WHERE(comparison, value) ((lanes)((comparison) & (masks)(value)))
/* NaN stays, to be seen in the loss */
#define RELU(x) WHERE(~((x) < 0), x)
#define WIDEN(x) __builtin_convertvector(x, doubles)

/* The pixels of one channel block of one image. */
RN_INLINE size_t plane(const rn_batchnorm_shape *s, size_t i, size_t cb)
{
    return (i * (s->channels / BLOCK) + cb) * s->pixels;
}

/* s1 += sum (z - origin), s2 += sum (z - origin)^2 */
RN_INLINE void add_moments(const lanes *z, size_t pixels, const lanes *origin, doubles *s1,
                           doubles *s2)
{
    for (size_t p = 0; p < pixels;) {
        lanes c1 = {0}, c2 = {0};
        for (const size_t end = chunk_end(p, pixels); p < end; p++) {
            const lanes d = z[p] - *origin;
            c1 += d;
            c2 += d * d;
        }
        *s1 += WIDEN(c1);
        *s2 += WIDEN(c2);
    }
}

/* Moments about the first value of each channel, which keeps them small, then about the mean. */
RN_INLINE void stats(const rn_batchnorm_shape *s, const float *z, double *mean, double *m2)
{
    const lanes *from = (const lanes *)z;
    const double count = (double)(s->n * s->pixels);
    for (size_t cb = 0; cb < s->channels / BLOCK; cb++) {
        const lanes origin = from[plane(s, 0, cb)];
        doubles s1 = {0}, s2 = {0};
        for (size_t i = 0; i < s->n; i++)
            add_moments(from + plane(s, i, cb), s->pixels, &origin, &s1, &s2);
        ((doubles *)mean)[cb] = WIDEN(origin) + s1 / count;
        ((doubles *)m2)[cb] = s2 - s1 * s1 / count;
    }
}

RN_INLINE void apply(const rn_batchnorm_shape *s, const float *z, const float *scale,
                     const float *shift, float *y)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t cb = 0; cb < s->channels / BLOCK; cb++) {
            const lanes a = ((const lanes *)scale)[cb], b = ((const lanes *)shift)[cb];
            const lanes *from = (const lanes *)z + plane(s, i, cb);
            lanes *to = (lanes *)y + plane(s, i, cb);
            for (size_t p = 0; p < s->pixels; p++) {
                const lanes x = from[p] * a + b;
                to[p] = RELU(x);
            }
        }
}

/* r_scale NULL: the residual as it is. */
RN_INLINE void apply_sum(const rn_batchnorm_shape *s, const float *z, const float *scale,
                         const float *shift, const float *residual, const float *r_scale,
                         const float *r_shift, float *y)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t cb = 0; cb < s->channels / BLOCK; cb++) {
            const size_t start = plane(s, i, cb);
            const lanes a = ((const lanes *)scale)[cb], b = ((const lanes *)shift)[cb];
            lanes ra = {0}, rb = {0};
            if (r_scale) ra = ((const lanes *)r_scale)[cb], rb = ((const lanes *)r_shift)[cb];
            const lanes *from = (const lanes *)z + start, *more = (const lanes *)residual + start;
            lanes *to = (lanes *)y + start;
            for (size_t p = 0; p < s->pixels; p++) {
                lanes r = more[p];
                if (r_scale) r = r * ra + rb;
                const lanes x = from[p] * a + b + r;
                to[p] = RELU(x);
            }
        }
}

/* Sums of one plane: g (z masks it) and g (z - mean). */
RN_INLINE void add_gradients(const lanes *dy, const lanes *z, size_t pixels, const lanes *scale,
                             const lanes *shift, const lanes *mean, doubles *sum_g, doubles *sum_gz)
{
    const lanes a = *scale, b = *shift, m = *mean;
    for (size_t p = 0; p < pixels;) {
        lanes c_g = {0}, c_gz = {0};
        for (const size_t end = chunk_end(p, pixels); p < end; p++) {
            const lanes g = WHERE(z[p] * a + b > 0, dy[p]);
            c_g += g;
            c_gz += g * (z[p] - m);
        }
        *sum_g += WIDEN(c_g);
        *sum_gz += WIDEN(c_gz);
    }
}

RN_INLINE void backward_sums(const rn_batchnorm_shape *s, const float *dy, const float *z,
                             const float *scale, const float *shift, const float *mean,
                             double *sum_g, double *sum_gz)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t cb = 0; cb < s->channels / BLOCK; cb++) {
            const size_t start = plane(s, i, cb);
            add_gradients((const lanes *)dy + start, (const lanes *)z + start, s->pixels,
                          (const lanes *)scale + cb, (const lanes *)shift + cb,
                          (const lanes *)mean + cb, (doubles *)sum_g + cb, (doubles *)sum_gz + cb);
        }
}

/* dz = a g + b (z - mean) + c where z masks dy; scale NULL: without the mask. */
RN_INLINE void backward(const rn_batchnorm_shape *s, const float *dy, const float *z,
                        const float *scale, const float *shift, const float *mean, const float *a,
                        const float *b, const float *c, float *dz)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t cb = 0; cb < s->channels / BLOCK; cb++) {
            const size_t start = plane(s, i, cb);
            lanes sa = {0}, sb = {0};
            if (scale) sa = ((const lanes *)scale)[cb], sb = ((const lanes *)shift)[cb];
            const lanes m = ((const lanes *)mean)[cb], ka = ((const lanes *)a)[cb];
            const lanes kb = ((const lanes *)b)[cb], kc = ((const lanes *)c)[cb];
            const lanes *from = (const lanes *)dy + start, *at = (const lanes *)z + start;
            lanes *to = (lanes *)dz + start;
            for (size_t p = 0; p < s->pixels; p++) {
                lanes g = from[p];
                if (scale) g = WHERE(at[p] * sa + sb > 0, g);
                to[p] = ka * g + kb * (at[p] - m) + kc;
            }
        }
}

/* Masks one plane and adds its sum of g. */
RN_INLINE void mask_plane(lanes *g, const lanes *other, const lanes *out, size_t pixels,
                          doubles *sum_g)
{
    for (size_t p = 0; p < pixels;) {
        lanes c_g = {0};
        for (const size_t end = chunk_end(p, pixels); p < end; p++) {
            lanes sum = g[p];
            if (other) sum += other[p];
            const lanes kept = WHERE(out[p] > 0, sum);
            g[p] = kept;
            c_g += kept;
        }
        *sum_g += WIDEN(c_g);
    }
}

/* sum_gz += sum g (z - mean) over one plane */
RN_INLINE void add_products(const lanes *g, const lanes *z, size_t pixels, const lanes *mean,
                            doubles *sum_gz)
{
    const lanes m = *mean;
    for (size_t p = 0; p < pixels;) {
        lanes c_gz = {0};
        for (const size_t end = chunk_end(p, pixels); p < end; p++) c_gz += g[p] * (z[p] - m);
        *sum_gz += WIDEN(c_gz);
    }
}

RN_INLINE void backward_residual(const rn_batchnorm_shape *s, float *g, const float *other,
                                 const float *out, double *sum_g,
                                 const rn_batchnorm_branch *branches, size_t n_branches)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t cb = 0; cb < s->channels / BLOCK; cb++) {
            const size_t start = plane(s, i, cb);
            lanes *to = (lanes *)g + start;
            mask_plane(to, other ? (const lanes *)other + start : NULL, (const lanes *)out + start,
                       s->pixels, (doubles *)sum_g + cb);
            for (size_t k = 0; k < n_branches; k++)
                add_products(to, (const lanes *)branches[k].z + start, s->pixels,
                             (const lanes *)branches[k].mean + cb,
                             (doubles *)branches[k].sum_gz + cb);
        }
}

#undef WIDEN
#undef RELU
#undef WHERE
#undef backward_residual
#undef add_products
#undef mask_plane
#undef backward
#undef backward_sums
#undef add_gradients
#undef apply_sum
#undef apply
#undef stats
#undef add_moments
#undef plane
#undef doubles
#undef masks
#undef lanes
