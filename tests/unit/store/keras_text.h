/* ResNet-50 as the JSON of a Keras model, by walking its table, with a layer more where a test
 * wants one. SPDX-License-Identifier: MIT */
#ifndef RN_TESTS_KERAS_TEXT_H
#define RN_TESTS_KERAS_TEXT_H

#include "../arch50.h"

#include "core/mem.h"
#include "store/names.h"

#include <stdio.h>
#include <string.h>

enum keras_form { KERAS_2, KERAS_3, KERAS_1 };
enum keras_place { NOWHERE, BEFORE, ON_MAP, ON_FEATURES, IN_HEAD, ON_LOGITS, ON_ANSWER };

/** A layer, or several in a row, put in a place; {"class", "config"}. */
typedef struct keras_extra {
    enum keras_place place;
    const char *class_name;
    const char *config; /* the inner of the object, without the name */
    const char *call;   /* NULL: takes the tensor before; else the inner of "args" (Keras 3) or the
                           whole list of "inbound_nodes" (Keras 2), with %s for that tensor */
} keras_extra;

typedef struct keras_text {
    enum keras_form form;
    const keras_extra *extras; /* ends in a NOWHERE */
    char *text;
    size_t length, capacity;
    char last[RN_NAME_SIZE]; /* layer that was added */
    size_t n_extras;         /* so far, for names */
} keras_text;

static inline void put(keras_text *t, const char *piece)
{
    const size_t more = strlen(piece);
    if (t->length + more + 1 > t->capacity) {
        t->capacity = 2 * (t->length + more + 1);
        t->text = rn_realloc(t->text, t->capacity, 1);
    }
    memcpy(t->text + t->length, piece, more + 1);
    t->length += more;
}

static inline void put_ref(keras_text *t, const char *name)
{
    char piece[256];
    snprintf(
        piece, sizeof piece,
        t->form == KERAS_3
            ? "{\"class_name\":\"__keras_tensor__\",\"config\":{\"keras_history\":[\"%s\",0,0]}}"
            : "[\"%s\",0,0,{}]",
        name);
    put(t, piece);
}

/** A layer of one or two inputs; `call` as in keras_extra. */
static inline void put_layer(keras_text *t, const char *class_name, const char *name,
                             const char *config, const char *first, const char *second,
                             const char *call)
{
    char head[1024], from[RN_NAME_SIZE];
    snprintf(from, sizeof from, "%s", first ? first : "");
    snprintf(head, sizeof head,
             "%s{\"class_name\":\"%s\",\"name\":\"%s\",\"config\":{\"name\":\"%s\"%s%s},"
             "\"inbound_nodes\":[",
             t->text[t->length - 1] == '[' ? "" : ",", class_name, name, name, *config ? "," : "",
             config);
    put(t, head);
    if (call) {
        const char *at = strstr(call, "%s");
        snprintf(head, sizeof head, "%.*s", (int)(at - call), call);
        put(t, t->form == KERAS_3 ? "{\"args\":[" : "");
        put(t, head);
        if (t->form == KERAS_3)
            put_ref(t, from);
        else
            put(t, from);
        put(t, at + 2);
        put(t, t->form == KERAS_3 ? "],\"kwargs\":{}}" : "");
    } else if (first) {
        put(t, t->form == KERAS_3 ? "{\"args\":[" : "[");
        if (second && t->form == KERAS_3) put(t, "[");
        put_ref(t, from);
        if (second) {
            put(t, ",");
            put_ref(t, second);
            put(t, t->form == KERAS_3 ? "]" : "");
        }
        put(t, t->form == KERAS_3 ? "],\"kwargs\":{}}" : "]");
    }
    put(t, "]}");
    snprintf(t->last, sizeof t->last, "%s", name);
}

static inline void put_extras(keras_text *t, enum keras_place place)
{
    for (const keras_extra *extra = t->extras; extra && extra->place; extra++) {
        char name[32];
        if (extra->place != place) continue;
        snprintf(name, sizeof name, "extra_%zu", t->n_extras++);
        put_layer(t, extra->class_name, name, extra->config, t->last, NULL, extra->call);
    }
}

/** Convolution and batch norm of a row; leaves their end in t->last. */
static inline void put_conv(keras_text *t, size_t row, const char *input)
{
    const rn_arch_conv *conv = &arch50()->convs[row];
    char name[RN_NAME_SIZE], config[256];
    rn_names_keras_layer(name, conv, false);
    const char *const padding = conv->kernel == 3 ? "same" : "valid";
    if (t->form == KERAS_1)
        snprintf(config, sizeof config,
                 "\"nb_filter\":%zu,\"nb_row\":%d,\"nb_col\":%d,\"subsample\":[%d,%d],"
                 "\"border_mode\":\"%s\",\"dim_ordering\":\"tf\",\"activation\":\"linear\"",
                 conv->out_channels, conv->kernel, conv->kernel, conv->stride_v1, conv->stride_v1,
                 padding);
    else
        snprintf(config, sizeof config,
                 "\"filters\":%zu,\"kernel_size\":[%d,%d],\"strides\":[%d,%d],"
                 "\"padding\":\"%s\",\"activation\":\"linear\"",
                 conv->out_channels, conv->kernel, conv->kernel, conv->stride_v1, conv->stride_v1,
                 padding);
    put_layer(t, t->form == KERAS_1 ? "Convolution2D" : "Conv2D", name, config, input, NULL, NULL);
    rn_names_keras_layer(name, conv, true);
    put_layer(t, "BatchNormalization", name, "\"axis\":3,\"epsilon\":1.001e-05", t->last, NULL,
              NULL);
}

