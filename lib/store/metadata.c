/* SPDX-License-Identifier: MIT */
#include "store/metadata.h"

#include "arch/arch.h"
#include "core/mem.h"
#include "core/utf8.h"
#include "store/digest.h"

#include <inttypes.h>
#include <math.h>
#include <resnet/model.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SIDE 65536                                /* px, of a recipe */
#define NAME_COST (sizeof(char *) + 3 * RN_ALIGNMENT) /* bytes of a class name, beside its text */

const char *const RN_METADATA_KEYS[RN_METADATA_N_KEYS] = {
    "resnet50.variant",      "resnet50.bn_epsilon",   "resnet50.stem_pool",
    "resnet50.recipe",       "resnet50.class_names",  "resnet50.licence",
    "resnet50.provenance",   "resnet50.head_pooling", "resnet50.head_activation",
    "resnet50.head_dropout", "resnet50.metadata",     "resnet50.names_guessed",
    RN_METADATA_SEALED,      RN_METADATA_CHECKSUM,
};

typedef struct word {
    int32_t value;
    const char *text;
} word;

/* Each list ends in a NULL. */
static const word VARIANTS[] = {
    {RESNET_VARIANT_V1, "v1"}, {RESNET_VARIANT_V1_5, "v1.5"}, {0, NULL}};
static const word STEM_POOLS[] = {
    {RESNET_STEM_POOL_PADDED, "padded"}, {RESNET_STEM_POOL_UNPADDED, "unpadded"}, {0, NULL}};
static const word HEAD_POOLINGS[] = {
    {RESNET_POOLING_AVERAGE, "average"}, {RESNET_POOLING_MAX, "max"}, {0, NULL}};
static const word ACTIVATIONS[] = {{RESNET_ACTIVATION_RELU, "relu"},
                                   {RESNET_ACTIVATION_LEAKY_RELU, "leaky_relu"},
                                   {RESNET_ACTIVATION_ELU, "elu"},
                                   {RESNET_ACTIVATION_SELU, "selu"},
                                   {RESNET_ACTIVATION_GELU, "gelu"},
                                   {RESNET_ACTIVATION_GELU_TANH, "gelu_tanh"},
                                   {RESNET_ACTIVATION_SILU, "silu"},
                                   {RESNET_ACTIVATION_TANH, "tanh"},
                                   {RESNET_ACTIVATION_SIGMOID, "sigmoid"},
                                   {RESNET_ACTIVATION_LINEAR, "linear"},
                                   {0, NULL}};
static const word RESIZES[] = {{RESNET_RESIZE_NONE, "none"},
                               {RESNET_RESIZE_SHORT_EDGE, "short_edge"},
                               {RESNET_RESIZE_EXACT, "exact"},
                               {0, NULL}};
static const word FILTERS[] = {{RESNET_FILTER_NEAREST, "nearest"},
                               {RESNET_FILTER_BILINEAR, "bilinear"},
                               {RESNET_FILTER_BICUBIC, "bicubic"},
                               {0, NULL}};
static const word CHANNELS[] = {
    {RESNET_CHANNELS_RGB, "RGB"}, {RESNET_CHANNELS_BGR, "BGR"}, {0, NULL}};

static const char *find_text(const word *words, int32_t value)
{
    for (; words->text; words++)
        if (words->value == value) return words->text;
    return NULL;
}

static bool find_value(const word *words, const char *text, int32_t *out)
{
    for (; words->text; words++)
        if (strcmp(words->text, text) == 0) {
            *out = words->value;
            return true;
        }
    return false;
}

static resnet_status fail_memory(void)
{
    return rn_fail(RESNET_E_NOMEM, "out of memory for a model's description");
}

static resnet_status put_text(json_t *texts, const char *key, const char *text)
{
    if (!text) return RESNET_OK;
    if (!rn_utf8_is_valid(text)) return rn_fail(RESNET_E_INVALID, "%s: not UTF-8 text", key);
    return json_object_set_new(texts, key, json_string(text)) == 0 ? RESNET_OK : fail_memory();
}

