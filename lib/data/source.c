/* SPDX-License-Identifier: MIT */
#include "data/source.h"

#include "core/file.h"
#include "core/mem.h"
#include "core/options.h"
#include "core/utf8.h"
#include "data/folder.h"
#include "image/decode.h"
#include "image/recipe.h"
#include "image/resize.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define FIRST_OPTIONS_SIZE 80

RN_ASSERT_ABI(resnet_dataset_options, 80);

static resnet_status default_options(resnet_dataset_options *out)
{
    resnet_image_options image;
    const resnet_status status = resnet_image_options_init(&image, sizeof image);
    if (status != RESNET_OK) return status;
    *out = (resnet_dataset_options){
        .struct_size = sizeof *out,
        .val_fraction = 0.2,
        .max_pixels = image.max_pixels,
        .max_bytes = image.max_bytes,
        .orient = image.orient,
        .max_corrupt = 0.5,
    };
    return RESNET_OK;
}

resnet_status resnet_dataset_options_init(resnet_dataset_options *options, size_t size)
{
    resnet_dataset_options ours;
    const resnet_status status = default_options(&ours);
    if (status != RESNET_OK) return status;
    return rn_options_write(options, size, &ours, sizeof ours, FIRST_OPTIONS_SIZE,
                            "resnet_dataset_options");
}

static resnet_status check_options(const resnet_dataset_options *options)
{
    const char *const name = "resnet_dataset_options";
    if (!(options->val_fraction >= 0 && options->val_fraction < 1))
        return rn_fail(RESNET_E_INVALID, "%s: val_fraction is %g, not in [0, 1)", name,
                       options->val_fraction);
    if (options->part < RESNET_PART_ALL || options->part > RESNET_PART_TEST)
        return rn_fail(RESNET_E_INVALID, "%s: part is %d", name, (int)options->part);
    if (options->on_corrupt < RESNET_CORRUPT_ERROR || options->on_corrupt > RESNET_CORRUPT_SKIP)
        return rn_fail(RESNET_E_INVALID, "%s: on_corrupt is %d", name, (int)options->on_corrupt);
    if (!(options->max_corrupt >= 0 && options->max_corrupt <= 1))
        return rn_fail(RESNET_E_INVALID, "%s: max_corrupt is %g, not in [0, 1]", name,
                       options->max_corrupt);
    if (options->allow_empty > 1 || options->orient > 1 || options->shrink > 1 || options->reserved)
        return rn_fail(RESNET_E_INVALID,
                       "%s: allow_empty, orient and shrink are 0 or 1, reserved "
                       "is 0",
                       name);
    return RESNET_OK;
}

resnet_status rn_source_read_options(resnet_dataset_options *out,
                                     const resnet_dataset_options *theirs)
{
    resnet_dataset_options ours;
    resnet_status status;
    RN_TRY(default_options(&ours));
    RN_TRY(
        rn_options_read(&ours, sizeof ours, FIRST_OPTIONS_SIZE, theirs, "resnet_dataset_options"));
    RN_TRY(check_options(&ours));
    *out = ours;
done:
    return status;
}

resnet_status rn_source_create(rn_source **out, const rn_source_kind *kind,
                               const resnet_dataset_options *options)
{
    rn_source *source = rn_calloc(1, sizeof *source);
    if (!source) return RESNET_E_NOMEM;
    source->state = rn_calloc(1, kind->state_size);
    if (!source->state) {
        rn_free(source);
        return RESNET_E_NOMEM;
    }
    source->kind = kind;
    source->options = *options;
    source->options.cache_file = NULL; /* borrowed during the opening call only */
    atomic_init(&source->n_users, 1);
    *out = source;
    return RESNET_OK;
}

resnet_status rn_source_add(rn_source *source, const char *name, size_t length, int32_t label)
{
    resnet_status status;
    RN_TRY(rn_grow(&source->labels, &source->labels_capacity, source->names.n + 1,
                   sizeof *source->labels));
    RN_TRY(rn_strings_add(&source->names, name, length));
    source->labels[source->names.n - 1] = label;
done:
    return status;
}

resnet_status rn_source_add_class(rn_source *source, const char *name)
{
    return rn_strings_add(&source->classes, name, strlen(name));
}

resnet_status rn_source_add_classes(rn_source *source, const char *const *names, size_t n)
{
    resnet_status status = RESNET_OK;
    if (!names || n == 0 || n > INT32_MAX)
        return rn_fail(RESNET_E_INVALID, "%zu class names, expected at least one", n);
    for (size_t c = 0; c < n; c++) {
        if (!names[c]) return rn_fail(RESNET_E_INVALID, "name of class %zu: NULL", c);
        if (!rn_utf8_is_valid(names[c]))
            return rn_fail(RESNET_E_INVALID, "name of class %zu, \"%s\", is not UTF-8", c,
                           names[c]);
        RN_TRY(rn_source_add_class(source, names[c]));
    }
done:
    return status;
}

resnet_status rn_source_check_label(const rn_source *source, int32_t label)
{
    if (label == RESNET_UNLABELLED || (label >= 0 && (size_t)label < source->classes.n))
        return RESNET_OK;
    return rn_fail(RESNET_E_INVALID, "label %d of %zu classes", (int)label, source->classes.n);
}

resnet_status rn_source_set_root(rn_source *source, const char *root)
{
    source->root = *root ? rn_folder_join(root, "") : NULL;
    return source->root || !*root ? RESNET_OK : RESNET_E_NOMEM;
}

const char *rn_source_get_relative_name(const rn_source *source, size_t sample)
{
    const char *name = rn_strings_get(&source->names, sample);
    const size_t length = source->root ? strlen(source->root) : 0;
    return length && strncmp(name, source->root, length) == 0 ? name + length : name;
}

