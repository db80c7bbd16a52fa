/* CSV and JSON-lines manifests, good and bad. SPDX-License-Identifier: MIT */
#include "core/mem.h"
#include "tree.h"

#include <resnet/dataset.h>

static tree t;
static char manifest[128]; /* path */

static int begin(void **state)
{
    (void)state;
    tree_create(&t);
    static const char *const IMAGES[] = {"a.jpg", "b.jpg", "sub/c, d.jpg", "e.jpg"};
    for (size_t i = 0; i < 4; i++) tree_add_text(&t, IMAGES[i], "x");
    snprintf(manifest, sizeof manifest, "%s/list", t.root);
    return 0;
}

static int end(void **state)
{
    (void)state;
    tree_remove(&t);
    return 0;
}

static const char *const PETS[] = {"dog", "cat"};

static resnet_status try_open(resnet_dataset **out, const char *text, int32_t part, size_t n_names)
{
    resnet_dataset_options options;
    assert_ok(resnet_dataset_options_init(&options, sizeof options));
    options.part = part;
    options.val_fraction = 0.5;
    tree_add_text(&t, "list", text);
    return resnet_dataset_open_manifest(out, manifest, n_names ? PETS : NULL, n_names, &options);
}

/* Expects the samples' last path components and labels in the form "a.jpg=0 b.jpg=1". */
static void expect(const char *text, int32_t part, size_t n_names, const char *expected)
{
    char found[1024] = "";
    resnet_dataset *dataset = NULL;
    if (try_open(&dataset, text, part, n_names) != RESNET_OK) fail_msg("%s", resnet_last_error());
    for (size_t i = 0; i < resnet_dataset_get_n_samples(dataset); i++)
        sprintf(found + strlen(found), "%s%s=%d", i ? " " : "",
                resnet_dataset_get_path(dataset, i) + strlen(t.root) + 1,
                (int)resnet_dataset_get_label(dataset, i));
    sprintf(found + strlen(found), " of");
    for (size_t c = 0; c < resnet_dataset_get_n_classes(dataset); c++)
        sprintf(found + strlen(found), " %s", resnet_dataset_get_class_name(dataset, c));
    assert_string_equal(found, expected);
    resnet_dataset_free(dataset);
}

static void expect_failure(const char *text, size_t n_names, resnet_status status,
                           const char *fragment)
{
    resnet_dataset *dataset = NULL;
    const resnet_status found = try_open(&dataset, text, RESNET_PART_ALL, n_names);
    if (found != status) fail_msg("%d instead of %d: %s", found, status, resnet_last_error());
    assert_null(dataset);
    assert_message_has(resnet_last_error(), "/list: ");
    assert_message_has(resnet_last_error(), fragment);
}

static void reads_csv(void **state)
{
    (void)state;
    expect("\xef\xbb\xbfid,Label,FILENAME\r\n1,cat,a.jpg\r\n\r\n2,\"dog\",\"sub/c, d.jpg\"\r\n",
           RESNET_PART_ALL, 0, "a.jpg=0 sub/c, d.jpg=1 of cat dog");
    expect("path\tclass\na.jpg\tsays \"hi\"\nb.jpg\tx, y", RESNET_PART_ALL, 0,
           "a.jpg=0 b.jpg=1 of says \"hi\" x, y");
    expect("path,label\na.jpg,\"a \"\"b\"\"\nc\"\n", RESNET_PART_ALL, 0, "a.jpg=0 of a \"b\"\nc");
}

