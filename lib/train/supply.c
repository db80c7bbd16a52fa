/* An epoch whose features are all in the cache is served from there, in the order in which the
 * loader would have shown the samples; any other goes through the loader, and what the cache lacks
 * is added to it. SPDX-License-Identifier: MIT */
#include "train/supply.h"

#include "core/mem.h"
#include "image/mix.h"
#include "train/augmentation.h"
#include "train/feature_cache.h"

#include <string.h>

struct rn_supply {
    rn_supply_settings settings;
    rn_augmentation augmentation;
    rn_loader *loader;
    const rn_batch *loaded; /* in hand */
    rn_order order;         /* as the loader's */
    rn_feature_cache *cache;
    size_t n_samples, n_classes, batch;
    size_t n_image, n_features; /* floats */
    bool has_prefix;

    float *images;   /* [batch][n_image]: mixed, or those whose features are missing */
    float *features; /* [batch][n_features] */
    float *computed; /* [batch][n_features]: of the missing ones */
    size_t *missing; /* [batch]: rows of the batch */
    int32_t *labels; /* [batch] */
    float *soft;     /* [batch][n_classes] */
    float *spare;    /* an image, or a row of soft */

    uint64_t *skipped; /* [n_samples]: those left out, ascending */
    bool *is_skipped;  /* [n_samples] */

    uint64_t epoch, view;
    size_t next_batch; /* of a cached epoch */
    bool is_cached;
};

static bool mixes(const rn_supply *s)
{
    return s->settings.augment.mixup_alpha > 0 || s->settings.augment.cutmix_alpha > 0;
}

static bool augments(const rn_supply *s)
{
    return s->settings.loader.augment != NULL;
}

/* ---- creation ---- */

/* Features stay the same if images do: no mixing, and no augmentation or a few fixed views. A
 * balanced order shows one sample several times an epoch, each time augmented otherwise. */
static bool can_cache(const rn_supply *s)
{
    const rn_supply_settings *settings = &s->settings;
    if (!s->has_prefix || mixes(s)) return false;
    if (!augments(s)) return true;
    return settings->n_views > 0 && settings->loader.order != RN_ORDER_BALANCED;
}

static uint64_t count_views(const rn_supply *s)
{
    return augments(s) ? s->settings.n_views : 1;
}

/* All that features depend on besides the image: the frozen layers and how they compute. */
static rn_hash hash_prefix(const rn_supply *s)
{
    const rn_net *net = s->settings.net;
    const rn_net_settings *n = &net->settings;
    const struct {
        int32_t variant, stem_pool, pooling;
        float epsilon;
        uint64_t height, width;
    } facts = {n->variant,
               n->stem_pool,
               n->pooling,
               n->bn_epsilon,
               s->settings.recipe->crop_height,
               s->settings.recipe->crop_width};
    rn_hash hash = rn_hash_bytes((rn_hash){{0, 0}}, &facts, sizeof facts);
    hash = rn_hash_bytes(hash, s->settings.frozen, net->arch->n_convs * sizeof *s->settings.frozen);
    for (size_t i = 0; i < net->n_params; i++)
        if (net->params[i].conv >= 0 && s->settings.frozen[net->params[i].conv])
            hash = rn_hash_bytes(hash, rn_net_get_values(net, i),
                                 net->params[i].count * sizeof(float));
    return hash;
}

static resnet_status open_cache(rn_supply *s)
{
    const rn_supply_settings *settings = &s->settings;
    if (!can_cache(s)) return RESNET_OK;
    const rn_feature_cache_settings cache = {
        .n_entries = s->n_samples * (size_t)count_views(s),
        .n_floats = s->n_features,
        .budget = settings->feature_budget,
        .path = settings->feature_file,
        .key = settings->feature_file ? hash_prefix(s) : (rn_hash){{0, 0}},
        .log = settings->loader.log,
    };
    return rn_feature_cache_create(&s->cache, &cache);
}

/* Pictures need not be kept where all their features are. */
static void spare_picture_cache(rn_supply *s)
{
    const uint64_t bytes = s->n_samples * count_views(s) * s->n_features * sizeof(float);
    if (can_cache(s) && (s->settings.feature_file || bytes <= s->settings.feature_budget))
        s->settings.loader.cache_bytes = 0;
}

static void *make_room(bool wanted, size_t count, size_t size, resnet_status *status)
{
    void *block = wanted ? rn_alloc(count, size) : NULL;
    if (wanted && !block) *status = RESNET_E_NOMEM;
    return block;
}

static resnet_status allocate(rn_supply *s)
{
    resnet_status status = RESNET_OK;
    const bool mixed = mixes(s), prefixed = s->has_prefix;
    s->images = make_room(mixed || prefixed, s->batch * s->n_image, sizeof(float), &status);
    s->features = make_room(prefixed, s->batch * s->n_features, sizeof(float), &status);
    s->computed = make_room(prefixed, s->batch * s->n_features, sizeof(float), &status);
    s->missing = make_room(prefixed, s->batch, sizeof *s->missing, &status);
    s->soft = make_room(mixed, s->batch * s->n_classes, sizeof(float), &status);
    s->spare = make_room(mixed, s->n_image > s->n_classes ? s->n_image : s->n_classes,
                         sizeof(float), &status);
    s->labels = make_room(true, s->batch, sizeof *s->labels, &status);
    s->skipped = make_room(prefixed, s->n_samples, sizeof *s->skipped, &status);
    s->is_skipped = make_room(prefixed, s->n_samples, sizeof *s->is_skipped, &status);
    if (s->is_skipped) memset(s->is_skipped, 0, s->n_samples * sizeof *s->is_skipped);
    return status;
}

