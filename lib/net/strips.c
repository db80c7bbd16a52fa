/* Maps of a strip are [channels / block][rows][width][block] with its own rows only. Before a 3x3
 * convolution they are copied between a row from each neighbour, or a row of zeros at the image's
 * edge; so the convolution needs no padding of rows. SPDX-License-Identifier: MIT */
#include "net/strips.h"

#include "core/mem.h"
#include "dnn/pooling.h"
#include "net/call.h"

#include <string.h>

#define MIN_ROWS 16 /* of the last stage */

/* Rows [first, last); may begin above the image or end below it. */
typedef struct range {
    ptrdiff_t first, last;
} range;

/* A convolution on a strip. */
typedef struct strip_row {
    rn_conv *conv;
    rn_packed_entry *packed;
} strip_row;

typedef struct strip {
    range image, stem;                     /* what its part of the stem's pool needs */
    range level[RN_STRIPS_LAST_STAGE + 1]; /* from 1 on: its rows of maps of that level */
    strip_row *rows;                       /* [n_rows] */
    rn_pooling *pooling;
    size_t buffers[8]; /* floats from the start of the activations, by enum buffer */
} strip;

/* INNER is written in turns: a neighbour may still be reading the last block's. */
enum buffer { IMAGE, STEM, TRUNK_0, TRUNK_1, INNER_0, INNER_1, BORDERED, MIDDLE };

struct rn_strips {
    const rn_net *net;
    const rn_engine *engine;
    const rn_geometry *geometry; /* the plan's */
    size_t n_rows;               /* of the network that strips run */
    strip_row *rows;             /* of all strips */
    bool winograd;
    enum rn_dtype dtype;
    size_t block; /* channels that lie together */
    strip strips[RN_STRIPS_COUNT];
    size_t count; /* floats of all buffers */
    size_t scratch_size;
};

bool rn_strips_worth_it(const rn_geometry *g)
{
    return g->stage[RN_STRIPS_LAST_STAGE].h >= MIN_ROWS;
}

static size_t count_convs(const rn_arch *arch)
{
    return rn_arch_count_convs(arch, rn_arch_count_blocks(arch, RN_STRIPS_LAST_STAGE));
}

static size_t count_rows(range rows)
{
    return (size_t)(rows.last - rows.first);
}

static ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b)
{
    return a < b ? a : b;
}

/* The rows that a window needs for those of its output; above and below the map there may be none.
 */
static range find_needed(range out, ptrdiff_t window, ptrdiff_t stride, ptrdiff_t border)
{
    return (range){stride * out.first - border, stride * (out.last - 1) - border + window};
}

/* Its share of the last level, and back from there to the image: what each needs of the one
 * before. */
static void cut_rows(rn_strips *s, size_t k)
{
    strip *own = &s->strips[k];
    const rn_arch_conv *stem = &s->geometry->arch->convs[0];
    const rn_map *last = &s->geometry->stage[RN_STRIPS_LAST_STAGE];
    const ptrdiff_t stride = (ptrdiff_t)rn_arch_get_stride(stem, s->net->settings.variant);
    range *level = &own->level[RN_STRIPS_LAST_STAGE];
    level->first = (ptrdiff_t)(k * last->h / RN_STRIPS_COUNT);
    level->last = (ptrdiff_t)((k + 1) * last->h / RN_STRIPS_COUNT);
    for (size_t stage = RN_STRIPS_LAST_STAGE; --stage > 0; level--) {
        level[-1].first = 2 * level->first;
        level[-1].last = smaller(2 * level->last, (ptrdiff_t)s->geometry->stage[stage].h);
    }
    own->stem = find_needed(*level, 3, 2, rn_net_pads_stem(&s->net->settings) ? 1 : 0);
    own->image = find_needed(own->stem, stem->kernel, stride, stem->kernel / 2);
}

/* A strip's rows of a map behind the stem. */
static range get_rows(const rn_strips *s, size_t k, const rn_map *map)
{
    return s->strips[k].level[map->level];
}

