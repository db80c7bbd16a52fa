/** What every container's parser yields: tensors under the file's own names, in the file's own
 *  layout and type, not read yet. resolve.h makes a network's weights of them.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_STORE_RAW_H
#define RN_STORE_RAW_H

#include "core/dtype.h"
#include "store/weights.h"

#define RN_RAW_MAX_DIMS 8
#define RN_RAW_MAX_TENSORS 16384 /* a training checkpoint of ResNet-152 has a few thousand */
#define RN_RAW_MAX_NAME 1024     /* bytes */
/** Elements of one tensor: whatever head can be made, a million classes behind a million hidden
 *  units, has no more. What a file may really ask for is for the budget to say. */
#define RN_RAW_MAX_ELEMENTS (UINT64_C(1) << 40)

typedef struct rn_raw_tensor {
    char *name; /* as the file has it, for messages */
    char *key;  /* what recognise.h looks up: torch's name, or "<layer>/<variable>" for Keras */
    enum rn_dtype dtype; /* of the floating ones, or RN_DTYPE_OTHER: can be listed but not read */
    bool used;           /* resolve.c's mark */
    size_t n_dims;
    uint64_t dims[RN_RAW_MAX_DIMS];
    uint64_t strides[RN_RAW_MAX_DIMS]; /* elements */
    uint64_t offset;                   /* of the first element in its storage, elements */
    const unsigned char *storage;      /* the storage's bytes, if they lie in memory */
    uint64_t entry;                    /* else where the container finds them */
} rn_raw_tensor;

/** How kernels are laid out: a framework's choice, so one for the whole file. */
enum rn_raw_layout {
    RN_LAYOUT_TORCH,      /* [out][in][h][w], dense [out][in] */
    RN_LAYOUT_KERAS,      /* [h][w][in][out], dense [in][out] */
    RN_LAYOUT_KERAS_OIHW, /* Keras 1 with "th" ordering: [out][in][h][w], dense [in][out] */
    RN_LAYOUT_KERAS_FLIP /* the same by Theano, whose convolution turns the kernel by 180 degrees */
};

typedef struct rn_raw_set rn_raw_set;
struct rn_raw_set {
    enum rn_raw_layout layout;
    rn_arch *arch; /* the network it is read as */
    rn_raw_tensor *tensors;
    size_t n_tensors;
    size_t n_tensors_capacity;
    rn_weights_info info;      /* what the container says, over the family's own facts */
    bool drop_conv_bias;       /* conv biases in the file are only there for Keras's sake */
    bool has_sigmoid;          /* the last dense layer's outputs are not shared out by a softmax */
    char *backend;             /* Keras's attribute of that name, or NULL */
    rn_budget *budget;         /* what is left for reading; borrowed */
    rn_raw_tensor **by_key;    /* sorted; NULL until rn_raw_sort() and after rn_raw_add() */
    char *model_config;        /* Keras's JSON of the whole model, or NULL */
    struct rn_head_plan *plan; /* what it says of the head, or NULL (head_plan.h) */
    /* Reads a tensor as floats, row-major; NULL: every tensor has `storage`. */
    resnet_status (*read)(void *source, const rn_raw_tensor *tensor, float *out);
    void (*close)(void *source); /* may be NULL */
    void *source;
};

/** The budget must outlive the set. */
resnet_status rn_raw_create(rn_raw_set **out, enum rn_raw_layout layout, rn_budget *budget);
void rn_raw_free(rn_raw_set *set);

/** Adds a dense row-major tensor; the caller then sets what is otherwise. `key` NULL: the name.
 *  UNSUPPORTED beyond the caps or the budget. *out stays valid until the next call. */
resnet_status rn_raw_add(rn_raw_set *set, rn_raw_tensor **out, const char *name, const char *key,
                         enum rn_dtype dtype, size_t n_dims, const uint64_t *dims);

/** Sorts by key, so that rn_raw_find() need not look at all. NOMEM. */
resnet_status rn_raw_sort(rn_raw_set *set);
/** The tensor whose key is prefix + key, or NULL. */
rn_raw_tensor *rn_raw_find(const rn_raw_set *set, const char *prefix, const char *key);

/** Checks that dims, strides and offset stay within a storage of storage_elements, and that a view
 *  has no more elements than its storage (so that a small file cannot ask for much memory). */
resnet_status rn_raw_check_bounds(const rn_raw_tensor *tensor, uint64_t storage_elements);

/** Product of dims; they passed rn_raw_add()'s check, so it does not overflow. */
uint64_t rn_raw_count(const rn_raw_tensor *tensor);

/** Reads one tensor as rn_raw_count() floats, row-major. UNSUPPORTED for another type. */
resnet_status rn_raw_read(const rn_raw_set *set, const rn_raw_tensor *tensor, float *out);
/** The same from the bytes of its storage, for containers' own `read`. */
void rn_raw_convert(const rn_raw_tensor *tensor, const unsigned char *storage, float *out);

/** "[64,3,7,7]" into `text`. */
#define RN_DIMS_TEXT_SIZE 200
void rn_dims_format(char text[RN_DIMS_TEXT_SIZE], size_t n_dims, const uint64_t *dims);

#endif