static void measure(rn_supply *s)
{
    const size_t height = s->settings.recipe->crop_height, width = s->settings.recipe->crop_width;
    s->n_samples = resnet_dataset_get_n_samples(s->settings.dataset);
    s->n_classes = s->settings.net->settings.n_classes;
    s->batch = s->settings.loader.batch;
    s->n_image = 3 * height * width;
    s->has_prefix = s->settings.frozen[0];
    s->n_features = rn_training_count_features(s->settings.training, height, width);
}

resnet_status rn_supply_create(rn_supply **out, const rn_supply_settings *settings)
{
    rn_supply *s = rn_calloc(1, sizeof *s);
    if (!s) return RESNET_E_NOMEM;
    s->settings = *settings;
    measure(s);
    resnet_status status;
    resnet_recipe recipe;
    RN_TRY(rn_augmentation_open(&s->augmentation, &recipe, &s->settings.loader, &settings->augment,
                                settings->recipe, settings->n_views));
    spare_picture_cache(s);
    RN_TRY(rn_loader_create(&s->loader, settings->dataset, &recipe, &s->settings.loader));
    RN_TRY(rn_order_create(&s->order, settings->dataset, settings->loader.order,
                           settings->loader.seed));
    RN_TRY(allocate(s));
    RN_TRY(open_cache(s));
    *out = s;
    s = NULL;
done:
    rn_supply_free(s);
    return status;
}

void rn_supply_free(rn_supply *supply)
{
    if (!supply) return;
    rn_loader_free(supply->loader);
    rn_order_clear(&supply->order);
    rn_feature_cache_free(supply->cache);
    rn_free(supply->is_skipped);
    rn_free(supply->skipped);
    rn_free(supply->labels);
    rn_free(supply->spare);
    rn_free(supply->soft);
    rn_free(supply->missing);
    rn_free(supply->computed);
    rn_free(supply->features);
    rn_free(supply->images);
    rn_free(supply);
}

/* ---- epochs ---- */

static size_t get_entry(const rn_supply *s, uint64_t sample)
{
    return (size_t)(s->view * s->n_samples + sample);
}

/* Samples that cannot be read have no features and are shown in no epoch. */
static void mark_skipped(rn_supply *s)
{
    const size_t n = rn_loader_copy_skipped(s->loader, s->skipped, s->n_samples);
    for (size_t i = 0; i < n; i++) s->is_skipped[s->skipped[i]] = true;
}

static bool all_cached(rn_supply *s)
{
    if (!s->cache) return false;
    mark_skipped(s);
    for (size_t i = 0; i < s->order.n; i++) {
        const size_t sample = rn_draw_get_index(s->order.draws[i]);
        if (!s->is_skipped[sample] && !rn_feature_cache_has(s->cache, get_entry(s, sample)))
            return false;
    }
    return true;
}

resnet_status rn_supply_start_epoch(rn_supply *s, uint64_t epoch, size_t first_batch)
{
    s->epoch = epoch;
    s->view = augments(s) && s->settings.n_views ? epoch % s->settings.n_views : 0;
    s->loaded = NULL;
    rn_order_draw(&s->order, epoch);
    s->is_cached = all_cached(s);
    s->next_batch = first_batch;
    return s->is_cached ? RESNET_OK : rn_loader_start_epoch(s->loader, epoch, first_batch);
}

size_t rn_supply_get_n_batches(const rn_supply *supply)
{
    return rn_loader_get_n_batches(supply->loader);
}

bool rn_supply_is_cached(const rn_supply *supply)
{
    return supply->is_cached;
}

/* ---- a batch from the cache ---- */

/* Whether all went well: false if features turned out to be damaged. */
static bool take_cached(rn_supply *s, rn_supply_batch *out)
{
    const size_t start = rn_loader_get_start(s->loader, s->next_batch);
    const size_t end = rn_loader_get_start(s->loader, s->next_batch + 1);
    *out = (rn_supply_batch){.features = s->features,
                             .height = s->settings.recipe->crop_height,
                             .width = s->settings.recipe->crop_width,
                             .labels = s->labels,
                             .number = s->next_batch};
    for (size_t i = start; i < end; i++) {
        const size_t sample = rn_draw_get_index(s->order.draws[i]);
        float *row = s->features + out->n * s->n_features;
        if (s->is_skipped[sample]) continue;
        if (!rn_feature_cache_get(s->cache, get_entry(s, sample), row)) return false;
        s->labels[out->n++] = resnet_dataset_get_label(s->settings.dataset, sample);
    }
    s->next_batch++;
    return true;
}

