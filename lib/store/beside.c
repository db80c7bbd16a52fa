/* transformers' image processors: {"size", "crop_pct", "crop_size", "resample", "image_mean", ...};
 * timm's pretrained_cfg: {"input_size", "crop_pct", "interpolation", "mean", "std"}.
 * SPDX-License-Identifier: MIT */
#include "store/beside.h"

#include "arch/arch.h"
#include "core/file_view.h"
#include "core/json_text.h"
#include "core/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_BYTES (1u << 20)
#define MAX_SIDE 65536 /* px */
#define WARP_FROM 384  /* px: from there on transformers' ConvNext processor does not crop */

/* What a recipe cannot say; NULL: nothing. */
typedef const char *obstacle;

static bool read_side(const json_t *number, uint32_t *out)
{
    const json_int_t side = json_integer_value(number);
    if (!json_is_integer(number) || side < RN_ARCH_MIN_SIZE || side > MAX_SIDE) return false;
    *out = (uint32_t)side;
    return true;
}

static bool read_triple(const json_t *array, float low, float out[3])
{
    if (json_array_size(array) != 3) return false;
    for (size_t i = 0; i < 3; i++) {
        const double value = json_number_value(json_array_get(array, i));
        if (!json_is_number(json_array_get(array, i)) || !isfinite(value) || !(value > (double)low))
            return false;
        out[i] = (float)value;
    }
    return true;
}

static bool is_on(const json_t *object, const char *key, bool otherwise)
{
    const json_t *value = json_object_get(object, key);
    return value ? json_is_true(value) : otherwise;
}

/* `share` of the resized side is what a crop of `side` takes; rounded down. */
static void set_crop(resnet_recipe *out, uint32_t side, double share)
{
    out->resize_mode = RESNET_RESIZE_SHORT_EDGE;
    out->resize_size = (uint32_t)((double)side / share);
    out->crop_width = out->crop_height = side;
}

static bool read_share(const json_t *number, double *out)
{
    if (!number || json_is_null(number)) return true;
    *out = json_number_value(number);
    return json_is_number(number) && *out > 0.05 && *out <= 1;
}

/* timm */

static obstacle read_timm(resnet_recipe *out, const json_t *config)
{
    const json_t *size = json_object_get(config, "input_size");
    const char *filter = json_string_value(json_object_get(config, "interpolation"));
    const char *mode = json_string_value(json_object_get(config, "crop_mode"));
    uint32_t height = 0, width = 0;
    double share = 0.875;
    if (json_array_size(size) != 3 || !read_side(json_array_get(size, 1), &height) ||
        !read_side(json_array_get(size, 2), &width) || height != width)
        return "input_size";
    if (mode && strcmp(mode, "center") != 0) return "crop_mode";
    if (!read_share(json_object_get(config, "crop_pct"), &share)) return "crop_pct";
    if (!filter || strcmp(filter, "bilinear") == 0)
        out->resize_filter = RESNET_FILTER_BILINEAR;
    else if (strcmp(filter, "bicubic") == 0)
        out->resize_filter = RESNET_FILTER_BICUBIC;
    else
        return "interpolation";
    if (!read_triple(json_object_get(config, "mean"), -INFINITY, out->mean)) return "mean";
    if (!read_triple(json_object_get(config, "std"), 0, out->std)) return "std";
    set_crop(out, height, share);
    return NULL;
}

/* transformers */

static bool read_resample(const json_t *number, int32_t *out)
{
    static const int32_t FILTERS[] = {[0] = RESNET_FILTER_NEAREST,
                                      [2] = RESNET_FILTER_BILINEAR,
                                      [3] = RESNET_FILTER_BICUBIC}; /* Pillow's numbers */
    const json_int_t value = number ? json_integer_value(number) : 2;
    if (value != 0 && value != 2 && value != 3) return false;
    *out = FILTERS[value];
    return true;
}

/* A number, or {"shortest_edge": number}. */
static bool read_short_edge(const json_t *size, uint32_t *out)
{
    return read_side(json_is_object(size) ? json_object_get(size, "shortest_edge") : size, out);
}

/* A number, or {"height", "width"}. */
static bool read_area(const json_t *size, uint32_t *width, uint32_t *height)
{
    if (!json_is_object(size)) return read_side(size, width) && read_side(size, height);
    return read_side(json_object_get(size, "width"), width) &&
           read_side(json_object_get(size, "height"), height);
}

/* ConvNextImageProcessor, which ResNets are published with. */
static obstacle read_share_crop(resnet_recipe *out, const json_t *config)
{
    uint32_t side = 0;
    double share = 224.0 / 256;
    if (!read_short_edge(json_object_get(config, "size"), &side)) return "size";
    if (!read_share(json_object_get(config, "crop_pct"), &share)) return "crop_pct";
    set_crop(out, side, share);
    if (side >= WARP_FROM) out->resize_mode = RESNET_RESIZE_EXACT;
    return NULL;
}

