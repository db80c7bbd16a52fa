/* SPDX-License-Identifier: MIT */
#include "net/shard_plan.h"

#include "core/mem.h"
#include "net/call.h"

#define MIN_PIXELS 196 /* 14 x 14 */

typedef struct plan_job {
    rn_shard_plan *plan;
    const rn_shard_plan_settings *settings;
} plan_job;

static rn_call make_call(const plan_job *job, size_t row, enum rn_conv_pass pass, size_t n)
{
    const rn_shard_plan_settings *s = job->settings;
    const rn_arch_conv *conv = &s->net->arch->convs[row];
    return (rn_call){.conv = conv,
                     .pass = pass,
                     .n = n,
                     .out_channels = conv->out_channels,
                     .in_h = s->geometry->rows[row].in.h,
                     .in_w = s->geometry->rows[row].in.w,
                     .winograd = s->winograd};
}

static bool uses_winograd(const plan_job *job, size_t row)
{
    const rn_call call = make_call(job, row, RN_CONV_FORWARD, job->plan->n);
    return rn_call_prefers_winograd(&call, job->settings->net);
}

/* One image a call keeps what lies around a convolution in the cache; Winograd's algorithm and
 * small maps need the whole shard to be worth their weights. */
static size_t choose_per_call(const plan_job *job, size_t row)
{
    const rn_map *out = &job->settings->geometry->rows[row].out;
    return job->plan->rows[row].winograd || out->h * out->w < MIN_PIXELS ? job->plan->n : 1;
}

static resnet_status create_pass(rn_conv **out, rn_layout **layout, const plan_job *job, size_t row,
                                 enum rn_conv_pass pass)
{
    resnet_status status;
    const rn_shard_plan_settings *s = job->settings;
    const size_t n =
        pass == RN_CONV_BACKWARD_WEIGHTS ? job->plan->n : job->plan->rows[row].per_call;
    const rn_call call = make_call(job, row, pass, n);
    rn_conv_settings wanted = rn_call_describe(&call, s->net);
    wanted.weights = *layout;
    RN_TRY(rn_conv_create(out, s->engine, &wanted));
    if (!*layout) RN_TRY(rn_layout_copy(layout, rn_conv_get_weights_layout(*out)));
done:
    return status;
}

bool rn_learning_passes_on(const rn_learning *learning, const rn_arch_conv *conv)
{
    if (conv->role == RN_ROLE_STEM) return false;
    if (learning->stem || rn_arch_is_inside(conv)) return true;
    if (learning->has_tap && learning->tap == learning->first_block) return true;
    return conv->index != learning->first_block;
}

static resnet_status create_conv(const plan_job *job, size_t row)
{
    resnet_status status;
    const rn_learning *learning = job->settings->learning;
    rn_weight_layouts *layouts = &job->settings->layouts[row];
    rn_shard_row *own = &job->plan->rows[row];
    own->winograd = uses_winograd(job, row);
    own->per_call = choose_per_call(job, row);
    RN_TRY(create_pass(&own->forward, &layouts->forward, job, row, RN_CONV_FORWARD));
    if (rn_learning_passes_on(learning, &job->settings->net->arch->convs[row]))
        RN_TRY(create_pass(&own->backward_data, &layouts->backward[own->winograd], job, row,
                           RN_CONV_BACKWARD_DATA));
    if (!learning->frozen[row])
        RN_TRY(create_pass(&own->backward_weights, &layouts->gradient, job, row,
                           RN_CONV_BACKWARD_WEIGHTS));
done:
    return status;
}

static resnet_status create_pooling(const plan_job *job)
{
    const rn_map *in = &job->settings->geometry->rows[0].out;
    const rn_pooling_settings settings = {.n = job->plan->n,
                                          .channels = in->channels,
                                          .in_h = in->h,
                                          .in_w = in->w,
                                          .padded = rn_net_pads_stem(job->settings->net),
                                          .training = true};
    return rn_pooling_create(&job->plan->pooling, job->settings->engine, &settings);
}

/* A task a convolution; the stem's makes its pool too. */
static resnet_status create_layer(void *context, size_t task, size_t worker)
{
    const plan_job *job = context;
    resnet_status status = RESNET_OK;
    (void)worker;
    if (task < job->settings->learning->first_conv) return RESNET_OK;
    if (task == 0) RN_TRY(create_pooling(job));
    status = create_conv(job, task);
done:
    return status;
}

static void raise_scratch(rn_shard_plan *plan, const rn_conv *conv)
{
    const size_t size = conv ? rn_conv_get_scratch_size(conv) : 0;
    if (size > plan->scratch_size) plan->scratch_size = size;
}

resnet_status rn_shard_plan_create(rn_shard_plan **out, rn_pool *pool,
                                   const rn_shard_plan_settings *settings, size_t n)
{
    resnet_status status;
    rn_shard_plan *plan = rn_calloc(1, sizeof *plan);
    if (!plan) return RESNET_E_NOMEM;
    plan->n = n;
    plan->n_rows = settings->net->arch->n_convs;
    plan_job job = {plan, settings};
    plan->rows = rn_calloc(plan->n_rows, sizeof *plan->rows);
    if (!plan->rows) {
        status = RESNET_E_NOMEM;
        goto done;
    }
    RN_TRY(rn_pool_run(pool, plan->n_rows, create_layer, &job));
    plan->scratch_size = plan->pooling ? rn_pooling_get_scratch_size(plan->pooling) : 0;
    for (size_t row = 0; row < plan->n_rows; row++) {
        raise_scratch(plan, plan->rows[row].forward);
        raise_scratch(plan, plan->rows[row].backward_data);
        raise_scratch(plan, plan->rows[row].backward_weights);
    }
    *out = plan;
    return RESNET_OK;
done:
    rn_shard_plan_free(plan);
    return status;
}

void rn_shard_plan_free(rn_shard_plan *plan)
{
    if (!plan) return;
    for (size_t row = 0; plan->rows && row < plan->n_rows; row++) {
        rn_conv_free(plan->rows[row].forward);
        rn_conv_free(plan->rows[row].backward_data);
        rn_conv_free(plan->rows[row].backward_weights);
    }
    rn_free(plan->rows);
    rn_pooling_free(plan->pooling);
    rn_free(plan);
}