rn_source *rn_source_retain(rn_source *source)
{
    atomic_fetch_add(&source->n_users, 1);
    return source;
}

void rn_source_release(rn_source *source)
{
    if (!source || atomic_fetch_sub(&source->n_users, 1) > 1) return;
    if (source->kind->clear) source->kind->clear(source);
    rn_free(source->state);
    rn_free(source->root);
    rn_strings_clear(&source->names);
    rn_strings_clear(&source->classes);
    rn_free(source->labels);
    rn_free(source);
}

static resnet_status read_file(void **out, size_t *out_size, const rn_source *source, size_t sample)
{
    return rn_file_read(out, out_size, rn_strings_get(&source->names, sample),
                        source->options.max_bytes);
}

/* Whether there is no such file, while the folder that it should be in is there. */
static bool is_gone(const char *path)
{
    struct stat info;
    const char *slash = strrchr(path, '/');
    if (stat(path, &info) == 0 || errno != ENOENT) return false;
    if (!slash) return true;
    char *folder = rn_strndup(path, slash == path ? 1 : (size_t)(slash - path));
    const bool is_there = folder && stat(folder, &info) == 0;
    rn_free(folder);
    return is_there;
}

bool rn_source_is_gone(const rn_source *source, size_t sample)
{
    return source->kind->names_are_paths && is_gone(rn_strings_get(&source->names, sample));
}

const rn_source_kind RN_SOURCE_FILES = {.read_bytes = read_file, .names_are_paths = true};

static resnet_status make_image_options(resnet_image_options *out, const rn_source *source,
                                        uint32_t shrink_to)
{
    const resnet_status status = resnet_image_options_init(out, sizeof *out);
    out->max_pixels = source->options.max_pixels;
    out->max_bytes = source->options.max_bytes;
    out->orient = source->options.orient;
    out->shrink_to = source->options.shrink ? shrink_to : 0;
    return status;
}

static resnet_status fail_in_sample(resnet_status status, const rn_source *source, size_t sample)
{
    const char *name = rn_strings_get(&source->names, sample);
    return strstr(resnet_last_error(), name) ? status : rn_fail_in(status, name);
}

/* Reads a file and has `decode` make a picture of it. */
static resnet_status decode_file(rn_picture *out, const rn_source *source, size_t sample,
                                 const resnet_image_options *options, rn_source_decode decode,
                                 void *context)
{
    void *bytes = NULL;
    size_t size = 0;
    resnet_image *image = NULL;
    resnet_status status;
    RN_TRY(source->kind->read_bytes(&bytes, &size, source, sample));
    RN_TRY(decode(context, &image, bytes, size, options));
    *out = (rn_picture){image, image};
done:
    rn_free(bytes);
    return status;
}

static resnet_status decode_whole(void *context, resnet_image **out, const void *bytes, size_t size,
                                  const resnet_image_options *options)
{
    (void)context;
    return resnet_image_decode(out, bytes, size, options);
}

resnet_status rn_source_read(rn_picture *out, const rn_source *source, size_t sample,
                             uint32_t shrink_to)
{
    resnet_image_options options;
    resnet_status status;
    RN_TRY(make_image_options(&options, source, shrink_to));
    status = source->kind->read_picture
                 ? source->kind->read_picture(out, source, sample, &options)
                 : decode_file(out, source, sample, &options, decode_whole, NULL);
done:
    return status == RESNET_OK ? status : fail_in_sample(status, source, sample);
}

resnet_status rn_source_decode_file(rn_picture *out, const rn_source *source, size_t sample,
                                    uint32_t shrink_to, rn_source_decode decode, void *context)
{
    resnet_image_options options;
    resnet_status status;
    RN_TRY(make_image_options(&options, source, shrink_to));
    status = decode_file(out, source, sample, &options, decode, context);
done:
    return status == RESNET_OK ? status : fail_in_sample(status, source, sample);
}

/* The shorter side that the recipe needs of a picture. */
static uint32_t get_least_side(const resnet_recipe *recipe)
{
    if (recipe->resize_mode == RESNET_RESIZE_SHORT_EDGE) return recipe->resize_size;
    if (recipe->resize_mode == RESNET_RESIZE_NONE) return 0; /* pixels count as they are */
    return recipe->crop_width > recipe->crop_height ? recipe->crop_width : recipe->crop_height;
}

resnet_status rn_source_read_for(rn_picture *out, const rn_source *source, size_t sample,
                                 const resnet_recipe *recipe)
{
    return rn_source_read(out, source, sample, get_least_side(recipe));
}

resnet_status rn_source_crop(resnet_image **out, const resnet_image *image,
                             const resnet_recipe *recipe)
{
    rn_view view;
    const resnet_status status = rn_recipe_view(&view, recipe, resnet_image_get_width(image),
                                                resnet_image_get_height(image));
    return status == RESNET_OK ? rn_resize_view(out, image, &view) : status;
}

static resnet_status decode_crop(void *context, resnet_image **out, const void *bytes, size_t size,
                                 const resnet_image_options *options)
{
    return rn_image_decode_crop(out, bytes, size, options, context);
}

resnet_status rn_source_read_crop(rn_picture *out, const rn_source *source, size_t sample,
                                  const resnet_recipe *recipe)
{
    rn_picture whole = {NULL, NULL};
    resnet_image *crop = NULL;
    resnet_status status;
    if (rn_source_has_files(source))
        return rn_source_decode_file(out, source, sample, get_least_side(recipe), decode_crop,
                                     (void *)recipe);
    RN_TRY(rn_source_read(&whole, source, sample, 0));
    RN_TRY(rn_source_crop(&crop, whole.image, recipe));
    *out = (rn_picture){crop, crop};
done:
    resnet_image_free(whole.owned);
    return status;
}
