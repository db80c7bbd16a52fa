/* A picture, a file or bytes through a recipe into the network's input.
 * SPDX-License-Identifier: MIT */
#include "core/arithmetic.h"
#include "core/file.h"
#include "core/mem.h"
#include "image/decode.h"
#include "image/preparer.h"

static resnet_status read_recipe(resnet_recipe *out, const resnet_recipe *theirs,
                                 const float *out_chw, size_t capacity)
{
    resnet_status status;
    if (!out_chw) return rn_fail(RESNET_E_INVALID, "out_chw: NULL");
    RN_TRY(rn_recipe_read(out, theirs));
    const size_t count = (size_t)out->crop_width * out->crop_height * 3;
    if (capacity < count)
        return rn_fail(RESNET_E_INVALID, "capacity: %zu floats, the recipe makes %zu", capacity,
                       count);
done:
    return status;
}

resnet_status resnet_image_prepare(float *out_chw, size_t capacity, const resnet_image *image,
                                   const resnet_recipe *recipe)
{
    RN_OWN_ARITHMETIC;
    resnet_recipe ours;
    rn_preparer preparer = {.resizer = NULL};
    resnet_status status;
    if (!image) return rn_fail(RESNET_E_INVALID, "image: NULL");
    RN_TRY(read_recipe(&ours, recipe, out_chw, capacity));
    status = rn_preparer_run(&preparer, image, &ours, out_chw);
done:
    rn_preparer_clear(&preparer);
    return status;
}

resnet_status resnet_image_prepare_bytes(float *out_chw, size_t capacity, const void *bytes,
                                         size_t bytes_size, const resnet_recipe *recipe,
                                         const resnet_image_options *options)
{
    RN_OWN_ARITHMETIC;
    resnet_image_options ours;
    resnet_recipe our_recipe;
    resnet_image *crop = NULL;
    resnet_status status;
    if (!bytes && bytes_size > 0) return rn_fail(RESNET_E_INVALID, "bytes: NULL");
    RN_TRY(rn_image_options_read(&ours, options));
    RN_TRY(read_recipe(&our_recipe, recipe, out_chw, capacity));
    RN_TRY(rn_image_decode_crop(&crop, bytes, bytes_size, &ours, &our_recipe));
    rn_recipe_pack(&our_recipe, crop->pixels, out_chw);
done:
    resnet_image_free(crop);
    return status;
}

resnet_status resnet_image_prepare_file(float *out_chw, size_t capacity, const char *path,
                                        const resnet_recipe *recipe,
                                        const resnet_image_options *options)
{
    RN_OWN_ARITHMETIC;
    resnet_image_options ours;
    void *bytes = NULL;
    size_t size = 0;
    resnet_status status;
    if (!path) return rn_fail(RESNET_E_INVALID, "path: NULL");
    RN_TRY(rn_image_options_read(&ours, options));
    RN_TRY(rn_file_read(&bytes, &size, path, ours.max_bytes));
    status = resnet_image_prepare_bytes(out_chw, capacity, bytes, size, recipe, options);
    if (status != RESNET_OK) rn_fail_in(status, path);
done:
    rn_free(bytes);
    return status;
}
