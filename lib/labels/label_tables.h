/** The tables that generate_tables.py makes of imagenet_classes.tsv and wordnet_closure.tsv.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_LABELS_LABEL_TABLES_H
#define RN_LABELS_LABEL_TABLES_H

#include <stddef.h>
#include <stdint.h>

#define RN_MAX_SYNSETS 2048 /* room enough for a mark on each; at least rn_n_synsets */

/** Class i is called rn_imagenet_names + rn_imagenet_names_starts[i]. */
extern const char rn_imagenet_names[];
extern const uint16_t rn_imagenet_names_starts[];
/** Its row among the synsets. */
extern const uint16_t rn_imagenet_synsets[];

/** Synsets are rows 0 to rn_n_synsets - 1, ascending by wnid. */
extern const size_t rn_n_synsets;
extern const char rn_synset_wnids[][10];
/** "dog, domestic dog, Canis familiaris" */
extern const char rn_synset_words[];
extern const uint16_t rn_synset_words_starts[];
/** Row s's parents are rn_synset_parents[k] for k in first_parents[s] to first_parents[s + 1] - 1.
 */
extern const uint16_t rn_synset_parents[];
extern const uint16_t rn_synset_first_parents[];

#endif
