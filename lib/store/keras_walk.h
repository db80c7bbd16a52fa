/** The walk along a Keras model: from picture to answer, each layer is a part of ResNet-50, of the
 *  recipe or of the head, or harmless, or refused by name. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_KERAS_WALK_H
#define RN_STORE_KERAS_WALK_H

#include "store/head_plan.h"
#include "store/keras_graph.h"
#include "store/raw.h"

/** What flows out of a node. */
enum rn_keras_kind {
    RN_KERAS_IMAGE,  /* pixels, each colour scaled and shifted */
    RN_KERAS_CONV,   /* a convolution's output, `row` of the arch */
    RN_KERAS_NORM,   /* that after its batch norm */
    RN_KERAS_RELU,   /* that after ReLU, where no sum follows */
    RN_KERAS_SUM,    /* a block's sum, `blocks` counting that block */
    RN_KERAS_MAP,    /* the output of `blocks` blocks; 0: of the stem with its pool */
    RN_KERAS_VECTOR, /* the pooled map, or what the head made of it */
};

/** Channel of an image: scale * pixel's colour `source` + offset. */
typedef struct rn_keras_plane {
    uint8_t source; /* 0 red, 1 green, 2 blue */
    double scale, offset;
} rn_keras_plane;

typedef struct rn_keras_value {
    enum rn_keras_kind kind;
    size_t h, w;    /* 0: the file leaves them open */
    size_t padding; /* zeros around it, px, counted in h and w */
    size_t row, blocks;
    size_t n_planes; /* IMAGE */
    bool has_axis;   /* IMAGE: of its channels; a slice has lost it */
    rn_keras_plane planes[3];
    size_t changed; /* IMAGE: node that did so last, to be named */
    size_t n_steps; /* VECTOR: of the head so far */
    size_t width;   /* VECTOR: how many numbers */
} rn_keras_value;

/** Nodes of one convolution and its batch norm; 0, the input's, for one not met. */
typedef struct rn_keras_row {
    size_t conv, norm;
} rn_keras_row;

typedef struct rn_keras_walk {
    rn_raw_set *set;
    const rn_arch *arch; /* the set's */
    const rn_keras_graph *graph;
    const size_t *owners;   /* see keras_bind.h */
    rn_keras_value *values; /* of each node */
    bool channels_first;
    rn_keras_row *rows;        /* [arch->n_convs] */
    size_t n_layers;           /* of both */
    rn_keras_plane colours[3]; /* what the first convolution gets */
    bool has_answer;           /* softmax or the like has been met: nothing may follow */
    rn_head_plan *plan;
    size_t step_nodes[RN_HEAD_MAX_STEPS];
} rn_keras_walk;

/** Walks a whole graph, from what `set` holds to what set->info says and set->plan; the parts of a
 *  head that cannot be run are told in set->info.head_refusal. */
resnet_status rn_keras_walk_run(rn_keras_walk *walk);

/** UNSUPPORTED: the layer's class and name, where it stands, and the reason. */
resnet_status rn_keras_refuse(const rn_keras_walk *walk, size_t node, const char *reason, ...)
    __attribute__((format(printf, 3, 4)));

/** What the first input of a node is. */
static inline const rn_keras_value *rn_keras_input_of(const rn_keras_walk *walk, size_t node)
{
    return &walk->values[walk->graph->nodes[node].inputs[0]];
}

/** Each handles a node by what its first input is, and writes *out. */
resnet_status rn_keras_on_image(rn_keras_walk *walk, size_t node, rn_keras_value *out);
resnet_status rn_keras_on_backbone(rn_keras_walk *walk, size_t node, rn_keras_value *out);
resnet_status rn_keras_on_vector(rn_keras_walk *walk, size_t node, rn_keras_value *out);

/** The first convolution, which ends the image (keras_backbone.c). */
resnet_status rn_keras_take_conv(rn_keras_walk *walk, size_t node, rn_keras_value *out);
/** From the last map to a vector; anything else is refused (keras_head.c). */
resnet_status rn_keras_take_pooling(rn_keras_walk *walk, size_t node, rn_keras_value *out);
/** What may stand behind the last layer, and what does (keras_head.c). */
resnet_status rn_keras_finish_head(rn_keras_walk *walk);
/** The colours of the first convolution's input as a recipe (keras_image.c). */
resnet_status rn_keras_finish_recipe(rn_keras_walk *walk);

/** Zeros around a map or image: counts them. */
resnet_status rn_keras_take_padding(rn_keras_walk *walk, size_t node, rn_keras_value *out);

/** Reads n values of a variable of the node; FORMAT when the file has no such tensor. */
resnet_status rn_keras_read_values(const rn_keras_walk *walk, size_t node, const char *variable,
                                   size_t n, float *out);

#endif
