/* Small files of every age and layout (tests/golden/make_hdf5.py): what our reader finds in them
 * against what h5py does; then cut short, and with every allocation failing.
 * SPDX-License-Identifier: MIT */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "core/file.h"
#include "core/mem.h"
#include "store/hdf5_read.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_FILE (1u << 20)
#define BUDGET (1u << 26)

static json_t *expected;

static int load_expected(void **state)
{
    (void)state;
    expected = json_load_file(GOLDEN_DIR "/hdf5/expected.json", 0, NULL);
    return expected ? 0 : 1;
}

static int drop_expected(void **state)
{
    (void)state;
    json_decref(expected);
    return 0;
}

/* An open file, its bytes in memory or behind a descriptor. */
typedef struct opened {
    rn_budget budget;
    void *bytes;
    size_t size;
    int fd;
    rn_h5_file *file;
    rn_h5_object *root;
} opened;

static void must(resnet_status status, const char *name)
{
    if (status != RESNET_OK) fail_msg("%s: %s", name, resnet_last_error());
}

static void open_golden(opened *out, const char *name, bool by_descriptor)
{
    char *path = rn_format("%s/hdf5/%s", GOLDEN_DIR, name);
    *out = (opened){.budget = rn_budget_make(BUDGET), .fd = -1};
    if (by_descriptor) {
        out->fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_true(out->fd >= 0);
        must(rn_h5_open_descriptor(&out->file, out->fd, &out->budget), name);
    } else {
        must(rn_file_read(&out->bytes, &out->size, path, MAX_FILE), name);
        must(rn_h5_open_bytes(&out->file, out->bytes, out->size, &out->budget), name);
    }
    must(rn_h5_open_root(&out->root, out->file), name);
    rn_free(path);
}

static void close_golden(opened *file)
{
    rn_h5_object_free(file->root);
    rn_h5_close(file->file);
    rn_free(file->bytes);
    if (file->fd >= 0) close(file->fd);
}

static rn_h5_object *find(const opened *file, const char *path)
{
    rn_h5_object *object = NULL;
    must(rn_h5_find(&object, file->root, path), path);
    if (!object) fail_msg("no %s", path);
    return object;
}

static rn_h5_dataset *open_dataset(const opened *file, const char *path)
{
    rn_h5_dataset *set = NULL;
    rn_h5_object *object = find(file, path);
    must(rn_h5_dataset_open(&set, object, path), path);
    rn_h5_object_free(object);
    return set;
}

static void check_list(const rn_h5_texts *found, const json_t *texts, const char *what)
{
    if (found->count != json_array_size(texts))
        fail_msg("%s: %zu texts, not %zu", what, found->count, json_array_size(texts));
    for (size_t i = 0; i < found->count; i++)
        assert_string_equal(found->items[i], json_string_value(json_array_get(texts, i)));
}

static void check_links(const opened *file, json_t *groups)
{
    const char *path;
    json_t *names;
    json_object_foreach(groups, path, names)
    {
        rn_h5_object *group = find(file, path);
        assert_int_equal(rn_h5_get_kind(group), RN_H5_GROUP);
        assert_int_equal(rn_h5_count_links(group), json_array_size(names));
        for (size_t i = 0; i < json_array_size(names); i++)
            assert_string_equal(rn_h5_get_link(group, i),
                                json_string_value(json_array_get(names, i)));
        rn_h5_object_free(group);
    }
}

static void check_texts(const opened *file, json_t *objects)
{
    const char *path, *name;
    json_t *attributes, *texts;
    json_object_foreach(objects, path, attributes)
    {
        rn_h5_object *object = find(file, path);
        json_object_foreach(attributes, name, texts)
        {
            rn_h5_texts found = {0};
            must(rn_h5_read_texts(&found, object, name), name);
            assert_true(found.found && rn_h5_has_attribute(object, name));
            check_list(&found, texts, name);
            rn_h5_texts_free(&found);
        }
        rn_h5_object_free(object);
    }
}

