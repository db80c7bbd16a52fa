/* Subsets, splits, folds, class counts and weights. SPDX-License-Identifier: MIT */
#include "core/mem.h"
#include "data/dataset.h"
#include "tree.h"

#define N_CLASSES 4
static const size_t SIZES[N_CLASSES] = {50, 7, 1, 0}; /* and three without a label */

static resnet_dataset *all;
static tree unused; /* tree.h's helpers are not all needed here */

static int begin(void **state)
{
    (void)state, (void)unused;
    resnet_dataset_options options;
    rn_source *source = NULL;
    assert_ok(rn_source_read_options(&options, NULL));
    assert_ok(rn_source_create(&source, &RN_SOURCE_FILES, &options));
    for (int32_t c = 0; c < N_CLASSES; c++) {
        char name[32];
        snprintf(name, sizeof name, "class %d", (int)c);
        assert_ok(rn_source_add_class(source, name));
        for (size_t i = 0; i < SIZES[c]; i++)
            assert_ok(rn_source_add(source, name, strlen(name), c));
    }
    for (int i = 0; i < 3; i++) assert_ok(rn_source_add(source, "none", 4, RESNET_UNLABELLED));
    assert_ok(rn_dataset_wrap(&all, source));
    return 0;
}

static int end(void **state)
{
    (void)state;
    resnet_dataset_free(all);
    return 0;
}

static void expect_counts(const resnet_dataset *dataset, const uint64_t *expected)
{
    uint64_t counts[N_CLASSES];
    assert_ok(resnet_dataset_copy_class_counts(counts, N_CLASSES, dataset));
    for (size_t c = 0; c < N_CLASSES; c++) assert_int_equal(counts[c], expected[c]);
}

/* Adds one to uses[] for each sample of the dataset. */
static void note_uses(const resnet_dataset *dataset, int *uses)
{
    for (size_t i = 0; i < resnet_dataset_get_n_samples(dataset); i++)
        uses[rn_dataset_get_id(dataset, i)]++;
}

static void splits_each_class(void **state)
{
    (void)state;
    resnet_dataset *train = NULL, *val = NULL;
    assert_ok(resnet_dataset_split(&train, &val, all, 0.3, 5));
    expect_counts(train, (const uint64_t[]){35, 5, 1, 0});
    expect_counts(val, (const uint64_t[]){15, 2, 0, 0});
    assert_int_equal(resnet_dataset_get_n_samples(val), 18); /* one of the unlabelled */
    int uses[61] = {0};
    note_uses(train, uses);
    note_uses(val, uses);
    for (size_t i = 0; i < 61; i++) assert_int_equal(uses[i], 1);
    for (size_t i = 1; i < val->n; i++) assert_true(val->samples[i - 1] < val->samples[i]);
    resnet_dataset_free(train);
    resnet_dataset_free(val);
}

static void small_classes_have_both_sides(void **state)
{
    (void)state;
    resnet_dataset *train = NULL, *val = NULL;
    assert_ok(resnet_dataset_split(&train, &val, all, 0.05, 5));
    expect_counts(train, (const uint64_t[]){47, 6, 1, 0});
    expect_counts(val, (const uint64_t[]){3, 1, 0, 0});
    resnet_dataset_free(train);
    resnet_dataset_free(val);
    assert_ok(resnet_dataset_split(&train, &val, all, 0.95, 5));
    expect_counts(train, (const uint64_t[]){2, 1, 1, 0});
    resnet_dataset_free(train);
    resnet_dataset_free(val);
}

static void split_follows_the_seed(void **state)
{
    (void)state;
    resnet_dataset *train = NULL, *val[3] = {NULL};
    for (size_t i = 0; i < 3; i++) {
        assert_ok(resnet_dataset_split(&train, &val[i], all, 0.3, i / 2));
        resnet_dataset_free(train);
    }
    assert_memory_equal(val[0]->samples, val[1]->samples, val[0]->n * sizeof(uint64_t));
    assert_memory_not_equal(val[0]->samples, val[2]->samples, val[0]->n * sizeof(uint64_t));
    for (size_t i = 0; i < 3; i++) resnet_dataset_free(val[i]);
}

