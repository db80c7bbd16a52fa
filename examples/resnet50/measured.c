/* SPDX-License-Identifier: MIT */
#include "measured.h"

#include "output.h"

#include <resnet/trainer.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what the model says --- */

/* Texts that are not as they should be count as none. */
static void read_record(split_record *out, const resnet_model *model)
{
    const char *text = resnet_model_get_metadata(model, RESNET_METADATA_SPLIT);
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;
    const char *digest = json_string_value(json_object_get(json, "digest"));
    const json_t *fraction = json_object_get(json, "val_fraction");
    *out = (split_record){.is_there = digest && strlen(digest) == RESNET_DIGEST_SIZE - 1};
    if (out->is_there) strcpy(out->digest, digest);
    out->seed = (uint64_t)json_integer_value(json_object_get(json, "seed"));
    out->val_fraction = json_number_value(fraction);
    out->is_cut = json_is_number(fraction) && out->val_fraction >= 0 && out->val_fraction < 1;
    json_decref(json);
}

static int has_digest(const resnet_dataset *dataset, const split_record *record)
{
    char digest[RESNET_DIGEST_SIZE];
    return resnet_dataset_copy_digest(digest, sizeof digest, dataset) == RESNET_OK &&
           strcmp(digest, record->digest) == 0;
}

/* --- which pictures it learnt --- */

/* The data's pictures that the model learnt, and the settings by which they are split; NULL if the
 * data are not those that it learnt from. */
