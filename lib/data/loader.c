/* Workers take positions of the epoch in ascending order, one image at a time, and decode each into
 * its place in a ring of batch buffers; batch b lives in slot b % n_slots, which must have been
 * given back before b's first image is taken. So the buffers bound how far ahead they run, and who
 * decodes what never shows. SPDX-License-Identifier: MIT */
#include "data/loader.h"

#include "core/arithmetic.h"
#include "core/cores.h"
#include "core/mem.h"
#include "core/thread.h"
#include "data/batch_ring.h"
#include "data/left_out.h"

#include <assert.h>
#include <unistd.h>

struct rn_loader {
    rn_sample_plan plan;
    rn_loader_options options;
    rn_order order;
    size_t n_batches;
    size_t n_positions; /* of an epoch */
    size_t last_start;  /* the first position of its last batch */
    pid_t pid;

    pthread_t *threads;
    size_t n_threads;
    rn_left_out left_out;
    rn_batch_ring ring;

    pthread_mutex_t mutex; /* guards what follows and the slots' states */
    pthread_cond_t work;   /* a position can be taken, or the end is there */
    pthread_cond_t ready;  /* a batch is done */
    pthread_cond_t idle;   /* the last worker has put down its image */
    bool started;
    bool ending;
    uint64_t epoch;
    size_t next_position; /* the first nobody took */
    size_t next_batch;    /* the caller's next */
    bool is_empty;        /* no sample of this epoch has been handed out, from its first batch on */
    size_t n_busy;
};

rn_loader_options rn_loader_default_options(void)
{
    return (rn_loader_options){.batch = 32, .prefetch = 2, .views = RESNET_VIEWS_ONE};
}

/* The batch a position of the epoch belongs to. */
static size_t batch_of(const rn_loader *loader, size_t position)
{
    return position < loader->last_start ? position / loader->options.batch : loader->n_batches - 1;
}

/* Whether the next position can be taken now. */
static bool may_take(rn_loader *loader)
{
    if (loader->next_position >= loader->n_positions) return false;
    const size_t batch = batch_of(loader, loader->next_position);
    return loader->next_position > rn_loader_get_start(loader, batch) ||
           rn_batch_ring_get(&loader->ring, batch)->state == RN_SLOT_FREE;
}

static void open_slot(rn_loader *loader, rn_batch_slot *slot, size_t batch)
{
    slot->state = RN_SLOT_FILLING;
    slot->n_positions = rn_loader_get_start(loader, batch + 1) - rn_loader_get_start(loader, batch);
    slot->n_done = 0;
    slot->status = RESNET_OK;
    slot->batch.number = batch;
    slot->batch.height = loader->plan.recipe.crop_height;
    slot->batch.width = loader->plan.recipe.crop_width;
}

/* Decodes one image into its place; without the mutex, which nobody else needs for this place. */
static resnet_status fill_place(rn_loader *loader, rn_batch_slot *slot, size_t position,
                                size_t place)
{
    const rn_draw draw = loader->order.draws[position];
    const size_t index = rn_draw_get_index(draw);
    float *image = slot->images + place * loader->ring.image_size;
    const resnet_status status = rn_sample_prepare(&loader->plan, draw, loader->epoch, image);
    slot->labels[place] = resnet_dataset_get_label(loader->plan.dataset, index);
    slot->samples[place] = index;
    slot->skipped[place] = status != RESNET_OK;
    return status == RESNET_OK ? status : rn_left_out_add(&loader->left_out, index, status);
}

static void note_done(rn_loader *loader, rn_batch_slot *slot, size_t place, resnet_status status)
{
    if (status != RESNET_OK) rn_batch_slot_note_failure(slot, place, status);
    if (++slot->n_done == slot->n_positions) pthread_cond_signal(&loader->ready);
    if (--loader->n_busy == 0) pthread_cond_signal(&loader->idle);
}

static void *worker_main(void *argument)
{
    rn_loader *loader = argument;
    rn_arithmetic_start_thread();
    pthread_mutex_lock(&loader->mutex);
    for (;;) {
        while (!loader->ending && !may_take(loader))
            pthread_cond_wait(&loader->work, &loader->mutex);
        if (loader->ending) break;
        const size_t position = loader->next_position++;
        const size_t batch = batch_of(loader, position);
        const size_t place = position - rn_loader_get_start(loader, batch);
        rn_batch_slot *slot = rn_batch_ring_get(&loader->ring, batch);
        if (place == 0) open_slot(loader, slot, batch);
        loader->n_busy++;
        pthread_mutex_unlock(&loader->mutex);
        const resnet_status status = fill_place(loader, slot, position, place);
        pthread_mutex_lock(&loader->mutex);
        note_done(loader, slot, place, status);
    }
    pthread_mutex_unlock(&loader->mutex);
    return NULL;
}

