/* SPDX-License-Identifier: MIT */
#include "data/left_out.h"

#include "core/mem.h"

resnet_status rn_left_out_create(rn_left_out *out, const resnet_dataset *dataset, rn_log log)
{
    const resnet_dataset_options *options = &dataset->source->options;
    out->dataset = dataset;
    out->log = log;
    out->most = (size_t)(options->max_corrupt * (double)dataset->n);
    pthread_mutex_init(&out->log_mutex, NULL);
    atomic_init(&out->n, 0);
    out->marks = rn_calloc(dataset->n, sizeof *out->marks);
    return out->marks ? RESNET_OK : RESNET_E_NOMEM;
}

void rn_left_out_clear(rn_left_out *self)
{
    if (!self->dataset) return;
    pthread_mutex_destroy(&self->log_mutex);
    rn_free((void *)self->marks);
    *self = (rn_left_out){.dataset = NULL};
}

/* Only what was read and is no picture speaks against the picture. A file that cannot be read may
 * be fine: descriptors have run out, a disk fails, a folder is no longer mounted. */
static bool is_bad_picture(const rn_left_out *self, size_t index, resnet_status status)
{
    if (status == RESNET_E_FORMAT || status == RESNET_E_UNSUPPORTED) return true;
    return (status == RESNET_E_IO || status == RESNET_E_NOT_FOUND) &&
           rn_source_is_gone(self->dataset->source,
                             (size_t)rn_dataset_get_id(self->dataset, index));
}

static void tell(rn_left_out *self)
{
    pthread_mutex_lock(&self->log_mutex);
    rn_log_line(&self->log, RESNET_LOG_WARNING, "left out: %s", resnet_last_error());
    pthread_mutex_unlock(&self->log_mutex);
}

resnet_status rn_left_out_add(rn_left_out *self, size_t index, resnet_status status)
{
    const resnet_dataset_options *options = &self->dataset->source->options;
    if (options->on_corrupt != RESNET_CORRUPT_SKIP || !is_bad_picture(self, index, status))
        return status;
    if (atomic_exchange(&self->marks[index], 1)) return RESNET_OK;
    const size_t n = atomic_fetch_add(&self->n, 1) + 1;
    tell(self);
    if (n <= self->most) return RESNET_OK;
    return rn_fail(RESNET_E_FORMAT,
                   "%zu of %zu pictures cannot be read, a larger share than the %g that may be "
                   "left out; one of them: %s",
                   n, self->dataset->n, options->max_corrupt, resnet_last_error());
}

size_t rn_left_out_copy(const rn_left_out *self, uint64_t *indices, size_t capacity)
{
    size_t n = 0;
    for (size_t i = 0; i < self->dataset->n; i++) {
        if (!atomic_load(&self->marks[i])) continue;
        if (n < capacity) indices[n] = i;
        n++;
    }
    return n;
}
