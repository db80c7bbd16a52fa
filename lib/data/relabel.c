/* The samples of a dataset as those of another set of classes: a source that reads from the one it
 * was made of. SPDX-License-Identifier: MIT */
#include "core/mem.h"
#include "data/dataset.h"

#include <string.h>

typedef struct relabelled_state {
    rn_source *inner;
    uint64_t *ids; /* the inner source's number of each sample */
} relabelled_state;

static void clear_relabelled(rn_source *source)
{
    relabelled_state *state = source->state;
    rn_source_release(state->inner);
    rn_free(state->ids);
}

static resnet_status read_bytes(void **out, size_t *out_size, const rn_source *source,
                                size_t sample)
{
    const relabelled_state *state = source->state;
    return state->inner->kind->read_bytes(out, out_size, state->inner, (size_t)state->ids[sample]);
}

static resnet_status read_picture(rn_picture *out, const rn_source *source, size_t sample,
                                  const resnet_image_options *options)
{
    const relabelled_state *state = source->state;
    return state->inner->kind->read_picture(out, state->inner, (size_t)state->ids[sample], options);
}

/* One for each way of reading: files' bytes or pictures, with names that are paths or not. */
static const rn_source_kind KINDS[2][2] = {
    {{.read_picture = read_picture,
      .clear = clear_relabelled,
      .state_size = sizeof(relabelled_state)},
     {.read_picture = read_picture,
      .clear = clear_relabelled,
      .state_size = sizeof(relabelled_state),
      .names_are_paths = true}},
    {{.read_bytes = read_bytes, .clear = clear_relabelled, .state_size = sizeof(relabelled_state)},
     {.read_bytes = read_bytes,
      .clear = clear_relabelled,
      .state_size = sizeof(relabelled_state),
      .names_are_paths = true}},
};

static resnet_status check_labels(const resnet_dataset *dataset, const uint32_t *new_labels,
                                  size_t n_classes)
{
    for (size_t c = 0; c < dataset->source->classes.n; c++)
        if (new_labels[c] >= n_classes)
            return rn_fail(RESNET_E_INVALID, "resnet_dataset_relabel: class %zu becomes %u of %zu",
                           c, new_labels[c], n_classes);
    return RESNET_OK;
}

static resnet_status add_samples(rn_source *source, const resnet_dataset *dataset,
                                 const uint32_t *new_labels)
{
    const rn_source *inner = dataset->source;
    relabelled_state *state = source->state;
    resnet_status status = RESNET_OK;
    state->ids = rn_alloc(dataset->n, sizeof *state->ids);
    if (!state->ids) return RESNET_E_NOMEM;
    for (size_t i = 0; i < dataset->n; i++) {
        const uint64_t id = rn_dataset_get_id(dataset, i);
        const char *name = rn_strings_get(&inner->names, (size_t)id);
        const int32_t label = inner->labels[id];
        state->ids[i] = id;
        RN_TRY(rn_source_add(source, name, strlen(name),
                             label < 0 ? label : (int32_t)new_labels[label]));
    }
done:
    return status;
}

resnet_status resnet_dataset_relabel(resnet_dataset **out, const resnet_dataset *dataset,
                                     const char *const *class_names, size_t n_classes,
                                     const uint32_t *new_labels)
{
    if (!out || !dataset || !new_labels)
        return rn_fail(RESNET_E_INVALID, "resnet_dataset_relabel: NULL");
    rn_source *inner = dataset->source, *source = NULL;
    const bool has_files = rn_source_has_files(inner);
    resnet_status status;
    RN_TRY(check_labels(dataset, new_labels, n_classes));
    RN_TRY(rn_source_create(&source, &KINDS[has_files][inner->kind->names_are_paths],
                            &inner->options));
    ((relabelled_state *)source->state)->inner = rn_source_retain(inner);
    source->has_parts = inner->has_parts;
    RN_TRY(rn_source_set_root(source, inner->root ? inner->root : ""));
    RN_TRY(rn_source_add_classes(source, class_names, n_classes));
    RN_TRY(add_samples(source, dataset, new_labels));
    RN_TRY(rn_dataset_wrap(out, source));
    return RESNET_OK;
done:
    rn_source_release(source);
    return status;
}