static void folds_cover_everything_once(void **state)
{
    (void)state;
    int uses[61] = {0};
    for (size_t fold = 0; fold < 5; fold++) {
        resnet_dataset *train = NULL, *val = NULL;
        assert_ok(resnet_dataset_fold(&train, &val, all, 5, fold, 1));
        assert_in_range(val->n, 12, 13);
        assert_int_equal(train->n + val->n, 61);
        uint64_t counts[N_CLASSES];
        assert_ok(resnet_dataset_copy_class_counts(counts, N_CLASSES, val));
        assert_int_equal(counts[0], 10);
        assert_in_range(counts[1], 1, 2);
        note_uses(val, uses);
        resnet_dataset_free(train);
        resnet_dataset_free(val);
    }
    for (size_t i = 0; i < 61; i++) assert_int_equal(uses[i], 1);
}

static void takes_some_of_each_class(void **state)
{
    (void)state;
    resnet_dataset *five = NULL, *ten = NULL;
    assert_ok(resnet_dataset_take_per_class(&five, all, 5, 9));
    assert_ok(resnet_dataset_take_per_class(&ten, all, 10, 9));
    expect_counts(five, (const uint64_t[]){5, 5, 1, 0});
    expect_counts(ten, (const uint64_t[]){10, 7, 1, 0});
    int uses[61] = {0};
    note_uses(ten, uses);
    for (size_t i = 0; i < five->n; i++) assert_int_equal(uses[five->samples[i]], 1);
    resnet_dataset_free(five);
    resnet_dataset_free(ten);
}

static void weighs_classes_as_scikit_learn_does(void **state)
{
    (void)state;
    /* compute_class_weight("balanced", classes=[0, 1, 2], y=50*[0]+7*[1]+[2]) */
    const double expected[N_CLASSES] = {0.38666666666666666, 2.761904761904762, 19.333333333333332,
                                        0};
    float weights[N_CLASSES];
    assert_ok(resnet_dataset_copy_class_weights(weights, N_CLASSES, all));
    for (size_t c = 0; c < N_CLASSES; c++) assert_true(weights[c] == (float)expected[c]);
}

static void subsets_outlive_their_parents(void **state)
{
    (void)state;
    const uint64_t first[] = {57, 3, 3, 50}, second[] = {3, 0};
    resnet_dataset *parent = NULL, *child = NULL;
    assert_ok(resnet_dataset_subset(&parent, all, first, 4));
    assert_ok(resnet_dataset_subset(&child, parent, second, 2));
    resnet_dataset_free(parent);
    resnet_dataset_free(all);
    all = NULL;
    assert_int_equal(resnet_dataset_get_label(child, 0), 1);
    assert_int_equal(resnet_dataset_get_label(child, 1), 2);
    assert_string_equal(resnet_dataset_get_path(child, 0), "class 1");
    assert_int_equal(resnet_dataset_get_n_classes(child), N_CLASSES);
    resnet_dataset_free(child);
}

