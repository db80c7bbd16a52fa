/* Files of weights as others write them, in memory: safetensors with torchvision's names, no texts,
 * and any last layer. SPDX-License-Identifier: MIT */
#ifndef RN_TESTS_FOREIGN_H
#define RN_TESTS_FOREIGN_H

#include "api.h"

#define FOREIGN_FEATURES 2048

/** A last layer of n_outputs outputs; 0: none. */
typedef struct foreign_head {
    size_t n_outputs;
    const float *weights; /* [n_outputs][2048]; NULL: zeros */
    const float *biases;  /* [n_outputs]; NULL: zeros */
} foreign_head;

typedef struct foreign_file {
    unsigned char *bytes;
    size_t size;
} foreign_file;

static inline size_t foreign_add_entry(char *header, size_t used, size_t room,
                                       const resnet_tensor_view *view, size_t begin)
{
    used += (size_t)snprintf(header + used, room - used, "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[",
                             used > 1 ? "," : "", view->name);
    for (uint32_t d = 0; d < view->n_dims; d++)
        used += (size_t)snprintf(header + used, room - used, "%s%llu", d ? "," : "",
                                 (unsigned long long)view->dims[d]);
    used += (size_t)snprintf(header + used, room - used, "],\"data_offsets\":[%zu,%zu]}", begin,
                             begin + (size_t)view->data_size);
    assert_true(used < room);
    return used;
}

/** The tensors of `model` but its head's, then that head; free() the bytes. */
static inline foreign_file make_foreign(const resnet_model *model, const foreign_head *head)
{
    enum { ROOM = 1 << 16, MOST = 400 };
    static char header[ROOM];
    static resnet_tensor_view views[MOST];
    size_t n = 0, used = 1, begin = 0;
    for (size_t i = 0; i < resnet_model_get_n_tensors(model); i++) {
        assert_true(n < MOST - 2);
        assert_ok(resnet_model_get_tensor(&views[n], sizeof views[n], model, i));
        n += strncmp(views[n].name, "fc.", 3) != 0;
    }
    if (head->n_outputs > 0) {
        views[n++] = (resnet_tensor_view){.name = "fc.weight",
                                          .data = head->weights,
                                          .data_size = head->n_outputs * FOREIGN_FEATURES * 4,
                                          .dims = {head->n_outputs, FOREIGN_FEATURES},
                                          .n_dims = 2};
        views[n++] = (resnet_tensor_view){.name = "fc.bias",
                                          .data = head->biases,
                                          .data_size = head->n_outputs * 4,
                                          .dims = {head->n_outputs},
                                          .n_dims = 1};
    }
    header[0] = '{';
    for (size_t i = 0; i < n; begin += (size_t)views[i++].data_size)
        used = foreign_add_entry(header, used, ROOM, &views[i], begin);
    header[used++] = '}';
    foreign_file file = {calloc(8 + used + begin, 1), 8 + used + begin};
    assert_non_null(file.bytes);
    for (size_t i = 0; i < 8; i++) file.bytes[i] = (unsigned char)(used >> (8 * i));
    memcpy(file.bytes + 8, header, used);
    unsigned char *at = file.bytes + 8 + used;
    for (size_t i = 0; i < n; at += views[i++].data_size)
        if (views[i].data) memcpy(at, views[i].data, (size_t)views[i].data_size);
    return file;
}

/** Loads that file. */
static inline resnet_model *load_foreign(const resnet_model *model, const foreign_head *head)
{
    resnet_model *loaded = NULL;
    const foreign_file file = make_foreign(model, head);
    assert_ok(resnet_model_load_memory(&loaded, file.bytes, file.size, NULL));
    free(file.bytes);
    return loaded;
}

#endif