static void takes_other_separators_and_blanks(void **state)
{
    (void)state;
    expect("path;label\na.jpg;cat\n\"sub/c, d.jpg\";dog\n", RESNET_PART_ALL, 0,
           "a.jpg=0 sub/c, d.jpg=1 of cat dog");
    expect("Path ; Label ; Note\n a.jpg ; cat ; x\nb.jpg;dog;\"; ;\"\n", RESNET_PART_ALL, 0,
           "a.jpg=0 b.jpg=1 of cat dog");
    expect("path, label\na.jpg, cat\nb.jpg,cat\ne.jpg, \" cat\" \n", RESNET_PART_ALL, 0,
           "a.jpg=1 b.jpg=1 e.jpg=0 of  cat cat");
    expect("path|label\na.jpg|cat, big\n", RESNET_PART_ALL, 0, "a.jpg=0 of cat, big");
    expect("label\tpath\n cat\ta.jpg\n", RESNET_PART_ALL, 0, "a.jpg=0 of cat");
    expect("\"a,b,c\";path;label\n1;a.jpg;cat\n", RESNET_PART_ALL, 0, "a.jpg=0 of cat");
    expect_failure("path label\na.jpg cat\n", 0, RESNET_E_FORMAT,
                   "one column only, \"path label\"");
    expect_failure("a.jpg\nb.jpg\n", 0, RESNET_E_FORMAT, "one column only");
}

static void numbers_count_as_they_are(void **state)
{
    (void)state;
    expect("image,target\na.jpg,1\nb.jpg,0\ne.jpg,1\n", RESNET_PART_ALL, 0,
           "a.jpg=1 b.jpg=0 e.jpg=1 of 0 1");
    expect("image,target\na.jpg,1\nb.jpg,0\n", RESNET_PART_ALL, 2, "a.jpg=1 b.jpg=0 of dog cat");
    expect("image,target\na.jpg,cat\nb.jpg,dog\n", RESNET_PART_ALL, 2,
           "a.jpg=1 b.jpg=0 of dog cat");
}

static void reads_json_lines(void **state)
{
    (void)state;
    expect("{\"path\": \"a.jpg\", \"label\": \"cat\", \"box\": [1, 2]}\r\n\n"
           "{\"label\": \"ant\", \"file_name\": \"b.jpg\"}",
           RESNET_PART_ALL, 0, "a.jpg=1 b.jpg=0 of ant cat");
    expect("\n {\"path\": \"a.jpg\", \"label\": 1}\n{\"path\": \"b.jpg\", \"label\": 0}\n",
           RESNET_PART_ALL, 0, "a.jpg=1 b.jpg=0 of 0 1");
}

static void takes_parts(void **state)
{
    (void)state;
    const char *text = "path,label,split\na.jpg,cat,train\nb.jpg,dog,VAL\ne.jpg,,test\n";
    expect(text, RESNET_PART_TRAIN, 0, "a.jpg=0 of cat dog");
    expect(text, RESNET_PART_VAL, 0, "b.jpg=1 of cat dog");
    expect(text, RESNET_PART_TEST, 0, "e.jpg=-1 of cat dog");
    expect(text, RESNET_PART_ALL, 0, "a.jpg=0 b.jpg=1 of cat dog");
    /* Without parts: a split, and no test. */
    resnet_dataset *dataset = NULL;
    const char *plain = "path,label\na.jpg,cat\nb.jpg,cat\ne.jpg,cat\n";
    assert_ok(try_open(&dataset, plain, RESNET_PART_VAL, 0));
    assert_int_equal(resnet_dataset_get_n_samples(dataset), 2);
    resnet_dataset_free(dataset);
    dataset = NULL;
    assert_int_equal(try_open(&dataset, plain, RESNET_PART_TEST, 0), RESNET_E_UNSUPPORTED);
}

