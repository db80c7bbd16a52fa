/* Maps of a strip are [channels / block][rows][width][block] with its own rows only. Before a 3x3
 * convolution they are copied between a row from each neighbour, or a row of zeros at the image's
 * edge; so the convolution needs no padding of rows. SPDX-License-Identifier: MIT */
#include "net/strips.h"

#include "core/mem.h"
#include "dnn/pooling.h"
#include "net/call.h"

#include <string.h>

#define N_BLOCKS 7  /* of stages 1 and 2 */
#define N_CONVS 24  /* theirs and the stem */
#define MIN_ROWS 16 /* of the last stage */

/* Rows [first, last); may begin above the image or end below it. */
typedef struct range {
    ptrdiff_t first, last;
} range;

typedef struct strip {
    range image, stem; /* what its part of the stem's pool needs */
    range stage[3];    /* 1 and 2: its rows of the stage's maps */
    rn_conv *convs[N_CONVS];
    rn_packed_entry *packed[N_CONVS];
    rn_pooling *pooling;
    size_t buffers[8]; /* floats from the start of the activations, by enum buffer */
} strip;

/* INNER is written in turns: a neighbour may still be reading the last block's. */
enum buffer { IMAGE, STEM, TRUNK_0, TRUNK_1, INNER_0, INNER_1, BORDERED, MIDDLE };

struct rn_strips {
    const rn_net *net;
    const rn_engine *engine;
    rn_geometry geometry;
    bool winograd;
    size_t block; /* channels that lie together */
    strip strips[RN_STRIPS_COUNT];
    size_t count; /* floats of all buffers */
    size_t scratch_size;
};

bool rn_strips_worth_it(const rn_geometry *g)
{
    return g->stage[RN_STRIPS_LAST_STAGE].h >= MIN_ROWS;
}

static size_t count_rows(range rows)
{
    return (size_t)(rows.last - rows.first);
}

static ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b)
{
    return a < b ? a : b;
}

/* From the last stage back to the image: what each needs of the one before. */
static void cut_rows(rn_strips *s, size_t k)
{
    strip *own = &s->strips[k];
    const rn_map *last = &s->geometry.stage[2], *before = &s->geometry.stage[1];
    const ptrdiff_t border = s->net->settings.stem_pool_padded ? 1 : 0;
    own->stage[2].first = (ptrdiff_t)(k * last->h / RN_STRIPS_COUNT);
    own->stage[2].last = (ptrdiff_t)((k + 1) * last->h / RN_STRIPS_COUNT);
    own->stage[1].first = 2 * own->stage[2].first;
    own->stage[1].last = smaller(2 * own->stage[2].last, (ptrdiff_t)before->h);
    own->stem.first = 2 * own->stage[1].first - border;
    own->stem.last = 2 * (own->stage[1].last - 1) - border + 3;
    own->image.first = 2 * own->stem.first - 3;
    own->image.last = 2 * (own->stem.last - 1) + 4;
}

/* A strip's rows of a map that is as high as this one. */
static range get_rows(const rn_strips *s, size_t k, const rn_map *map)
{
    return s->strips[k].stage[map->h == s->geometry.stage[1].h ? 1 : 2];
}

/* Floats of a strip's part of a map, with `more` rows. */
static size_t count_part(const rn_strips *s, size_t k, const rn_map *map, size_t more)
{
    return map->channels * (count_rows(get_rows(s, k, map)) + more) * map->w;
}

