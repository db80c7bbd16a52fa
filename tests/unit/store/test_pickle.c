/* Hand-written pickles: what the machine makes of each, and that nothing off its list gets through.
 * SPDX-License-Identifier: MIT */
#include "check.h"

#include "core/mem.h"
#include "store/pickle.h"

#include <string.h>

static rn_budget budget = {UINT64_MAX, UINT64_MAX};

#define READ(out, used, text) rn_pickle_read(out, used, text, sizeof(text) - 1, &budget)

static void test_values(void **state)
{
    (void)state;
    rn_pickle *pickle = NULL;
    size_t used = 0;
    /* {"a": (1, -2, 300), "b": [None, True]} and a byte behind it */
    const char text[] = "\x80\x02}(X\x01\0\0\0aK\x01J\xfe\xff\xff\xffM\x2c\x01\x87"
                        "X\x01\0\0\0b](N\x88"
                        "eu.!";
    assert_ok(READ(&pickle, &used, text));
    assert_int_equal(used, sizeof text - 2);
    const rn_pickle_value *root = rn_pickle_get_root(pickle);
    const rn_pickle_value *a = rn_pickle_find(root, "a"), *b = rn_pickle_find(root, "b");
    assert_int_equal(a->kind, RN_PICKLE_TUPLE);
    assert_int_equal(a->items[0]->integer, 1);
    assert_int_equal(a->items[1]->integer, -2);
    assert_int_equal(a->items[2]->integer, 300);
    assert_int_equal(b->kind, RN_PICKLE_LIST);
    assert_int_equal(b->items[0]->kind, RN_PICKLE_NONE);
    assert_int_equal(b->items[1]->integer, 1);
    assert_null(rn_pickle_find(root, "c"));
    rn_pickle_free(pickle);
}

static void check_long(const char *text, size_t size, int64_t value)
{
    rn_pickle *pickle = NULL;
    size_t used = 0;
    assert_ok(rn_pickle_read(&pickle, &used, text, size, &budget));
    assert_int_equal(rn_pickle_get_root(pickle)->kind, RN_PICKLE_INT);
    assert_true(rn_pickle_get_root(pickle)->integer == value);
    rn_pickle_free(pickle);
}

static void test_longs(void **state)
{
    (void)state;
    check_long("\x8a\x00.", 3, 0);
    check_long("\x8a\x01\xff.", 4, -1);
    check_long("\x8a\x02\xff\x00.", 5, 255);
    check_long("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f.", 11, INT64_MAX);
    check_long("\x8b\x02\0\0\0\x00\x80.", 8, -32768);
}

/* A dictionary may hold itself; nothing walks it without end. */
static void test_cycle(void **state)
{
    (void)state;
    rn_pickle *pickle = NULL;
    size_t used = 0;
    assert_ok(READ(&pickle, &used, "}q\x00X\x01\0\0\0ah\x00s."));
    const rn_pickle_value *root = rn_pickle_get_root(pickle);
    assert_ptr_equal(rn_pickle_find(root, "a"), root);
    rn_pickle_free(pickle);
}

static void test_tensor(void **state)
{
    (void)state;
    rn_pickle *pickle = NULL;
    size_t used = 0;
    const char text[] =
        "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n"
        "X\x01\0\0\0"
        "0X\x03\0\0\0cpuK\x06tQK\x01K\x02K\x02\x86K\x02K\x01\x86\x89NtR.";
    assert_ok(READ(&pickle, &used, text));
    const rn_pickle_value *root = rn_pickle_get_root(pickle);
    assert_int_equal(root->kind, RN_PICKLE_TENSOR);
    assert_int_equal(root->tensor->offset, 1);
    assert_int_equal(root->tensor->n_dims, 2);
    assert_int_equal(root->tensor->dims[1], 2);
    assert_int_equal(root->tensor->strides[0], 2);
    const rn_pickle_storage *storage = root->tensor->storage->storage;
    assert_int_equal(storage->dtype, RN_DTYPE_F32);
    assert_int_equal(storage->count, 6);
    assert_memory_equal(storage->key, "0", 1);
    assert_ptr_equal(rn_pickle_get_storages(pickle), storage);
    rn_pickle_free(pickle);
}

typedef struct refusal {
    const char *text;
    size_t size;
    resnet_status status;
    const char *word;
} refusal;

#define CASE(text, status, word)                                                                   \
    {                                                                                              \
        text, sizeof(text) - 1, status, word                                                       \
    }