/* ---- a batch from the loader ---- */

static resnet_status copy_labels(rn_supply *s, const rn_batch *batch)
{
    for (size_t i = 0; i < batch->n; i++) {
        if (batch->labels[i] < 0)
            return rn_fail(RESNET_E_FORMAT, "%s: has no label to learn from",
                           resnet_dataset_get_path(s->settings.dataset, (size_t)batch->samples[i]));
        s->labels[i] = batch->labels[i];
    }
    return RESNET_OK;
}

static void mix_batch(rn_supply *s, rn_supply_batch *out)
{
    const resnet_augment *a = &s->settings.augment;
    const rn_mix mix = rn_mix_draw(a->mixup_alpha, a->cutmix_alpha, out->width, out->height,
                                   s->settings.loader.seed, s->epoch, out->number);
    memcpy(s->images, out->features, out->n * s->n_image * sizeof(float));
    rn_mix_images(s->images, out->n, out->height, out->width, &mix, s->spare);
    memset(s->soft, 0, out->n * s->n_classes * sizeof(float));
    for (size_t i = 0; i < out->n; i++) s->soft[i * s->n_classes + (size_t)s->labels[i]] = 1;
    rn_mix_labels(s->soft, out->n, s->n_classes, &mix, s->spare);
    out->features = s->images;
    out->soft = s->soft;
}

/* Fills the rows of s->features that the cache has; the others go to s->missing. */
static size_t take_known(rn_supply *s, const rn_batch *batch)
{
    size_t n_missing = 0;
    for (size_t i = 0; i < batch->n; i++) {
        const size_t entry = get_entry(s, batch->samples[i]);
        const float *image = batch->images_nchw + i * s->n_image;
        const bool known = rn_feature_cache_find(s->cache, entry, image, s->n_image) &&
                           rn_feature_cache_get(s->cache, entry, s->features + i * s->n_features);
        if (!known) s->missing[n_missing++] = i;
    }
    return n_missing;
}

static resnet_status compute_missing(rn_supply *s, const rn_batch *batch, size_t n_missing)
{
    const float *images = n_missing == batch->n ? batch->images_nchw : s->images;
    for (size_t i = 0; i < n_missing && images == s->images; i++)
        memcpy(s->images + i * s->n_image, batch->images_nchw + s->missing[i] * s->n_image,
               s->n_image * sizeof(float));
    const resnet_status status = rn_training_run_prefix(s->settings.training, images, n_missing,
                                                        batch->height, batch->width, s->computed);
    if (status != RESNET_OK) return status;
    for (size_t i = 0; i < n_missing; i++) {
        const size_t row = s->missing[i];
        const float *computed = s->computed + i * s->n_features;
        memcpy(s->features + row * s->n_features, computed, s->n_features * sizeof(float));
        rn_feature_cache_put(s->cache, get_entry(s, batch->samples[row]),
                             batch->images_nchw + row * s->n_image, s->n_image, computed);
    }
    return RESNET_OK;
}

static resnet_status run_prefix(rn_supply *s, const rn_batch *batch, rn_supply_batch *out)
{
    const float *images = out->features;
    out->features = s->features;
    if (!s->cache)
        return rn_training_run_prefix(s->settings.training, images, out->n, out->height, out->width,
                                      s->features);
    const size_t n_missing = take_known(s, batch);
    return n_missing ? compute_missing(s, batch, n_missing) : RESNET_OK;
}

static resnet_status take_loaded(rn_supply *s, rn_supply_batch *out)
{
    *out = (rn_supply_batch){.n = 0};
    if (s->loaded) rn_loader_release(s->loader, s->loaded);
    s->loaded = NULL;
    resnet_status status;
    RN_TRY(rn_loader_next(s->loader, &s->loaded));
    if (!s->loaded) goto done;
    RN_TRY(copy_labels(s, s->loaded));
    *out = (rn_supply_batch){.features = s->loaded->images_nchw,
                             .n = s->loaded->n,
                             .height = s->loaded->height,
                             .width = s->loaded->width,
                             .labels = s->labels,
                             .number = s->loaded->number};
    if (mixes(s)) mix_batch(s, out);
    if (s->has_prefix) RN_TRY(run_prefix(s, s->loaded, out));
done:
    return status;
}

resnet_status rn_supply_next(rn_supply *supply, rn_supply_batch *out)
{
    *out = (rn_supply_batch){.n = 0};
    resnet_status status = rn_cancel_check(supply->settings.cancel, "training");
    if (status != RESNET_OK) return status;
    while (supply->is_cached) {
        if (supply->next_batch >= rn_supply_get_n_batches(supply)) return RESNET_OK;
        if (!take_cached(supply, out)) break;
        if (out->n > 0) return RESNET_OK;
    }
    if (!supply->is_cached) return take_loaded(supply, out);
    supply->is_cached = false; /* the rest of the epoch the long way */
    status = rn_loader_start_epoch(supply->loader, supply->epoch, supply->next_batch);
    return status == RESNET_OK ? take_loaded(supply, out) : status;
}
