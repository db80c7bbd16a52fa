/* SPDX-License-Identifier: MIT */
#include "train/facts.h"

#include "core/mem.h"
#include "data/fingerprint.h"
#include "train/freeze.h"
#include "train/identity.h"
#include "train/trainer.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FACTS 128
#define MAX_NAME 64
#define FROZEN "frozen"
#define FROZEN_PER_FACT 64

enum fact_type { FACT_U32, FACT_I32, FACT_F32, FACT_U64 };

struct rn_facts {
    size_t n;
    char names[MAX_FACTS][MAX_NAME];
    bool is_real[MAX_FACTS];
    uint64_t values[MAX_FACTS];      /* numbers, or the bits of a double */
    char list[MAX_FACTS * MAX_NAME]; /* the names, a line each */
    const rn_arch *arch;             /* the trainer's model's */
    bool *frozen;
    rn_identity train, validation;
    const rn_log *log;
};

/* ---- what there is ---- */

static void add_number(rn_facts *facts, const char *name, uint64_t value)
{
    if (facts->n == MAX_FACTS) return; /* rn_facts_create() refuses a full list */
    snprintf(facts->names[facts->n], MAX_NAME, "%s", name);
    facts->values[facts->n++] = value;
}

static void add_real(rn_facts *facts, const char *name, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (facts->n < MAX_FACTS) facts->is_real[facts->n] = true;
    add_number(facts, name, bits);
}

/* A field of a struct. */
typedef struct field {
    const char *name;
    size_t offset;
    enum fact_type type;
    size_t n; /* 4-byte values */
} field;

static void add_value(rn_facts *facts, const char *name, const char *at, enum fact_type type)
{
    uint32_t word;
    uint64_t number;
    float real;
    memcpy(&word, at, sizeof word);
    memcpy(&real, at, sizeof real);
    if (type == FACT_F32) {
        add_real(facts, name, (double)real);
        return;
    }
    number = type == FACT_I32 ? (uint64_t)(int64_t)(int32_t)word : word;
    if (type == FACT_U64) memcpy(&number, at, sizeof number);
    add_number(facts, name, number);
}

static void add_fields(rn_facts *facts, const char *prefix, const void *object, const field *fields,
                       size_t n_fields)
{
    for (size_t f = 0; f < n_fields; f++)
        for (size_t i = 0; i < fields[f].n; i++) {
            char name[MAX_NAME];
            const char *at = (const char *)object + fields[f].offset + i * sizeof(uint32_t);
            snprintf(name, sizeof name, fields[f].n > 1 ? "%s%s[%zu]" : "%s%s", prefix,
                     fields[f].name, i);
            add_value(facts, name, at, fields[f].type);
        }
}

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define FIELD(object, name, type, n)                                                               \
    {                                                                                              \
#name, offsetof(object, name), type, n                                                     \
    }
#define OPTION(name, type) FIELD(resnet_trainer_options, name, type, 1)
#define AUGMENT(name, type, n) FIELD(resnet_augment, name, type, n)
#define RECIPE(name, type, n) FIELD(resnet_recipe, name, type, n)

/* Rates, schedules, patience and the number of epochs may change; these may not. */
static const field OPTIONS[] = {
    OPTION(seed, FACT_U64),           OPTION(batch_size, FACT_U32),
    OPTION(accumulate, FACT_U32),     OPTION(n_shards, FACT_U32),
    OPTION(batch_norm, FACT_I32),     OPTION(bn_momentum, FACT_F32),
    OPTION(head_epochs, FACT_U32),    OPTION(label_smoothing, FACT_F32),
    OPTION(balance, FACT_I32),        OPTION(n_views, FACT_U32),
    OPTION(optimizer, FACT_I32),      OPTION(momentum, FACT_F32),
    OPTION(weight_decay, FACT_F32),   OPTION(decoupled_decay, FACT_U32),
    OPTION(exempt_vectors, FACT_U32), OPTION(nesterov, FACT_U32),
    OPTION(beta1, FACT_F32),          OPTION(beta2, FACT_F32),
    OPTION(epsilon, FACT_F32),        OPTION(trust_coefficient, FACT_F32),
    OPTION(clip_norm, FACT_F32),      OPTION(ema_decay, FACT_F32),
    OPTION(restore_best, FACT_U32),
};

