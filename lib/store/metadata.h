/** What a model says of itself beside its tensors, as a flat map of texts: safetensors keeps it as
 *  __metadata__, our HDF5 as attributes of the root. Keys:
 *  | key                     | text                                                            |
 *  |-------------------------|-----------------------------------------------------------------|
 *  | resnet50.variant        | v1 or v1.5                                                      |
 *  | resnet50.bn_epsilon     | a number                                                        |
 *  | resnet50.stem_pool      | padded or unpadded                                              |
 *  | resnet50.recipe         | JSON: {"name", "resize", "filter", "resize_size", "crop_width", |
 *  |                         | "crop_height", "channels", "divisor", "mean", "std"}            |
 *  | resnet50.class_names    | JSON: ["cat", "dog"]                                            |
 *  | resnet50.licence        | as given                                                        |
 *  | resnet50.provenance     | as given                                                        |
 *  | resnet50.head_pooling   | average or max                                                  |
 *  | resnet50.head_activation| JSON, one for each hidden layer: ["tanh", ["leaky_relu", 0.1]];   |
 *  |                         | or one word for all                                             |
 *  | resnet50.head_dropout   | a number in [0, 1)                                              |
 *  | resnet50.metadata       | JSON: {"key": "text"}, the caller's own                         |
 *  | resnet50.names_guessed  | imagenet: the class names were not in the original file         |
 *  | resnet50.sealed         | 1: there must be a checksum                                     |
 *  | resnet50.checksum       | 16 hexadecimal digits: of the texts above and of all tensors    |
 *  SPDX-License-Identifier: MIT */
#ifndef RN_STORE_METADATA_H
#define RN_STORE_METADATA_H

#include "core/json_text.h"
#include "store/weights.h"

#define RN_METADATA_MAX_CLASSES 1000000
#define RN_METADATA_N_KEYS 14
extern const char *const RN_METADATA_KEYS[RN_METADATA_N_KEYS];

/** Two keys, since damage to one of them must not make the other's absence look right. */
#define RN_METADATA_SEALED "resnet50.sealed"
#define RN_METADATA_CHECKSUM "resnet50.checksum"

/** An object of strings, for json_decref(); what is unknown is left out. The checksum is of the
 *  weights as they are now. INVALID for text that is not UTF-8, NOMEM. */
resnet_status rn_metadata_encode(json_t **out, const rn_weights *weights);

/** Sets the fields that the map has, and the seal for rn_digest_check(); other keys are ignored.
 * FORMAT, naming the key; UNSUPPORTED beyond the budget, NOMEM. */
resnet_status rn_metadata_decode(rn_weights_info *info, const json_t *texts, rn_budget *budget);

#endif
