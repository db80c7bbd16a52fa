/* SPDX-License-Identifier: MIT */
#include "measured.h"

#include "output.h"

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
    out->n_samples = (size_t)json_integer_value(json_object_get(json, "samples"));
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

/* The data's pictures that the model learnt, if the list of them is the one it learnt from; NULL if
 * it is not. */
static resnet_dataset *find_learnt(const data_settings *settings, const split_record *record)
{
    resnet_dataset *found = NULL;
    data_settings theirs = *settings;
    const int32_t part =
        record->is_cut && record->val_fraction == 0 ? RESNET_PART_ALL : RESNET_PART_TRAIN;
    if (!record->is_there) return NULL;
    if (record->is_cut) theirs.options.seed = record->seed;
    if (record->is_cut) theirs.options.val_fraction = record->val_fraction;
    if (try_open_data(&theirs, part, &found) != RESNET_OK) return NULL;
    if (has_digest(found, record)) return found;
    resnet_dataset_free(found);
    return NULL;
}

/* --- what is measured --- */

static int32_t choose_part(const measured *self, int32_t wanted)
{
    if (wanted != PART_AUTO) return wanted;
    if (self->has_parts) return RESNET_PART_VAL;
    return self->is_by_name && self->known.n[RESNET_SAMPLE_HELD_OUT] ? RESNET_PART_VAL
                                                                     : RESNET_PART_ALL;
}

/* What the data hold altogether, and what the model knows of it. A test part may be all there is.
 */
static int see_all(measured *self, resnet_dataset **all, const data_settings *settings,
                   int32_t part, const resnet_model *model, const resnet_dataset *learnt)
{
    if (try_open_data(settings, RESNET_PART_ALL, all) != RESNET_OK)
        return part == RESNET_PART_TEST ? 0 : say_last_error();
    self->has_parts = (int)resnet_dataset_has_parts(*all);
    const int status = recall_open(&self->known, model, *all, learnt);
    self->is_by_name = self->known.is_there && self->record.is_cut && !self->has_parts;
    return status;
}

/* The pictures of a kind, where the model says which those are. */
static int open_kind(measured *self, const resnet_dataset *all, uint8_t kind,
                     const data_settings *settings)
{
    const char *path = settings->path;
    static const char *const words[] = {[RESNET_SAMPLE_NEW] = "is new to the model",
                                        [RESNET_SAMPLE_LEARNT] = "was learnt",
                                        [RESNET_SAMPLE_HELD_OUT] = "was held out"};
    if (!self->known.is_there)
        return say_error("%s: the model does not say which of its pictures are new", path);
    tell_foreign(settings, RESNET_PART_ALL, all);
    if (self->known.n[kind] == 0) return say_error("%s: no picture %s", path, words[kind]);
    return recall_cut(&self->dataset, &self->known, all, kind) ? say_last_error() : 0;
}

/* Data that the model saw cut by seed may have grown, so that the names say where a picture
 * belongs. */
static int open_part(measured *self, const resnet_dataset *all, const data_settings *settings)
{
    if (self->part == PART_NEW) return open_kind(self, all, RESNET_SAMPLE_NEW, settings);
    if (self->is_by_name && self->part == RESNET_PART_VAL)
        return open_kind(self, all, RESNET_SAMPLE_HELD_OUT, settings);
    if (self->is_by_name && self->part == RESNET_PART_TRAIN)
        return open_kind(self, all, RESNET_SAMPLE_LEARNT, settings);
    return open_data(settings, self->part, &self->dataset);
}

int open_measured(measured *out, const data_settings *settings, int32_t part, int32_t crops,
                  const resnet_model *model)
{
    data_settings ours = *settings;
    resnet_dataset *all = NULL;
    ours.options.allow_empty = 1; /* a class without pictures has no figures, and that is all */
    *out = (measured){.dataset = NULL, .crops = crops};
    read_record(&out->record, model);
    resnet_dataset *learnt = find_learnt(&ours, &out->record);
    int status = see_all(out, &all, &ours, part, model, learnt);
    out->part = choose_part(out, part);
    if (!status) status = open_part(out, all, &ours);
    if (!status && out->known.is_there)
        status = recall_open(&out->seen, model, out->dataset, learnt);
    if (!status) status = map_dataset(&out->dataset, &out->classes, model, ours.path);
    resnet_dataset_free(learnt);
    resnet_dataset_free(all);
    return status;
}