static void size_buffers(const rn_strips *s, size_t k, size_t sizes[8])
{
    const rn_geometry *g = &s->geometry;
    sizes[IMAGE] = 3 * count_rows(s->strips[k].image) * g->in[0].w;
    sizes[STEM] = g->out[0].channels * count_rows(s->strips[k].stem) * g->out[0].w;
    sizes[TRUNK_0] = count_part(s, k, &g->stage[0], 0);
    sizes[INNER_0] = sizes[BORDERED] = sizes[MIDDLE] = 0;
    for (size_t row = 1; row < N_CONVS; row++) {
        const size_t count = count_part(s, k, &g->out[row], 0);
        const enum rn_arch_role role = (enum rn_arch_role)RN_ARCH_CONVS[row].role;
        const enum buffer to = role == RN_ROLE_REDUCE    ? INNER_0
                               : role == RN_ROLE_SPATIAL ? MIDDLE
                                                         : TRUNK_0;
        sizes[to] = rn_larger(sizes[to], count);
        if (role == RN_ROLE_SPATIAL)
            sizes[BORDERED] = rn_larger(sizes[BORDERED], count_part(s, k, &g->in[row], 2));
    }
    sizes[TRUNK_1] = sizes[TRUNK_0];
    sizes[INNER_1] = sizes[INNER_0];
}

static void place_buffers(rn_strips *s)
{
    for (size_t k = 0; k < RN_STRIPS_COUNT; k++) {
        size_t sizes[8];
        size_buffers(s, k, sizes);
        for (int b = 0; b < 8; b++) {
            s->strips[k].buffers[b] = s->count;
            s->count += rn_align_floats(sizes[b]);
        }
    }
}

static resnet_status create_pooling(rn_strips *s, strip *own)
{
    const rn_pooling_settings settings = {.n = 1,
                                          .channels = s->geometry.out[0].channels,
                                          .in_h = count_rows(own->stem),
                                          .in_w = s->geometry.out[0].w,
                                          .padded = s->net->settings.stem_pool_padded,
                                          .valid_rows = true};
    return rn_pooling_create(&own->pooling, s->engine, &settings);
}

static resnet_status create_conv(rn_strips *s, size_t k, size_t row, size_t worker)
{
    resnet_status status;
    strip *own = &s->strips[k];
    const rn_arch_conv *conv = &RN_ARCH_CONVS[row];
    const rn_map *in = &s->geometry.in[row];
    const bool stem = conv->role == RN_ROLE_STEM, spatial = conv->role == RN_ROLE_SPATIAL;
    const size_t rows = count_rows(stem ? own->image : get_rows(s, k, in));
    const rn_call call = {.conv = conv,
                          .pass = RN_CONV_INFERENCE,
                          .n = 1,
                          .out_channels = conv->out_channels,
                          .in_h = rows + (spatial ? 2 : 0),
                          .in_w = in->w,
                          .valid_rows = stem || spatial,
                          .winograd = s->winograd};
    const rn_conv_settings settings = rn_call_describe(&call, &s->net->settings);
    RN_TRY(rn_conv_create(&own->convs[row], s->engine, &settings));
    status = rn_packed_acquire(&own->packed[row], s->net, s->engine, worker, row, 0, 1,
                               rn_conv_get_weights_layout(own->convs[row]));
done:
    return status;
}

/* A task a convolution, for all strips, so that they find each other's packed weights. */
static resnet_status create_layer(void *context, size_t row, size_t worker)
{
    resnet_status status = RESNET_OK;
    rn_strips *s = context;
    for (size_t k = 0; k < RN_STRIPS_COUNT; k++) {
        if (row == 0) RN_TRY(create_pooling(s, &s->strips[k]));
        RN_TRY(create_conv(s, k, row, worker));
    }
done:
    return status;
}

static void find_scratch_size(rn_strips *s)
{
    for (size_t k = 0; k < RN_STRIPS_COUNT; k++) {
        const strip *own = &s->strips[k];
        s->scratch_size = rn_larger(s->scratch_size, rn_pooling_get_scratch_size(own->pooling));
        for (size_t row = 0; row < N_CONVS; row++)
            s->scratch_size = rn_larger(s->scratch_size, rn_conv_get_scratch_size(own->convs[row]));
    }
}

