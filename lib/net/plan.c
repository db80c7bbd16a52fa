/* SPDX-License-Identifier: MIT */
#include "net/plan.h"

#include "core/mem.h"
#include "dnn/pooling.h"
#include "net/call.h"

#include "net/plan_private.h"

/* The trunk's two buffers take turns; a block's inner maps have their own two. */
static void size_buffers(rn_plan *plan)
{
    const rn_geometry *g = &plan->geometry;
    size_t trunk = rn_larger(rn_map_count(&g->rows[0].out), rn_map_count(&g->stage[0])), inner = 0;
    for (size_t row = 1; row < g->arch->n_convs; row++) {
        const size_t count = rn_map_count(&g->rows[row].out);
        if (rn_arch_meets_sum(&g->arch->convs[row]))
            trunk = rn_larger(trunk, count);
        else
            inner = rn_larger(inner, count);
    }
    plan->trunk_count = rn_align_floats(trunk * plan->key.n);
    plan->inner_count = rn_align_floats(inner * plan->key.n);
    size_t vector = g->arch->n_features;
    for (size_t i = 0; i < plan->net->n_linears; i++)
        vector = rn_larger(vector, plan->net->linears[i].n_outputs);
    plan->vector_count = rn_align_floats(vector * plan->key.n);
}

size_t rn_plan_count_activations(const rn_plan *plan)
{
    const size_t strips = plan->strips ? rn_strips_count_activations(plan->strips) : 0;
    return 2 * (plan->trunk_count + plan->inner_count + plan->vector_count) + strips;
}

static rn_part get_part(const rn_plan *plan, size_t channels, size_t part)
{
    return rn_part_range(channels, rn_engine_get_channel_block(plan->engine), part,
                         plan->key.n_parts);
}

static resnet_status create_part(rn_plan *plan, size_t row, size_t part)
{
    const rn_geometry_row *maps = &plan->geometry.rows[row];
    const rn_arch_conv *conv = &plan->geometry.arch->convs[row];
    rn_plan_part *own = &plan->rows[row].parts[part];
    if (conv->groups > 1 && plan->key.n_parts > 1)
        return rn_fail(RESNET_E_UNSUPPORTED, "%s: a convolution of groups is not cut into parts",
                       conv->conv);
    own->channels = get_part(plan, maps->out.channels, part);
    if (part > 0 && own[-1].channels.count == own->channels.count) own->conv = own[-1].conv;
    if (own->conv || own->channels.count == 0) return RESNET_OK;
    const rn_call call = {.conv = conv,
                          .pass = RN_CONV_INFERENCE,
                          .n = plan->key.n,
                          .out_channels = own->channels.count,
                          .in_h = maps->in.h,
                          .in_w = maps->in.w,
                          .winograd = plan->winograd,
                          .dtype = plan->key.dtype};
    const rn_conv_settings wanted = rn_call_describe(&call, &plan->net->settings);
    return rn_conv_create(&own->conv, plan->engine, &wanted);
}

static resnet_status create_conv(rn_plan *plan, size_t row, size_t worker)
{
    resnet_status status = RESNET_OK;
    for (size_t part = 0; part < plan->key.n_parts; part++) {
        rn_plan_part *own = &plan->rows[row].parts[part];
        RN_TRY(create_part(plan, row, part));
        if (!own->conv) continue;
        const rn_packed_key key = {row, own->channels, plan->key.dtype};
        RN_TRY(rn_packed_acquire(&own->packed, plan->net, plan->engine, worker, &key,
                                 rn_conv_get_weights_layout(own->conv)));
    }
done:
    return status;
}

static void free_row(const rn_plan *plan, rn_plan_row *row)
{
    for (size_t part = RN_PLAN_MAX_PARTS; part-- > 0;) {
        rn_plan_part *own = &row->parts[part];
        rn_packed_release(plan->net->packed, own->packed);
        if (part == 0 || own->conv != own[-1].conv) rn_conv_free(own->conv);
    }
}

static resnet_status create_pooling(rn_plan *plan)
{
    const rn_map *in = &plan->geometry.rows[0].out;
    const rn_pooling_settings settings = {.n = plan->key.n,
                                          .channels = get_part(plan, in->channels, 0).count,
                                          .in_h = in->h,
                                          .in_w = in->w,
                                          .padded = rn_net_pads_stem(&plan->net->settings)};
    return rn_pooling_create(&plan->pooling, plan->engine, &settings);
}

/* A task a convolution; the stem's makes its pool too. What strips do is left to them. */
static resnet_status create_layer(void *context, size_t row, size_t worker)
{
    resnet_status status = RESNET_OK;
    rn_plan *plan = context;
    if (plan->strips && plan->geometry.arch->convs[row].stage <= RN_STRIPS_LAST_STAGE)
        return RESNET_OK;
    if (row == 0) RN_TRY(create_pooling(plan));
    status = create_conv(plan, row, worker);
done:
    return status;
}

static void find_scratch_size(rn_plan *plan)
{
    if (plan->strips) plan->scratch_size = rn_strips_get_scratch_size(plan->strips);
    if (plan->pooling)
        plan->scratch_size =
            rn_larger(plan->scratch_size, rn_pooling_get_scratch_size(plan->pooling));
    for (size_t row = 0; row < plan->geometry.arch->n_convs; row++)
        for (size_t part = 0; part < RN_PLAN_MAX_PARTS; part++) {
            const rn_conv *conv = plan->rows[row].parts[part].conv;
            const size_t size = conv ? rn_conv_get_scratch_size(conv) : 0;
            plan->scratch_size = rn_larger(plan->scratch_size, size);
        }
}

resnet_status rn_plan_create(rn_plan **out, const rn_net *net, const rn_engine *engine,
                             rn_pool *pool, const rn_plan_key *key, bool winograd)
{
    resnet_status status;
    rn_plan *plan = rn_calloc(1, sizeof *plan);
    if (!plan) return RESNET_E_NOMEM;
    plan->net = net;
    plan->engine = engine;
    plan->key = *key;
    plan->winograd = winograd;
    RN_TRY(rn_geometry_init(&plan->geometry, &net->settings, key->height, key->width));
    plan->rows = rn_calloc(net->arch->n_convs, sizeof *plan->rows);
    if (!plan->rows) {
        status = RESNET_E_NOMEM;
        goto done;
    }
    size_buffers(plan);
    if (key->n_parts > 1 && rn_strips_worth_it(&plan->geometry))
        RN_TRY(rn_strips_create(&plan->strips, net, engine, pool, &plan->geometry, winograd,
                                key->dtype));
    RN_TRY(rn_pool_run(pool, net->arch->n_convs, create_layer, plan));
    find_scratch_size(plan);
    *out = plan;
    return RESNET_OK;
done:
    rn_plan_free(plan);
    return status;
}

void rn_plan_free(rn_plan *plan)
{
    if (!plan) return;
    for (size_t row = 0; plan->rows && row < plan->geometry.arch->n_convs; row++)
        free_row(plan, &plan->rows[row]);
    rn_strips_free(plan->strips);
    rn_pooling_free(plan->pooling);
    rn_geometry_clear(&plan->geometry);
    rn_free(plan->rows);
    rn_free(plan);
}

const rn_plan_key *rn_plan_get_key(const rn_plan *plan)
{
    return &plan->key;
}

size_t rn_plan_get_scratch_size(const rn_plan *plan)
{
    return plan->scratch_size;
}
