/* What lies between the shards' parts of a batch norm: their moments become the batch's, and their
 * gradient sums the coefficients of dz. SPDX-License-Identifier: MIT */
#include "net/training_private.h"

#include "core/tree.h"

#include <math.h>

rn_batchnorm_shape rn_statistics_shape(const rn_training *t, size_t row, size_t n)
{
    const rn_map *map = &t->geometry.rows[row].out;
    return (rn_batchnorm_shape){.n = n,
                                .channels = map->channels,
                                .pixels = map->h * map->w,
                                .block = rn_engine_get_channel_block(t->engine)};
}

bool rn_statistics_are_kept(const rn_training *t, size_t row)
{
    return t->settings.keep_statistics || t->learning.frozen[row];
}

/* The moments of count values and of `more` others become those of all: Chan, Golub, LeVeque,
 * "Updating formulae and a pairwise algorithm for computing sample variances", 1979. */
static void merge_moments(double *mean, double *m2, double count, double more_mean, double more_m2,
                          double more)
{
    const double delta = more_mean - *mean;
    *mean += delta * more / (count + more);
    *m2 += more_m2 + delta * delta * count * more / (count + more);
}

void rn_statistics_collect(rn_training *t, size_t row, size_t shard, rn_span span)
{
    if (rn_statistics_are_kept(t, row)) return;
    const rn_map *map = &t->geometry.rows[row].out;
    const rn_batchnorm_shape shape = rn_statistics_shape(t, row, span.n);
    double *mean = t->weights.convs[row].shard_mean + shard * map->channels;
    double *m2 = t->weights.convs[row].shard_m2 + shard * map->channels;
    const float *z = t->maps.z[row] + rn_span_offset(span, map);
    const size_t before = span.first - rn_shard_get_span(t, shard).first;
    if (before == 0) {
        rn_batchnorm_stats(&shape, z, mean, m2);
        return;
    }
    double more_mean[RN_ARCH_MAX_CHANNELS], more_m2[RN_ARCH_MAX_CHANNELS];
    const double pixels = (double)shape.pixels;
    rn_batchnorm_stats(&shape, z, more_mean, more_m2);
    for (size_t c = 0; c < map->channels; c++)
        merge_moments(&mean[c], &m2[c], (double)before * pixels, more_mean[c], more_m2[c],
                      (double)span.n * pixels);
}

/* One convolution's sums on their way from the shards to shard 0's place. */
typedef struct shard_sums {
    rn_training *t;
    size_t row;
} shard_sums;

static void join_moments(void *context, rn_tree_node into, rn_tree_node from)
{
    const shard_sums *sums = context;
    const rn_training *t = sums->t;
    const rn_train_conv *conv = &t->weights.convs[sums->row];
    const rn_map *map = &t->geometry.rows[sums->row].out;
    const size_t to = into.first * map->channels, more = from.first * map->channels;
    const double pixels = (double)(map->h * map->w);
    const double count =
        (double)rn_shards_get_range(&t->batch.shards, into.first, into.n).n * pixels;
    const double n_more =
        (double)rn_shards_get_range(&t->batch.shards, from.first, from.n).n * pixels;
    for (size_t c = 0; c < map->channels; c++)
        merge_moments(&conv->shard_mean[to + c], &conv->shard_m2[to + c], count,
                      conv->shard_mean[more + c], conv->shard_m2[more + c], n_more);
}

static void join_gradients(void *context, rn_tree_node into, rn_tree_node from)
{
    const shard_sums *sums = context;
    const rn_train_conv *conv = &sums->t->weights.convs[sums->row];
    const size_t channels = sums->t->geometry.rows[sums->row].out.channels;
    const size_t to = into.first * channels, more = from.first * channels;
    for (size_t c = 0; c < channels; c++) {
        conv->shard_sum_g[to + c] += conv->shard_sum_g[more + c];
        conv->shard_sum_gz[to + c] += conv->shard_sum_gz[more + c];
    }
}