static void names_line_and_fact(void **state)
{
    (void)state;
    const resnet_status bad = RESNET_E_FORMAT;
    expect_failure("", 0, bad, "empty");
    expect_failure("path,label\n", 0, bad, "no rows");
    expect_failure("name,label\na.jpg,1\n", 0, bad, "line 1: no column of paths");
    expect_failure("path,colour\na.jpg,1\n", 0, bad, "line 1: no column of labels");
    expect_failure("path,label\na.jpg,1\nb.jpg\n", 0, bad, "line 3: 1 values under a header of 2");
    expect_failure("path,label\na.jpg,cat\n\nb.jpg,\n", 0, bad, "line 4: b.jpg has no label");
    expect_failure("path,label\na.jpg,cow\n", 2, bad, "line 2: label \"cow\" is none of the 2");
    expect_failure("path,label\na.jpg,2\n", 2, bad, "line 2: label 2, expected 0 to 1");
    expect_failure("path,label\na.jpg,0\nb.jpg,-1\n", 0, bad, "line 3: label -1");
    expect_failure("path,label\na.jpg,0\nb.jpg,2\n", 0, bad, "no row has label 1");
    expect_failure("path,label\na.jpg,99999999\n", 0, bad, "line 2: label 99999999");
    expect_failure("path,label\na.jpg,cat\nno.jpg,cat\n", 0, RESNET_E_NOT_FOUND,
                   "no.jpg: no such file");
    expect_failure("path,label\na.jpg,cat\nb.jpg,cat\na.jpg,dog\n", 0, bad,
                   "line 4: a.jpg is \"dog\" here and \"cat\" on line 2");
    expect_failure("path,label,split\na.jpg,cat,dev\n", 0, bad, "line 2: part \"dev\"");
    expect_failure("path,label\na.jpg,caf\xe9\n", 0, bad, "line 2: label \"caf\\xe9\"");
    expect_failure("path,label\na.jpg,\"cat\n", 0, bad, "line 2: a quote that is not closed");
    expect_failure("path,label\n\"a.jpg\"x,cat\n", 0, bad, "line 2: text after a closing quote");
    expect_failure("{\"path\": \"a.jpg\", \"label\": 1}\n{\"path\": \"a.jpg\", ", 0, bad, "line 2");
    expect_failure("{\"path\": \"a.jpg\"}\n", 0, bad, "line 1: no label");
    expect_failure("{\"label\": 1}\n", 0, bad, "line 1: no path");
    expect_failure("{\"path\": \"a.jpg\", \"label\": 1.5}\n", 0, bad, "line 1: a label that is");
    expect_failure("{\"path\": \"a.jpg\", \"label\": \"caf\xe9\"}\n", 0, bad, "line 1");
    expect_failure("{\"path\": \"a.jpg\", \"label\": 1}\n[1]\n", 0, bad, "line 2: no JSON object");
    resnet_dataset *dataset = NULL;
    assert_int_equal(resnet_dataset_open_manifest(&dataset, "/no/list.csv", NULL, 0, NULL),
                     RESNET_E_NOT_FOUND);
    assert_message_has(resnet_last_error(), "/no/list.csv");
}

static void keeps_absent_files_when_skipping(void **state)
{
    (void)state;
    resnet_dataset *dataset = NULL;
    resnet_dataset_options options;
    assert_ok(resnet_dataset_options_init(&options, sizeof options));
    options.on_corrupt = RESNET_CORRUPT_SKIP;
    tree_add_text(&t, "list", "path,label\na.jpg,cat\nno.jpg,cat\n");
    assert_ok(resnet_dataset_open_manifest(&dataset, manifest, NULL, 0, &options));
    assert_int_equal(resnet_dataset_get_n_samples(dataset), 2);
    resnet_dataset_free(dataset);
}

static void fails_cleanly_without_memory(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"path,label\na.jpg,\"c\"\nb.jpg,d\ne.jpg,d\n",
                                        "{\"path\": \"a.jpg\", \"label\": 0}\n"
                                        "{\"path\": \"b.jpg\", \"label\": 0}\n"};
    for (size_t i = 0; i < 2; i++) {
        resnet_dataset *dataset = NULL;
        resnet_status status = RESNET_E_NOMEM;
        for (uint64_t k = 1; status != RESNET_OK; k++) {
            rn_mem_fail_at(k);
            status = try_open(&dataset, TEXTS[i], RESNET_PART_VAL, 0);
            rn_mem_fail_at(0);
            if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
        }
        resnet_dataset_free(dataset);
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(reads_csv),
        T(takes_other_separators_and_blanks),
        T(numbers_count_as_they_are),
        T(reads_json_lines),
        T(takes_parts),
        T(names_line_and_fact),
        T(keeps_absent_files_when_skipping),
        T(fails_cleanly_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
