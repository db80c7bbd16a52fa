/* A host's own samples: files, bytes and frames that it adds one by one.
 * SPDX-License-Identifier: MIT */
#include "core/arithmetic.h"
#include "core/file.h"
#include "core/mem.h"
#include "data/split.h"

#include <string.h>

/* One added sample; at most one of the pointers is set, none for a file. */
typedef struct added {
    void *bytes; /* of a JPEG or PNG file, owned */
    size_t bytes_size;
    resnet_image *image;    /* a copied frame */
    const void *pixels_hwc; /* a borrowed frame */
    size_t width, height, stride;
    int32_t layout;
} added;

typedef struct memory_state {
    added *items;
    size_t capacity;
} memory_state;

struct resnet_dataset_builder {
    rn_source *source; /* NULL once it was finished */
};

static void clear_memory(rn_source *source)
{
    memory_state *state = source->state;
    for (size_t i = 0; i < source->names.n; i++) {
        rn_free(state->items[i].bytes);
        resnet_image_free(state->items[i].image);
    }
    rn_free(state->items);
}

static resnet_status decode_bytes(rn_picture *out, const void *bytes, size_t size,
                                  const resnet_image_options *options)
{
    resnet_image *image = NULL;
    const resnet_status status = resnet_image_decode(&image, bytes, size, options);
    if (status == RESNET_OK) *out = (rn_picture){image, image};
    return status;
}

static resnet_status read_file_picture(rn_picture *out, const char *path,
                                       const resnet_image_options *options)
{
    resnet_image *image = NULL;
    const resnet_status status = resnet_image_load(&image, path, options);
    if (status == RESNET_OK) *out = (rn_picture){image, image};
    return status;
}

static resnet_status read_borrowed(rn_picture *out, const added *item,
                                   const resnet_image_options *options)
{
    resnet_image *image = NULL;
    const resnet_status status = resnet_image_from_pixels(
        &image, item->pixels_hwc, item->width, item->height, item->stride, item->layout, options);
    if (status == RESNET_OK) *out = (rn_picture){image, image};
    return status;
}

static resnet_status read_added(rn_picture *out, const rn_source *source, size_t sample,
                                const resnet_image_options *options)
{
    const added *item = &((const memory_state *)source->state)->items[sample];
    if (item->bytes) return decode_bytes(out, item->bytes, item->bytes_size, options);
    if (item->pixels_hwc) return read_borrowed(out, item, options);
    if (!item->image)
        return read_file_picture(out, rn_strings_get(&source->names, sample), options);
    *out = (rn_picture){item->image, NULL};
    return RESNET_OK;
}

static const rn_source_kind MEMORY = {.read_picture = read_added,
                                      .clear = clear_memory,
                                      .state_size = sizeof(memory_state),
                                      .names_are_paths = true};

resnet_status resnet_dataset_builder_create(resnet_dataset_builder **out,
                                            const char *const *class_names, size_t n_classes,
                                            const resnet_dataset_options *options)
{
    if (!out) return rn_fail(RESNET_E_INVALID, "resnet_dataset_builder_create: NULL");
    resnet_dataset_options ours;
    resnet_dataset_builder *builder = NULL;
    resnet_status status = rn_source_read_options(&ours, options);
    if (status != RESNET_OK) return status;
    builder = rn_calloc(1, sizeof *builder);
    if (!builder) return RESNET_E_NOMEM;
    RN_TRY(rn_source_create(&builder->source, &MEMORY, &ours));
    RN_TRY(rn_source_add_classes(builder->source, class_names, n_classes));
    *out = builder;
    return RESNET_OK;
done:
    resnet_dataset_builder_free(builder);
    return status;
}

void resnet_dataset_builder_free(resnet_dataset_builder *builder)
{
    if (!builder) return;
    rn_source_release(builder->source);
    rn_free(builder);
}

static resnet_status check_add(const resnet_dataset_builder *builder, const void *what,
                               int32_t label)
{
    if (!builder || !what) return rn_fail(RESNET_E_INVALID, "resnet_dataset_builder: NULL");
    if (!builder->source)
        return rn_fail(RESNET_E_STATE, "resnet_dataset_builder: already finished");
    return rn_source_check_label(builder->source, label);
}