static void join_shards(rn_training *t, size_t row,
                        void (*join)(void *context, rn_tree_node into, rn_tree_node from))
{
    shard_sums sums = {t, row};
    const rn_tree tree = {.context = &sums, .join = join};
    rn_tree_sum(&tree, t->batch.shards.count);
}

static double values_per_channel(const rn_training *t, size_t row)
{
    const rn_map *map = &t->geometry.rows[row].out;
    return (double)(t->batch.shards.n * map->h * map->w);
}

/* running = (1 - m) running + m batch, the variance with Bessel's correction, as torch does. */
static void move_running(const rn_training *t, size_t row, size_t channel, double mean,
                         double variance)
{
    const rn_conv_params *p = &t->net->convs[row];
    const double momentum = (double)t->settings.bn_momentum;
    const double count = values_per_channel(t, row);
    float *running_mean = rn_net_get_values(t->net, p->mean) + channel;
    float *running_variance = rn_net_get_values(t->net, p->variance) + channel;
    const double unbiased = count > 1 ? variance * count / (count - 1) : variance;
    *running_mean = (float)((1 - momentum) * (double)*running_mean + momentum * mean);
    *running_variance = (float)((1 - momentum) * (double)*running_variance + momentum * unbiased);
}

void rn_statistics_finish(rn_training *t, size_t row)
{
    rn_train_conv *conv = &t->weights.convs[row];
    const rn_conv_params *p = &t->net->convs[row];
    const float *gamma = rn_net_get_values(t->net, p->gamma);
    const float *beta = rn_net_get_values(t->net, p->beta);
    const bool keeps = rn_statistics_are_kept(t, row);
    if (!keeps) join_shards(t, row, join_moments);
    for (size_t c = 0; c < t->geometry.rows[row].out.channels; c++) {
        double mean = (double)rn_net_get_values(t->net, p->mean)[c];
        double variance = (double)rn_net_get_values(t->net, p->variance)[c];
        if (!keeps) {
            mean = conv->shard_mean[c];
            variance = conv->shard_m2[c] / values_per_channel(t, row);
            move_running(t, row, c, mean, variance);
        }
        const double inverse = 1 / sqrt(variance + (double)t->net->settings.bn_epsilon);
        conv->mean[c] = (float)mean;
        conv->inverse_deviation[c] = (float)inverse;
        conv->scale[c] = (float)((double)gamma[c] * inverse);
        conv->shift[c] = (float)((double)beta[c] - mean * (double)gamma[c] * inverse);
    }
}

static void add_gradient(const rn_training *t, size_t param, size_t channel, double value)
{
    float *gradient = rn_training_gradient_of(t, param);
    if (gradient) gradient[channel] = (float)value + (t->batch.accumulate ? gradient[channel] : 0);
}

/* dz = gamma / deviation (g - mean(g) - (z - mean) / deviation^2 mean(g (z - mean))); on stored
 * statistics, which do not depend on z, only the first term. */
void rn_statistics_finish_backward(rn_training *t, size_t row)
{
    rn_train_conv *conv = &t->weights.convs[row];
    const rn_conv_params *p = &t->net->convs[row];
    const size_t channels = t->geometry.rows[row].out.channels;
    const double count = values_per_channel(t, row);
    const bool keeps = rn_statistics_are_kept(t, row);
    join_shards(t, row, join_gradients);
    for (size_t c = 0; c < channels; c++) {
        const double inverse = (double)conv->inverse_deviation[c];
        const double scale = (double)conv->scale[c];
        const double sum_g = conv->shard_sum_g[c], sum_gz = conv->shard_sum_gz[c];
        add_gradient(t, p->gamma, c, sum_gz * inverse);
        add_gradient(t, p->beta, c, sum_g);
        conv->a[c] = (float)scale;
        conv->b[c] = keeps ? 0 : (float)(-scale * inverse * inverse * sum_gz / count);
        conv->c[c] = keeps ? 0 : (float)(-scale * sum_g / count);
    }
}
