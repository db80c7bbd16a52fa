/** model.h: the network's weights, and all that belongs to them: classes, recipe, licence.
 *
 *      #include <resnet/resnet.h>
 *      #include <stdio.h>
 *      int main(void)
 *      {
 *          resnet_model *model = NULL;
 *          if (resnet_model_load(&model, "resnet50-11ad3fa6.pth", NULL) != RESNET_OK)
 *              return fprintf(stderr, "%s\n", resnet_last_error()), 1;
 *          printf("%zu classes\n", resnet_model_get_n_classes(model));
 *          resnet_model_free(model);
 *          return 0;
 *      }
 *
 *  SPDX-License-Identifier: MIT */
#ifndef RESNET_MODEL_H
#define RESNET_MODEL_H

#include <resnet/bytes.h>
#include <resnet/caps.h>
#include <resnet/error.h>
#include <resnet/export.h>
#include <resnet/image.h>

RESNET_BEGIN_DECLS

/** A ResNet-50: parameters, batch-norm statistics and what a file says of them. Any number of
 *  sessions share one. Thread-safety: immutable while only sessions and getters use it; a trainer
 *  and the set_ functions need it to themselves.  Since: 0.1 */
typedef struct resnet_model resnet_model;

/** @name Where the first block of a stage strides @{ */
#define RESNET_VARIANT_AUTO 0 /**< as the file's family does; v1.5 for a new model */
#define RESNET_VARIANT_V1 1   /**< in the first 1x1 convolution: He et al. 2015, Keras */
#define RESNET_VARIANT_V1_5 2 /**< in the 3x3 convolution: torchvision, timm */
/** @} */

/** @name The border of the stem's 3x3 max pool @{ */
#define RESNET_STEM_POOL_AUTO 0
#define RESNET_STEM_POOL_PADDED 1   /**< one pixel: 112 -> 56 */
#define RESNET_STEM_POOL_UNPADDED 2 /**< none: 112 -> 55, as Keras 2.0 and 2.1 ran it */
/** @} */

/** @name How the last feature map becomes one vector @{ */
#define RESNET_POOLING_AVERAGE 0
#define RESNET_POOLING_MAX 1
/** @} */

#define RESNET_MAX_HIDDEN 4

/** @name What follows each hidden layer of the head @{ */
#define RESNET_ACTIVATION_AUTO 0 /**< the file's; RELU where it does not say, and for a new head */
#define RESNET_ACTIVATION_RELU 1
#define RESNET_ACTIVATION_LEAKY_RELU 2 /**< below 0: slope * x */
#define RESNET_ACTIVATION_ELU 3        /**< below 0: slope * (exp(x) - 1) */
#define RESNET_ACTIVATION_SELU 4       /**< Klambauer et al. 2017 */
#define RESNET_ACTIVATION_GELU 5       /**< x * Phi(x), by erf */
#define RESNET_ACTIVATION_GELU_TANH 6  /**< its approximation by tanh */
#define RESNET_ACTIVATION_SILU 7       /**< x * sigmoid(x), also called swish */
#define RESNET_ACTIVATION_TANH 8
#define RESNET_ACTIVATION_SIGMOID 9
#define RESNET_ACTIVATION_LINEAR 10 /**< none */
/** @} */

/** A new model. Fill with resnet_model_options_init(). Fields are only ever appended. */
typedef struct resnet_model_options {
    uint64_t struct_size;        /**< bytes; written by init */
    uint64_t seed;               /**< of the initial weights; default 0 */
    uint32_t n_classes;          /**< 2 to 1,000,000; default 1000. Yes or no is two classes */
    int32_t variant;             /**< RESNET_VARIANT_*; default AUTO */
    float bn_epsilon;            /**< (0, 1); default 1e-5 */
    int32_t stem_pool;           /**< RESNET_STEM_POOL_*; default AUTO, which is PADDED */
    uint32_t zero_init_residual; /**< 1: each block's last gamma starts at 0, so that it starts as
                                      the identity (Goyal et al. 2017); default 0 */
    int32_t pooling;             /**< RESNET_POOLING_*; default AVERAGE */
    uint32_t n_hidden;           /**< hidden layers of the head, each followed by
                                      hidden_activation; default 0 */
    uint32_t hidden_sizes[RESNET_MAX_HIDDEN]; /**< units of each */
    float dropout; /**< share of the inputs of the last layer set to 0 in training, [0, 1);
                        default 0 */
    int32_t hidden_activation; /**< RESNET_ACTIVATION_*; default AUTO, which is RELU */
    float activation_slope;    /**< of LEAKY_RELU and ELU; 0 (default): 0.01 and 1 */
} resnet_model_options;