void close_measured(measured *self)
{
    resnet_dataset_free(self->dataset);
    recall_close(&self->known);
    recall_close(&self->seen);
    *self = (measured){.dataset = NULL};
}

/* --- and how it is told --- */

/* New is what it was not given; it must have been given all there was to say so. */
static int tells_new(const measured *self)
{
    return self->known.is_there && (self->is_by_name || self->known.n[RESNET_SAMPLE_HELD_OUT]);
}

/* Pictures that were there and are no more. */
static size_t count_gone(const measured *self)
{
    const size_t n = self->known.n[RESNET_SAMPLE_LEARNT] + self->known.n[RESNET_SAMPLE_HELD_OUT];
    return self->record.n_samples > n ? self->record.n_samples - n : 0;
}

static void write_known(FILE *out, const measured *self, size_t n)
{
    const size_t n_learnt = self->seen.n[RESNET_SAMPLE_LEARNT];
    if (n_learnt == n)
        fprintf(out, "all of them learnt: this is what the model remembers, not how good it is");
    else if (n_learnt)
        fprintf(out, "%zu of them learnt: part of this is what the model remembers", n_learnt);
    else if (self->part == PART_NEW)
        fprintf(out, "new since the model learnt");
    else if (self->part == RESNET_PART_VAL && self->is_by_name)
        fprintf(out, "held out when the model learnt (seed %llu, fraction %g)",
                (unsigned long long)self->record.seed, self->record.val_fraction);
    else
        fprintf(out, "none of them learnt");
}

static void write_changes(FILE *out, const measured *self)
{
    const size_t n_new = self->known.n[RESNET_SAMPLE_NEW];
    const size_t n_within = self->seen.n[RESNET_SAMPLE_NEW];
    if (!tells_new(self) || self->part == PART_NEW) return;
    if (n_within) fprintf(out, "; %zu of them new since", n_within);
    if (n_new > n_within)
        fprintf(out, "; %s since and not among these: --part new",
                count_of(n_new - n_within, "new picture"));
    if (self->is_by_name && count_gone(self))
        fprintf(out, "; %s gone since", count_of(count_gone(self), "picture"));
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
    if (self->known.is_there)
        write_known(out, self, n);
    else if (self->record.is_there)
        fprintf(out, "which is not the list that the model learnt from");
    else
        fprintf(out, "while the model does not say what it learnt from");
    if (self->known.is_there) write_changes(out, self);
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
    case PART_NEW:
        return "new";
    default:
        return "all";
    }
}

json_t *describe_measured(const measured *self, const char *path, uint64_t n_seen)
{
    const size_t n = resnet_dataset_get_n_samples(self->dataset);
    const int is_cut = self->known.is_there && self->record.is_cut;
    json_t *description = json_object();
    json_put(description, "data", json_text(path));
    json_put(description, "part", json_text(name_part(self->part)));
    json_put(description, "images", json_integer((json_int_t)n));
    json_put(description, "left_out", json_integer((json_int_t)(n - n_seen)));
    json_put(description, "learnt",
             self->known.is_there ? json_integer((json_int_t)self->seen.n[RESNET_SAMPLE_LEARNT])
                                  : json_null());
    json_put(description, "new",
             tells_new(self) ? json_integer((json_int_t)self->known.n[RESNET_SAMPLE_NEW])
                             : json_null());
    json_put(description, "gone",
             self->is_by_name ? json_integer((json_int_t)count_gone(self)) : json_null());
    json_put(description, "seed",
             is_cut ? json_integer((json_int_t)self->record.seed) : json_null());
    json_put(description, "val_fraction",
             is_cut ? json_figure(self->record.val_fraction) : json_null());
    json_put(description, "classes", json_integer((json_int_t)self->classes.n_data));
    json_put(description, "matched_by", json_text(self->classes.rule));
    json_put(description, "crops", json_integer(self->crops));
    return description;
}
