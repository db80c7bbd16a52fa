/* Subsets, and the seeded choices that make them: each class is shuffled by itself, with numbers
 * named by (seed, class), so that one class's files never change what is chosen of another.
 * SPDX-License-Identifier: MIT */
#include "data/split.h"

#include "core/arithmetic.h"
#include "core/mem.h"
#include "core/rng.h"

#include <math.h>
#include <string.h>

/* Marks what a split chose: one byte a sample. */
typedef struct marks {
    unsigned char *chosen;
    size_t n_chosen;
} marks;

static resnet_status make_subset(resnet_dataset **out, const resnet_dataset *dataset, size_t n)
{
    resnet_dataset *subset = rn_calloc(1, sizeof *subset);
    if (!subset) return RESNET_E_NOMEM;
    subset->samples = rn_alloc(n, sizeof *subset->samples);
    if (!subset->samples) {
        rn_free(subset);
        return RESNET_E_NOMEM;
    }
    subset->n = n;
    subset->source = rn_source_retain(dataset->source);
    *out = subset;
    return RESNET_OK;
}

resnet_status resnet_dataset_subset(resnet_dataset **out, const resnet_dataset *dataset,
                                    const uint64_t *indices, size_t n)
{
    if (!out || !dataset || !indices || n == 0)
        return rn_fail(RESNET_E_INVALID, "resnet_dataset_subset: NULL or no indices");
    for (size_t i = 0; i < n; i++)
        if (indices[i] >= dataset->n)
            return rn_fail(RESNET_E_INVALID, "resnet_dataset_subset: indices[%zu] is %llu of %zu",
                           i, (unsigned long long)indices[i], dataset->n);
    resnet_dataset *subset = NULL;
    const resnet_status status = make_subset(&subset, dataset, n);
    if (status != RESNET_OK) return status;
    for (size_t i = 0; i < n; i++)
        subset->samples[i] = rn_dataset_get_id(dataset, (size_t)indices[i]);
    *out = subset;
    return RESNET_OK;
}

static resnet_status keep_chosen(resnet_dataset **out, const resnet_dataset *dataset,
                                 const marks *choice, unsigned char wanted)
{
    const size_t n = wanted ? choice->n_chosen : dataset->n - choice->n_chosen;
    resnet_dataset *subset = NULL;
    const resnet_status status = make_subset(&subset, dataset, n);
    if (status != RESNET_OK) return status;
    size_t used = 0;
    for (size_t i = 0; i < dataset->n; i++)
        if (choice->chosen[i] == wanted) subset->samples[used++] = rn_dataset_get_id(dataset, i);
    *out = subset;
    return RESNET_OK;
}

static resnet_status keep_both(resnet_dataset **out_train, resnet_dataset **out_val,
                               const resnet_dataset *dataset, const marks *choice)
{
    resnet_dataset *train = NULL, *val = NULL;
    resnet_status status;
    RN_TRY(keep_chosen(&train, dataset, choice, 0));
    RN_TRY(keep_chosen(&val, dataset, choice, 1));
    *out_train = train;
    *out_val = val;
    return RESNET_OK;
done:
    resnet_dataset_free(train);
    return status;
}

/* Groups the samples by class and shuffles each class; marks none yet. */
static resnet_status begin_choice(marks *out, rn_dataset_groups *groups,
                                  const resnet_dataset *dataset, uint64_t seed)
{
    out->n_chosen = 0;
    out->chosen = rn_calloc(dataset->n, 1);
    if (!out->chosen) return RESNET_E_NOMEM;
    const resnet_status status = rn_dataset_group(groups, dataset);
    if (status != RESNET_OK) return status;
    for (size_t g = 0; g < groups->n_groups; g++) {
        rn_rng rng = rn_rng_make(seed, RN_RNG_SPLIT, g, 0);
        rn_rng_shuffle(&rng, groups->members + groups->starts[g],
                       groups->starts[g + 1] - groups->starts[g]);
    }
    return RESNET_OK;
}

static void choose(marks *choice, uint64_t sample)
{
    choice->chosen[sample] = 1;
    choice->n_chosen++;
}

/* Rounded, but a class of two or more has one at least on either side. */
static size_t count_held_out(size_t n, double val_fraction)
{
    const size_t rounded = (size_t)floor((double)n * val_fraction + 0.5);
    if (n < 2) return 0;
    if (rounded == 0) return 1;
    return rounded < n ? rounded : n - 1;
}