/** Writes defaults to *options, never more than size bytes. Pass sizeof *options.
 *  INVALID. Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_model_options_init(resnet_model_options *options,
                                                                    size_t size);

/** A model with random weights: convolutions and hidden layers as He et al. 2015 (normal, fan out,
 *  gain of ReLU; torchvision's choice), gamma 1, beta 0; the last layer uniform in
 *  +-1/sqrt(inputs). Equal seeds give equal bits. `options` may be NULL.
 *  INVALID, NOMEM.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_model_create(resnet_model **out,
                                                              const resnet_model_options *options);

/** @name Formats of weights that a caller may accept @{ */
#define RESNET_ACCEPT_HDF5 1u        /**< Keras's .h5 and .weights.h5, and our own */
#define RESNET_ACCEPT_KERAS 2u       /**< Keras 3's archive, .keras */
#define RESNET_ACCEPT_TORCH 4u       /**< PyTorch's pickled state dicts, .pth */
#define RESNET_ACCEPT_SAFETENSORS 8u /**< .safetensors */
#define RESNET_ACCEPT_ALL 15u
/** @} */

/** @name Which weights are read where a file has averaged ones beside those that were trained:
 *  "state_dict_ema", "model_ema", "teacher". Where there is one kind only, it is read @{ */
#define RESNET_AVERAGED_PREFER 0 /**< the averaged ones, as timm does */
#define RESNET_AVERAGED_NEVER 1  /**< the trained ones */
#define RESNET_AVERAGED_ONLY 2   /**< the averaged ones; UNSUPPORTED if there are none */
/** @} */

/** How to read a file of weights. Fill with resnet_load_options_init(). */
typedef struct resnet_load_options {
    uint64_t struct_size; /**< bytes; written by init */
    const resnet_caps *caps; /**< what the file may cost; NULL (default): resnet_caps_init()'s */
    uint64_t seed;        /**< of a new head; default 0 */
    uint32_t n_classes;   /**< 0 (default): the file's. Any other number must equal the file's,
                               unless new_head is 1 */
    uint32_t new_head;    /**< 1: whatever head the file has gives way to a random one of n_classes
                               (the file's number if that is 0); default 0, which of a file
                               without a head makes a model without one */
    int32_t variant;      /**< RESNET_VARIANT_*; default AUTO */
    int32_t stem_pool;    /**< RESNET_STEM_POOL_*; default AUTO */
    float bn_epsilon;     /**< (0, 1), or -1 (default): the family's, 1e-5 for torchvision, 1.001e-5 for Keras,
                               1e-3 for Keras files with the layer names of 2015 to 2018 */
    int32_t pooling;      /**< of a new head; RESNET_POOLING_* */
    uint32_t n_hidden;    /**< of a new head */
    uint32_t hidden_sizes[RESNET_MAX_HIDDEN];
    float dropout;     /**< of a new head */
    uint32_t formats;  /**< what the file may be: RESNET_ACCEPT_* added up; default ACCEPT_ALL */
    uint32_t map_file; /**< 1: nobody else writes to the file while it is loaded, so it is mapped
                            rather than read; should it shrink meanwhile, SIGBUS ends the process.
                            Default 0 */
    int32_t averaged;  /**< RESNET_AVERAGED_*; default PREFER */
    int32_t hidden_activation; /**< RESNET_ACTIVATION_* behind every hidden layer, of the file's
                                    head as of a new one; default AUTO. Weights alone do not tell
                                    it: resnet_model_get_remark() says where RELU was assumed */
    float activation_slope;    /**< of LEAKY_RELU and ELU; 0 (default): 0.01 and 1 */
    uint32_t reserved; /**< 0 */
} resnet_load_options;

