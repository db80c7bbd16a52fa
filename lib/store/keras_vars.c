/* keras/src/saving/saving_lib.py: /layers/<class>[_<number>]/vars/<index>, nested models within.
 * Since 3.7 each vars has the layer's real name as an attribute; before, layers are only counted.
 * SPDX-License-Identifier: MIT */
#include "store/keras_h5.h"

#include "core/mem.h"

#include <string.h>

#define MAX_DEPTH 16
#define MAX_GROUPS 16384

/* TensorFlow 2.12 and 2.13 called it otherwise. */
static const char *const ROOTS[] = {"layers", "_layer_checkpoint_dependencies"};

typedef struct walk {
    rn_raw_set *set;
    size_t n_groups;
} walk;

/* Batch norms have four variables; convolutions and dense layers one or two. */
static const char *variable_of(const char *index, size_t n_variables)
{
    static const char *const NORM[] = {"gamma", "beta", "moving_mean", "moving_variance"};
    static const char *const OTHER[] = {"kernel", "bias"};
    const int number = index[0] - '0';
    if (index[1] != '\0' || number < 0) return index;
    if (n_variables == 4 && number < 4) return NORM[number];
    return n_variables <= 2 && number < 2 ? OTHER[number] : index;
}

static resnet_status add_variable(walk *at, const rn_h5_object *group, const char *path,
                                  const char *layer, const char *index)
{
    resnet_status status = RESNET_E_NOMEM;
    char *full = rn_format("%s/%s", path, index);
    char *key = rn_format("%s/%s", layer, variable_of(index, rn_h5_count_links(group)));
    if (full && key) status = rn_keras_add_tensor(at->set, group, index, full, key);
    rn_free(full);
    rn_free(key);
    return status;
}

/* `group` is the vars at `path`; `layer` the name of the group above. */
static resnet_status read_variables(walk *at, const rn_h5_object *group, const char *path,
                                    const char *layer)
{
    char *real_name = NULL;
    resnet_status status = rn_h5_read_text(&real_name, group, "name");
    for (size_t i = 0; i < rn_h5_count_links(group) && status == RESNET_OK; i++)
        status =
            add_variable(at, group, path, real_name ? real_name : layer, rn_h5_get_link(group, i));
    rn_free(real_name);
    return status;
}

static resnet_status walk_group(walk *at, const rn_h5_object *group, const char *path,
                                const char *layer, int depth);

static resnet_status walk_child(walk *at, const rn_h5_object *parent, const char *path,
                                const char *layer, const char *name, int depth)
{
    resnet_status status;
    rn_h5_object *child = NULL;
    char *child_path = rn_format("%s/%s", path, name);
    if (!child_path) return RESNET_E_NOMEM;
    RN_TRY(rn_h5_find(&child, parent, name));
    if (!child || rn_h5_get_kind(child) != RN_H5_GROUP)
        status = RESNET_OK;
    else if (strcmp(name, "vars") == 0)
        status = read_variables(at, child, child_path, layer);
    else
        status = walk_group(at, child, child_path, name, depth + 1);
done:
    rn_h5_object_free(child);
    rn_free(child_path);
    return status;
}

static resnet_status walk_group(walk *at, const rn_h5_object *group, const char *path,
                                const char *layer, int depth)
{
    if (depth > MAX_DEPTH || ++at->n_groups > MAX_GROUPS)
        return rn_fail(RESNET_E_UNSUPPORTED, "HDF5: too many groups, or too deep, at %s", path);
    for (size_t i = 0; i < rn_h5_count_links(group); i++) {
        const resnet_status status =
            walk_child(at, group, path, layer, rn_h5_get_link(group, i), depth);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}

resnet_status rn_keras_vars_read(rn_raw_set *set, const rn_h5_object *root, bool *out_found)
{
    walk at = {set, 0};
    rn_h5_object *group = NULL;
    *out_found = false;
    for (size_t i = 0; i < sizeof ROOTS / sizeof ROOTS[0] && !*out_found; i++) {
        resnet_status status = rn_h5_find(&group, root, ROOTS[i]);
        if (status != RESNET_OK) return status;
        *out_found = group && rn_h5_get_kind(group) == RN_H5_GROUP;
        if (*out_found) status = walk_group(&at, group, ROOTS[i], "", 0);
        rn_h5_object_free(group);
        group = NULL;
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}
