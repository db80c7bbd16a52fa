/* A list under a mutex; two workers that miss at once pack twice and one copy is dropped.
 * SPDX-License-Identifier: MIT */
#include "net/packed.h"

#include "core/mem.h"
#include "net/fold.h"
#include "net/params.h"

#include <pthread.h>

struct rn_packed_entry {
    rn_packed_entry *next;
    size_t n_users;
    uint64_t generation;
    rn_packed_key key;
    rn_layout *layout;
    void *weights;
    float *bias;
};

struct rn_packed {
    pthread_mutex_t mutex;
    rn_packed_entry *first;
};

rn_packed *rn_packed_create(void)
{
    rn_packed *packed = rn_calloc(1, sizeof *packed);
    if (packed) pthread_mutex_init(&packed->mutex, NULL);
    return packed;
}

static void free_entry(rn_packed_entry *entry)
{
    if (!entry) return;
    rn_layout_free(entry->layout);
    rn_free(entry->weights);
    rn_free(entry->bias);
    rn_free(entry);
}

void rn_packed_free(rn_packed *packed)
{
    if (!packed) return;
    while (packed->first) {
        rn_packed_entry *entry = packed->first;
        packed->first = entry->next;
        free_entry(entry);
    }
    pthread_mutex_destroy(&packed->mutex);
    rn_free(packed);
}

const void *rn_packed_get_weights(const rn_packed_entry *entry)
{
    return entry->weights;
}

const float *rn_packed_get_bias(const rn_packed_entry *entry)
{
    return entry->bias;
}

static bool same_key(const rn_packed_key *a, const rn_packed_key *b)
{
    return a->conv == b->conv && a->channels.first == b->channels.first &&
           a->channels.count == b->channels.count && a->dtype == b->dtype;
}

static rn_packed_entry *find_like(const rn_packed *packed, const rn_packed_entry *wanted)
{
    for (rn_packed_entry *e = packed->first; e; e = e->next)
        if (e->generation == wanted->generation && same_key(&e->key, &wanted->key) &&
            rn_layout_equal(e->layout, wanted->layout))
            return e;
    return NULL;
}

/* Takes a user's share of the entry like this one, if there is one. */
static rn_packed_entry *share(rn_packed *packed, const rn_packed_entry *wanted)
{
    pthread_mutex_lock(&packed->mutex);
    rn_packed_entry *entry = find_like(packed, wanted);
    if (entry) entry->n_users++;
    pthread_mutex_unlock(&packed->mutex);
    return entry;
}

/* Puts a filled entry into the list, unless another worker was faster. */
static rn_packed_entry *publish(rn_packed *packed, rn_packed_entry *entry)
{
    pthread_mutex_lock(&packed->mutex);
    rn_packed_entry *faster = find_like(packed, entry);
    if (faster) {
        faster->n_users++;
    } else {
        entry->n_users = 1;
        entry->next = packed->first;
        packed->first = entry;
    }
    pthread_mutex_unlock(&packed->mutex);
    if (!faster) return entry;
    free_entry(entry);
    return faster;
}

static resnet_status fill(rn_packed_entry *entry, const rn_net *net, const rn_engine *engine,
                          size_t worker)
{
    resnet_status status = RESNET_E_NOMEM;
    const rn_arch_conv *conv = &net->arch->convs[entry->key.conv];
    const size_t channels = entry->key.channels.count;
    const size_t dims[4] = {channels, conv->in_channels / conv->groups, conv->kernel, conv->kernel};
    rn_layout *plain = NULL;
    float *folded = rn_alloc(dims[0] * dims[1] * dims[2] * dims[3], sizeof *folded);
    entry->bias = rn_alloc(channels, sizeof *entry->bias);
    entry->weights = rn_alloc(rn_layout_get_size(entry->layout), 1);
    if (!folded || !entry->bias || !entry->weights) goto done;
    RN_TRY(rn_fold(net, entry->key.conv, entry->key.channels.first, channels, folded, entry->bias));
    RN_TRY(rn_layout_create_plain(&plain, engine, dims));
    status = rn_layout_convert(engine, worker, plain, folded, entry->layout, entry->weights);
done:
    rn_layout_free(plain);
    rn_free(folded);
    return status;
}

resnet_status rn_packed_acquire(rn_packed_entry **out, const rn_net *net, const rn_engine *engine,
                                size_t worker, const rn_packed_key *key, const rn_layout *layout)
{
    resnet_status status;
    rn_packed_entry *entry = rn_calloc(1, sizeof *entry);
    if (!entry) return RESNET_E_NOMEM;
    *entry = (rn_packed_entry){.generation = net->generation, .key = *key};
    RN_TRY(rn_layout_copy(&entry->layout, layout));
    rn_packed_entry *shared = share(net->packed, entry);
    if (shared) {
        *out = shared;
        goto done;
    }
    RN_TRY(fill(entry, net, engine, worker));
    *out = publish(net->packed, entry);
    return RESNET_OK;
done:
    free_entry(entry);
    return status;
}

void rn_packed_release(rn_packed *packed, rn_packed_entry *entry)
{
    if (!entry) return;
    pthread_mutex_lock(&packed->mutex);
    const bool last = --entry->n_users == 0;
    if (last) {
        rn_packed_entry **link = &packed->first;
        while (*link != entry) link = &(*link)->next;
        *link = entry->next;
    }
    pthread_mutex_unlock(&packed->mutex);
    if (last) free_entry(entry);
}
