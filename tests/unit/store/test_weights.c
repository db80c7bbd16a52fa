/* Whole networks of random values: written, read back, written again; and files of other networks.
 * SPDX-License-Identifier: MIT */
#include "check.h"

#include "../../scratch.h"
#include "../arch50.h"

#include "core/file.h"
#include "core/mem.h"
#include "core/rng.h"
#include "store/names.h"
#include "store/weights.h"

#include <resnet/model.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const rn_read_limits LIMITS = {.max_bytes = 1u << 30};
#define MAX_BYTES (UINT64_C(1) << 30)

static char folder[SCRATCH_SIZE];

static int make_folder(void **state)
{
    (void)state;
    return scratch_folder(folder) ? 0 : 1;
}

static int drop_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static char *path_of(const char *name)
{
    return rn_format("%s/%s", folder, name);
}

static size_t count_of(const rn_tensor *tensor)
{
    size_t count = 1;
    for (size_t i = 0; i < tensor->n_dims; i++) count *= tensor->dims[i];
    return count;
}

static void add(rn_weights *weights, const char *name, size_t n_dims, const uint64_t *dims)
{
    float *data = NULL;
    rn_rng rng = rn_rng_make(7, RN_RNG_INIT, weights->n_tensors, 0);
    assert_ok(rn_weights_add(weights, &data, name, NULL, n_dims, dims));
    const size_t count = count_of(&weights->tensors[weights->n_tensors - 1]);
    for (size_t i = 0; i < count; i++) data[i] = (float)(rn_rng_u64(&rng) >> 40) * 0x1p-24f + 0.25f;
}

static void add_row(rn_weights *weights, const rn_arch_conv *conv, bool bias)
{
    const uint64_t side = conv->kernel;
    const uint64_t dims[] = {conv->out_channels, conv->in_channels, side, side};
    for (int variable = 0; variable < RN_N_VARIABLES; variable++) {
        char name[RN_NAME_SIZE];
        if (variable == RN_VAR_BIAS && !bias) continue;
        rn_names_canonical(name, conv, (enum rn_variable)variable);
        add(weights, name, variable == RN_VAR_KERNEL ? 4 : 1, dims);
    }
}

/* hidden 0: no hidden layer; classes 0: no head */
static rn_weights *make(bool bias, uint64_t hidden, uint64_t classes)
{
    rn_weights *weights = NULL;
    assert_ok(rn_weights_create(&weights, arch50()));
    for (size_t row = 0; row < arch50()->n_convs; row++)
        add_row(weights, &arch50()->convs[row], bias);
    const uint64_t inner[] = {hidden, N_FEATURES};
    const uint64_t outer[] = {classes, hidden ? hidden : N_FEATURES};
    if (hidden) {
        add(weights, "fc.hidden0.weight", 2, inner);
        add(weights, "fc.hidden0.bias", 1, inner);
    }
    if (classes) {
        add(weights, "fc.weight", 2, outer);
        add(weights, "fc.bias", 1, outer);
    }
    return weights;
}

static void check_same(const rn_weights *a, const rn_weights *b)
{
    assert_int_equal(a->n_tensors, b->n_tensors);
    for (size_t i = 0; i < a->n_tensors; i++) {
        const rn_tensor *x = &a->tensors[i], *y = rn_weights_find(b, x->name);
        assert_non_null(y);
        assert_int_equal(x->n_dims, y->n_dims);
        assert_memory_equal(x->dims, y->dims, x->n_dims * sizeof *x->dims);
        assert_memory_equal(x->data, y->data, count_of(x) * sizeof(float));
    }
}

static void check_same_file(const char *first, const char *second)
{
    void *a = NULL, *b = NULL;
    size_t a_size = 0, b_size = 0;
    assert_ok(rn_file_read(&a, &a_size, first, MAX_BYTES));
    assert_ok(rn_file_read(&b, &b_size, second, MAX_BYTES));
    assert_int_equal(a_size, b_size);
    assert_int_equal(memcmp(a, b, a_size), 0);
    rn_free(a);
    rn_free(b);
}

/* Writes and reads with each format; the copy equals the original and writes the same bytes. */
static void check_round_trip(const rn_weights *weights, void (*check_info)(const rn_weights *))
{
    char *first = path_of("first"), *second = path_of("second");
    for (size_t i = 0; i < 2; i++) {
        rn_weights *copy = NULL;
        if (rn_weights_write(weights, first, (enum rn_weights_format)i) != RESNET_OK ||
            rn_weights_read_file(&copy, first, &LIMITS) != RESNET_OK)
            fail_msg("%s", resnet_last_error());
        check_same(weights, copy);
        if (check_info) check_info(copy);
        assert_ok(rn_weights_write(weights, second, (enum rn_weights_format)i));
        check_same_file(first, second);
        rn_weights_free(copy);
    }
    unlink(first);
    unlink(second);
    rn_free(first);
    rn_free(second);
}