static void rejects_nonsense(void **state)
{
    (void)state;
    resnet_dataset *a = NULL, *b = NULL, *one = NULL;
    const uint64_t beyond = 61;
    uint64_t counts[1];
    assert_int_equal(resnet_dataset_subset(&a, all, &beyond, 1), RESNET_E_INVALID);
    assert_int_equal(resnet_dataset_subset(&a, all, &beyond, 0), RESNET_E_INVALID);
    assert_int_equal(resnet_dataset_split(&a, &b, all, 0, 0), RESNET_E_INVALID);
    assert_ok(resnet_dataset_subset(&one, all, &(uint64_t){0}, 1));
    assert_int_equal(resnet_dataset_split(&a, &b, one, 0.5, 0), RESNET_E_INVALID);
    resnet_dataset_free(one);
    assert_int_equal(resnet_dataset_fold(&a, &b, all, 1, 0, 0), RESNET_E_INVALID);
    assert_int_equal(resnet_dataset_fold(&a, &b, all, 5, 5, 0), RESNET_E_INVALID);
    assert_int_equal(resnet_dataset_fold(&a, &b, all, 62, 0, 0), RESNET_E_INVALID);
    assert_int_equal(resnet_dataset_take_per_class(&a, all, 0, 0), RESNET_E_INVALID);
    assert_int_equal(resnet_dataset_copy_class_counts(counts, 1, all), RESNET_E_INVALID);
    assert_null(a);
    assert_null(b);
    assert_int_equal(resnet_dataset_get_n_samples(NULL), 0);
    assert_null(resnet_dataset_get_path(all, 61));
    resnet_dataset_free(NULL);
}

/* Of the classes 0 to 3, 5, 0, 3 and 3 of six others. */
static void relabels_to_other_classes(void **state)
{
    (void)state;
    static const char *const names[] = {"u", "v", "w", "x", "y", "z"};
    static const uint32_t labels[N_CLASSES] = {5, 0, 3, 3};
    static const uint32_t outside[N_CLASSES] = {5, 0, 6, 3};
    resnet_dataset *half = NULL, *rest = NULL, *other = NULL;
    assert_ok(resnet_dataset_split(&rest, &half, all, 0.5, 3));
    assert_int_equal(resnet_dataset_relabel(&other, half, names, 6, outside), RESNET_E_INVALID);
    assert_null(other);
    assert_ok(resnet_dataset_relabel(&other, half, names, 6, labels));
    const size_t n = resnet_dataset_get_n_samples(half);
    assert_int_equal(resnet_dataset_get_n_samples(other), n);
    assert_int_equal(resnet_dataset_get_n_classes(other), 6);
    assert_string_equal(resnet_dataset_get_class_name(other, 5), "z");
    for (size_t i = 0; i < n; i++) {
        const int32_t label = resnet_dataset_get_label(half, i);
        assert_string_equal(resnet_dataset_get_path(other, i), resnet_dataset_get_path(half, i));
        assert_int_equal(resnet_dataset_get_label(other, i),
                         label < 0 ? label : (int32_t)labels[label]);
    }
    resnet_dataset_free(half); /* what was made of it stays whole */
    resnet_dataset_free(rest);
    resnet_image *image = NULL;
    assert_true(resnet_dataset_load_image(&image, other, 0) != RESNET_OK); /* there is no file */
    assert_null(image);
    resnet_dataset_free(other);
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status != RESNET_OK; k++) {
        rn_mem_fail_at(k);
        status = resnet_dataset_relabel(&other, all, names, 6, labels);
        rn_mem_fail_at(0);
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
    }
    resnet_dataset_free(other);
}

static void fails_cleanly_without_memory(void **state)
{
    (void)state;
    resnet_dataset *train = NULL, *val = NULL;
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status != RESNET_OK; k++) {
        rn_mem_fail_at(k);
        status = resnet_dataset_fold(&train, &val, all, 3, 1, 0);
        rn_mem_fail_at(0);
        if (status == RESNET_OK) break;
        assert_int_equal(status, RESNET_E_NOMEM);
        assert_null(train);
        assert_null(val);
    }
    resnet_dataset_free(train);
    resnet_dataset_free(val);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(splits_each_class),
        T(small_classes_have_both_sides),
        T(split_follows_the_seed),
        T(folds_cover_everything_once),
        T(takes_some_of_each_class),
        T(weighs_classes_as_scikit_learn_does),
        T(subsets_outlive_their_parents),
        T(relabels_to_other_classes),
        T(rejects_nonsense),
        T(fails_cleanly_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