static inline void put_relu(keras_text *t, const char *name)
{
    put_layer(t, "Activation", name, "\"activation\":\"relu\"", t->last, NULL, NULL);
}

static inline void put_block(keras_text *t, size_t index)
{
    const rn_arch_block *block = &arch50()->blocks[index];
    char input[RN_NAME_SIZE], shortcut[RN_NAME_SIZE], name[64];
    snprintf(input, sizeof input, "%s", t->last);
    snprintf(shortcut, sizeof shortcut, "%s", t->last);
    if (block->has_shortcut) {
        put_conv(t, block->shortcut, input);
        snprintf(shortcut, sizeof shortcut, "%s", t->last);
    }
    put_conv(t, block->first, input);
    snprintf(name, sizeof name, "block%zu_relu1", index);
    put_relu(t, name);
    put_conv(t, block->first + 1, t->last);
    snprintf(name, sizeof name, "block%zu_relu2", index);
    put_relu(t, name);
    put_conv(t, block->last, t->last);
    snprintf(name, sizeof name, "block%zu_add", index);
    if (t->form == KERAS_1)
        put_layer(t, "Merge", name, "\"mode\":\"sum\"", shortcut, t->last, NULL);
    else
        put_layer(t, "Add", name, "", shortcut, t->last, NULL);
    snprintf(name, sizeof name, "block%zu_out", index);
    put_relu(t, name);
}

static inline void put_head(keras_text *t)
{
    const bool old = t->form == KERAS_1;
    put_extras(t, ON_MAP);
    if (old) {
        put_layer(t, "AveragePooling2D", "avg_pool",
                  "\"pool_size\":[2,3],\"strides\":[2,3],\"border_mode\":\"valid\"", t->last, NULL,
                  NULL);
        put_layer(t, "Flatten", "pool", "", t->last, NULL, NULL);
    } else {
        put_layer(t, "GlobalAveragePooling2D", "pool", "", t->last, NULL, NULL);
    }
    put_extras(t, ON_FEATURES);
    put_layer(t, "Dense", "hidden",
              old ? "\"output_dim\":16" : "\"units\":16,\"activation\":\"linear\"", t->last, NULL,
              NULL);
    put_extras(t, IN_HEAD);
    put_layer(t, "Dense", "last",
              old ? "\"output_dim\":5" : "\"units\":5,\"activation\":\"linear\"", t->last, NULL,
              NULL);
    put_extras(t, ON_LOGITS);
    put_layer(t, "Activation", "answer", "\"activation\":\"softmax\"", t->last, NULL, NULL);
    put_extras(t, ON_ANSWER);
}

/** The whole model's JSON, for rn_free(). */
static inline char *make_keras_text(enum keras_form form, const keras_extra *extras)
{
    keras_text t = {.form = form, .extras = extras};
    char end[256];
    const bool old = form == KERAS_1;
    put(&t, old ? "{\"class_name\":\"Model\"," : "{\"class_name\":\"Functional\",");
    put(&t, "\"config\":{\"name\":\"model\",\"layers\":[");
    put_layer(&t, "InputLayer", "in", "\"batch_shape\":[null,64,96,3]", NULL, NULL, NULL);
    put_extras(&t, BEFORE);
    put_layer(&t, "ZeroPadding2D", "conv1_pad",
              old ? "\"padding\":[3,3]" : "\"padding\":[[3,3],[3,3]]", t.last, NULL, NULL);
    put_conv(&t, 0, t.last);
    put_relu(&t, "conv1_relu");
    if (!old) /* Keras 1 pooled without */
        put_layer(&t, "ZeroPadding2D", "pool1_pad", "\"padding\":[[1,1],[1,1]]", t.last, NULL,
                  NULL);
    put_layer(&t, "MaxPooling2D", "pool1_pool",
              old ? "\"pool_size\":[3,3],\"strides\":[2,2],\"border_mode\":\"valid\""
                  : "\"pool_size\":[3,3],\"strides\":[2,2],\"padding\":\"valid\"",
              t.last, NULL, NULL);
    for (size_t i = 0; i < arch50()->n_blocks; i++) put_block(&t, i);
    put_head(&t);
    snprintf(end, sizeof end,
             "],\"input_layers\":[[\"in\",0,0]],\"output_layers\":[[\"%s\",0,0]]}}", t.last);
    put(&t, end);
    return t.text;
}

#endif