static const field AUGMENTS[] = {
    AUGMENT(crop, FACT_I32, 1),
    AUGMENT(resized_crop_scale, FACT_F32, 2),
    AUGMENT(resized_crop_ratio, FACT_F32, 2),
    AUGMENT(crop_padding, FACT_U32, 1),
    AUGMENT(rotation_range, FACT_F32, 1),
    AUGMENT(width_shift_range, FACT_F32, 1),
    AUGMENT(height_shift_range, FACT_F32, 1),
    AUGMENT(shear_range, FACT_F32, 1),
    AUGMENT(zoom_range, FACT_F32, 2),
    AUGMENT(fill_mode, FACT_I32, 1),
    AUGMENT(cval, FACT_F32, 1),
    AUGMENT(horizontal_flip, FACT_F32, 1),
    AUGMENT(vertical_flip, FACT_F32, 1),
    AUGMENT(random_rotation, FACT_F32, 1),
    AUGMENT(policy, FACT_I32, 1),
    AUGMENT(num_ops, FACT_U32, 1),
    AUGMENT(magnitude, FACT_U32, 1),
    AUGMENT(num_magnitude_bins, FACT_U32, 1),
    AUGMENT(jitter_brightness, FACT_F32, 1),
    AUGMENT(jitter_contrast, FACT_F32, 1),
    AUGMENT(jitter_saturation, FACT_F32, 1),
    AUGMENT(jitter_hue, FACT_F32, 1),
    AUGMENT(channel_shift_range, FACT_F32, 1),
    AUGMENT(brightness_range, FACT_F32, 2),
    AUGMENT(erasing_p, FACT_F32, 1),
    AUGMENT(erasing_scale, FACT_F32, 2),
    AUGMENT(erasing_ratio, FACT_F32, 2),
    AUGMENT(mixup_alpha, FACT_F32, 1),
    AUGMENT(cutmix_alpha, FACT_F32, 1),
};

static const field RECIPES[] = {
    RECIPE(resize_mode, FACT_I32, 1), RECIPE(resize_filter, FACT_I32, 1),
    RECIPE(resize_size, FACT_U32, 1), RECIPE(crop_width, FACT_U32, 1),
    RECIPE(crop_height, FACT_U32, 1), RECIPE(channel_order, FACT_I32, 1),
    RECIPE(divisor, FACT_F32, 1),     RECIPE(mean, FACT_F32, 3),
    RECIPE(std, FACT_F32, 3),
};

static void add_network(rn_facts *facts, const rn_net_settings *s)
{
    add_number(facts, "depth", s->arch->depth);
    add_number(facts, "variant", (uint64_t)s->variant);
    add_real(facts, "bn_epsilon", (double)s->bn_epsilon);
    add_number(facts, "stem_pool", (uint64_t)s->stem_pool);
    add_number(facts, "pooling", (uint64_t)s->pooling);
    add_real(facts, "dropout", (double)s->dropout);
    add_number(facts, "n_classes", s->n_classes);
    add_number(facts, "n_hidden", s->n_hidden);
}

static uint64_t hash_weights(const float *weights, size_t n)
{
    return weights ? rn_fingerprint_bytes(weights, n * sizeof *weights, 0).high : 0;
}

static void list_names(rn_facts *facts)
{
    size_t length = 0;
    for (size_t i = 0; i < facts->n; i++)
        length += (size_t)snprintf(facts->list + length, sizeof facts->list - length, "%s\n",
                                   facts->names[i]);
}

/* A bit a convolution: "frozen", and with more of them "frozen64", "frozen128" behind it. */
static void add_frozen(rn_facts *facts)
{
    for (size_t first = 0; first < facts->arch->n_convs; first += FROZEN_PER_FACT) {
        char name[MAX_NAME] = FROZEN;
        uint64_t bits = 0;
        for (size_t i = 0; i < FROZEN_PER_FACT && first + i < facts->arch->n_convs; i++)
            bits |= (uint64_t)facts->frozen[first + i] << i;
        if (first > 0) snprintf(name, sizeof name, FROZEN "%zu", first);
        add_number(facts, name, bits);
    }
}

static resnet_status fill(rn_facts *facts, const resnet_trainer *t)
{
    const rn_net_settings *net = &t->model->net->settings;
    resnet_status status;
    facts->arch = net->arch;
    RN_TRY(rn_freeze_choose(&facts->frozen, &t->options, t->model->net));
    add_network(facts, net);
    add_fields(facts, "recipe.", &t->model->recipe, RECIPES, COUNT_OF(RECIPES));
    add_fields(facts, "", &t->options, OPTIONS, COUNT_OF(OPTIONS));
    add_fields(facts, "augment.", &t->augment, AUGMENTS, COUNT_OF(AUGMENTS));
    add_number(facts, "monitor", (uint64_t)rn_trainer_get_monitor(t));
    add_number(facts, "class_weights", hash_weights(t->class_weights, net->n_classes));
    add_frozen(facts);
    if (facts->n == MAX_FACTS) return rn_fail(RESNET_E_INTERNAL, "facts: no more room");
    list_names(facts);
    RN_TRY(rn_identity_open(&facts->train, t->train, "training"));
    status = rn_identity_open(&facts->validation, t->validation, "validation");
done:
    return status;
}

