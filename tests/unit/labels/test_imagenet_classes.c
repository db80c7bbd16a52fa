/* Names, wnids and the hierarchy above the classes. The counts are those of WordNet 3.0's own
 * files, walked by another program. SPDX-License-Identifier: MIT */
/* clang-format off */
#include "check.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
/* clang-format on */

#include <resnet/labels.h>

#include <string.h>

static void knows_all_classes(void **state)
{
    (void)state;
    static const struct {
        int32_t index;
        const char *wnid, *name;
    } known[] = {{0, "n01440764", "tench"},
                 {134, "n02012849", "crane"},
                 {207, "n02099601", "golden_retriever"},
                 {281, "n02123045", "tabby"},
                 {517, "n03126707", "crane"},
                 {638, "n03710637", "maillot"},
                 {639, "n03710721", "maillot"},
                 {707, "n03902125", "pay-phone"},
                 {999, "n15075141", "toilet_tissue"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_string_equal(resnet_imagenet_get_wnid(known[i].index), known[i].wnid);
        assert_string_equal(resnet_imagenet_get_name(known[i].index), known[i].name);
    }
    for (size_t i = 0; i < RESNET_IMAGENET_N_CLASSES; i++) {
        int32_t found = 5000;
        assert_ok(resnet_imagenet_find(&found, resnet_imagenet_get_wnid(i)));
        assert_int_equal(found, i);
        assert_non_null(resnet_wordnet_get_words(resnet_imagenet_get_wnid(i)));
    }
    assert_null(resnet_imagenet_get_name(1000));
    assert_null(resnet_imagenet_get_wnid(SIZE_MAX));
}

static void finds_names(void **state)
{
    (void)state;
    int32_t index = 5000, both[2] = {0};
    size_t count = 0;
    assert_ok(resnet_imagenet_find(&index, "Great white SHARK"));
    assert_int_equal(index, 2);
    index = 5000;
    assert_int_equal(resnet_imagenet_find(&index, "crane"), RESNET_E_INVALID);
    assert_non_null(strstr(resnet_last_error(), "134 (n02012849) and 517 (n03126707)"));
    assert_int_equal(resnet_imagenet_find(&index, "cran"), RESNET_E_INVALID);
    assert_int_equal(resnet_imagenet_find(&index, "cranes"), RESNET_E_INVALID);
    assert_int_equal(resnet_imagenet_find(&index, ""), RESNET_E_INVALID);
    assert_int_equal(resnet_imagenet_find(&index, "n02084071"), RESNET_E_INVALID);
    assert_int_equal(resnet_imagenet_find(&index, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_imagenet_find(NULL, "crane"), RESNET_E_INVALID);
    assert_int_equal(index, 5000);
    assert_ok(resnet_imagenet_copy_named(both, 2, &count, "maillot"));
    assert_true(count == 2 && both[0] == 638 && both[1] == 639);
    assert_ok(resnet_imagenet_copy_named(NULL, 0, &count, "unicorn"));
    assert_int_equal(count, 0);
    assert_int_equal(resnet_imagenet_copy_named(NULL, 1, &count, "tench"), RESNET_E_INVALID);
}

static void knows_what_is_below(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        size_t count;
    } known[] = {{"dog", 118},
                 {"animal", 398},
                 {"bird", 59},
                 {"fish", 16},
                 {"snake", 17},
                 {"vehicle", 67},
                 {"artifact", 522},
                 {"food", 48},
                 {"fruit", 16},
                 {"cat", 13},
                 {"person", 3},
                 {"crane", 2},
                 {"insect", 27},
                 {"fungus", 7},
                 {"n02012849", 1},
                 {"n00001740", 1000},
                 {"domestic animal", 123},
                 {"Domestic_Animal", 123}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        int32_t classes[1000];
        size_t count = 0;
        assert_int_equal(resnet_imagenet_copy_below(classes, 1000, &count, known[i].what), 0);
        if (count != known[i].count) fail_msg("%s: %zu", known[i].what, count);
        for (size_t c = 0, k = 0; c < 1000; c++) {
            int32_t is_a = -1;
            const int32_t expected = k < count && classes[k] == (int32_t)c;
            assert_ok(resnet_imagenet_is_a(&is_a, c, known[i].what));
            assert_int_equal(is_a, expected);
            k += (size_t)expected;
        }
    }
    int32_t first[2] = {0, 77};
    size_t count = 0;
    assert_ok(resnet_imagenet_copy_below(first, 1, &count, "n02084071"));
    assert_true(count == 118 && first[0] == 151 && first[1] == 77);
}

static void counts_ancestors(void **state)
{
    (void)state;
    size_t sum = 0;
    for (size_t i = 0; i < RESNET_IMAGENET_N_CLASSES; i++) {
        size_t count = 0;
        assert_ok(resnet_wordnet_copy_ancestors(NULL, 0, &count, resnet_imagenet_get_wnid(i)));
        sum += count;
    }
    assert_int_equal(sum, 11547);
}

static void refuses_unknown_words(void **state)
{
    (void)state;
    int32_t is_a = 7;
    size_t count = 7;
    assert_int_equal(resnet_imagenet_is_a(&is_a, 0, "unicorn"), RESNET_E_INVALID);
    assert_int_equal(resnet_imagenet_is_a(&is_a, 1000, "dog"), RESNET_E_INVALID);
    assert_int_equal(resnet_imagenet_is_a(&is_a, 0, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_imagenet_is_a(NULL, 0, "dog"), RESNET_E_INVALID);
    assert_int_equal(resnet_imagenet_copy_below(NULL, 0, &count, "do"), RESNET_E_INVALID);
    assert_int_equal(resnet_imagenet_copy_below(NULL, 0, NULL, "dog"), RESNET_E_INVALID);
    assert_true(is_a == 7 && count == 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_all_classes),     cmocka_unit_test(finds_names),
        cmocka_unit_test(knows_what_is_below),   cmocka_unit_test(counts_ancestors),
        cmocka_unit_test(refuses_unknown_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