static void test_round_trips(void **state)
{
    (void)state;
    static const struct {
        bool bias;
        uint64_t hidden, classes;
    } CASES[] = {{true, 16, 5}, {false, 0, 0}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        rn_weights *weights = make(CASES[i].bias, CASES[i].hidden, CASES[i].classes);
        check_round_trip(weights, NULL);
        rn_weights_free(weights);
    }
}

#define N_NAMES 9000 /* far beyond one attribute's 64 KB */

static void fill_info(rn_weights_info *info)
{
    info->variant = RESNET_VARIANT_V1;
    info->bn_epsilon = 1e-3f;
    info->stem_pool = RESNET_STEM_POOL_UNPADDED;
    assert_ok(resnet_recipe_init(&info->recipe, sizeof info->recipe, "keras"));
    info->recipe.std[1] = 0.1f;
    info->has_recipe = true;
    info->class_names = rn_alloc(N_NAMES, sizeof *info->class_names);
    for (size_t i = 0; i < N_NAMES; i++)
        info->class_names[i] =
            rn_format("classe n\xc2\xb0 %zu \xe2\x80\x94 \"\xc3\xa9t\xc3\xa9\"", i);
    info->n_class_names = N_NAMES;
    info->licence = rn_strdup("CC0-1.0");
    info->provenance = rn_strdup("trained on shapes\nby a test");
    info->head_pooling = RESNET_POOLING_MAX;
    info->head_activations[0].kind = RESNET_ACTIVATION_TANH;
    info->head_activations[1] = (rn_arch_activation){RESNET_ACTIVATION_LEAKY_RELU, 0.1f};
    info->head_dropout = 0.3f;
}

static void check_info(const rn_weights *weights)
{
    const rn_weights_info *info = &weights->info;
    rn_weights_info expected = {0};
    fill_info(&expected);
    assert_int_equal(info->variant, expected.variant);
    assert_true(info->bn_epsilon == expected.bn_epsilon);
    assert_int_equal(info->stem_pool, expected.stem_pool);
    assert_true(info->has_recipe);
    assert_memory_equal(&info->recipe, &expected.recipe, sizeof info->recipe);
    assert_int_equal(info->n_class_names, N_NAMES);
    for (size_t i = 0; i < N_NAMES; i++)
        assert_string_equal(info->class_names[i], expected.class_names[i]);
    assert_string_equal(info->licence, expected.licence);
    assert_string_equal(info->provenance, expected.provenance);
    assert_int_equal(info->head_pooling, expected.head_pooling);
    for (size_t i = 0; i < RN_ARCH_MAX_HIDDEN; i++) {
        assert_int_equal(info->head_activations[i].kind, expected.head_activations[i].kind);
        assert_true(info->head_activations[i].slope == expected.head_activations[i].slope);
    }
    assert_true(info->head_dropout == expected.head_dropout);
    rn_weights_info_clear(&expected);
}

static void test_info(void **state)
{
    (void)state;
    rn_weights *weights = make(false, 0, 2);
    fill_info(&weights->info);
    check_round_trip(weights, check_info);
    rn_weights_free(weights);
}

static void test_family_defaults(void **state)
{
    (void)state;
    char *path = path_of("plain");
    rn_weights *weights = make(false, 0, 2), *copy = NULL;
    assert_ok(rn_weights_write(weights, path, RN_WEIGHTS_SAFETENSORS));
    assert_ok(rn_weights_read_file(&copy, path, &LIMITS));
    assert_int_equal(copy->info.variant, RESNET_VARIANT_V1_5);
    assert_true(copy->info.bn_epsilon == 1e-5f);
    assert_int_equal(copy->info.stem_pool, RESNET_STEM_POOL_PADDED);
    assert_string_equal(copy->info.recipe.name, "torchvision-v1");
    assert_string_equal(copy->info.format, "safetensors, torchvision names");
    rn_weights_free(copy);
    rn_weights_free(weights);
    unlink(path);
    rn_free(path);
}

static void test_bad_text(void **state)
{
    (void)state;
    char *path = path_of("bad");
    rn_weights *weights = make(false, 0, 2);
    weights->info.licence = rn_strdup("\xff\xfe");
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(rn_weights_write(weights, path, (enum rn_weights_format)i),
                         RESNET_E_INVALID);
        assert_int_not_equal(access(path, F_OK), 0);
    }
    rn_weights_free(weights);
    rn_free(path);
}

/* Writes `weights` and expects reading them to fail so. */
static void expect_refusal(const rn_weights *weights, resnet_status status, const char *message)
{
    char *path = path_of("odd");
    rn_weights *copy = NULL;
    assert_ok(rn_weights_write(weights, path, RN_WEIGHTS_SAFETENSORS));
    assert_int_equal(rn_weights_read_file(&copy, path, &LIMITS), status);
    assert_null(copy);
    if (strncmp(resnet_last_error(), path, strlen(path)) != 0 ||
        !strstr(resnet_last_error(), message))
        fail_msg("\"%s\" lacks \"%s\"", resnet_last_error(), message);
    unlink(path);
    rn_free(path);
}

