/* Runs a plan: stem, blocks, head. Every player executes every line and computes its parts
 * of each layer; after a failure it only keeps its appointments at the barrier.
 * SPDX-License-Identifier: MIT */
#include "dnn/activation.h"
#include "dnn/global_pool.h"
#include "dnn/linear.h"
#include "dnn/nonlinear.h"
#include "net/plan_private.h"

#include <string.h>

typedef struct player {
    const rn_plan *plan;
    const rn_plan_run *run;
    resnet_status status;
    float *trunk[2];
    float *inner[2];
    float *vector[2];
    float *strips;
} player;

static void place_buffers(player *p)
{
    float *at = p->run->activations;
    for (int i = 0; i < 2; i++, at += p->plan->trunk_count) p->trunk[i] = at;
    for (int i = 0; i < 2; i++, at += p->plan->inner_count) p->inner[i] = at;
    for (int i = 0; i < 2; i++, at += p->plan->vector_count) p->vector[i] = at;
    p->strips = at;
}

/* This player's parts: part = player, player + n_players, ... */
#define FOR_MY_PARTS(p, part)                                                                      \
    for (size_t part = (p)->run->player;                                                           \
         (p)->status == RESNET_OK && part < (p)->plan->key.n_parts; part += (p)->run->n_players)

static void show(const player *p, size_t row, const float *src, const float *dst)
{
    const rn_plan *plan = p->plan;
    const rn_observation what = {.row = row,
                                 .first_image = p->run->first_image,
                                 .n = plan->key.n,
                                 .block = rn_engine_get_channel_block(plan->engine),
                                 .in = &plan->geometry.rows[row].in,
                                 .out = &plan->geometry.rows[row].out,
                                 .input = src,
                                 .output = dst};
    p->run->observer->see(p->run->observer->context, p->run->worker, &what);
}

/* Floats of one image's map before a part's channels. */
static size_t find_offset(const rn_map *map, const rn_part *channels)
{
    return channels->first * map->h * map->w;
}

static void run_conv(player *p, size_t row, const float *src, float *dst)
{
    const rn_plan *plan = p->plan;
    if (p->status == RESNET_OK) p->status = rn_cancel_check(p->run->cancel, "the run");
    FOR_MY_PARTS(p, part)
    {
        const rn_plan_part *own = &plan->rows[row].parts[part];
        if (!own->conv) continue;
        float *to = dst + find_offset(&plan->geometry.rows[row].out, &own->channels);
        p->status =
            rn_conv_forward(own->conv, p->run->worker, to, src, rn_packed_get_weights(own->packed),
                            rn_packed_get_bias(own->packed), p->run->scratch);
    }
    if (p->run->observer && p->status == RESNET_OK) show(p, row, src, dst);
}

/* The stem's channels are cut into parts of one size. */
static void run_pooling(player *p, const float *src, float *dst)
{
    const rn_plan *plan = p->plan;
    FOR_MY_PARTS(p, part)
    {
        const rn_part *channels = &plan->rows[0].parts[part].channels;
        p->status = rn_pooling_forward(
            plan->pooling, p->run->worker, src + find_offset(&plan->geometry.rows[0].out, channels),
            dst + find_offset(&plan->geometry.stage[0], channels), NULL, p->run->scratch);
    }
}

static void meet(player *p)
{
    rn_barrier_wait(p->run->barrier);
}

static void swap(float *pair[2])
{
    float *first = pair[0];
    pair[0] = pair[1];
    pair[1] = first;
}

/* trunk[0] = the stem's output */
static void run_stem(player *p)
{
    run_conv(p, 0, p->run->images_nchw, p->trunk[1]);
    meet(p);
    run_pooling(p, p->trunk[1], p->trunk[0]);
    meet(p);
}

/* Blocks before the tap. */
static size_t count_blocks(const player *p)
{
    const rn_tap *tap = &p->run->tap;
    return tap->kind == RN_TAP_MAP ? tap->n_blocks : p->plan->net->arch->n_blocks;
}

/* trunk[0] = the output of the last block that strips run; returns how many they ran. */
static size_t run_strips(player *p)
{
    const size_t wanted = count_blocks(p);
    const size_t most = rn_arch_count_blocks(p->plan->net->arch, RN_STRIPS_LAST_STAGE);
    const rn_strips_run run = {.image_chw = p->run->images_nchw,
                               .n_blocks = wanted < most ? wanted : most,
                               .map = p->trunk[0],
                               .activations = p->strips,
                               .scratch = p->run->scratch,
                               .worker = p->run->worker,
                               .player = p->run->player,
                               .n_players = p->run->n_players,
                               .barrier = p->run->barrier,
                               .cancel = p->run->cancel};
    p->status = rn_strips_execute(p->plan->strips, &run);
    return run.n_blocks;
}