static resnet_status start_workers(rn_loader *loader, size_t n)
{
    loader->threads = rn_calloc(n, sizeof *loader->threads);
    if (!loader->threads) return RESNET_E_NOMEM;
    while (loader->n_threads < n &&
           rn_thread_start(&loader->threads[loader->n_threads], worker_main, loader))
        loader->n_threads++;
    if (loader->n_threads == n) return RESNET_OK;
    return rn_fail(RESNET_E_NOMEM, "cannot start loader thread %zu of %zu", loader->n_threads + 1,
                   n);
}

static resnet_status check_options(const rn_loader_options *options)
{
    if (options->batch < 1 || options->batch > 1 << 20 || options->prefetch < 1 ||
        options->prefetch > 1 << 10 || options->n_workers > 1 << 10)
        return rn_fail(RESNET_E_INVALID, "loader: batch %zu, prefetch %zu, %zu workers",
                       options->batch, options->prefetch, options->n_workers);
    assert(options->views == RESNET_VIEWS_ONE || (!options->augment && !options->cache_bytes));
    return RESNET_OK;
}

static resnet_status fill_loader(rn_loader *loader)
{
    const rn_loader_options *options = &loader->options;
    const resnet_dataset *dataset = loader->plan.dataset;
    resnet_status status;
    RN_TRY(rn_order_create(&loader->order, dataset, options->order, options->seed));
    if (options->cache_bytes)
        RN_TRY(rn_cache_create(&loader->plan.cache, dataset->n, options->cache_bytes));
    RN_TRY(rn_left_out_create(&loader->left_out, dataset, options->log));
    RN_TRY(rn_batch_ring_create(&loader->ring, options->prefetch + 1, options->batch,
                                rn_sample_plan_get_size(&loader->plan)));
    status = start_workers(loader, options->n_workers ? options->n_workers : rn_cores_available());
done:
    return status;
}

static void cut_batches(rn_loader *loader)
{
    const size_t n = loader->plan.dataset->n, batch = loader->options.batch;
    const size_t n_full = n / batch, rest = loader->options.drop_last ? 0 : n % batch;
    loader->n_batches = n_full + (rest > 0);
    loader->n_positions = n_full * batch + rest;
    loader->last_start = (n_full - (rest == 0 && n_full > 0)) * batch;
    if (loader->options.share_last && n_full > 0 && rest > 0 && 2 * rest < batch)
        loader->last_start -= (batch - rest) / 2;
    loader->next_position = loader->n_positions; /* nothing to do before the first epoch */
}

resnet_status rn_loader_create(rn_loader **out, const resnet_dataset *dataset,
                               const resnet_recipe *recipe, const rn_loader_options *options)
{
    resnet_status status = check_options(options);
    if (status != RESNET_OK) return status;
    rn_loader *loader = rn_calloc(1, sizeof *loader);
    if (!loader) return RESNET_E_NOMEM;
    loader->options = *options;
    loader->pid = getpid();
    pthread_mutex_init(&loader->mutex, NULL);
    pthread_cond_init(&loader->work, NULL);
    pthread_cond_init(&loader->ready, NULL);
    pthread_cond_init(&loader->idle, NULL);
    RN_TRY(rn_sample_plan_init(&loader->plan, dataset, recipe));
    loader->plan.views = options->views;
    loader->plan.augment = options->augment;
    loader->plan.augment_file = options->augment_file;
    loader->plan.augment_context = options->augment_context;
    loader->plan.seed = options->seed;
    cut_batches(loader);
    RN_TRY(fill_loader(loader));
    *out = loader;
    return RESNET_OK;
done:
    rn_loader_free(loader);
    return status;
}

static void join_workers(rn_loader *loader)
{
    pthread_mutex_lock(&loader->mutex);
    loader->ending = true;
    pthread_cond_broadcast(&loader->work);
    pthread_mutex_unlock(&loader->mutex);
    for (size_t i = 0; i < loader->n_threads; i++) pthread_join(loader->threads[i], NULL);
    pthread_cond_destroy(&loader->idle);
    pthread_cond_destroy(&loader->ready);
    pthread_cond_destroy(&loader->work);
    pthread_mutex_destroy(&loader->mutex);
}

void rn_loader_free(rn_loader *loader)
{
    if (!loader) return;
    if (loader->pid == getpid()) join_workers(loader); /* after fork() there are none */
    rn_batch_ring_clear(&loader->ring);
    rn_free(loader->threads);
    rn_left_out_clear(&loader->left_out);
    rn_cache_free(loader->plan.cache);
    rn_order_clear(&loader->order);
    rn_free(loader);
}

