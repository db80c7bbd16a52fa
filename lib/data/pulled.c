/* Samples that the host makes when they are wanted. SPDX-License-Identifier: MIT */
#include "core/arithmetic.h"
#include "core/callback.h"
#include "core/mem.h"
#include "data/split.h"

#include <stdio.h>

typedef struct pulled_state {
    resnet_dataset_read_callback read;
    void *user_data;
} pulled_state;

static resnet_status read_pulled(rn_picture *out, const rn_source *source, size_t sample,
                                 const resnet_image_options *options)
{
    (void)options; /* the host decodes */
    const pulled_state *state = source->state;
    resnet_image *image = NULL;
    const rn_callback call = rn_callback_begin();
    const resnet_status status =
        rn_callback_end(&call, state->read(state->user_data, &image, sample), "the callback");
    if (status != RESNET_OK) {
        resnet_image_free(image); /* made before it failed */
        return status;
    }
    if (!image) return rn_fail(RESNET_E_INVALID, "the callback gave no image");
    *out = (rn_picture){image, image};
    return RESNET_OK;
}

static const rn_source_kind PULLED = {.read_picture = read_pulled,
                                      .state_size = sizeof(pulled_state)};

static resnet_status add_samples(rn_source *source, size_t n, const int32_t *labels)
{
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < n; i++) {
        char name[32];
        const int length = snprintf(name, sizeof name, "sample#%zu", i);
        const int32_t label = labels ? labels[i] : RESNET_UNLABELLED;
        RN_TRY(rn_source_check_label(source, label));
        RN_TRY(rn_source_add(source, name, (size_t)length, label));
    }
done:
    return status;
}

resnet_status resnet_dataset_from_callback(resnet_dataset **out, resnet_dataset_read_callback read,
                                           void *user_data, size_t n, const int32_t *labels,
                                           const char *const *class_names, size_t n_classes,
                                           const resnet_dataset_options *options)
{
    RN_OWN_ARITHMETIC;
    if (!out || !read) return rn_fail(RESNET_E_INVALID, "resnet_dataset_from_callback: NULL");
    resnet_dataset_options ours;
    rn_source *source = NULL;
    resnet_status status;
    RN_TRY(rn_source_read_options(&ours, options));
    RN_TRY(rn_source_create(&source, &PULLED, &ours));
    *(pulled_state *)source->state = (pulled_state){read, user_data};
    RN_TRY(rn_source_add_classes(source, class_names, n_classes));
    RN_TRY(add_samples(source, n, labels));
    RN_TRY(rn_dataset_wrap_part(out, source, ours.part));
    return RESNET_OK;
done:
    rn_source_release(source);
    return status;
}
