/* resnet50 augment-preview: what augmentation makes of pictures, to be looked at.
 * SPDX-License-Identifier: MIT */
#include "augment_options.h"
#include "commands.h"
#include "output.h"
#include "output_check.h"

#include <resnet/augment.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define GAP 4 /* px of white between pictures */

typedef struct preview_settings {
    common_settings common;
    const char *out;
    const char *preset;
    augment_settings augment;
    uint32_t n_views, replace;
    uint64_t seed;
} preview_settings;

static const option_row options[] = {
    OPTION_TEXT(preview_settings, out, "--out", "FILE.png", "where the contact sheet goes"),
    OPTION_FLAG(preview_settings, replace, "--replace",
                "in place of the file that is there already"),
    OPTION_NAME(preview_settings, preset, "--augment", "PRESET", resnet_augment_get_name,
                "none, light, keras, imagenet, trivial (default imagenet)"),
    OPTION_U32(preview_settings, n_views, "--views", "N", 1, 100, "changed versions of each"),
    OPTION_U64(preview_settings, seed, "--seed", "N", 0, 9007199254740992.0,
               "other numbers, other versions (default 0)"),
    OPTION_END,
};

static const option_row changes[] = {AUGMENT_OPTIONS(preview_settings, augment)};

/* A row per picture: first as the recipe crops it, then its versions. */
typedef struct sheet {
    const preview_settings *settings;
    resnet_recipe recipe;
    resnet_augment plain, augment;
    size_t n_rows, n_columns, width, height;
    uint8_t *pixels; /* [height][width][3] */
} sheet;

static int open_sheet(const command *self, sheet *out, const preview_settings *settings, size_t n)
{
    const common_settings *common = &settings->common;
    *out = (sheet){.settings = settings, .n_rows = n, .n_columns = settings->n_views + 1};
    if (resnet_recipe_init(&out->recipe, sizeof out->recipe, common->recipe) ||
        (common->size && resnet_recipe_set_size(&out->recipe, common->size)))
        return usage_error(self, "%s", resnet_last_error());
    if (make_augment(self, &out->augment, settings->preset, &settings->augment)) return EXIT_USAGE;
    if (resnet_augment_init(&out->plain, sizeof out->plain, NULL)) return say_last_error();
    out->width = out->n_columns * (out->recipe.crop_width + GAP) + GAP;
    out->height = out->n_rows * (out->recipe.crop_height + GAP) + GAP;
    out->pixels = allocate(out->height, 3 * out->width);
    if (!out->pixels) return EXIT_FAILED;
    memset(out->pixels, 0xFF, 3 * out->width * out->height);
    return 0;
}

static void paste(sheet *self, const resnet_image *image, size_t row, size_t column)
{
    const size_t row_size = 3 * resnet_image_get_width(image);
    const size_t top = GAP + row * (self->recipe.crop_height + GAP);
    const size_t left = GAP + column * (self->recipe.crop_width + GAP);
    for (size_t y = 0; y < resnet_image_get_height(image); y++)
        memcpy(self->pixels + 3 * ((top + y) * self->width + left),
               resnet_image_get_pixels(image) + y * row_size, row_size);
}

static resnet_status paste_version(sheet *self, const resnet_image *image, size_t row,
                                   size_t column)
{
    resnet_image *changed = NULL;
    const resnet_status status =
        resnet_augment_image(&changed, image, column ? &self->augment : &self->plain, &self->recipe,
                             self->settings->seed, column, row);
    if (status == RESNET_OK) paste(self, changed, row, column);
    resnet_image_free(changed);
    return status;
}

static int paste_row(sheet *self, const char *path, size_t row)
{
    resnet_image *image = NULL;
    resnet_status status = resnet_image_load(&image, path, NULL);
    for (size_t column = 0; column < self->n_columns && status == RESNET_OK; column++)
        status = paste_version(self, image, row, column);
    resnet_image_free(image);
    return status == RESNET_OK ? 0 : say_last_error();
}

static int save(const sheet *self)
{
    resnet_image *image = NULL;
    resnet_status status = resnet_image_from_pixels(&image, self->pixels, self->width, self->height,
                                                    0, RESNET_PIXELS_RGB, NULL);
    if (status == RESNET_OK) status = resnet_image_save_png(image, self->settings->out);
    resnet_image_free(image);
    return status == RESNET_OK ? 0 : say_last_error();
}

static int tell(const sheet *self)
{
    if (!self->settings->common.json) {
        tell_line("%s: %s, %s of each", self->settings->out, count_of(self->n_rows, "picture"),
                  count_of(self->settings->n_views, "version"));
        return 0;
    }
    json_t *document = json_object();
    json_put(document, "out", json_text(self->settings->out));
    json_put(document, "augment", json_text(self->settings->preset));
    json_put(document, "pictures", json_integer((json_int_t)self->n_rows));
    json_put(document, "views", json_integer(self->settings->n_views));
    json_put(document, "width", json_integer((json_int_t)self->width));
    json_put(document, "height", json_integer((json_int_t)self->height));
    return print_json(document);
}

/* The sheet is a picture as those it is made of: --out *.png would replace the first of them. */
static int check_out(const command *self, const preview_settings *settings)
{
    const output out = {"--out", settings->out, OUTPUT_PICTURE};
    const char *end = settings->out ? strrchr(settings->out, '.') : NULL;
    if (!settings->out) return usage_error(self, "--out is missing");
    if (end && !strchr(end, '/') && strcasecmp(end, ".png"))
        return usage_error(self, "--out %s: what is written is a .png", settings->out);
    if (is_regular_file(settings->out) && !settings->replace)
        return usage_error(self, "--out %s: is there already; --replace lets it go", settings->out);
    return check_outputs(self, &out, 1);
}

static int run(const command *self, int argc, char **argv)
{
    preview_settings settings = {.n_views = 7, .preset = "imagenet"};
    sheet work;
    int status = 0;
    init_augment_settings(&settings.augment);
    const int n = parse_arguments(self, &settings, argc, argv, &status);
    if (n < 0) return status;
    status = check_out(self, &settings);
    if (status) return status;
    status = open_sheet(self, &work, &settings, (size_t)n);
    for (size_t row = 0; row < (size_t)n && !status; row++)
        status = paste_row(&work, argv[row], row);
    if (!status) status = save(&work);
    if (!status) status = tell(&work);
    free(work.pixels);
    return status;
}

const command augment_preview_command = {
    .name = "augment-preview",
    .operands = "IMAGE...",
    .min_operands = 1,
    .max_operands = 64,
    .summary = "What augmentation makes of pictures, as one PNG to look at.",
    .details = "A row per picture: as the recipe crops it, then its versions.\n"
               "JSON: {out, augment, pictures, views, width, height}.\n",
    .without = WITHOUT_WEIGHTS | WITHOUT_THREADS,
    .options = {options, changes},
    .run = run,
};