resnet_status resnet_dataset_split(resnet_dataset **out_train, resnet_dataset **out_val,
                                   const resnet_dataset *dataset, double val_fraction,
                                   uint64_t seed)
{
    RN_OWN_ARITHMETIC;
    if (!out_train || !out_val || !dataset || !(val_fraction > 0 && val_fraction < 1))
        return rn_fail(RESNET_E_INVALID,
                       "resnet_dataset_split: NULL, or val_fraction %g not between 0 and 1",
                       val_fraction);
    marks choice = {0};
    rn_dataset_groups groups = {0};
    resnet_status status;
    RN_TRY(begin_choice(&choice, &groups, dataset, seed));
    for (size_t g = 0; g < groups.n_groups; g++) {
        const size_t start = groups.starts[g];
        const size_t n_held = count_held_out(groups.starts[g + 1] - start, val_fraction);
        for (size_t i = 0; i < n_held; i++) choose(&choice, groups.members[start + i]);
    }
    if (choice.n_chosen == 0) {
        status =
            rn_fail(RESNET_E_INVALID, "a share of %g holds out none (samples: %zu, classes: %zu)",
                    val_fraction, dataset->n, groups.n_groups - 1);
        goto done;
    }
    status = keep_both(out_train, out_val, dataset, &choice);
done:
    rn_dataset_groups_clear(&groups);
    rn_free(choice.chosen);
    return status;
}

resnet_status resnet_dataset_fold(resnet_dataset **out_train, resnet_dataset **out_val,
                                  const resnet_dataset *dataset, size_t n_folds, size_t fold,
                                  uint64_t seed)
{
    RN_OWN_ARITHMETIC;
    if (!out_train || !out_val || !dataset) return rn_fail(RESNET_E_INVALID, "fold: NULL");
    if (n_folds < 2 || n_folds > dataset->n || fold >= n_folds)
        return rn_fail(RESNET_E_INVALID, "fold %zu of %zu over %zu samples", fold, n_folds,
                       dataset->n);
    marks choice = {0};
    rn_dataset_groups groups = {0};
    resnet_status status;
    RN_TRY(begin_choice(&choice, &groups, dataset, seed));
    /* Dealing goes on from class to class, so that no fold gets every class's odd one. */
    for (size_t i = fold; i < dataset->n; i += n_folds) choose(&choice, groups.members[i]);
    status = keep_both(out_train, out_val, dataset, &choice);
done:
    rn_dataset_groups_clear(&groups);
    rn_free(choice.chosen);
    return status;
}

resnet_status resnet_dataset_take_per_class(resnet_dataset **out, const resnet_dataset *dataset,
                                            size_t n_per_class, uint64_t seed)
{
    RN_OWN_ARITHMETIC;
    if (!out || !dataset || n_per_class == 0)
        return rn_fail(RESNET_E_INVALID, "resnet_dataset_take_per_class: NULL or 0 per class");
    marks choice = {0};
    rn_dataset_groups groups = {0};
    resnet_status status;
    RN_TRY(begin_choice(&choice, &groups, dataset, seed));
    for (size_t g = 0; g + 1 < groups.n_groups; g++) { /* the last group has no label */
        const size_t n = groups.starts[g + 1] - groups.starts[g];
        for (size_t i = 0; i < n && i < n_per_class; i++)
            choose(&choice, groups.members[groups.starts[g] + i]);
    }
    if (choice.n_chosen == 0)
        status = rn_fail(RESNET_E_INVALID, "none of %zu samples has a label", dataset->n);
    else
        status = keep_chosen(out, dataset, &choice, 1);
done:
    rn_dataset_groups_clear(&groups);
    rn_free(choice.chosen);
    return status;
}

static resnet_status cut_part(resnet_dataset **out, const resnet_dataset *all, int32_t part)
{
    resnet_dataset *train = NULL, *val = NULL;
    const resnet_dataset_options *options = &all->source->options;
    const resnet_status status =
        resnet_dataset_split(&train, &val, all, options->val_fraction, options->seed);
    if (status != RESNET_OK) return status;
    *out = part == RESNET_PART_TRAIN ? train : val;
    resnet_dataset_free(part == RESNET_PART_TRAIN ? val : train);
    return RESNET_OK;
}

resnet_status rn_dataset_wrap_part(resnet_dataset **out, rn_source *source, int32_t part)
{
    resnet_dataset *all = NULL;
    if (part == RESNET_PART_TEST)
        return rn_fail(RESNET_E_UNSUPPORTED, "this data has no test part");
    if (source->names.n == 0) return rn_fail(RESNET_E_INVALID, "no samples");
    resnet_status status = rn_dataset_wrap(&all, source);
    if (status != RESNET_OK || part == RESNET_PART_ALL) {
        if (status == RESNET_OK) *out = all;
        return status;
    }
    status = cut_part(out, all, part);
    if (status == RESNET_OK)
        resnet_dataset_free(all);
    else
        rn_free(all); /* the source stays the caller's */
    return status;
}