/** Writes defaults to *options. INVALID. Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_load_options_init(resnet_load_options *options,
                                                                   size_t size);

/** Loads weights; the format is found from the content, never from the name: Keras HDF5 (weights
 *  or whole models; today's names and those of 2015-2018), Keras 3 .keras and .weights.h5, PyTorch
 *  .pth state dicts, safetensors with torchvision's, timm's or Hugging Face transformers' names,
 *  and our own HDF5. Nothing in a file is executed. `options` may be NULL.
 *
 *  A last layer of one output z is a sigmoid over two classes, whether the file has the sigmoid or
 *  left it to a loss: the model has the two logits 0 and z, whose softmax says the same. A file
 *  without a head makes a model of 0 classes, which gives embeddings and feature maps. A file of
 *  1000 classes that names none gets ImageNet's names, which resnet_model_get_names_origin() tells.
 *  INVALID, NOMEM, IO, FORMAT (damaged), SHAPE (the first tensor that does not fit, with both
 *  shapes), UNSUPPORTED (another kind of file or network, or beyond the caps). Thread-safety: any-thread. Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_model_load(resnet_model **out, const char *path,
                                                            const resnet_load_options *options);

/** The same from memory, which is not kept.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_model_load_memory(
    resnet_model **out, const void *bytes, size_t bytes_size, const resnet_load_options *options);

/** @name What resnet_model_save() writes @{ */
#define RESNET_FORMAT_HDF5 0 /**< Keras's weights layout with our attributes; Keras reads it */
#define RESNET_FORMAT_SAFETENSORS 1 /**< torchvision's names */
/** @} */

/** Writes the model to `path` through a temporary file in the same folder, so that a crash leaves
 *  either the old file or the whole new one. Equal models give equal bytes.
 *  INVALID, NOMEM, IO.  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_model_save(const resnet_model *model,
                                                            const char *path, int32_t format);

/** The same in memory: the bytes that resnet_model_save() would write, for resnet_bytes_free().
 *  INVALID, NOMEM.  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_model_save_memory(resnet_bytes **out,
                                                                   const resnet_model *model,
                                                                   int32_t format);

/** A copy that shares nothing: to train on, say, while sessions run the original. The caller owns
 *  *out. INVALID, NOMEM.  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_model_clone(resnet_model **out,
                                                             const resnet_model *model);

/** Frees the model; NULL is fine. Sessions and trainers on it keep what they need and go on.
 *  Since: 0.1 */
RESNET_API void resnet_model_free(resnet_model *model);

/** @name Where the names of the classes come from @{ */
#define RESNET_NAMES_NONE 0      /**< there are none */
#define RESNET_NAMES_FROM_FILE 1 /**< they are in the file */
#define RESNET_NAMES_GUESSED 2   /**< ImageNet's, since there are 1000 classes and the file names none */
#define RESNET_NAMES_SET 3       /**< resnet_model_set_class_names() */
/** @} */

/** @name What the model is; for NULL 0 or ""; texts are owned by the model, valid until it
 *  changes. Thread-safety: any-thread.  Since: 0.1 @{ */
/** 0: the model has no head. */
RESNET_API size_t resnet_model_get_n_classes(const resnet_model *model);
/** "" when the class has no name, or there is no such class. */
RESNET_API const char *resnet_model_get_class_name(const resnet_model *model, size_t index);
/** Where the names come from: RESNET_NAMES_*. */
RESNET_API int32_t resnet_model_get_names_origin(const resnet_model *model);
/** Layers that learn, as in ResNet-50's name. */
RESNET_API size_t resnet_model_get_depth(const resnet_model *model);
/** Floats of an embedding: 2048. */
RESNET_API size_t resnet_model_get_n_features(const resnet_model *model);
/** RESNET_VARIANT_V1 or _V1_5. */
RESNET_API int32_t resnet_model_get_variant(const resnet_model *model);
RESNET_API float resnet_model_get_bn_epsilon(const resnet_model *model);
/** RESNET_STEM_POOL_PADDED or _UNPADDED. */
RESNET_API int32_t resnet_model_get_stem_pool(const resnet_model *model);
/** RESNET_POOLING_*. */
RESNET_API int32_t resnet_model_get_pooling(const resnet_model *model);
/** Hidden layers of the head, and the units of one of them; 0 past the last. */
RESNET_API size_t resnet_model_get_n_hidden(const resnet_model *model);
RESNET_API size_t resnet_model_get_hidden_size(const resnet_model *model, size_t index);
/** What follows hidden layer `index`: RESNET_ACTIVATION_*, AUTO past the last; and its slope, 0 for
 *  those that have none. */