static double get_integer(const unsigned char *bytes, rn_h5_type type)
{
    uint64_t value = 0;
    for (size_t i = type.size; i-- > 0;) value = value << 8 | bytes[i];
    if (!type.is_signed) return (double)value;
    const unsigned unused = 64 - 8 * type.size;
    return (double)((int64_t)(value << unused) >> unused);
}

static double get_number(const unsigned char *bytes, rn_h5_type type)
{
    const rn_raw_tensor one = {.dtype = type.dtype};
    float value = 0;
    double wide;
    if (type.class == RN_H5_INTEGER) return get_integer(bytes, type);
    if (type.dtype == RN_DTYPE_F64) {
        memcpy(&wide, bytes, sizeof wide);
        return wide;
    }
    rn_raw_convert(&one, bytes, &value);
    return value;
}

static void check_values(const rn_h5_dataset *set, const json_t *values, const char *path)
{
    const rn_h5_type type = rn_h5_dataset_get_type(set);
    const size_t count = json_array_size(values);
    rn_budget budget = rn_budget_make(BUDGET);
    unsigned char *bytes = test_malloc(count * type.size + 1);
    must(rn_h5_dataset_read_native(set, bytes, &budget), path);
    for (size_t i = 0; i < count; i++)
        if (get_number(bytes + i * type.size, type) != json_number_value(json_array_get(values, i)))
            fail_msg("%s[%zu]: %g", path, i, get_number(bytes + i * type.size, type));
    test_free(bytes);
}

/* Rows one by one must be those of the whole. */
static void check_rows(rn_h5_dataset *set)
{
    uint64_t dims[RN_H5_MAX_DIMS] = {0};
    const size_t n_dims = rn_h5_dataset_get_dims(set, dims);
    uint64_t row = rn_h5_dataset_get_type(set).size;
    for (size_t i = 1; i < n_dims; i++) row *= dims[i];
    const uint64_t n_rows = n_dims ? dims[0] : 1;
    unsigned char *all = test_malloc(n_rows * row + 1), *one = test_malloc(row + 1);
    must(rn_h5_dataset_read(set, all, NULL), "rows");
    must(rn_h5_dataset_keep_pieces(set, 64), "rows");
    for (uint64_t i = n_rows; i-- > 0;) {
        must(rn_h5_dataset_read_rows(set, i, 1, one, NULL), "rows");
        assert_memory_equal(one, all + i * row, row);
    }
    assert_int_equal(rn_h5_dataset_read_rows(set, n_rows, 1, one, NULL), RESNET_E_INVALID);
    test_free(one);
    test_free(all);
}

static void check_arrays(const opened *file, json_t *arrays)
{
    const char *path;
    json_t *array;
    json_object_foreach(arrays, path, array)
    {
        uint64_t dims[RN_H5_MAX_DIMS] = {0};
        rn_h5_dataset *set = open_dataset(file, path);
        const json_t *shape = json_object_get(array, "dims");
        assert_int_equal(rn_h5_dataset_get_dims(set, dims), json_array_size(shape));
        for (size_t i = 0; i < json_array_size(shape); i++)
            assert_int_equal(dims[i], json_integer_value(json_array_get(shape, i)));
        check_values(set, json_object_get(array, "values"), path);
        check_rows(set);
        rn_h5_dataset_free(set);
    }
}

static void check_strings(const opened *file, json_t *strings)
{
    const char *path;
    json_t *texts;
    json_object_foreach(strings, path, texts)
    {
        rn_h5_texts found = {0};
        rn_h5_dataset *set = open_dataset(file, path);
        must(rn_h5_dataset_read_texts(&found, set), path);
        check_list(&found, texts, path);
        rn_h5_texts_free(&found);
        rn_h5_dataset_free(set);
    }
}

