/* Synsets: words, parents, ancestors. SPDX-License-Identifier: MIT */
/* clang-format off */
#include "check.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
/* clang-format on */

#include "labels/wordnet.h"

#include <string.h>

static const char dog[] = "n02084071";
static const char entity[] = "n00001740";

static void tells_words(void **state)
{
    (void)state;
    assert_string_equal(resnet_wordnet_get_words(dog), "dog, domestic dog, Canis familiaris");
    assert_string_equal(resnet_wordnet_get_words(entity), "entity");
    assert_null(resnet_wordnet_get_words("n00000000"));
    assert_null(resnet_wordnet_get_words("dog"));
    assert_null(resnet_wordnet_get_words(NULL));
}

static void finds_words(void **state)
{
    (void)state;
    const char *wnids[3] = {NULL};
    size_t count = 0;
    assert_ok(resnet_wordnet_find(wnids, 3, &count, "cat"));
    assert_int_equal(count, 2);
    assert_string_equal(wnids[0], "n02121620"); /* cat, true cat */
    assert_string_equal(wnids[1], "n02127808"); /* big cat, cat */
    assert_ok(resnet_wordnet_find(wnids, 3, &count, "CANIS_familiaris"));
    assert_int_equal(count, 1);
    assert_string_equal(wnids[0], dog);
    assert_ok(resnet_wordnet_find(NULL, 0, &count, "unicorn"));
    assert_int_equal(count, 0);
    assert_int_equal(resnet_wordnet_find(NULL, 1, &count, "cat"), RESNET_E_INVALID);
    assert_int_equal(resnet_wordnet_find(NULL, 0, &count, NULL), RESNET_E_INVALID);
}

static void climbs(void **state)
{
    (void)state;
    const char *wnids[32] = {NULL};
    size_t count = 0;
    assert_ok(resnet_wordnet_copy_parents(wnids, 32, &count, dog));
    assert_int_equal(count, 2);
    assert_string_equal(wnids[0], "n02083346"); /* canine */
    assert_string_equal(wnids[1], "n01317541"); /* domestic animal */
    assert_ok(resnet_wordnet_copy_ancestors(wnids, 32, &count, dog));
    assert_int_equal(count, 14);
    assert_string_equal(wnids[0], "n02083346");
    assert_string_equal(wnids[1], "n01317541");
    assert_string_equal(wnids[13], entity);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++) assert_true(strcmp(wnids[i], wnids[j]) != 0);
    assert_ok(resnet_wordnet_copy_parents(wnids, 32, &count, entity));
    assert_int_equal(count, 0);
    assert_ok(resnet_wordnet_copy_ancestors(NULL, 0, &count, entity));
    assert_int_equal(count, 0);
    assert_int_equal(resnet_wordnet_copy_ancestors(NULL, 0, &count, "dog"), RESNET_E_INVALID);
    assert_int_equal(resnet_wordnet_copy_parents(NULL, 0, &count, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_wordnet_copy_parents(NULL, 0, NULL, dog), RESNET_E_INVALID);
}

/* Every synset is below entity, and the tables leave room for a mark on each. */
static void is_one_whole(void **state)
{
    (void)state;
    rn_synset_set root = {{false}};
    assert_true(rn_n_synsets <= RN_MAX_SYNSETS);
    root.has[rn_wordnet_find_row(entity)] = true;
    for (size_t row = 0; row < rn_n_synsets; row++) {
        assert_true(rn_wordnet_is_below(row, &root));
        assert_int_equal(rn_wordnet_find_row(rn_synset_wnids[row]), row);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_words),
        cmocka_unit_test(finds_words),
        cmocka_unit_test(climbs),
        cmocka_unit_test(is_one_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