/* Floats of a strip's part of a map, with `more` rows. */
static size_t count_part(const rn_strips *s, size_t k, const rn_map *map, size_t more)
{
    return map->channels * (count_rows(get_rows(s, k, map)) + more) * map->w;
}

static void size_buffers(const rn_strips *s, size_t k, size_t sizes[8])
{
    const rn_geometry *g = s->geometry;
    sizes[IMAGE] = 3 * count_rows(s->strips[k].image) * g->rows[0].in.w;
    sizes[STEM] = g->rows[0].out.channels * count_rows(s->strips[k].stem) * g->rows[0].out.w;
    sizes[TRUNK_0] = count_part(s, k, &g->stage[0], 0);
    sizes[INNER_0] = sizes[BORDERED] = sizes[MIDDLE] = 0;
    for (size_t row = 1; row < s->n_rows; row++) {
        const size_t count = count_part(s, k, &g->rows[row].out, 0);
        const rn_arch_conv *conv = &g->arch->convs[row];
        const enum buffer to = conv->role == RN_ROLE_FIRST   ? INNER_0
                               : conv->role == RN_ROLE_INNER ? MIDDLE
                                                             : TRUNK_0;
        sizes[to] = rn_larger(sizes[to], count);
        if (conv->kernel > 1)
            sizes[BORDERED] = rn_larger(sizes[BORDERED], count_part(s, k, &g->rows[row].in, 2));
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
                                          .channels = s->geometry->rows[0].out.channels,
                                          .in_h = count_rows(own->stem),
                                          .in_w = s->geometry->rows[0].out.w,
                                          .padded = rn_net_pads_stem(&s->net->settings),
                                          .valid_rows = true};
    return rn_pooling_create(&own->pooling, s->engine, &settings);
}

static resnet_status create_conv(rn_strips *s, size_t k, size_t row, size_t worker)
{
    resnet_status status;
    strip *own = &s->strips[k];
    const rn_arch_conv *conv = &s->geometry->arch->convs[row];
    const rn_map *in = &s->geometry->rows[row].in;
    const bool stem = conv->role == RN_ROLE_STEM, spatial = !stem && conv->kernel > 1;
    const size_t rows = count_rows(stem ? own->image : get_rows(s, k, in));
    const rn_call call = {.conv = conv,
                          .pass = RN_CONV_INFERENCE,
                          .n = 1,
                          .out_channels = conv->out_channels,
                          .in_h = rows + (spatial ? 2 : 0),
                          .in_w = in->w,
                          .valid_rows = stem || spatial,
                          .winograd = s->winograd,
                          .dtype = s->dtype};
    const rn_conv_settings settings = rn_call_describe(&call, &s->net->settings);
    RN_TRY(rn_conv_create(&own->rows[row].conv, s->engine, &settings));
    const rn_packed_key key = {row, {0, conv->out_channels}, s->dtype};
    status = rn_packed_acquire(&own->rows[row].packed, s->net, s->engine, worker, &key,
                               rn_conv_get_weights_layout(own->rows[row].conv));
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
        for (size_t row = 0; row < s->n_rows; row++)
            s->scratch_size =
                rn_larger(s->scratch_size, rn_conv_get_scratch_size(own->rows[row].conv));
    }
}

