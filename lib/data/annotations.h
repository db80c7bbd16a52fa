/** Who is who in ImageNet's validation images, which lie in one folder: the files that say so, in
 *  their several forms. SPDX-License-Identifier: MIT */
#ifndef RN_DATA_ANNOTATIONS_H
#define RN_DATA_ANNOTATIONS_H

#include "data/strings.h"

#include <stdint.h>

/** What an annotation's answer is. */
enum rn_answer_kind {
    RN_ANSWER_WNID,
    RN_ANSWER_INDEX, /* of the class among the sorted wnids, from 0 */
    RN_ANSWER_ID     /* ILSVRC2012_ID, from 1; images are known by their numbers */
};

/** Answers by image, sorted by key. */
typedef struct rn_annotations {
    enum rn_answer_kind kind;
    rn_strings keys; /* a file's name without its extension; its number in eight digits for ID */
    rn_strings answers;
    size_t *lines; /* in the file, from 1; strings and lines in order of the file */
    size_t lines_capacity;
    size_t *order; /* into the three above, by key */
} rn_annotations;

/** Reads a file of any form; which shows from its content. FORMAT with file, line and fact; also
 * for two different answers for one image. */
resnet_status rn_annotations_read(rn_annotations *out, const char *path);
void rn_annotations_clear(rn_annotations *annotations);

/** The place in `order` of the annotation of an image file (name without folders), or keys.n. */
size_t rn_annotations_find(const rn_annotations *annotations, const char *file_name);

static inline const char *rn_annotations_get_answer(const rn_annotations *annotations, size_t place)
{
    return rn_strings_get(&annotations->answers, annotations->order[place]);
}

/** Which wnid has which ILSVRC2012_ID: wnids[id - 1], "" where there is none. FORMAT with file,
 * line and fact. */
resnet_status rn_synsets_read(rn_strings *out_wnids, const char *path);

/** "n" and eight digits. */
bool rn_text_is_wnid(const char *text);

#endif
