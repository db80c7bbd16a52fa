/* Keras's HDF5 of 2015 to today: attributes layer_names and weight_names say what there is and in
 * which order; in a full model all of it lies in the group model_weights.
 * SPDX-License-Identifier: MIT */
#include "store/keras_h5.h"

#include "core/mem.h"
#include "core/utf8.h"
#include "store/containers.h"
#include "store/metadata.h"

#include <ctype.h>
#include <string.h>

#define MODEL_GROUP "model_weights"

/* Without TensorFlow's ":0" and the "_1" of a second variable of that name. */
static size_t trim_variable(const char *variable)
{
    size_t length = strcspn(variable, ":");
    size_t digits = length;
    while (digits > 0 && isdigit((unsigned char)variable[digits - 1])) digits--;
    return digits > 1 && digits < length && variable[digits - 1] == '_' ? digits - 1 : length;
}

char *rn_keras_make_key(const char *layer, const char *variable)
{
    static const char *const SPELLINGS[][2] = {
        {"W", "kernel"},
        {"b", "bias"},
        {"running_mean", "moving_mean"},
        {"running_std", "moving_variance"}, /* Keras 1 called the variance so */
        {"running_var", "moving_variance"},
    };
    const size_t layer_length = strlen(layer);
    if (strncmp(variable, layer, layer_length) == 0 && variable[layer_length] == '_')
        variable += layer_length + 1;
    const size_t length = trim_variable(variable);
    for (size_t i = 0; i < sizeof SPELLINGS / sizeof SPELLINGS[0]; i++)
        if (strlen(SPELLINGS[i][0]) == length && memcmp(SPELLINGS[i][0], variable, length) == 0)
            return rn_format("%s/%s", layer, SPELLINGS[i][1]);
    return rn_format("%s/%.*s", layer, (int)length, variable);
}

/* Everything before the last slash; 0 for a bare name. */
static size_t parent_length(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? (size_t)(slash - name) : 0;
}

/* A nested model is one layer with many layers' weights. */
static bool is_nested(const rn_h5_texts *names)
{
    for (size_t i = 1; i < names->count; i++) {
        const size_t length = parent_length(names->items[i]);
        if (length != parent_length(names->items[0]) ||
            memcmp(names->items[i], names->items[0], length) != 0)
            return true;
    }
    return false;
}

/* The layer inside a nested model: the last name but one of "conv1_conv/kernel:0". */
static char *inner_layer(const char *name, const char *outer)
{
    const size_t end = parent_length(name);
    size_t start = end;
    while (start > 0 && name[start - 1] != '/') start--;
    return end ? rn_strndup(name + start, end - start) : rn_strdup(outer);
}

static resnet_status add_weight(rn_raw_set *set, const rn_h5_object *group, const char *path,
                                const char *layer, const char *name, bool nested)
{
    resnet_status status = RESNET_E_NOMEM;
    const size_t parent = parent_length(name);
    char *inner = nested ? inner_layer(name, layer) : rn_strdup(layer);
    char *full = rn_format("%s/%s", path, name);
    char *key = inner ? rn_keras_make_key(inner, name + parent + (parent > 0)) : NULL;
    if (full && key) status = rn_keras_add_tensor(set, group, name, full, key);
    rn_free(inner);
    rn_free(full);
    rn_free(key);
    return status;
}

/* `models`: the group of layers, at the path `base`. */
static resnet_status read_layer(rn_raw_set *set, const rn_h5_object *models, const char *base,
                                const char *layer)
{
    rn_h5_texts names = {0};
    resnet_status status;
    rn_h5_object *group = NULL;
    char *path = rn_format("%s%s", base, layer);
    if (!path) return RESNET_E_NOMEM;
    if (strcmp(layer, RN_KERAS_SEAL_LAYER) == 0) set->info.seal.is_required = true;
    RN_TRY(rn_h5_find(&group, models, layer));
    if (!group || rn_h5_get_kind(group) != RN_H5_GROUP) {
        status =
            rn_fail(RESNET_E_FORMAT, "HDF5: layer_names has %s, but there is no such group", layer);
        goto done;
    }
    RN_TRY(rn_h5_read_text_chunks(&names, group, "weight_names"));
    const bool nested = is_nested(&names);
    for (size_t i = 0; i < names.count; i++)
        RN_TRY(add_weight(set, group, path, layer, names.items[i], nested));
done:
    rn_h5_texts_free(&names);
    rn_h5_object_free(group);
    rn_free(path);
    return status;
}

static resnet_status read_layers(rn_raw_set *set, const rn_h5_object *models, const char *base)
{
    rn_h5_texts layers = {0};
    resnet_status status;
    RN_TRY(rn_h5_read_text(&set->backend, models, "backend"));
    RN_TRY(rn_h5_read_text_chunks(&layers, models, "layer_names"));
    for (size_t i = 0; i < layers.count; i++)
        RN_TRY(read_layer(set, models, base, layers.items[i]));
done:
    rn_h5_texts_free(&layers);
    return status;
}

static char *join(const rn_h5_texts *pieces)
{
    size_t length = 0;
    for (size_t i = 0; i < pieces->count; i++) length += strlen(pieces->items[i]);
    char *text = rn_alloc(length + 1, 1);
    if (!text) return NULL;
    char *end = text;
    for (size_t i = 0; i < pieces->count; i++) end = stpcpy(end, pieces->items[i]);
    *end = '\0';
    return text;
}

