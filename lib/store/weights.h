/** What every weight format is read into and written from: named float tensors in the canonical
 *  names and layouts, and what else a file says of its model. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_WEIGHTS_H
#define RN_STORE_WEIGHTS_H

#include "arch/arch.h"
#include "core/budget.h"
#include "store/pairs.h"

#include <resnet/image.h>
#include <stdbool.h>

#define RN_TENSOR_MAX_DIMS 4

/** float32, row-major, no gaps. Canonical names are torchvision's: arch->convs[i].conv +
 *  ".weight" [out][in / groups][k][k] (and ".bias" [out] where the family has one),
 *  arch->convs[i].bn + ".weight" ".bias" ".running_mean" ".running_var" [out], "fc.weight"
 * [classes][in], "fc.bias", and a head's hidden layers "fc.hidden0.weight" [units][in],
 * "fc.hidden0.bias", ... */
typedef struct rn_tensor {
    char *name;
    char *source_name; /* what the file calls it, for messages; may be NULL */
    size_t n_dims;
    uint64_t dims[RN_TENSOR_MAX_DIMS];
    const float *data; /* owned by the rn_weights it is in */
} rn_tensor;

/** What a file of ours says of its own integrity; see digest.h. */
typedef struct rn_seal {
    bool is_required; /* the file says that it was written with a checksum */
    bool has_checksum;
    uint64_t checksum;
    uint64_t texts; /* digest of its metadata */
} rn_seal;

/** What differs between families travels as data. 0 or NULL: the file does not say. */
typedef struct rn_weights_info {
    char *format;    /* for people: "Keras HDF5 weights (2015-2018 names)" */
    int32_t variant; /* RESNET_VARIANT_* */
    float bn_epsilon;
    int32_t stem_pool; /* RESNET_STEM_POOL_* */
    bool has_recipe;
    bool recipe_is_torchs; /* the file says nothing, so it is what torch's families have */
    resnet_recipe recipe;
    char **class_names; /* n_class_names of them, or NULL */
    size_t n_class_names;
    bool names_are_guessed; /* not the file's own, but ImageNet's by the number of classes */
    bool is_own;            /* this library wrote the file */
    char *licence;
    char *provenance;
    rn_pairs metadata;    /* the caller's own texts */
    int32_t head_pooling; /* RESNET_POOLING_*; AVERAGE where it does not say */
    rn_arch_activation head_activations[RN_ARCH_MAX_HIDDEN]; /* behind each hidden layer */
    int32_t head_output;                                     /* RN_HEAD_OUT_* */
    float head_dropout;
    rn_seal seal;
    char **remarks; /* n_remarks of them: what was assumed or set aside, for people */
    size_t n_remarks;
    char *head_refusal; /* why the file's head cannot be run, and is not among the tensors; or NULL
                         */
} rn_weights_info;

#define RN_HEAD_OUT_LOGITS 1 /* nothing follows the last layer */
#define RN_HEAD_OUT_SOFTMAX 2
#define RN_HEAD_OUT_SIGMOID 3 /* one for each output */

typedef struct rn_weights {
    rn_arch *arch; /* whose tensors they are */
    rn_weights_info info;
    rn_tensor *tensors;
    size_t n_tensors;
    size_t n_tensors_capacity;
} rn_weights;

/** An empty set for a network, which it retains. */
resnet_status rn_weights_create(rn_weights **out, const rn_arch *arch);
void rn_weights_free(rn_weights *weights);
/** Adds a remark, printf-like. NOMEM. */
resnet_status rn_weights_remark(rn_weights_info *info, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** Frees what the fields own and zeroes them. */
void rn_weights_info_clear(rn_weights_info *info);
/** Adds a tensor whose data (room for all of dims) the set owns and the caller fills by *out_data.
 */
resnet_status rn_weights_add(rn_weights *weights, float **out_data, const char *name,
                             const char *source_name, size_t n_dims, const uint64_t *dims);
/** NULL when there is none of that name. */
const rn_tensor *rn_weights_find(const rn_weights *weights, const char *name);

/** Formats that a reader may meet. */
#define RN_ACCEPT_HDF5 1u  /* Keras's .h5 and our own */
#define RN_ACCEPT_KERAS 2u /* the archive .keras */
#define RN_ACCEPT_TORCH 4u /* pickles: .pth of any age */
#define RN_ACCEPT_SAFETENSORS 8u
#define RN_ACCEPT_ALL 15u

/** Which weights to take where a file has averaged ones (model_ema, state_dict_ema, teacher) beside
 *  those that were trained. */
#define RN_AVERAGED_PREFER 0
#define RN_AVERAGED_NEVER 1
#define RN_AVERAGED_ONLY 2 /* UNSUPPORTED when there are none */

/** What reading one file may cost and what it may be. All zero is every format at the default
 *  budget. */
typedef struct rn_read_limits {
    uint64_t max_bytes; /* of the file itself; 0: no bound */
    uint64_t budget;    /* bytes that its content may ask for or unpack to; 0: RN_DEFAULT_BUDGET */
    uint32_t accepted;  /* RN_ACCEPT_*; 0: all */
    int32_t averaged;   /* RN_AVERAGED_* */
    bool map_file;      /* nobody shortens or rewrites it meanwhile, so it need not be copied */
} rn_read_limits;
/** For a file of `size` bytes: room for its tensors as floats, twice, and for what describes them.
 */
#define RN_DEFAULT_BUDGET(size) ((UINT64_C(1) << 30) + 4 * (uint64_t)(size))

/** Reads any format this library knows, found from the content: Keras HDF5 (weights or full model,
 *  new, 2015-2018 and Keras 1 names), Keras 3 .weights.h5 and .keras, our own HDF5, PyTorch .pth
 *  (zip, legacy, and the tar of 2016), safetensors (torchvision, timm, Hugging Face names).
 *  IO, FORMAT, SHAPE, UNSUPPORTED (also beyond the limits), NOMEM; messages name the file, or
 *  `label` for memory. */
resnet_status rn_weights_read_file(rn_weights **out, const char *path,
                                   const rn_read_limits *limits);
resnet_status rn_weights_read_memory(rn_weights **out, const void *bytes, size_t bytes_size,
                                     const rn_read_limits *limits, const char *label);

/** What we write, one writer each; the same weights give the same bytes. */
enum rn_weights_format {
    RN_WEIGHTS_HDF5,       /* ours, which Keras's load_weights() reads */
    RN_WEIGHTS_SAFETENSORS /* torchvision's names, and our info in __metadata__ */
};
#define RN_N_WEIGHTS_FORMATS 2
resnet_status rn_weights_encode(unsigned char **out_bytes, size_t *out_size,
                                const rn_weights *weights, enum rn_weights_format format);
resnet_status rn_weights_write(const rn_weights *weights, const char *path,
                               enum rn_weights_format format);

#endif