static void test_refused(void **state)
{
    (void)state;
    static const refusal CASES[] = {
        CASE("", RESNET_E_FORMAT, "ends"),
        CASE("cos\nsystem\n(X\x04\0\0\0true\x85R.", RESNET_E_UNSUPPORTED, "os.system"),
        CASE("\x8c\x02os\x8c\x06system\x93.", RESNET_E_UNSUPPORTED, "os.system"),
        CASE("cbuiltins\neval\n.", RESNET_E_UNSUPPORTED, "builtins.eval"),
        CASE("(i__main__\nX\n.", RESNET_E_UNSUPPORTED, "opcode 0x69"),
        CASE("(X\x04\0\0\0trueo.", RESNET_E_UNSUPPORTED, "opcode 0x6f"),
        CASE(".", RESNET_E_FORMAT, "empty stack"),
        CASE("(.", RESNET_E_FORMAT, "empty stack"),
        CASE("t.", RESNET_E_FORMAT, "no mark"),
        CASE("K\x01K\x02s.", RESNET_E_FORMAT, "adds to nothing"),
        CASE("K\x01K\x02K\x03s.", RESNET_E_FORMAT, "holds none"),
        CASE("K\x01)R.", RESNET_E_FORMAT, "cannot be called"),
        CASE("h\x07.", RESNET_E_FORMAT, "memo has no entry 7"),
        CASE("Nr\xff\xff\xff\xff.", RESNET_E_UNSUPPORTED, "memo index"),
        CASE("X\xff\xff\xff\xff"
             "a.",
             RESNET_E_FORMAT, "middle"),
        CASE("\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
             "a.",
             RESNET_E_FORMAT, "middle"),
        CASE("K\x01Q.", RESNET_E_FORMAT, "persistent id"),
        CASE("ctorch._utils\n_rebuild_tensor_v2\n)R.", RESNET_E_FORMAT, "a tensor"),
        CASE("cos.path\njoin\n.", RESNET_E_UNSUPPORTED, "os.path.join"),
        CASE("c__builtin__\nexec\n.", RESNET_E_UNSUPPORTED, "__builtin__.exec"),
        CASE("csubprocess\nPopen\n.", RESNET_E_UNSUPPORTED, "nothing was run"),
        CASE("ctorch", RESNET_E_FORMAT, "name"),
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        rn_pickle *pickle = NULL;
        size_t used = 0;
        const resnet_status status =
            rn_pickle_read(&pickle, &used, CASES[i].text, CASES[i].size, &budget);
        if (status != CASES[i].status) fail_msg("case %zu: %s", i, resnet_last_error());
        if (!strstr(resnet_last_error(), CASES[i].word))
            fail_msg("case %zu: \"%s\" lacks \"%s\"", i, resnet_last_error(), CASES[i].word);
        assert_null(pickle);
    }
}

static void check_inert(const char *text, size_t size, const char *maker)
{
    rn_pickle *pickle = NULL;
    size_t used = 0;
    if (rn_pickle_read(&pickle, &used, text, size, &budget) != RESNET_OK)
        fail_msg("%s", resnet_last_error());
    const rn_pickle_value *root = rn_pickle_get_root(pickle);
    if (maker)
        assert_string_equal(rn_pickle_get_maker(root), maker);
    else
        assert_null(rn_pickle_get_maker(root));
    rn_pickle_free(pickle);
}

#define INERT(text, maker) check_inert(text, sizeof(text) - 1, maker)

/* Names that mean nothing to a tensor make things that nothing comes of, however they are used. */
static void test_inert(void **state)
{
    (void)state;
    INERT("ctorch\nfloat16\n.", "torch.float16");
    INERT("cpathlib\nPosixPath\n(X\x01\0\0\0"
          "atR.",
          "pathlib.PosixPath");
    INERT("ccollections\nCounter\n}K\x03K\x01s\x85R.", "collections.Counter");
    INERT("ctorch.nn.modules.loss\nCrossEntropyLoss\n)\x81}X\x01\0\0\0aK\x01sb.",
          "torch.nn.modules.loss.CrossEntropyLoss");
    INERT("cfunctools\npartial\n)R)R.", "functools.partial"); /* a call of what a call gave */
    INERT("ca\nB\n)\x81(K\x01K\x02"
          "e.",
          "a.B"); /* items for what holds none */
    INERT("ca\nB\n)\x81(K\x01K\x02u.", "a.B");
    INERT("c\x1b[31m\nx\n.", "?[31m.x");
    INERT("(K\x01K\x02"
          "1N.",
          NULL);            /* POP_MARK */
    INERT("N2\x85.", NULL); /* DUP */
    INERT("\x96\x01\0\0\0\0\0\0\0a.", NULL);
}

/* An object of a foreign class does not become the tensor that its state holds. */
static void test_foreign_state(void **state)
{
    (void)state;
    const char tensor[] =
        "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n"
        "X\x01\0\0\0"
        "0X\x03\0\0\0cpuK\x06tQK\x00K\x02\x85K\x01\x85\x89NtR";
    char text[512] = "ca\nB\n)\x81";
    size_t size = strlen(text);
    memcpy(text + size, tensor, sizeof tensor - 1);
    size += sizeof tensor - 1;
    memcpy(text + size,
           "\x85"
           "b.",
           3);
    check_inert(text, size + 3, "a.B");
}

/* What the objects of a pickle take is paid for. */
static void test_budget(void **state)
{
    (void)state;
    rn_pickle *pickle = NULL;
    size_t used = 0;
    char text[4096];
    memset(text, ']', sizeof text);
    text[sizeof text - 1] = '.';
    rn_budget small = rn_budget_make(64 * 1024);
    assert_int_equal(rn_pickle_read(&pickle, &used, text, sizeof text, &small),
                     RESNET_E_UNSUPPORTED);
    assert_non_null(strstr(resnet_last_error(), "more than the 65536 bytes allowed"));
    assert_null(pickle);
}

/* A short file must not become a large thing. */
static void test_too_many(void **state)
{
    (void)state;
    rn_pickle *pickle = NULL;
    size_t used = 0;
    const size_t size = RN_PICKLE_MAX_VALUES + 2;
    char *text = rn_alloc(size, 1);
    memset(text, 'N', size);
    assert_int_equal(rn_pickle_read(&pickle, &used, text, size, &budget), RESNET_E_UNSUPPORTED);
    rn_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),  cmocka_unit_test(test_longs),
        cmocka_unit_test(test_cycle),   cmocka_unit_test(test_tensor),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_inert),   cmocka_unit_test(test_foreign_state),
        cmocka_unit_test(test_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