/* Adds a value as its JSON text; takes it over. Nine digits bring every float back. */
static resnet_status put_json(json_t *texts, const char *key, json_t *value)
{
    char *text = NULL;
    resnet_status status = rn_json_dump(&text, value, RN_JSON_FLOAT_DIGITS, key);
    json_decref(value);
    if (status == RESNET_OK) status = put_text(texts, key, text);
    rn_free(text);
    return status;
}

static json_t *encode_floats(const float values[3])
{
    return json_pack("[f,f,f]", (double)values[0], (double)values[1], (double)values[2]);
}

/* Not "s*", which leaves a word out when there is no memory for it. */
static json_t *encode_recipe(const resnet_recipe *recipe)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:s, s:f, s:o, s:o}", "name", recipe->name,
                     "resize", find_text(RESIZES, recipe->resize_mode), "filter",
                     find_text(FILTERS, recipe->resize_filter), "resize_size",
                     (int)recipe->resize_size, "crop_width", (int)recipe->crop_width, "crop_height",
                     (int)recipe->crop_height, "channels",
                     find_text(CHANNELS, recipe->channel_order), "divisor", (double)recipe->divisor,
                     "mean", encode_floats(recipe->mean), "std", encode_floats(recipe->std));
}

static resnet_status put_class_names(json_t *texts, const rn_weights_info *info)
{
    resnet_status status;
    json_t *names = json_array();
    for (size_t i = 0; i < info->n_class_names; i++) {
        if (!rn_utf8_is_valid(info->class_names[i])) {
            status = rn_fail(RESNET_E_INVALID, "the name of class %zu is not UTF-8", i);
            goto done;
        }
        if (json_array_append_new(names, json_string(info->class_names[i])) != 0) {
            status = fail_memory();
            goto done;
        }
    }
    return put_json(texts, "resnet50.class_names", names);
done:
    json_decref(names);
    return status;
}

static resnet_status put_pairs(json_t *texts, const rn_pairs *pairs)
{
    resnet_status status = RESNET_OK;
    if (pairs->count == 0) return RESNET_OK;
    json_t *json = json_object();
    if (!json) return fail_memory();
    for (size_t i = 0; i < pairs->count && status == RESNET_OK; i++)
        status = put_text(json, pairs->items[i].key, pairs->items[i].value);
    if (status == RESNET_OK) return put_json(texts, "resnet50.metadata", json);
    json_decref(json);
    return status;
}

/* A list of names, each with its slope where it has one: ["tanh", ["leaky_relu", 0.1]]. */
static resnet_status put_activations(json_t *texts, const rn_weights_info *info)
{
    resnet_status status;
    json_t *list = json_array();
    for (size_t i = 0; i < RN_ARCH_MAX_HIDDEN && info->head_activations[i].kind; i++) {
        const rn_arch_activation *f = &info->head_activations[i];
        const char *name = find_text(ACTIVATIONS, f->kind);
        json_t *item =
            f->slope > 0 ? json_pack("[s,f]", name, (double)f->slope) : json_string(name);
        if (json_array_append_new(list, item) != 0) {
            status = rn_fail(RESNET_E_NOMEM, "out of memory");
            goto done;
        }
    }
    if (json_array_size(list) > 0) return put_json(texts, "resnet50.head_activation", list);
    status = RESNET_OK;
done:
    json_decref(list);
    return status;
}

/* Of every key's text but the checksum's. */
static uint64_t digest_texts(const json_t *texts)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < RN_METADATA_N_KEYS; i++) {
        const char *text = json_string_value(json_object_get(texts, RN_METADATA_KEYS[i]));
        if (!text || strcmp(RN_METADATA_KEYS[i], RN_METADATA_CHECKSUM) == 0) continue;
        hash = rn_digest_text(rn_digest_text(hash, RN_METADATA_KEYS[i]), text);
    }
    return hash;
}