static resnet_dataset *find_learnt(data_settings *settings, const split_record *record)
{
    resnet_dataset *found = NULL;
    data_settings theirs = *settings;
    const int32_t part =
        record->is_cut && record->val_fraction == 0 ? RESNET_PART_ALL : RESNET_PART_TRAIN;
    if (!record->is_there) return NULL;
    if (record->is_cut) theirs.options.seed = record->seed;
    if (record->is_cut) theirs.options.val_fraction = record->val_fraction;
    if (try_open_data(&theirs, part, &found) != RESNET_OK) return NULL;
    if (has_digest(found, record)) {
        *settings = theirs;
        return found;
    }
    resnet_dataset_free(found);
    return NULL;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void mark_learnt(measured *self, const resnet_dataset *learnt)
{
    const size_t n = resnet_dataset_get_n_samples(self->dataset);
    const size_t n_paths = resnet_dataset_get_n_samples(learnt);
    const char **paths = allocate(n_paths, sizeof *paths);
    self->learnt = allocate(n, 1);
    for (size_t i = 0; i < n_paths; i++) paths[i] = resnet_dataset_get_path(learnt, i);
    qsort(paths, n_paths, sizeof *paths, compare_paths);
    for (size_t i = 0; i < n; i++) {
        const char *path = resnet_dataset_get_path(self->dataset, i);
        self->learnt[i] = bsearch(&path, paths, n_paths, sizeof *paths, compare_paths) != NULL;
        self->n_learnt += self->learnt[i];
    }
    free(paths);
}

/* --- what is measured --- */

static int32_t choose_part(const measured *self, int32_t wanted)
{
    if (wanted != PART_AUTO) return wanted;
    if (self->has_parts) return RESNET_PART_VAL;
    const int holds_out = self->is_known && self->record.is_cut && self->record.val_fraction > 0;
    return holds_out ? RESNET_PART_VAL : RESNET_PART_ALL;
}

static int see_parts(measured *self, const data_settings *settings)
{
    resnet_dataset *all = NULL;
    if (try_open_data(settings, RESNET_PART_ALL, &all) != RESNET_OK) return say_last_error();
    self->has_parts = (int)resnet_dataset_has_parts(all);
    resnet_dataset_free(all);
    return 0;
}

int open_measured(measured *out, const data_settings *settings, int32_t part, int32_t crops,
                  const resnet_model *model)
{
    data_settings ours = *settings;
    ours.options.allow_empty = 1; /* a class without pictures has no figures, and that is all */
    *out = (measured){.dataset = NULL, .crops = crops};
    read_record(&out->record, model);
    int status = part == RESNET_PART_TEST ? 0 : see_parts(out, &ours);
    resnet_dataset *learnt = status ? NULL : find_learnt(&ours, &out->record);
    out->is_known = learnt != NULL;
    out->part = choose_part(out, part);
    if (!status) status = open_data(&ours, out->part, &out->dataset);
    if (!status && learnt) mark_learnt(out, learnt);
    if (!status) status = map_dataset(&out->dataset, &out->classes, model, ours.path);
    resnet_dataset_free(learnt);
    return status;
}

void close_measured(measured *self)
{
    resnet_dataset_free(self->dataset);
    free(self->learnt);
    *self = (measured){.dataset = NULL};
}

/* --- and how it is told --- */

static void write_known(FILE *out, const measured *self, size_t n)
{
    if (self->n_learnt == n)
        fprintf(out, "all of them learnt: this is what the model remembers, not how good it is");
    else if (self->n_learnt)
        fprintf(out, "%zu of them learnt: part of this is what the model remembers",
                self->n_learnt);
    else if (self->part == RESNET_PART_VAL && self->record.is_cut && !self->has_parts)
        fprintf(out, "held out when the model learnt (seed %llu, fraction %g)",
                (unsigned long long)self->record.seed, self->record.val_fraction);
    else
        fprintf(out, "none of them learnt");
}

static void write_measured(FILE *out, const measured *self, const char *path)
{
    const size_t n = resnet_dataset_get_n_samples(self->dataset);
    fprintf(out, "%s of %s", count_of(n, "picture"), path);
    if (self->has_parts && self->part == RESNET_PART_VAL) fprintf(out, ", its held-out part");
    if (self->has_parts && self->part == RESNET_PART_TRAIN)
        fprintf(out, ", its part to learn from");
    if (self->part == RESNET_PART_TEST) fprintf(out, ", its test part");
    fprintf(out, ", ");
    if (self->is_known)
        write_known(out, self, n);
    else if (self->record.is_there)
        fprintf(out, "which is not the list that the model learnt from");
    else
        fprintf(out, "while the model does not say what it learnt from");
    if (!self->classes.is_same)
        fprintf(out, "; with %zu of the model's %zu classes, matched by %s", self->classes.n_data,
                self->classes.n_model, self->classes.rule);
    if (self->crops > 1) fprintf(out, "; %d crops of each, their logits averaged", self->crops);
}

char *measured_text(const measured *self, const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (!stream) return allocate(1, 1);
    write_measured(stream, self, path);
    if (!fclose(stream)) return text;
    free(text);
    return allocate(1, 1);
}

void print_measured(const measured *self, const char *path)
{
    char *text = measured_text(self, path);
    if (text) tell_line("measured on %s", text);
    tell_line("%s", "");
    free(text);
}

static const char *name_part(int32_t part)
{
    switch (part) {
    case RESNET_PART_TRAIN:
        return "train";
    case RESNET_PART_VAL:
        return "val";
    case RESNET_PART_TEST:
        return "test";
    default:
        return "all";
    }
}

json_t *describe_measured(const measured *self, const char *path, uint64_t n_seen)
{
    const size_t n = resnet_dataset_get_n_samples(self->dataset);
    const int is_cut = self->is_known && self->record.is_cut;
    json_t *description = json_object();
    json_put(description, "data", json_text(path));
    json_put(description, "part", json_text(name_part(self->part)));
    json_put(description, "images", json_integer((json_int_t)n));
    json_put(description, "left_out", json_integer((json_int_t)(n - n_seen)));
    json_put(description, "learnt",
             self->is_known ? json_integer((json_int_t)self->n_learnt) : json_null());
    json_put(description, "seed",
             is_cut ? json_integer((json_int_t)self->record.seed) : json_null());
    json_put(description, "val_fraction",
             is_cut ? json_figure(self->record.val_fraction) : json_null());
    json_put(description, "classes", json_integer((json_int_t)self->classes.n_data));
    json_put(description, "matched_by", json_text(self->classes.rule));
    json_put(description, "crops", json_integer(self->crops));
    return description;
}
