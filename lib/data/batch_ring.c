/* SPDX-License-Identifier: MIT */
#include "data/batch_ring.h"

#include "core/mem.h"

#include <stdio.h>
#include <string.h>

#define PAGE_SIZE 4096

/* The slots' images in one block, each slot from a page of its own. */
static resnet_status create_images(rn_batch_ring *ring, size_t batch)
{
    size_t bytes, all;
    if (__builtin_mul_overflow(batch, ring->image_size * sizeof(float), &bytes) ||
        bytes > SIZE_MAX - PAGE_SIZE)
        return rn_fail(RESNET_E_NOMEM, "loader: a batch of %zu images", batch);
    bytes = (bytes + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
    if (__builtin_mul_overflow(ring->n_slots, bytes, &all) || all > SIZE_MAX - PAGE_SIZE)
        return rn_fail(RESNET_E_NOMEM, "loader: %zu batches ahead", ring->n_slots);
    ring->images = rn_alloc(all + PAGE_SIZE, 1);
    if (!ring->images) return RESNET_E_NOMEM;
    const uintptr_t block = (uintptr_t)ring->images;
    char *first = (char *)ring->images + (PAGE_SIZE - block % PAGE_SIZE) % PAGE_SIZE;
    for (size_t s = 0; s < ring->n_slots; s++)
        ring->slots[s].images = (float *)(void *)(first + s * bytes);
    return RESNET_OK;
}

resnet_status rn_batch_ring_create(rn_batch_ring *ring, size_t n_slots, size_t batch,
                                   size_t image_size)
{
    *ring = (rn_batch_ring){.n_slots = n_slots, .image_size = image_size};
    ring->slots = rn_calloc(n_slots, sizeof *ring->slots);
    if (!ring->slots) return RESNET_E_NOMEM;
    for (size_t s = 0; s < n_slots; s++) {
        rn_batch_slot *slot = &ring->slots[s];
        slot->labels = rn_alloc(batch, sizeof *slot->labels);
        slot->samples = rn_alloc(batch, sizeof *slot->samples);
        slot->skipped = rn_alloc(batch, sizeof *slot->skipped);
        if (!slot->labels || !slot->samples || !slot->skipped) return RESNET_E_NOMEM;
    }
    return create_images(ring, batch);
}

void rn_batch_ring_clear(rn_batch_ring *ring)
{
    for (size_t s = 0; ring->slots && s < ring->n_slots; s++) {
        rn_free(ring->slots[s].labels);
        rn_free(ring->slots[s].samples);
        rn_free(ring->slots[s].skipped);
    }
    rn_free(ring->slots);
    rn_free(ring->images);
    *ring = (rn_batch_ring){0};
}

rn_batch_slot *rn_batch_ring_find(const rn_batch_ring *ring, const rn_batch *batch)
{
    return &ring->slots[(const rn_batch_slot *)(const void *)batch - ring->slots];
}

void rn_batch_slot_note_failure(rn_batch_slot *slot, size_t place, resnet_status status)
{
    if (slot->status != RESNET_OK && place > slot->failed_place) return;
    slot->status = status;
    slot->failed_place = place;
    snprintf(slot->message, sizeof slot->message, "%s", resnet_last_error());
}

void rn_batch_slot_close_gaps(rn_batch_slot *slot, size_t image_size)
{
    size_t kept = 0;
    for (size_t place = 0; place < slot->n_positions; place++) {
        if (slot->skipped[place]) continue;
        if (kept < place) {
            memcpy(slot->images + kept * image_size, slot->images + place * image_size,
                   image_size * sizeof *slot->images);
            slot->labels[kept] = slot->labels[place];
            slot->samples[kept] = slot->samples[place];
        }
        kept++;
    }
    slot->batch.n = kept;
    slot->batch.images_nchw = slot->images;
    slot->batch.labels = slot->labels;
    slot->batch.samples = slot->samples;
}
