/* Preprocessing in a file beside the weights. SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/file.h"
#include "core/mem.h"
#include "store/beside.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The recipe that weights in a folder with this file get; the caller looks at it and clears it. */
static rn_weights_info read_beside(const char *name, const char *text, bool is_torchs)
{
    char folder[] = "/tmp/resnet50-beside-XXXXXX";
    rn_weights_info info = {.has_recipe = true, .recipe_is_torchs = is_torchs};
    assert_ok(resnet_recipe_init(&info.recipe, sizeof info.recipe, NULL));
    assert_non_null(mkdtemp(folder));
    char *path = rn_format("%s/%s", folder, name), *weights = rn_format("%s/model.bin", folder);
    if (text)
        assert_ok(rn_file_write(path, text, strlen(text)));
    else
        assert_int_equal(mkfifo(path, 0600), 0); /* to open it would wait for ever */
    assert_ok(rn_beside_read(&info, weights));
    unlink(path);
    rmdir(folder);
    rn_free(path);
    rn_free(weights);
    return info;
}

#define MEAN_STD "\"image_mean\":[0.1,0.2,0.3],\"image_std\":[0.4,0.5,0.6]"

static void check(const char *name, const char *text, int32_t mode, uint32_t resize, uint32_t crop,
                  int32_t filter, float mean)
{
    rn_weights_info info = read_beside(name, text, true);
    const resnet_recipe *recipe = &info.recipe;
    if (recipe->resize_mode != mode || recipe->crop_width != crop || recipe->crop_height != crop ||
        recipe->resize_filter != filter || recipe->mean[0] != mean ||
        (mode == RESNET_RESIZE_SHORT_EDGE && recipe->resize_size != resize))
        fail_msg("%s: %d %u %u %d %g", text, recipe->resize_mode, recipe->resize_size,
                 recipe->crop_width, recipe->resize_filter, (double)recipe->mean[0]);
    assert_int_equal(info.n_remarks, 1);
    assert_non_null(strstr(info.remarks[0], "beside the file"));
    rn_weights_info_clear(&info);
}

static void reads_transformers(void **state)
{
    (void)state;
    static const char NAME[] = "preprocessor_config.json";
    check(NAME, "{\"crop_pct\":0.875,\"resample\":3,\"size\":224," MEAN_STD "}",
          RESNET_RESIZE_SHORT_EDGE, 256, 224, RESNET_FILTER_BICUBIC, 0.1f);
    check(NAME,
          "{\"image_processor_type\":\"ConvNextImageProcessor\",\"crop_pct\":null,"
          "\"size\":{\"shortest_edge\":384}," MEAN_STD "}",
          RESNET_RESIZE_EXACT, 0, 384, RESNET_FILTER_BILINEAR, 0.1f);
    check(NAME,
          "{\"do_center_crop\":true,\"crop_size\":{\"height\":224,\"width\":224},"
          "\"size\":{\"shortest_edge\":240}," MEAN_STD "}",
          RESNET_RESIZE_SHORT_EDGE, 240, 224, RESNET_FILTER_BILINEAR, 0.1f);
    check(NAME, "{\"size\":{\"height\":224,\"width\":224}," MEAN_STD "}", RESNET_RESIZE_EXACT, 0,
          224, RESNET_FILTER_BILINEAR, 0.1f);
}

static void reads_timm(void **state)
{
    (void)state;
    check("config.json",
          "{\"architecture\":\"resnet50\",\"pretrained_cfg\":{\"input_size\":[3,288,288],"
          "\"crop_pct\":0.95,\"interpolation\":\"bicubic\",\"mean\":[0.5,0.5,0.5],"
          "\"std\":[0.25,0.25,0.25]}}",
          RESNET_RESIZE_SHORT_EDGE, 303, 288, RESNET_FILTER_BICUBIC, 0.5f);
}

/* The family's recipe stays, and a remark names what stood in the way. */
static void says_what_it_cannot(void **state)
{
    (void)state;
    static const struct {
        const char *text, *word;
    } CASES[] = {
        {"{\"size\":224,\"resample\":1," MEAN_STD "}", "(resample)"},
        {"{\"size\":{\"shortest_edge\":224},\"do_pad\":true," MEAN_STD "}", "(do_pad)"},
        {"{\"size\":{\"shortest_edge\":224}," MEAN_STD "}", "(size)"},
        {"{\"size\":224,\"image_mean\":[0.1,0.2],\"image_std\":[1,1,1]}", "(image_mean)"},
        {"{\"size\":224,\"image_mean\":[0.1,0.2,0],\"image_std\":[1,0,1]}", "(image_std)"},
        {"{\"size\":70000," MEAN_STD "}", "(size)"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        rn_weights_info info = read_beside("preprocessor_config.json", CASES[i].text, true);
        assert_string_equal(info.recipe.name, "torchvision-v1");
        assert_int_equal(info.n_remarks, 1);
        if (!strstr(info.remarks[0], CASES[i].word)) fail_msg("%s", info.remarks[0]);
        rn_weights_info_clear(&info);
    }
}

static void passes_over_others(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"", "{", "[1]", "{\"architecture\":\"resnet50\"}", NULL};
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        rn_weights_info info = read_beside("config.json", TEXTS[i], true);
        assert_int_equal(info.n_remarks, 0);
    }
    rn_weights_info info =
        read_beside("preprocessor_config.json", "{\"size\":99," MEAN_STD "}", false);
    assert_int_equal(info.n_remarks, 0); /* the file has said for itself */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_transformers),
        cmocka_unit_test(reads_timm),
        cmocka_unit_test(says_what_it_cannot),
        cmocka_unit_test(passes_over_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