static resnet_status put_seal(json_t *texts, const rn_weights *weights)
{
    char digits[17];
    const resnet_status status = put_text(texts, RN_METADATA_SEALED, "1");
    if (status != RESNET_OK) return status;
    snprintf(digits, sizeof digits, "%016" PRIx64, rn_digest_tensors(digest_texts(texts), weights));
    return put_text(texts, RN_METADATA_CHECKSUM, digits);
}

resnet_status rn_metadata_encode(json_t **out, const rn_weights *weights)
{
    resnet_status status;
    const rn_weights_info *info = &weights->info;
    json_t *texts = json_object();
    if (!texts) return fail_memory();
    RN_TRY(put_text(texts, "resnet50.variant", find_text(VARIANTS, info->variant)));
    if (info->bn_epsilon > 0)
        RN_TRY(put_json(texts, "resnet50.bn_epsilon", json_real((double)info->bn_epsilon)));
    RN_TRY(put_text(texts, "resnet50.stem_pool", find_text(STEM_POOLS, info->stem_pool)));
    if (info->has_recipe) RN_TRY(put_json(texts, "resnet50.recipe", encode_recipe(&info->recipe)));
    if (info->class_names) RN_TRY(put_class_names(texts, info));
    if (info->names_are_guessed) RN_TRY(put_text(texts, "resnet50.names_guessed", "imagenet"));
    RN_TRY(put_text(texts, "resnet50.licence", info->licence));
    RN_TRY(put_text(texts, "resnet50.provenance", info->provenance));
    RN_TRY(put_text(texts, "resnet50.head_pooling", find_text(HEAD_POOLINGS, info->head_pooling)));
    RN_TRY(put_activations(texts, info));
    if (info->head_dropout > 0)
        RN_TRY(put_json(texts, "resnet50.head_dropout", json_real((double)info->head_dropout)));
    RN_TRY(put_pairs(texts, &info->metadata));
    RN_TRY(put_seal(texts, weights));
    *out = texts;
    return RESNET_OK;
done:
    json_decref(texts);
    return status;
}

static resnet_status fail_key(const char *key)
{
    return rn_fail(RESNET_E_FORMAT, "metadata: %s has no meaning", key);
}

static resnet_status get_word(const json_t *texts, const char *key, const word *words, int32_t *out)
{
    const char *text = json_string_value(json_object_get(texts, key));
    return !text || find_value(words, text, out) ? RESNET_OK : fail_key(key);
}

static resnet_status get_text(const json_t *texts, const char *key, char **out)
{
    const char *text = json_string_value(json_object_get(texts, key));
    if (!text) return RESNET_OK;
    char *copy = rn_strdup(text);
    if (!copy) return RESNET_E_NOMEM;
    rn_free(*out);
    *out = copy;
    return RESNET_OK;
}

/* The JSON text of a key, or NULL when the map has none. */
static resnet_status get_json(const json_t *texts, const char *key, json_t **out, rn_budget *budget)
{
    const json_t *text = json_object_get(texts, key);
    *out = NULL;
    if (!json_is_string(text)) return RESNET_OK;
    const resnet_status status =
        rn_json_load(out, json_string_value(text), json_string_length(text), budget, key);
    return status == RESNET_E_FORMAT ? fail_key(key) : status;
}

static resnet_status get_number(const json_t *texts, const char *key, float low, float high,
                                float *out, rn_budget *budget)
{
    json_t *number = NULL;
    resnet_status status = get_json(texts, key, &number, budget);
    if (status != RESNET_OK || !number) return status;
    const float value = (float)json_number_value(number);
    if (json_is_number(number) && value >= low && value < high)
        *out = value;
    else
        status = fail_key(key);
    json_decref(number);
    return status;
}

static bool get_side(const json_t *recipe, const char *key, json_int_t low, uint32_t *out)
{
    const json_t *number = json_object_get(recipe, key);
    const json_int_t value = json_integer_value(number);
    if (!json_is_integer(number) || value < low || value > MAX_SIDE) return false;
    *out = (uint32_t)value;
    return true;
}