static obstacle read_plain_crop(resnet_recipe *out, const json_t *config)
{
    const json_t *size = json_object_get(config, "size");
    const bool crops = is_on(config, "do_center_crop", false);
    uint32_t width = 0, height = 0;
    if (!is_on(config, "do_resize", true))
        out->resize_mode = RESNET_RESIZE_NONE;
    else if (crops && read_short_edge(size, &out->resize_size))
        out->resize_mode = RESNET_RESIZE_SHORT_EDGE;
    else if (read_area(size, &width, &height))
        out->resize_mode = RESNET_RESIZE_EXACT;
    else
        return "size";
    if (crops &&
        !read_area(json_object_get(config, "crop_size"), &out->crop_width, &out->crop_height))
        return "crop_size";
    if (out->resize_mode == RESNET_RESIZE_EXACT) {
        if (crops && (out->crop_width != width || out->crop_height != height)) return "crop_size";
        out->crop_width = width;
        out->crop_height = height;
    }
    return !crops && out->resize_mode == RESNET_RESIZE_NONE ? "do_resize" : NULL;
}

static obstacle read_scale(resnet_recipe *out, const json_t *config)
{
    static const float NONE[3] = {0, 0, 0}, ONE[3] = {1, 1, 1};
    const json_t *factor = json_object_get(config, "rescale_factor");
    out->divisor = 255;
    if (factor) {
        const double value = json_number_value(factor);
        if (!(value > 1e-6 && value < 1e6)) return "rescale_factor";
        out->divisor = (float)(1 / value);
    }
    if (!is_on(config, "do_rescale", true)) out->divisor = 1;
    memcpy(out->mean, NONE, sizeof NONE);
    memcpy(out->std, ONE, sizeof ONE);
    if (!is_on(config, "do_normalize", true)) return NULL;
    if (!read_triple(json_object_get(config, "image_mean"), -INFINITY, out->mean))
        return "image_mean";
    return read_triple(json_object_get(config, "image_std"), 0, out->std) ? NULL : "image_std";
}

static obstacle read_transformers(resnet_recipe *out, const json_t *config)
{
    const char *type = json_string_value(json_object_get(config, "image_processor_type"));
    if (!type) type = json_string_value(json_object_get(config, "feature_extractor_type"));
    const bool by_share = json_object_get(config, "crop_pct") || (type && strstr(type, "ConvNext"));
    if (is_on(config, "do_pad", false)) return "do_pad";
    if (!read_resample(json_object_get(config, "resample"), &out->resize_filter)) return "resample";
    const obstacle found = (by_share ? read_share_crop : read_plain_crop)(out, config);
    return found ? found : read_scale(out, config);
}

/* Files */

static bool is_regular(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

/* *out NULL when there is none, or none that can be read. */
static resnet_status load_config(json_t **out, const char *path)
{
    rn_file_view view;
    rn_budget budget = rn_budget_make((uint64_t)64 * MAX_BYTES);
    *out = NULL;
    if (!is_regular(path)) return RESNET_OK;
    resnet_status status = rn_file_view_open(&view, path, MAX_BYTES, false);
    if (status != RESNET_OK) return status == RESNET_E_NOMEM ? status : RESNET_OK;
    status = rn_json_load(out, view.data ? view.data : "", view.size, &budget, path);
    rn_file_view_close(&view);
    return status == RESNET_E_NOMEM ? status : RESNET_OK;
}

typedef obstacle (*reader)(resnet_recipe *out, const json_t *config);

static resnet_status adopt(rn_weights_info *info, const char *name, const json_t *config,
                           reader read)
{
    resnet_recipe recipe;
    const resnet_status status = resnet_recipe_init(&recipe, sizeof recipe, "torchvision-v1");
    if (status != RESNET_OK) return status;
    const obstacle found = read(&recipe, config);
    if (found)
        return rn_weights_remark(info,
                                 "%s beside the file says what no recipe can (%s); the recipe is "
                                 "the family's",
                                 name, found);
    snprintf(recipe.name, sizeof recipe.name, "%s", name);
    info->recipe = recipe;
    return rn_weights_remark(info, "the recipe is that of %s beside the file", name);
}

static resnet_status try_file(rn_weights_info *info, const char *path, const char *name,
                              bool *out_found)
{
    static const char TIMM[] = "pretrained_cfg";
    const char *slash = strrchr(path, '/');
    json_t *config = NULL;
    char *beside = rn_format("%.*s%s", slash ? (int)(slash + 1 - path) : 0, path, name);
    if (!beside) return RESNET_E_NOMEM;
    resnet_status status = load_config(&config, beside);
    const json_t *timm = json_object_get(config, TIMM);
    *out_found = true;
    if (json_object_get(config, "image_mean"))
        status = adopt(info, name, config, read_transformers);
    else if (json_is_object(timm))
        status = adopt(info, name, timm, read_timm);
    else
        *out_found = false;
    json_decref(config);
    rn_free(beside);
    return status;
}

resnet_status rn_beside_read(rn_weights_info *info, const char *path)
{
    bool found = false;
    if (!info->recipe_is_torchs) return RESNET_OK;
    resnet_status status = try_file(info, path, "preprocessor_config.json", &found);
    if (status == RESNET_OK && !found) status = try_file(info, path, "config.json", &found);
    return status;
}
