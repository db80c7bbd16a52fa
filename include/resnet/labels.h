/** labels.h: the 1000 ImageNet classes and what WordNet says they are.
 *
 *      #include <resnet/labels.h>
 *      #include <stdio.h>
 *      int main(void)
 *      {
 *          int32_t is_dog = 0;
 *          if (resnet_imagenet_is_a(&is_dog, 207, "dog") != RESNET_OK) return 1;
 *          printf("%s is %sa dog\n", resnet_imagenet_get_name(207), is_dog ? "" : "not ");
 *          return 0;
 *      }
 *
 *  A class has an index (0 to 999, the order of a network's outputs), a wnid ("n02099601": a
 *  synset's number in WordNet 3.0) and a name ("golden_retriever"). Two names belong to two classes
 *  each: "crane" (134, the bird, and 517, the machine) and "maillot" (638 and 639). Names and words
 *  are compared without regard to case, and '_' equals ' '. All texts are constants of the library,
 *  valid as long as it is loaded. Sources: the class list of ILSVRC 2012; WordNet 3.0's
 *  noun hierarchy, cut to those 1000 synsets and all that is above them.
 *  SPDX-License-Identifier: MIT */
#ifndef RESNET_LABELS_H
#define RESNET_LABELS_H

#include <resnet/error.h>
#include <resnet/export.h>

#define RESNET_IMAGENET_N_CLASSES 1000

RESNET_BEGIN_DECLS

/** The name of class `index`, such as "great_white_shark", as Keras spells it; NULL from 1000 on.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API const char *resnet_imagenet_get_name(size_t index);

/** The wnid of class `index`, such as "n01484850"; NULL from 1000 on.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API const char *resnet_imagenet_get_wnid(size_t index);

/** The class with this wnid or name. INVALID: NULL, no such class, or a name of two classes, which
 *  the message then lists.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_imagenet_find(int32_t *out,
                                                               const char *wnid_or_name);

/** The classes with this name, 0 to 2 of them, ascending: at most `capacity` are written,
 *  and *out_count is how many there are. INVALID: NULL (out_labels may be NULL at capacity 0).
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_imagenet_copy_named(int32_t *out_labels,
                                                                     size_t capacity,
                                                                     size_t *out_count,
                                                                     const char *name);

/** Whether class `index` is a `what`, itself included: *out is 1 or 0. `what` is a wnid or a word
 *  of WordNet ("dog", "domestic animal", "vehicle"); with a word of several synsets, any of them
 *  counts. INVALID: NULL, an index from 1000 on, or a word that no class and nothing above one has.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_imagenet_is_a(int32_t *out, size_t index,
                                                               const char *what);

/** All classes that are a `what` (see resnet_imagenet_is_a()), ascending: at most `capacity`
 *  are written, and *out_count is how many there are. INVALID: NULL (out_labels may be
 *  NULL at capacity 0), or an unknown word.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_imagenet_copy_below(int32_t *out_labels,
                                                                     size_t capacity,
                                                                     size_t *out_count,
                                                                     const char *what);

/** The words of a synset, the most usual first: "dog, domestic dog, Canis familiaris" for
 *  "n02084071". NULL for a wnid that is neither a class nor above one.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API const char *resnet_wordnet_get_words(const char *wnid);

/** The synsets that have this word, ascending: at most `capacity` wnids are written, and *out_count
 *  is how many there are, 0 for an unknown word. INVALID: NULL (out_wnids may be NULL at capacity
 *  0).  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_wordnet_find(const char **out_wnids,
                                                              size_t capacity, size_t *out_count,
                                                              const char *word);

/** The synsets directly above `wnid`, in WordNet's order: at most `capacity` wnids are written, and
 *  *out_count is how many there are (0 only for "n00001740", entity). INVALID: NULL (out_wnids may
 *  be NULL at capacity 0), or an unknown wnid.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_wordnet_copy_parents(const char **out_wnids,
                                                                      size_t capacity,
                                                                      size_t *out_count,
                                                                      const char *wnid);

/** All synsets above `wnid`, the nearest first and each once: at most `capacity` wnids are written,
 *  and *out_count is how many there are. INVALID: as resnet_wordnet_copy_parents().
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_wordnet_copy_ancestors(const char **out_wnids,
                                                                        size_t capacity,
                                                                        size_t *out_count,
                                                                        const char *wnid);

RESNET_END_DECLS

#endif