static void rename_tensor(rn_weights *weights, const char *from, const char *to)
{
    rn_tensor *tensor = (rn_tensor *)rn_weights_find(weights, from);
    rn_free(tensor->name);
    tensor->name = rn_strdup(to);
}

static void test_misfits(void **state)
{
    (void)state;
    const uint64_t wide[] = {128, 256, 3, 3}, deep[] = {256, 1024, 1, 1}, dense[] = {4, 512};
    rn_weights *weights = make(false, 0, 2);
    rename_tensor(weights, "layer2.0.conv1.weight", "gone");
    expect_refusal(weights, RESNET_E_UNSUPPORTED, "layer2.0.conv1.weight: missing");
    add(weights, "layer2.0.conv1.weight", 4, wide);
    expect_refusal(weights, RESNET_E_SHAPE,
                   "layer2.0.conv1.weight: expected [128,256,1,1], file has [128,256,3,3]");
    rn_weights_free(weights);

    weights = make(false, 0, 2);
    add(weights, "layer3.6.conv1.weight", 4, deep);
    expect_refusal(weights, RESNET_E_UNSUPPORTED, "ResNet-101");
    rename_tensor(weights, "layer3.6.conv1.weight", "odd.weight");
    expect_refusal(weights, RESNET_E_UNSUPPORTED, "odd.weight [256,1024,1,1]: not a part");
    rn_weights_free(weights);

    weights = make(false, 0, 0);
    add(weights, "fc.weight", 2, dense);
    expect_refusal(weights, RESNET_E_SHAPE, "expected [classes,2048], file has [4,512]");
    rename_tensor(weights, "conv1.weight", "conv1.0.weight");
    expect_refusal(weights, RESNET_E_UNSUPPORTED, "resnet50d");
    rn_weights_free(weights);
}

static void test_files(void **state)
{
    (void)state;
    rn_weights *weights = NULL;
    char *path = path_of("none");
    assert_int_equal(rn_weights_read_file(&weights, path, &LIMITS), RESNET_E_NOT_FOUND);
    assert_int_equal(rn_weights_read_file(&weights, folder, &LIMITS), RESNET_E_IO);
    assert_ok(rn_file_write(path, "12345", 5));
    assert_int_equal(rn_weights_read_file(&weights, path, &(rn_read_limits){.max_bytes = 4}),
                     RESNET_E_UNSUPPORTED);
    assert_int_equal(rn_weights_read_file(&weights, path, &(rn_read_limits){.max_bytes = 5}),
                     RESNET_E_UNSUPPORTED);
    assert_non_null(strstr(resnet_last_error(), "not a weight file"));
    assert_int_equal(rn_weights_read_memory(&weights, "", 0, &LIMITS, "bytes"), RESNET_E_FORMAT);
    assert_string_equal(resnet_last_error(), "bytes: empty");
    assert_null(weights);
    unlink(path);
    rn_free(path);
}

/* A file may grow to a megabyte only: as when the disk is full. What stood there stays. */
static void test_disk_full(void **state)
{
    (void)state;
    char *path = path_of("full");
    rn_weights *weights = make(false, 0, 2);
    void *kept = NULL;
    size_t size = 0;
    struct rlimit before, limit;
    assert_ok(rn_file_write(path, "before", 6));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 1 << 20;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(rn_weights_write(weights, path, (enum rn_weights_format)i), RESNET_E_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_ok(rn_file_read(&kept, &size, path, MAX_BYTES));
    assert_int_equal(size, 6);
    rn_free(kept);
    rn_weights_free(weights);
    unlink(path);
    rn_free(path);
}

/* Every allocation of the small parts, and some of those of every tensor. */
static void test_out_of_memory(void **state)
{
    (void)state;
    char *path = path_of("oom");
    rn_weights *weights = make(false, 0, 2), *copy = NULL;
    for (size_t i = 0; i < 2; i++) {
        resnet_status status = RESNET_E_NOMEM;
        for (uint64_t k = 1; status == RESNET_E_NOMEM; k += k < 16 ? 1 : 197) {
            rn_mem_fail_at(k);
            status = rn_weights_write(weights, path, (enum rn_weights_format)i);
            rn_mem_fail_at(0);
        }
        assert_ok(status);
        status = RESNET_E_NOMEM;
        for (uint64_t k = 1; status == RESNET_E_NOMEM; k += k < 16 ? 1 : 197) {
            rn_mem_fail_at(k);
            status = rn_weights_read_file(&copy, path, &LIMITS);
            rn_mem_fail_at(0);
        }
        assert_ok(status);
        rn_weights_free(copy);
        copy = NULL;
    }
    rn_weights_free(weights);
    unlink(path);
    rn_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),     cmocka_unit_test(test_info),
        cmocka_unit_test(test_family_defaults), cmocka_unit_test(test_bad_text),
        cmocka_unit_test(test_misfits),         cmocka_unit_test(test_files),
        cmocka_unit_test(test_disk_full),       cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