/* trunk[0] = the block's output; the sum goes onto the input itself, or onto the shortcut's output
 */
static void run_block(player *p, const rn_arch_block *block)
{
    run_conv(p, block->first, p->trunk[0], p->inner[0]);
    if (block->has_shortcut) run_conv(p, block->shortcut, p->trunk[0], p->trunk[1]);
    meet(p);
    if (block->has_shortcut) swap(p->trunk);
    for (size_t row = block->first + 1; row < block->last; row++) {
        run_conv(p, row, p->inner[0], p->inner[1]);
        meet(p);
        swap(p->inner);
    }
    run_conv(p, block->last, p->inner[0], p->trunk[0]);
    meet(p);
}

static void write_map(player *p, const rn_map *map)
{
    const size_t count = rn_map_count(map), n = p->plan->key.n;
    const rn_activation_shape shape = {.channels = map->channels,
                                       .pixels = map->h * map->w,
                                       .block = rn_engine_get_channel_block(p->plan->engine)};
    if (p->run->player != 0) return;
    if (p->run->blocked_maps) {
        memcpy(p->run->out, p->trunk[0], n * count * sizeof(float));
        return;
    }
    for (size_t i = 0; i < n; i++)
        rn_activation_to_plain(&shape, p->trunk[0] + i * count, p->run->out + i * count);
}

static void run_global_pool(player *p, float *embedding)
{
    const rn_plan *plan = p->plan;
    const rn_map *map = &plan->geometry.stage[RN_ARCH_N_STAGES - 1];
    const rn_batchnorm_shape shape = {.n = plan->key.n,
                                      .channels = map->channels,
                                      .pixels = map->h * map->w,
                                      .block = rn_engine_get_channel_block(plan->engine)};
    FOR_MY_PARTS(p, part)
    {
        const rn_part own = rn_part_range(shape.channels, shape.block, part, plan->key.n_parts);
        rn_global_pool_forward(&shape, rn_net_takes_maxima(&plan->net->settings), own.first,
                               own.first + own.count, p->trunk[0], embedding);
    }
}

static void activate_columns(const rn_arch_activation *f, float *y, const rn_linear_shape *shape,
                             size_t first, size_t last)
{
    for (size_t i = 0; i < shape->n; i++) {
        float *columns = y + i * shape->n_outputs + first;
        rn_nonlinear_forward(f, columns, columns, last - first);
    }
}

static void run_linear(player *p, size_t index, const float *x, float *y)
{
    const rn_plan *plan = p->plan;
    const rn_linear_params *linear = &plan->net->linears[index];
    const rn_linear_shape shape = {plan->key.n, linear->n_inputs, linear->n_outputs};
    FOR_MY_PARTS(p, part)
    {
        const rn_part own = rn_part_range(linear->n_outputs, 1, part, plan->key.n_parts);
        const size_t first = own.first, last = own.first + own.count;
        rn_linear_forward(&shape, first, last, x, rn_net_get_values(plan->net, linear->weight),
                          rn_net_get_values(plan->net, linear->bias), y);
        if (index + 1 < plan->net->n_linears)
            activate_columns(&plan->net->settings.activations[index], y, &shape, first, last);
    }
}

static void run_head(player *p)
{
    const size_t n_linears = p->plan->net->n_linears;
    run_global_pool(p, p->vector[0]);
    meet(p);
    for (size_t i = 0; i < n_linears; i++) {
        run_linear(p, i, p->vector[0], i + 1 < n_linears ? p->vector[1] : p->run->out);
        meet(p);
        swap(p->vector);
    }
}

resnet_status rn_plan_execute(const rn_plan *plan, const rn_plan_run *run)
{
    player p = {.plan = plan, .run = run, .status = RESNET_OK};
    size_t block = 0;
    place_buffers(&p);
    if (plan->strips)
        block = run_strips(&p);
    else
        run_stem(&p);
    for (; block < count_blocks(&p); block++) run_block(&p, &plan->net->arch->blocks[block]);
    if (run->tap.kind == RN_TAP_LOGITS)
        run_head(&p);
    else if (run->tap.kind == RN_TAP_EMBEDDING)
        run_global_pool(&p, run->out);
    else
        write_map(&p, rn_geometry_after_blocks(&plan->geometry, run->tap.n_blocks));
    return p.status;
}