static bool get_floats(const json_t *array, float out[3])
{
    if (json_array_size(array) != 3) return false;
    for (size_t i = 0; i < 3; i++) {
        const json_t *number = json_array_get(array, i);
        if (!json_is_number(number)) return false;
        out[i] = (float)json_number_value(number);
        if (!isfinite(out[i])) return false;
    }
    return true;
}

static bool get_recipe_word(const json_t *recipe, const char *key, const word *words, int32_t *out)
{
    const char *text = json_string_value(json_object_get(recipe, key));
    return text && find_value(words, text, out);
}

static bool decode_recipe(resnet_recipe *out, const json_t *json)
{
    resnet_recipe recipe = {.struct_size = sizeof recipe};
    const char *name = json_string_value(json_object_get(json, "name"));
    if (name && strlen(name) >= sizeof recipe.name) return false;
    if (name) strcpy(recipe.name, name);
    recipe.divisor = (float)json_number_value(json_object_get(json, "divisor"));
    const bool ok = get_recipe_word(json, "resize", RESIZES, &recipe.resize_mode) &&
                    get_recipe_word(json, "filter", FILTERS, &recipe.resize_filter) &&
                    get_recipe_word(json, "channels", CHANNELS, &recipe.channel_order) &&
                    get_side(json, "resize_size", 0, &recipe.resize_size) &&
                    get_side(json, "crop_width", RN_ARCH_MIN_SIZE, &recipe.crop_width) &&
                    get_side(json, "crop_height", RN_ARCH_MIN_SIZE, &recipe.crop_height) &&
                    recipe.divisor > 0 && isfinite(recipe.divisor) &&
                    get_floats(json_object_get(json, "mean"), recipe.mean) &&
                    get_floats(json_object_get(json, "std"), recipe.std) && recipe.std[0] > 0 &&
                    recipe.std[1] > 0 && recipe.std[2] > 0;
    if (ok) *out = recipe;
    return ok;
}

static resnet_status get_recipe(const json_t *texts, rn_weights_info *info, rn_budget *budget)
{
    json_t *recipe = NULL;
    resnet_status status = get_json(texts, "resnet50.recipe", &recipe, budget);
    if (status != RESNET_OK || !recipe) return status;
    if (decode_recipe(&info->recipe, recipe))
        info->has_recipe = true;
    else
        status = fail_key("resnet50.recipe");
    json_decref(recipe);
    return status;
}

static resnet_status copy_names(const json_t *array, rn_weights_info *info, rn_budget *budget)
{
    const size_t count = json_array_size(array);
    if (count > RN_METADATA_MAX_CLASSES)
        return rn_fail(RESNET_E_UNSUPPORTED, "metadata: %zu class names", count);
    resnet_status status = rn_budget_spend_array(budget, count, NAME_COST, "class names");
    if (status != RESNET_OK) return status;
    info->class_names = rn_calloc(count, sizeof *info->class_names);
    if (!info->class_names) return RESNET_E_NOMEM;
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(array, i));
        if (!name) return fail_key("resnet50.class_names");
        status = rn_budget_spend(budget, strlen(name), "class names");
        if (status != RESNET_OK) return status;
        info->class_names[i] = rn_strdup(name);
        if (!info->class_names[i]) return RESNET_E_NOMEM;
        info->n_class_names = i + 1;
    }
    return RESNET_OK;
}

static resnet_status get_class_names(const json_t *texts, rn_weights_info *info, rn_budget *budget)
{
    json_t *names = NULL;
    resnet_status status = get_json(texts, "resnet50.class_names", &names, budget);
    if (status != RESNET_OK || !names) return status;
    status = json_is_array(names) && !info->class_names ? copy_names(names, info, budget)
                                                        : fail_key("resnet50.class_names");
    json_decref(names);
    return status;
}

static resnet_status copy_pairs(const json_t *object, rn_pairs *pairs)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        const resnet_status status = json_is_string(value)
                                         ? rn_pairs_set(pairs, key, json_string_value(value))
                                         : fail_key("resnet50.metadata");
        if (status != RESNET_OK) return status == RESNET_E_INVALID ? RESNET_E_FORMAT : status;
    }
    return RESNET_OK;
}