resnet_status rn_facts_create(rn_facts **out, const resnet_trainer *trainer)
{
    rn_facts *facts = rn_calloc(1, sizeof *facts);
    if (!facts) return RESNET_E_NOMEM;
    facts->log = &trainer->log;
    const resnet_status status = fill(facts, trainer);
    if (status == RESNET_OK)
        *out = facts;
    else
        rn_facts_free(facts);
    return status;
}

void rn_facts_free(rn_facts *facts)
{
    if (!facts) return;
    rn_identity_close(&facts->train);
    rn_identity_close(&facts->validation);
    rn_free(facts->frozen);
    rn_free(facts);
}

/* ---- in a checkpoint ---- */

resnet_status rn_facts_add(rn_checkpoint *checkpoint, const rn_facts *facts)
{
    resnet_status status;
    RN_TRY(rn_checkpoint_add_text(checkpoint, "fact_names", facts->list));
    RN_TRY(rn_checkpoint_add_u64(checkpoint, "facts", facts->n, facts->values));
    RN_TRY(rn_identity_add(checkpoint, &facts->train));
    status = rn_identity_add(checkpoint, &facts->validation);
done:
    return status;
}

static size_t find(const rn_facts *facts, const char *name, size_t length)
{
    size_t i = 0;
    while (i < facts->n &&
           (strlen(facts->names[i]) != length || memcmp(facts->names[i], name, length) != 0))
        i++;
    return i;
}

static resnet_status fail_frozen(const rn_facts *facts, size_t first, uint64_t found)
{
    size_t row = first;
    while ((found >> (row - first) & 1) == facts->frozen[row]) row++;
    return rn_fail(RESNET_E_INVALID, "a run in which %s %s, which cannot go on with it %s",
                   facts->arch->convs[row].conv, facts->frozen[row] ? "learns" : "is frozen",
                   facts->frozen[row] ? "frozen" : "learning");
}

static resnet_status fail_fact(const rn_facts *facts, size_t index, uint64_t found)
{
    const char *name = facts->names[index];
    const uint64_t ours = facts->values[index];
    double was, is;
    if (strncmp(name, FROZEN, strlen(FROZEN)) == 0)
        return fail_frozen(facts, (size_t)atoi(name + strlen(FROZEN)), found);
    if (strcmp(name, "class_weights") == 0)
        return rn_fail(RESNET_E_INVALID, "a run with other class_weights");
    if (strcmp(name, "monitor") == 0)
        return rn_fail(RESNET_E_INVALID, "a run with monitor %s, which cannot go on with %s",
                       resnet_monitor_name((int32_t)found), resnet_monitor_name((int32_t)ours));
    memcpy(&was, &found, sizeof was);
    memcpy(&is, &ours, sizeof is);
    const int digits = fabs(was - is) > 1e-5 * fabs(was) ? 6 : 9; /* enough to see it */
    if (facts->is_real[index])
        return rn_fail(RESNET_E_INVALID, "a run with %s %.*g, which cannot go on with %.*g", name,
                       digits, was, digits, is);
    return rn_fail(RESNET_E_INVALID, "a run with %s %lld, which cannot go on with %lld", name,
                   (long long)found, (long long)ours);
}

static resnet_status check_numbers(const rn_checkpoint *checkpoint, const rn_facts *facts)
{
    size_t n_found = 0;
    const char *names = rn_checkpoint_find_text(checkpoint, "fact_names");
    const uint64_t *values = rn_checkpoint_find_u64(checkpoint, "facts", &n_found);
    if (!names || !values) return rn_fail(RESNET_E_UNSUPPORTED, "from an earlier release");
    for (size_t i = 0; i < n_found && *names; i++) {
        const size_t length = strcspn(names, "\n"), index = find(facts, names, length);
        if (index == facts->n)
            return rn_fail(RESNET_E_UNSUPPORTED, "from a later release: it depends on %.*s",
                           (int)length, names);
        if (values[i] != facts->values[index]) return fail_fact(facts, index, values[i]);
        names += length + (names[length] == '\n');
    }
    return RESNET_OK;
}

resnet_status rn_facts_check(const rn_checkpoint *checkpoint, const rn_facts *facts)
{
    resnet_status status;
    RN_TRY(check_numbers(checkpoint, facts));
    RN_TRY(rn_identity_check(checkpoint, &facts->train, facts->log));
    status = rn_identity_check(checkpoint, &facts->validation, facts->log);
done:
    return status;
}