resnet_status rn_strips_create(rn_strips **out, const rn_net *net, const rn_engine *engine,
                               rn_pool *pool, const rn_geometry *geometry, bool winograd,
                               enum rn_dtype dtype)
{
    resnet_status status;
    rn_strips *s = rn_calloc(1, sizeof *s);
    if (!s) return RESNET_E_NOMEM;
    s->net = net;
    s->engine = engine;
    s->geometry = geometry;
    s->n_rows = count_convs(geometry->arch);
    s->winograd = winograd;
    s->dtype = dtype;
    s->block = rn_engine_get_channel_block(engine);
    s->rows = rn_calloc(RN_STRIPS_COUNT * s->n_rows, sizeof *s->rows);
    if (!s->rows) {
        status = RESNET_E_NOMEM;
        goto done;
    }
    for (size_t k = 0; k < RN_STRIPS_COUNT; k++) {
        s->strips[k].rows = s->rows + k * s->n_rows;
        cut_rows(s, k);
    }
    place_buffers(s);
    RN_TRY(rn_pool_run(pool, s->n_rows, create_layer, s));
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
    for (size_t i = 0; s->rows && i < RN_STRIPS_COUNT * s->n_rows; i++) {
        rn_packed_release(s->net->packed, s->rows[i].packed);
        rn_conv_free(s->rows[i].conv);
    }
    for (size_t k = 0; k < RN_STRIPS_COUNT; k++) rn_pooling_free(s->strips[k].pooling);
    rn_free(s->rows);
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
    const strip_row *own = &p->s->strips[k].rows[row];
    if (p->status == RESNET_OK) p->status = rn_cancel_check(p->run->cancel, "the run");
    if (p->status != RESNET_OK) return;
    p->status =
        rn_conv_forward(own->conv, p->run->worker, dst, src, rn_packed_get_weights(own->packed),
                        rn_packed_get_bias(own->packed), p->run->scratch);
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
    const rn_map *in = &p->s->geometry->rows[0].in, *out = &p->s->geometry->rows[0].out;
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

/* A block's way from trunk `from` to trunk `to`, which are the same unless there is a shortcut. */
typedef struct passage {
    const rn_arch_block *block;
    int from, to, inner;
} passage;

/* Where a convolution of a block finds its input and leaves its output. */
static int get_source(const passage *way, size_t row)
{
    return row == way->block->first       ? way->from
           : row == way->block->first + 1 ? way->inner
                                          : MIDDLE;
}

static int get_target(const passage *way, size_t row)
{
    return row == way->block->last ? way->to : get_source(way, row + 1);
}

/* Rows [first, end) of the table on one strip; only the first may look at neighbours. */
static void run_rows(player *p, const passage *way, size_t k, size_t first, size_t end)
{
    const rn_geometry *g = p->s->geometry;
    for (size_t row = first; row < end; row++) {
        int source = get_source(way, row);
        if (g->arch->convs[row].kernel > 1) {
            add_borders(p, k, &g->rows[row].in, source);
            source = BORDERED;
        }
        run_conv(p, k, row, get_buffer(p, k, source), get_buffer(p, k, get_target(way, row)));
        if (row == way->block->first && way->block->has_shortcut)
            run_conv(p, k, way->block->shortcut, get_buffer(p, k, way->from),
                     get_buffer(p, k, way->to));
    }
}

/* Players meet before each convolution that needs rows of the neighbours. */
static void run_block(player *p, const passage *way)
{
    const rn_arch_conv *convs = p->s->geometry->arch->convs;
    for (size_t row = way->block->first, end; row <= way->block->last; row = end) {
        for (end = row + 1; end <= way->block->last && convs[end].kernel == 1;) end++;
        if (convs[row].kernel > 1) rn_barrier_wait(p->run->barrier);
        FOR_MY_STRIPS(p, k) run_rows(p, way, k, row, end);
    }
}

/* Own rows into the whole map. */
static void join(player *p, size_t k, int trunk)
{
    const rn_map *map = rn_geometry_after_blocks(p->s->geometry, p->run->n_blocks);
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
        if (s->geometry->arch->blocks[b].has_shortcut) trunk = trunk == TRUNK_0 ? TRUNK_1 : TRUNK_0;
        const passage way = {&s->geometry->arch->blocks[b], from, trunk, b % 2 ? INNER_1 : INNER_0};
        run_block(&p, &way);
    }
    FOR_MY_STRIPS(&p, k) join(&p, k, trunk);
    rn_barrier_wait(run->barrier);
    return p.status;
}