static void check_file(const char *name, const json_t *content, bool by_descriptor)
{
    opened file;
    open_golden(&file, name, by_descriptor);
    check_links(&file, json_object_get(content, "links"));
    check_texts(&file, json_object_get(content, "texts"));
    check_arrays(&file, json_object_get(content, "arrays"));
    check_strings(&file, json_object_get(content, "strings"));
    close_golden(&file);
}

static void reads_what_h5py_reads(void **state)
{
    (void)state;
    const char *name;
    json_t *content;
    json_object_foreach(json_object_get(expected, "files"), name, content)
    {
        check_file(name, content, false);
        check_file(name, content, true);
    }
}

static void joins_cut_lists(void **state)
{
    (void)state;
    rn_h5_texts found = {0};
    char *text = NULL;
    opened file;
    open_golden(&file, "texts_old.h5", false);
    must(rn_h5_read_text_chunks(&found, file.root, "long"), "long");
    assert_int_equal(found.count, 21);
    assert_string_equal(found.items[20], "second");
    rn_h5_texts_free(&found);
    must(rn_h5_read_text_chunks(&found, file.root, "absent"), "absent");
    assert_false(found.found);
    must(rn_h5_read_text(&text, file.root, "absent"), "absent");
    assert_null(text);
    assert_int_equal(rn_h5_read_text(&text, file.root, "nothing"), RESNET_E_FORMAT);
    assert_int_equal(rn_h5_read_text(&text, file.root, "number"), RESNET_E_FORMAT);
    close_golden(&file);
}

static void finds_paths(void **state)
{
    (void)state;
    static const char *const THERE[] = {"deep/up", "/deep/in/groups", "soft", "./deep/./in/",
                                        "deep//in"};
    static const char *const NOT_THERE[] = {"dangling", "deep/no", "scalar/x", "x"};
    rn_h5_object *object = NULL;
    opened file;
    open_golden(&file, "types_new.h5", false);
    for (size_t i = 0; i < sizeof THERE / sizeof THERE[0]; i++)
        rn_h5_object_free(find(&file, THERE[i]));
    for (size_t i = 0; i < sizeof NOT_THERE / sizeof NOT_THERE[0]; i++) {
        must(rn_h5_find(&object, file.root, NOT_THERE[i]), NOT_THERE[i]);
        assert_null(object);
    }
    close_golden(&file);
}

/* "": it opens, but holds neither numbers of ours nor texts. */
static void check_refusal(const opened *file, const char *name, const char *path, const char *word)
{
    rn_h5_object *object = NULL;
    rn_h5_dataset *set = NULL;
    resnet_status status = rn_h5_find(&object, file->root, path);
    if (status == RESNET_OK) {
        assert_non_null(object);
        status = rn_h5_dataset_open(&set, object, path);
    }
    if (word) {
        assert_true(status == RESNET_E_UNSUPPORTED || status == RESNET_E_FORMAT);
        if (!strstr(resnet_last_error(), word))
            fail_msg("%s %s: \"%s\" lacks \"%s\"", name, path, resnet_last_error(), word);
    } else {
        must(status, path);
        assert_int_equal(rn_h5_dataset_get_type(set).class, RN_H5_OTHER_CLASS);
    }
    rn_h5_dataset_free(set);
    rn_h5_object_free(object);
}

static void refuses_by_name(void **state)
{
    (void)state;
    const char *name, *path;
    json_t *cases, *word;
    json_object_foreach(json_object_get(expected, "refused"), name, cases)
    {
        opened file;
        open_golden(&file, name, false);
        json_object_foreach(cases, path, word)
            check_refusal(&file, name, path, json_string_value(word));
        close_golden(&file);
    }
}

