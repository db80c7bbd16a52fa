/* keras/src/saving/saving_lib.py: /layers/<class>[_<number>]/vars/<index>, nested models within.
 * Since 3.7 each vars has the layer's real name as an attribute; before, layers are only counted.
 * SPDX-License-Identifier: MIT */
#include "store/keras_h5.h"

#include "core/mem.h"

#include <string.h>

#define MAX_DEPTH 16
#define MAX_GROUPS 16384
#define MAX_NAME 256

/* TensorFlow 2.12 and 2.13 called it otherwise. */
static const char *const ROOTS[] = {"layers", "_layer_checkpoint_dependencies"};

typedef struct walk {
    rn_raw_set *set;
    hid_t file;
    size_t n_groups;
} walk;

static hid_t open_root(hid_t file, const char **out_path)
{
    for (size_t i = 0; i < sizeof ROOTS / sizeof ROOTS[0]; i++) {
        const hid_t group = rn_h5_open_object(file, ROOTS[i], H5I_GROUP);
        if (group >= 0) {
            *out_path = ROOTS[i];
            return group;
        }
    }
    return H5I_INVALID_HID;
}

bool rn_keras_vars_detect(hid_t file)
{
    const char *path = NULL;
    const hid_t root = open_root(file, &path);
    if (root < 0) return false;
    H5Oclose(root);
    return true;
}

static hsize_t count_links(hid_t group)
{
    H5G_info_t info;
    return H5Gget_info(group, &info) >= 0 ? info.nlinks : 0;
}

static bool get_link(hid_t group, hsize_t index, char name[MAX_NAME])
{
    const ssize_t length = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, index, name,
                                              MAX_NAME, H5P_DEFAULT);
    return length > 0 && length < MAX_NAME;
}

/* Batch norms have four variables; convolutions and dense layers one or two. */
static const char *variable_of(const char *index, hsize_t n_variables)
{
    static const char *const NORM[] = {"gamma", "beta", "moving_mean", "moving_variance"};
    static const char *const OTHER[] = {"kernel", "bias"};
    const int number = index[0] - '0';
    if (index[1] != '\0' || number < 0) return index;
    if (n_variables == 4 && number < 4) return NORM[number];
    return n_variables <= 2 && number < 2 ? OTHER[number] : index;
}

static resnet_status add_variable(walk *at, const char *path, const char *layer, const char *index,
                                  hsize_t n_variables)
{
    resnet_status status = RESNET_E_NOMEM;
    char *full = rn_format("%s/%s", path, index);
    char *key = rn_format("%s/%s", layer, variable_of(index, n_variables));
    if (full && key) status = rn_h5_add_dataset(at->set, at->file, full, key);
    rn_free(full);
    rn_free(key);
    return status;
}

/* `group` is the vars at `path`; `layer` the name of the group above. */
static resnet_status read_variables(walk *at, hid_t group, const char *path, const char *layer)
{
    char *real_name = NULL;
    char index[MAX_NAME];
    const hsize_t count = count_links(group);
    resnet_status status = rn_h5_read_text(&real_name, group, "name");
    if (status != RESNET_OK) return status;
    for (hsize_t i = 0; i < count && status == RESNET_OK; i++)
        if (get_link(group, i, index))
            status = add_variable(at, path, real_name ? real_name : layer, index, count);
    rn_free(real_name);
    return status;
}

static resnet_status walk_group(walk *at, hid_t group, const char *path, const char *layer,
                                int depth);

static resnet_status walk_child(walk *at, const char *path, const char *layer, const char *child,
                                int depth)
{
    resnet_status status = RESNET_OK;
    char *child_path = rn_format("%s/%s", path, child);
    if (!child_path) return RESNET_E_NOMEM;
    const hid_t group = rn_h5_open_object(at->file, child_path, H5I_GROUP);
    if (group >= 0) {
        if (strcmp(child, "vars") == 0)
            status = read_variables(at, group, child_path, layer);
        else
            status = walk_group(at, group, child_path, child, depth + 1);
        H5Oclose(group);
    }
    rn_free(child_path);
    return status;
}

static resnet_status walk_group(walk *at, hid_t group, const char *path, const char *layer,
                                int depth)
{
    const hsize_t count = count_links(group);
    if (depth > MAX_DEPTH || ++at->n_groups > MAX_GROUPS || count > MAX_GROUPS)
        return rn_fail(RESNET_E_UNSUPPORTED, "HDF5: too many groups, or too deep, at %s", path);
    for (hsize_t i = 0; i < count; i++) {
        char child[MAX_NAME];
        if (!get_link(group, i, child)) continue;
        const resnet_status status = walk_child(at, path, layer, child, depth);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}

resnet_status rn_keras_vars_read(rn_raw_set *set, hid_t file)
{
    walk at = {set, file, 0};
    const char *path = NULL;
    const hid_t root = open_root(file, &path);
    if (root < 0) return rn_fail(RESNET_E_FORMAT, "HDF5: no layers");
    const resnet_status status = walk_group(&at, root, path, "", 0);
    H5Oclose(root);
    return status;
}