static resnet_status get_pairs(const json_t *texts, rn_weights_info *info, rn_budget *budget)
{
    json_t *pairs = NULL;
    resnet_status status = get_json(texts, "resnet50.metadata", &pairs, budget);
    if (status != RESNET_OK || !pairs) return status;
    status =
        json_is_object(pairs) ? copy_pairs(pairs, &info->metadata) : fail_key("resnet50.metadata");
    json_decref(pairs);
    return status;
}

static resnet_status get_seal(const json_t *texts, rn_seal *seal)
{
    const char *digits = json_string_value(json_object_get(texts, RN_METADATA_CHECKSUM));
    if (json_object_get(texts, RN_METADATA_SEALED)) seal->is_required = true;
    if (!digits) return RESNET_OK;
    if (strlen(digits) != 16 || strspn(digits, "0123456789abcdef") != 16)
        return fail_key(RN_METADATA_CHECKSUM);
    seal->has_checksum = true;
    seal->checksum = strtoull(digits, NULL, 16);
    seal->texts = digest_texts(texts);
    return RESNET_OK;
}

static bool decode_activation(const json_t *item, rn_arch_activation *out)
{
    const json_t *name = json_is_array(item) ? json_array_get(item, 0) : item;
    const double slope = json_number_value(json_array_get(item, 1));
    if (!json_is_string(name) || !(slope >= 0 && slope <= RN_ARCH_MAX_SLOPE)) return false;
    out->slope = (float)slope;
    return find_value(ACTIVATIONS, json_string_value(name), &out->kind);
}

static resnet_status get_activations(const json_t *texts, rn_weights_info *info, rn_budget *budget)
{
    json_t *list = NULL;
    const char *text = json_string_value(json_object_get(texts, "resnet50.head_activation"));
    if (text && find_value(ACTIVATIONS, text, &info->head_activations[0].kind)) {
        for (size_t i = 1; i < RN_ARCH_MAX_HIDDEN; i++) /* one word for all of them */
            info->head_activations[i] = info->head_activations[0];
        return RESNET_OK;
    }
    resnet_status status = get_json(texts, "resnet50.head_activation", &list, budget);
    if (status != RESNET_OK || !list) return status;
    const size_t count = json_array_size(list);
    bool ok = json_is_array(list) && count <= RN_ARCH_MAX_HIDDEN;
    for (size_t i = 0; ok && i < count; i++)
        ok = decode_activation(json_array_get(list, i), &info->head_activations[i]);
    json_decref(list);
    return ok ? RESNET_OK : fail_key("resnet50.head_activation");
}

resnet_status rn_metadata_decode(rn_weights_info *info, const json_t *texts, rn_budget *budget)
{
    resnet_status status;
    RN_TRY(get_seal(texts, &info->seal));
    RN_TRY(get_word(texts, "resnet50.variant", VARIANTS, &info->variant));
    RN_TRY(get_number(texts, "resnet50.bn_epsilon", 1e-12f, 1, &info->bn_epsilon, budget));
    RN_TRY(get_word(texts, "resnet50.stem_pool", STEM_POOLS, &info->stem_pool));
    RN_TRY(get_recipe(texts, info, budget));
    RN_TRY(get_class_names(texts, info, budget));
    RN_TRY(get_text(texts, "resnet50.licence", &info->licence));
    RN_TRY(get_text(texts, "resnet50.provenance", &info->provenance));
    RN_TRY(get_word(texts, "resnet50.head_pooling", HEAD_POOLINGS, &info->head_pooling));
    RN_TRY(get_activations(texts, info, budget));
    RN_TRY(get_number(texts, "resnet50.head_dropout", 0, 1, &info->head_dropout, budget));
    RN_TRY(get_pairs(texts, info, budget));
    info->names_are_guessed = json_object_get(texts, "resnet50.names_guessed") != NULL;
    info->is_own = json_object_get(texts, "resnet50.variant") != NULL; /* in every file of ours */
done:
    return status;
}