RESNET_API int32_t resnet_model_get_hidden_activation(const resnet_model *model, size_t index);
RESNET_API float resnet_model_get_activation_slope(const resnet_model *model, size_t index);
/** The share of the last layer's inputs that training drops, [0, 1). */
RESNET_API float resnet_model_get_dropout(const resnet_model *model);
/** What it was read from, for people; "random weights" for a new one. */
RESNET_API const char *resnet_model_get_format(const resnet_model *model);
RESNET_API const char *resnet_model_get_licence(const resnet_model *model);
RESNET_API const char *resnet_model_get_provenance(const resnet_model *model);
/** What was assumed, chosen or set aside when the file was read, a sentence each, for people: which
 *  of two sets of weights, batch norms folded into the head, tensors that are no part of the
 *  network. Not saved. "" past the end. */
RESNET_API size_t resnet_model_get_n_remarks(const resnet_model *model);
RESNET_API const char *resnet_model_get_remark(const resnet_model *model, size_t index);
/** @} */

/** Copies the model's preprocessing to *out, never more than size bytes. Pass sizeof *out.
 *  INVALID.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_model_copy_recipe(resnet_recipe *out, size_t size,
                                                                   const resnet_model *model);
/** Gives the model another preprocessing. INVALID when a field is out of range.
 *  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_model_set_recipe(resnet_model *model,
                                                                  const resnet_recipe *recipe);
/** Names the classes; n_names must be the model's number. Copies. INVALID, NOMEM.
 *  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_model_set_class_names(resnet_model *model,
                                                                       const char *const *names,
                                                                       size_t n_names);
/** Free texts, saved with the model: under what licence the weights are, where they come from.
 *  NULL leaves one as it is. NOMEM.  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_model_set_notes(resnet_model *model,
                                                                 const char *licence,
                                                                 const char *provenance);

/** Notes a text of the caller's own under a key: both UTF-8, the key of 1 to 255 bytes, the text of
 *  at most 1 MiB, at most 1,024 of them; saved with the model in every format. Copies; replaces what
 *  stood there; NULL for the value removes it. The library's own keys start with "resnet50.".
 *  INVALID, NOMEM.  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_model_set_metadata(resnet_model *model,
                                                                    const char *key,
                                                                    const char *value);
/** The text under a key; NULL when there is none. Valid until that key is set again or the model
 *  freed.  Since: 0.1 */
RESNET_API const char *resnet_model_get_metadata(const resnet_model *model, const char *key);
/** How many texts there are.  Since: 0.1 */
RESNET_API size_t resnet_model_get_n_metadata(const resnet_model *model);
/** The key of the text at `index`, in the order of strcmp(); "" past the end.  Since: 0.1 */
RESNET_API const char *resnet_model_get_metadata_key(const resnet_model *model, size_t index);

/** @name What the values of a tensor are @{ */
#define RESNET_DTYPE_F32 0 /**< float */
/** @} */

/** A tensor of the model: a view that stays valid until the model is freed. Grows at its end only.
 */
typedef struct resnet_tensor_view {
    uint64_t struct_size; /**< bytes; written by resnet_model_get_tensor() */
    const char *name;     /**< torchvision's, such as "layer1.0.conv1.weight" */
    const void *data;     /**< row-major; convolutions [out][in][k][k], linear layers [out][in] */
    uint64_t data_size;   /**< bytes */
    uint64_t dims[4];     /**< the first n_dims; the others are 0 */
    uint32_t n_dims;      /**< 1 to 4 */
    int32_t dtype;        /**< RESNET_DTYPE_* */
} resnet_tensor_view;

/** How many tensors the model has, statistics included.  Since: 0.1 */
RESNET_API size_t resnet_model_get_n_tensors(const resnet_model *model);
/** The tensor at `index`, in torchvision's order, to *out, never more than size bytes. Pass
 *  sizeof *out. INVALID.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_model_get_tensor(resnet_tensor_view *out,
                                                                  size_t size,
                                                                  const resnet_model *model,
                                                                  size_t index);
/** Overwrites the tensor called `name` with n_values floats. INVALID (no such tensor, another
 *  number). Sessions made before refuse to run. Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_model_set_tensor(resnet_model *model,
                                                                  const char *name,
                                                                  const float *values,
                                                                  size_t n_values);

RESNET_END_DECLS

#endif