/* Everything there is, down from the object. */
static resnet_status read_all(const rn_h5_object *object, rn_budget *budget, int depth)
{
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < rn_h5_count_links(object) && depth < 8 && status == RESNET_OK; i++) {
        rn_h5_object *child = NULL;
        status = rn_h5_find(&child, object, rn_h5_get_link(object, i));
        if (status == RESNET_OK && child) status = read_all(child, budget, depth + 1);
        rn_h5_object_free(child);
    }
    if (rn_h5_get_kind(object) != RN_H5_DATASET || status != RESNET_OK) return status;
    rn_h5_dataset *set = NULL;
    rn_h5_texts texts = {0};
    status = rn_h5_dataset_open(&set, object, "x");
    if (status != RESNET_OK) return status;
    if (rn_h5_dataset_get_type(set).class == RN_H5_VARIABLE_TEXT ||
        rn_h5_dataset_get_type(set).class == RN_H5_TEXT) {
        status = rn_h5_dataset_read_texts(&texts, set);
        rn_h5_texts_free(&texts);
    } else {
        uint64_t dims[RN_H5_MAX_DIMS], size = rn_h5_dataset_get_type(set).size;
        const size_t n_dims = rn_h5_dataset_get_dims(set, dims);
        for (size_t i = 0; i < n_dims; i++) size *= dims[i];
        status = rn_budget_spend(budget, size, "x");
        unsigned char *values = status == RESNET_OK ? rn_alloc(size, 1) : NULL;
        if (status == RESNET_OK)
            status = values ? rn_h5_dataset_read_native(set, values, budget) : RESNET_E_NOMEM;
        rn_free(values);
    }
    rn_h5_dataset_free(set);
    return status;
}

static resnet_status open_and_read_all(const void *bytes, size_t size)
{
    rn_budget budget = rn_budget_make(BUDGET);
    rn_h5_file *file = NULL;
    rn_h5_object *root = NULL;
    resnet_status status;
    RN_TRY(rn_h5_open_bytes(&file, bytes, size, &budget));
    RN_TRY(rn_h5_open_root(&root, file));
    status = read_all(root, &budget, 0);
done:
    rn_h5_object_free(root);
    rn_h5_close(file);
    return status;
}

/* In blocks of their exact length, so that a sanitiser sees every overrun. */
static void survives_cuts(void **state)
{
    (void)state;
    const char *name;
    json_t *content;
    json_object_foreach(json_object_get(expected, "files"), name, content)
    {
        opened file;
        open_golden(&file, name, false);
        for (size_t length = 0; length < file.size; length += file.size / 200 + 1) {
            char *cut = test_malloc(length + 1);
            memcpy(cut, file.bytes, length);
            assert_int_not_equal(open_and_read_all(cut, length), RESNET_OK);
            test_free(cut);
        }
        close_golden(&file);
    }
}

/* Structures with checksums: no changed byte of them goes unseen, and none is taken for absence. */
static void sees_changed_bytes(void **state)
{
    (void)state;
    static const char *const LETTERS[] = {"OHDR", "BTHD", "BTLF", "FRHP", "FHDB"};
    opened file;
    open_golden(&file, "many_new.h5", false);
    unsigned char *bytes = file.bytes;
    for (size_t i = 0; i < sizeof LETTERS / sizeof LETTERS[0]; i++) {
        unsigned char *found = memmem(bytes, file.size, LETTERS[i], 4);
        assert_non_null(found);
        for (size_t at = 0; at < 20; at++) {
            found[at] ^= 1;
            assert_int_not_equal(open_and_read_all(bytes, file.size), RESNET_OK);
            found[at] ^= 1;
        }
    }
    must(open_and_read_all(bytes, file.size), "restored");
    close_golden(&file);
}

static void fails_cleanly_without_memory(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"types_old.h5", "texts_new.h5", "chunks_new.h5",
                                        "implicit_new.h5"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        opened file;
        resnet_status status = RESNET_E_NOMEM;
        open_golden(&file, NAMES[i], false);
        for (uint64_t k = 1; status == RESNET_E_NOMEM; k++) {
            rn_mem_fail_at(k);
            status = open_and_read_all(file.bytes, file.size);
            rn_mem_fail_at(0);
        }
        must(status, NAMES[i]);
        close_golden(&file);
    }
}