resnet_status rn_strips_create(rn_strips **out, const rn_net *net, const rn_engine *engine,
                               rn_pool *pool, const rn_geometry *geometry, bool winograd)
{
    resnet_status status;
    rn_strips *s = rn_calloc(1, sizeof *s);
    if (!s) return RESNET_E_NOMEM;
    s->net = net;
    s->engine = engine;
    s->geometry = *geometry;
    s->winograd = winograd;
    s->block = rn_engine_get_channel_block(engine);
    for (size_t k = 0; k < RN_STRIPS_COUNT; k++) cut_rows(s, k);
    place_buffers(s);
    RN_TRY(rn_pool_run(pool, N_CONVS, create_layer, s));
    find_scratch_size(s);
    *out = s;
    return RESNET_OK;
done:
    rn_strips_free(s);
    return status;
}

void rn_strips_free(rn_strips *s)
{
    if (!s) return;
    for (size_t k = 0; k < RN_STRIPS_COUNT; k++) {
        for (size_t row = 0; row < N_CONVS; row++) {
            rn_packed_release(s->net->packed, s->strips[k].packed[row]);
            rn_conv_free(s->strips[k].convs[row]);
        }
        rn_pooling_free(s->strips[k].pooling);
    }
    rn_free(s);
}

size_t rn_strips_count_activations(const rn_strips *s)
{
    return s->count;
}

size_t rn_strips_get_scratch_size(const rn_strips *s)
{
    return s->scratch_size;
}

/* A player at work. */
typedef struct player {
    const rn_strips *s;
    const rn_strips_run *run;
    resnet_status status;
} player;

static float *get_buffer(const player *p, size_t k, int buffer)
{
    return p->run->activations + p->s->strips[k].buffers[buffer];
}

static void run_conv(player *p, size_t k, size_t row, const float *src, float *dst)
{
    const strip *own = &p->s->strips[k];
    if (p->status == RESNET_OK) p->status = rn_cancel_check(p->run->cancel, "the run");
    if (p->status != RESNET_OK) return;
    p->status = rn_conv_forward(own->convs[row], p->run->worker, dst, src,
                                rn_packed_get_weights(own->packed[row]),
                                rn_packed_get_bias(own->packed[row]), p->run->scratch);
}

/* n_planes planes of `rows` from one with height `height`; rows outside it are zero. */
static void copy_rows(float *to, range rows, const float *from, size_t height, size_t n_planes,
                      size_t row_count)
{
    for (size_t plane = 0; plane < n_planes; plane++)
        for (ptrdiff_t r = rows.first; r < rows.last; r++, to += row_count) {
            if (r < 0 || r >= (ptrdiff_t)height)
                memset(to, 0, row_count * sizeof *to);
            else
                memcpy(to, from + (plane * height + (size_t)r) * row_count, row_count * sizeof *to);
        }
}

/* The pool's padding is 0 behind a ReLU, so rows that the map does not have become 0. */
static void clear_outside(float *map, range rows, size_t height, size_t n_planes, size_t row_count)
{
    for (size_t plane = 0; plane < n_planes; plane++)
        for (ptrdiff_t r = rows.first; r < rows.last; r++, map += row_count)
            if (r < 0 || r >= (ptrdiff_t)height) memset(map, 0, row_count * sizeof *map);
}

static void run_stem(player *p, size_t k)
{
    const strip *own = &p->s->strips[k];
    const rn_map *in = &p->s->geometry.in[0], *out = &p->s->geometry.out[0];
    float *image = get_buffer(p, k, IMAGE), *stem = get_buffer(p, k, STEM);
    copy_rows(image, own->image, p->run->image_chw, in->h, in->channels, in->w);
    run_conv(p, k, 0, image, stem);
    clear_outside(stem, own->stem, out->h, out->channels / p->s->block, out->w * p->s->block);
    if (p->status != RESNET_OK) return;
    p->status = rn_pooling_forward(own->pooling, p->run->worker, stem, get_buffer(p, k, TRUNK_0),
                                   NULL, p->run->scratch);
}