/* Appends the item, whose owned parts pass to the source on success. */
static resnet_status add_item(resnet_dataset_builder *builder, const added *item, int32_t label,
                              const char *name)
{
    rn_source *source = builder->source;
    memory_state *state = source->state;
    resnet_status status;
    RN_TRY(rn_grow(&state->items, &state->capacity, source->names.n + 1, sizeof *state->items));
    state->items[source->names.n] = *item;
    status = rn_source_add(source, name, strlen(name), label);
done:
    return status;
}

/* The host's name for a sample, or a made-up one. */
static resnet_status add_named(resnet_dataset_builder *builder, const added *item, int32_t label,
                               const char *name, const char *what)
{
    if (name) return add_item(builder, item, label, name);
    char *made_up = rn_format("%s#%zu", what, builder->source->names.n);
    if (!made_up) return RESNET_E_NOMEM;
    const resnet_status status = add_item(builder, item, label, made_up);
    rn_free(made_up);
    return status;
}

resnet_status resnet_dataset_builder_add_file(resnet_dataset_builder *builder, const char *path,
                                              int32_t label)
{
    const resnet_status status = check_add(builder, path, label);
    return status == RESNET_OK ? add_item(builder, &(added){0}, label, path) : status;
}

resnet_status resnet_dataset_builder_add_bytes(resnet_dataset_builder *builder, const void *bytes,
                                               size_t bytes_size, int32_t label, const char *name)
{
    resnet_status status = check_add(builder, bytes, label);
    if (status != RESNET_OK) return status;
    added item = {.bytes = rn_alloc(bytes_size, 1), .bytes_size = bytes_size};
    if (!item.bytes) return RESNET_E_NOMEM;
    memcpy(item.bytes, bytes, bytes_size);
    status = add_named(builder, &item, label, name, "bytes");
    if (status != RESNET_OK) rn_free(item.bytes);
    return status;
}

static resnet_status make_image_options(resnet_image_options *out,
                                        const resnet_dataset_builder *builder)
{
    const resnet_status status = resnet_image_options_init(out, sizeof *out);
    out->max_pixels = builder->source->options.max_pixels;
    return status;
}

resnet_status resnet_dataset_builder_add_pixels(resnet_dataset_builder *builder,
                                                const void *pixels_hwc, size_t width, size_t height,
                                                size_t stride, int32_t layout, int32_t label,
                                                const char *name)
{
    resnet_image_options options;
    added item = {0};
    resnet_status status;
    RN_TRY(check_add(builder, pixels_hwc, label));
    RN_TRY(make_image_options(&options, builder));
    RN_TRY(
        resnet_image_from_pixels(&item.image, pixels_hwc, width, height, stride, layout, &options));
    status = add_named(builder, &item, label, name, "frame");
    if (status != RESNET_OK) resnet_image_free(item.image);
done:
    return status;
}

resnet_status resnet_dataset_builder_borrow_pixels(resnet_dataset_builder *builder,
                                                   const void *pixels_hwc, size_t width,
                                                   size_t height, size_t stride, int32_t layout,
                                                   int32_t label, const char *name)
{
    resnet_status status = check_add(builder, pixels_hwc, label);
    if (status != RESNET_OK) return status;
    if (width == 0 || height == 0 || layout < RESNET_PIXELS_RGB || layout > RESNET_PIXELS_GRAY)
        return rn_fail(RESNET_E_INVALID, "frame of %zux%zu px, layout %d", width, height,
                       (int)layout);
    const added item = {.pixels_hwc = pixels_hwc,
                        .width = width,
                        .height = height,
                        .stride = stride,
                        .layout = layout};
    return add_named(builder, &item, label, name, "frame");
}

resnet_status resnet_dataset_builder_finish(resnet_dataset **out, resnet_dataset_builder *builder)
{
    RN_OWN_ARITHMETIC;
    if (!out || !builder) return rn_fail(RESNET_E_INVALID, "resnet_dataset_builder_finish: NULL");
    if (!builder->source)
        return rn_fail(RESNET_E_STATE, "resnet_dataset_builder: already finished");
    const resnet_status status =
        rn_dataset_wrap_part(out, builder->source, builder->source->options.part);
    if (status == RESNET_OK) builder->source = NULL;
    return status;
}