static resnet_status check_process(const rn_loader *loader)
{
    if (loader->pid == getpid()) return RESNET_OK;
    return rn_fail(RESNET_E_STATE, "this loader was created before fork(); its threads live in the "
                                   "parent only");
}

resnet_status rn_loader_start_epoch(rn_loader *loader, uint64_t epoch, size_t first_batch)
{
    const resnet_status status = check_process(loader);
    if (status != RESNET_OK) return status;
    if (first_batch > loader->n_batches)
        return rn_fail(RESNET_E_INVALID, "batch %zu of an epoch of %zu", first_batch,
                       loader->n_batches);
    pthread_mutex_lock(&loader->mutex);
    loader->next_position = loader->n_positions; /* nobody takes another */
    while (loader->n_busy > 0) pthread_cond_wait(&loader->idle, &loader->mutex);
    rn_order_draw(&loader->order, epoch);
    for (size_t i = 0; i < loader->ring.n_slots; i++) loader->ring.slots[i].state = RN_SLOT_FREE;
    loader->started = true;
    loader->epoch = epoch;
    loader->next_batch = first_batch;
    loader->is_empty = first_batch == 0;
    if (first_batch < loader->n_batches)
        loader->next_position = rn_loader_get_start(loader, first_batch);
    pthread_cond_broadcast(&loader->work);
    pthread_mutex_unlock(&loader->mutex);
    return RESNET_OK;
}

static void free_slot(rn_loader *loader, rn_batch_slot *slot)
{
    slot->state = RN_SLOT_FREE;
    pthread_cond_broadcast(&loader->work);
}

/* Waits for the caller's next batch, under the mutex. *out NULL: it holds no samples. */
static resnet_status take_batch(rn_loader *loader, rn_batch_slot **out)
{
    rn_batch_slot *slot = rn_batch_ring_get(&loader->ring, loader->next_batch);
    if (slot->state == RN_SLOT_TAKEN)
        return rn_fail(RESNET_E_STATE, "all %zu batches are in hand", loader->ring.n_slots);
    while (slot->state != RN_SLOT_FILLING || slot->n_done < slot->n_positions)
        pthread_cond_wait(&loader->ready, &loader->mutex);
    loader->next_batch++;
    if (slot->status != RESNET_OK) {
        rn_error_set_message(slot->message);
        free_slot(loader, slot);
        return slot->status;
    }
    rn_batch_slot_close_gaps(slot, loader->ring.image_size);
    slot->state = RN_SLOT_TAKEN;
    loader->is_empty &= slot->batch.n == 0;
    if (slot->batch.n == 0)
        free_slot(loader, slot);
    else
        *out = slot;
    return RESNET_OK;
}

/* An epoch that showed nothing has taught and measured nothing. */
static resnet_status check_epoch(const rn_loader *loader)
{
    if (!loader->is_empty) return RESNET_OK;
    return rn_fail(RESNET_E_FORMAT, "none of %zu pictures could be read", loader->n_positions);
}

resnet_status rn_loader_next(rn_loader *loader, const rn_batch **out)
{
    resnet_status status = check_process(loader);
    if (status != RESNET_OK) return status;
    if (!loader->started) return rn_fail(RESNET_E_STATE, "no epoch has been started");
    rn_batch_slot *slot = NULL;
    pthread_mutex_lock(&loader->mutex);
    while (status == RESNET_OK && !slot && loader->next_batch < loader->n_batches)
        status = take_batch(loader, &slot);
    pthread_mutex_unlock(&loader->mutex);
    if (status == RESNET_OK && !slot) status = check_epoch(loader);
    if (status == RESNET_OK) *out = slot ? &slot->batch : NULL;
    return status;
}

void rn_loader_release(rn_loader *loader, const rn_batch *batch)
{
    if (!batch) return;
    rn_batch_slot *slot = rn_batch_ring_find(&loader->ring, batch);
    pthread_mutex_lock(&loader->mutex);
    if (slot->state == RN_SLOT_TAKEN) free_slot(loader, slot);
    pthread_mutex_unlock(&loader->mutex);
}

size_t rn_loader_get_n_batches(const rn_loader *loader)
{
    return loader->n_batches;
}

size_t rn_loader_get_start(const rn_loader *loader, size_t batch)
{
    if (batch >= loader->n_batches) return loader->n_positions;
    return batch + 1 < loader->n_batches ? batch * loader->options.batch : loader->last_start;
}

size_t rn_loader_copy_skipped(const rn_loader *loader, uint64_t *indices, size_t capacity)
{
    return rn_left_out_copy(&loader->left_out, indices, capacity);
}