/* One row of a neighbour's map, or zeros, into a bordered map. */
static void copy_border(float *to, const float *row, size_t count)
{
    if (row)
        memcpy(to, row, count * sizeof *to);
    else
        memset(to, 0, count * sizeof *to);
}

/* Own rows of the map between those of the neighbours. */
static void add_borders(player *p, size_t k, const rn_map *map, int buffer)
{
    const size_t rows = count_rows(get_rows(p->s, k, map)), count = map->w * p->s->block;
    const size_t above = k > 0 ? count_rows(get_rows(p->s, k - 1, map)) : 0;
    const size_t below = k + 1 < RN_STRIPS_COUNT ? count_rows(get_rows(p->s, k + 1, map)) : 0;
    float *to = get_buffer(p, k, BORDERED);
    for (size_t plane = 0; plane < map->channels / p->s->block; plane++) {
        const float *own = get_buffer(p, k, buffer) + plane * rows * count;
        copy_border(to,
                    above ? get_buffer(p, k - 1, buffer) + ((plane + 1) * above - 1) * count : NULL,
                    count);
        memcpy(to + count, own, rows * count * sizeof *to);
        copy_border(to + (rows + 1) * count,
                    below ? get_buffer(p, k + 1, buffer) + plane * below * count : NULL, count);
        to += (rows + 2) * count;
    }
}

#define FOR_MY_STRIPS(p, k)                                                                        \
    for (size_t k = (p)->run->player; k < RN_STRIPS_COUNT; k += (p)->run->n_players)

/* From trunk `from` to trunk `to`, which are the same unless there is a shortcut. */
static void run_block(player *p, size_t index, int from, int to)
{
    const rn_arch_block block = rn_arch_get_block(index);
    const int inner = index % 2 ? INNER_1 : INNER_0;
    FOR_MY_STRIPS(p, k)
    {
        run_conv(p, k, block.reduce, get_buffer(p, k, from), get_buffer(p, k, inner));
        if (block.has_shortcut)
            run_conv(p, k, block.shortcut, get_buffer(p, k, from), get_buffer(p, k, to));
    }
    rn_barrier_wait(p->run->barrier);
    FOR_MY_STRIPS(p, k)
    {
        add_borders(p, k, &p->s->geometry.in[block.spatial], inner);
        run_conv(p, k, block.spatial, get_buffer(p, k, BORDERED), get_buffer(p, k, MIDDLE));
        run_conv(p, k, block.expand, get_buffer(p, k, MIDDLE), get_buffer(p, k, to));
    }
}

/* Own rows into the whole map. */
static void join(player *p, size_t k, int trunk)
{
    const rn_map *map = rn_geometry_after_blocks(&p->s->geometry, p->run->n_blocks);
    const range rows = get_rows(p->s, k, map);
    const size_t count = map->w * p->s->block, own = count_rows(rows);
    for (size_t plane = 0; plane < map->channels / p->s->block; plane++)
        memcpy(p->run->map + (plane * map->h + (size_t)rows.first) * count,
               get_buffer(p, k, trunk) + plane * own * count, own * count * sizeof(float));
}

resnet_status rn_strips_execute(const rn_strips *s, const rn_strips_run *run)
{
    player p = {s, run, RESNET_OK};
    int trunk = TRUNK_0;
    FOR_MY_STRIPS(&p, k) run_stem(&p, k);
    for (size_t b = 0; b < run->n_blocks; b++) {
        const int from = trunk;
        if (rn_arch_get_block(b).has_shortcut) trunk = trunk == TRUNK_0 ? TRUNK_1 : TRUNK_0;
        run_block(&p, b, from, trunk);
    }
    FOR_MY_STRIPS(&p, k) join(&p, k, trunk);
    rn_barrier_wait(run->barrier);
    return p.status;
}