/* A long text lies in pieces, name0, name1, ...; *out NULL when there is none. */
static resnet_status read_long_text(char **out, const rn_h5_object *object, const char *name)
{
    rn_h5_texts pieces = {0};
    const resnet_status status = rn_h5_read_text_chunks(&pieces, object, name);
    if (status != RESNET_OK) return status;
    const bool found = pieces.found, any = pieces.count > 0;
    *out = any ? join(&pieces) : NULL;
    rn_h5_texts_free(&pieces);
    if (found && !any) return rn_fail(RESNET_E_FORMAT, "attribute %s holds no text", name);
    return any && !*out ? RESNET_E_NOMEM : RESNET_OK;
}

static resnet_status keep_text(json_t *texts, const char *key, const char *text)
{
    if (!rn_utf8_is_valid(text)) return rn_fail(RESNET_E_FORMAT, "attribute %s is not UTF-8", key);
    if (json_object_set_new(texts, key, json_string(text)) == 0) return RESNET_OK;
    return rn_fail(RESNET_E_NOMEM, "out of memory for attribute %s", key);
}

static resnet_status read_metadata(rn_raw_set *set, const rn_h5_object *root)
{
    resnet_status status = RESNET_OK;
    char *text = NULL;
    json_t *texts = json_object();
    for (size_t i = 0; i < RN_METADATA_N_KEYS; i++) {
        RN_TRY(read_long_text(&text, root, RN_METADATA_KEYS[i]));
        if (text) RN_TRY(keep_text(texts, RN_METADATA_KEYS[i], text));
        rn_free(text);
        text = NULL;
    }
    RN_TRY(rn_h5_read_text(&text, root, RN_KERAS_CONV_BIAS_KEY));
    set->drop_conv_bias = text && strcmp(text, RN_KERAS_CONV_BIAS_NONE) == 0;
    status = rn_metadata_decode(&set->info, texts, set->budget);
done:
    rn_free(text);
    json_decref(texts);
    return status;
}

static resnet_status read_config(rn_raw_set *set, const rn_h5_object *root)
{
    char *text = NULL;
    resnet_status status = read_long_text(&text, root, "model_config");
    if (status != RESNET_OK || !text) return status;
    status = rn_keras_config_read(set, text, strlen(text));
    rn_free(text);
    return status;
}

static bool lists_layers(const rn_h5_object *group)
{
    return rn_h5_has_attribute(group, "layer_names") || rn_h5_has_attribute(group, "layer_names0");
}

static resnet_status set_format(rn_raw_set *set, const char *format)
{
    set->info.format = rn_strdup(format);
    return set->info.format ? RESNET_OK : RESNET_E_NOMEM;
}

static resnet_status read_model(rn_raw_set *set, const rn_h5_object *root)
{
    rn_h5_object *models = NULL;
    resnet_status status;
    RN_TRY(rn_h5_find(&models, root, MODEL_GROUP));
    if (!models || rn_h5_get_kind(models) != RN_H5_GROUP) {
        status = rn_fail(RESNET_E_UNSUPPORTED, "HDF5 without Keras's weights: no layer_names");
        goto done;
    }
    RN_TRY(set_format(set, "Keras HDF5 model"));
    RN_TRY(read_layers(set, models, MODEL_GROUP "/"));
    status = read_config(set, root);
done:
    rn_h5_object_free(models);
    return status;
}

static resnet_status read_root(rn_raw_set *set, const rn_h5_object *root)
{
    resnet_status status;
    bool found = false;
    if (lists_layers(root)) {
        RN_TRY(read_metadata(set, root));
        RN_TRY(set_format(set, set->info.variant ? "libresnet50 HDF5" : "Keras HDF5 weights"));
        return read_layers(set, root, "");
    }
    RN_TRY(rn_keras_vars_read(set, root, &found));
    if (found) return set_format(set, "Keras 3 weights");
    return read_model(set, root);
done:
    return status;
}

static resnet_status open_and_read(rn_raw_set *set, const void *bytes, size_t size)
{
    const rn_h5_file *file = NULL;
    rn_h5_object *root = NULL;
    resnet_status status;
    RN_TRY(rn_keras_open(set, &file, bytes, size));
    RN_TRY(rn_h5_open_root(&root, file));
    status = read_root(set, root);
done:
    rn_h5_object_free(root);
    return status;
}

resnet_status rn_keras_h5_parse_owned(rn_raw_set **out, const void *bytes, size_t size, void *owned,
                                      rn_budget *budget)
{
    rn_raw_set *set = NULL;
    resnet_status status = rn_raw_create(&set, RN_LAYOUT_KERAS, budget);
    if (status != RESNET_OK) return status;
    status = open_and_read(set, bytes, size);
    if (status == RESNET_OK) {
        rn_keras_hand_over(set, owned);
        *out = set;
    } else {
        rn_raw_free(set);
    }
    return status;
}

resnet_status rn_keras_h5_parse(rn_raw_set **out, const void *bytes, size_t size, rn_budget *budget)
{
    return rn_keras_h5_parse_owned(out, bytes, size, NULL, budget);
}
