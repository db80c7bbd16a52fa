/** The is-a hierarchy above the ImageNet classes, by row of label_tables.h.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_LABELS_WORDNET_H
#define RN_LABELS_WORDNET_H

#include <resnet/labels.h>

#include "core/error.h"
#include "labels/label_tables.h"

#include <stdbool.h>

/** A mark on each synset. */
typedef struct rn_synset_set {
    bool has[RN_MAX_SYNSETS];
} rn_synset_set;

/** Whether two names are equal but for case and '_' for ' '. `length` bytes of `name` count. */
bool rn_wordnet_equals(const char *name, size_t length, const char *wanted);

/** The row of `wnid`; rn_n_synsets if there is none. */
size_t rn_wordnet_find_row(const char *wnid);

/** Marks what `what`, a wnid or a word, can mean. INVALID if that is nothing. */
resnet_status rn_wordnet_resolve(rn_synset_set *out, const char *what);

/** Whether the synset in `row` is in `set` or below something that is. */
bool rn_wordnet_is_below(size_t row, const rn_synset_set *set);

#endif
