/* Written by hand, since it is one line of JSON that no locale may touch.
 * SPDX-License-Identifier: MIT */
#include "train/learnt.h"

#include "data/dataset.h"
#include "train/learnt_names.h"

#include <resnet/trainer.h>
#include <stdio.h>

/* A fraction in [0, 1) to nine places, which brings back any that people write. */
static unsigned long long get_billionths(double fraction)
{
    const double rounded = fraction * 1e9 + 0.5;
    return rounded < 999999999 ? (unsigned long long)rounded : 999999999;
}

/* How the samples were chosen, if a seed chose them; all of them are a split that holds out none.
 */
static void write_split(char *out, size_t size, const rn_source *source)
{
    const resnet_dataset_options *options = &source->options;
    const bool is_cut = options->part == RESNET_PART_TRAIN;
    *out = '\0';
    if (source->has_parts || (!is_cut && options->part != RESNET_PART_ALL)) return;
    snprintf(out, size, "\"seed\": %lld, \"val_fraction\": 0.%09llu, ", (long long)options->seed,
             is_cut ? get_billionths(options->val_fraction) : 0);
}

static resnet_status note_split(resnet_model *model, const resnet_dataset *train)
{
    char digest[RESNET_DIGEST_SIZE], split[96], text[256];
    const rn_source *source = train->source;
    const resnet_status status = resnet_dataset_copy_digest(digest, sizeof digest, train);
    if (status != RESNET_OK) return status;
    write_split(split, sizeof split, source);
    snprintf(text, sizeof text, "{%s\"samples\": %zu, \"learnt\": %zu, \"digest\": \"%s\"}", split,
             source->names.n, train->n, digest);
    return resnet_model_set_metadata(model, RESNET_METADATA_SPLIT, text);
}

resnet_status rn_learnt_note(resnet_model *model, const resnet_dataset *train,
                             const resnet_dataset *validation)
{
    const resnet_status status = note_split(model, train);
    return status == RESNET_OK ? rn_learnt_names_note(model, train, validation) : status;
}