/* No budget is too small to be kept to. */
static void stays_within_its_budget(void **state)
{
    (void)state;
    opened file;
    open_golden(&file, "many_old.h5", false);
    uint64_t limit = 0;
    for (resnet_status status = RESNET_E_UNSUPPORTED; status != RESNET_OK; limit += 997) {
        rn_budget budget = rn_budget_make(limit);
        rn_h5_file *again = NULL;
        rn_h5_object *root = NULL;
        status = rn_h5_open_bytes(&again, file.bytes, file.size, &budget);
        if (status == RESNET_OK) status = rn_h5_open_root(&root, again);
        if (status == RESNET_OK) status = read_all(root, &budget, 0);
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_UNSUPPORTED);
        rn_h5_object_free(root);
        rn_h5_close(again);
    }
    assert_in_range(limit, 10000, 1000000);
    close_golden(&file);
}

/* Texts that share one object of the heap are paid for one by one. */
static void pays_for_shared_texts(void **state)
{
    (void)state;
    rn_h5_texts texts = {0};
    opened file;
    open_golden(&file, "shared_old.h5", false);
    rn_h5_dataset *set = open_dataset(&file, "texts");
    must(rn_h5_dataset_read_texts(&texts, set), "texts");
    assert_int_equal(texts.count, 500);
    assert_string_equal(texts.items[0], texts.items[499]);
    rn_h5_texts_free(&texts);
    file.budget = rn_budget_make(500 * 2999);
    assert_int_equal(rn_h5_dataset_read_texts(&texts, set), RESNET_E_UNSUPPORTED);
    rn_h5_dataset_free(set);
    close_golden(&file);
}

/* Changes one byte at `shift` from where `pattern` stands to `byte`. */
static void expect_damage(const char *name, const char *pattern, ptrdiff_t shift,
                          unsigned char byte, const char *word)
{
    opened file;
    open_golden(&file, name, false);
    unsigned char *found = memmem(file.bytes, file.size, pattern, strlen(pattern));
    assert_non_null(found);
    found[shift] = byte;
    assert_int_equal(open_and_read_all(file.bytes, file.size), RESNET_E_FORMAT);
    if (!strstr(resnet_last_error(), word))
        fail_msg("%s: \"%s\" lacks \"%s\"", name, resnet_last_error(), word);
    close_golden(&file);
}

static void takes_damage_for_damage(void **state)
{
    (void)state;
    /* The version of an attribute whose name stands eight bytes behind it; then its name's end. */
    expect_damage("texts_old.h5", "list", -8, 9, "attribute");
    expect_damage("texts_old.h5", "list", 4, 'x', "attribute");
    /* The size of a text's object in the heap: shorter than the text, and past the heap's end. */
    expect_damage("types_old.h5", "zzzzzzzz", -8, 44 - 1, "heap of texts");
    expect_damage("types_old.h5", "zzzzzzzz", -5, 1, "heap of texts");
    /* A tree whose root is of a higher level than its leaves; symbols of another version. */
    expect_damage("many_old.h5", "TREE", 5, 1, "tree");
    expect_damage("types_old.h5", "SNOD", 4, 2, "group");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_h5py_reads),
        cmocka_unit_test(joins_cut_lists),
        cmocka_unit_test(finds_paths),
        cmocka_unit_test(refuses_by_name),
        cmocka_unit_test(survives_cuts),
        cmocka_unit_test(sees_changed_bytes),
        cmocka_unit_test(fails_cleanly_without_memory),
        cmocka_unit_test(stays_within_its_budget),
        cmocka_unit_test(pays_for_shared_texts),
        cmocka_unit_test(takes_damage_for_damage),
    };
    return cmocka_run_group_tests(tests, load_expected, drop_expected);
}
