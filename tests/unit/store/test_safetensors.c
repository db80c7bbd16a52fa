/* Headers that lie. SPDX-License-Identifier: MIT */
#include "check.h"

#include "core/mem.h"
#include "store/containers.h"

#include <stdio.h>
#include <string.h>

static rn_budget budget = {UINT64_MAX, UINT64_MAX};

/* A file of this header and data_size bytes of data. */
static resnet_status parse(const char *header, size_t data_size)
{
    const size_t length = strlen(header), size = 8 + length + data_size;
    unsigned char *bytes = test_malloc(size);
    memset(bytes, 0, size);
    for (size_t i = 0; i < 8; i++) bytes[i] = (unsigned char)(length >> (8 * i));
    memcpy(bytes + 8, header, length);
    rn_raw_set *set = NULL;
    const resnet_status status = rn_safetensors_parse(&set, bytes, size, &budget);
    if (status != RESNET_OK) assert_null(set);
    rn_raw_free(set);
    test_free(bytes);
    return status;
}

#define ENTRY(name, shape, offsets)                                                                \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void test_headers(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t data_size;
        resnet_status status;
        const char *word;
    } CASES[] = {
        {"{" ENTRY("a", "[2]", "[0,8]") "}", 8, RESNET_OK, NULL},
        {"{" ENTRY("a", "[2]", "[0,8]") "," ENTRY("b", "[]", "[8,12]") "}", 12, RESNET_OK, NULL},
        {"{" ENTRY("a", "[2,0]", "[0,0]") "}", 0, RESNET_OK, NULL},
        {"{}", 0, RESNET_OK, NULL},
        {"{" ENTRY("a", "[2]", "[0,8]") "}", 7, RESNET_E_FORMAT,
         "a: ends at byte 8 of the data, of which the file has 7"},
        {"{" ENTRY("a", "[2]", "[8,0]") "}", 8, RESNET_E_FORMAT, "lie outside"},
        {"{" ENTRY("a", "[2]", "[-8,0]") "}", 8, RESNET_E_FORMAT, "whole numbers"},
        {"{" ENTRY("a", "[2]", "[0.5,8]") "}", 8, RESNET_E_FORMAT, "whole numbers"},
        {"{" ENTRY("a", "[3]", "[0,8]") "}", 8, RESNET_E_FORMAT, "do not make up"},
        {"{" ENTRY("a", "[2]", "[0,8]") "," ENTRY("b", "[2]", "[4,12]") "}", 12, RESNET_E_FORMAT,
         "overlap at byte 4"},
        {"{" ENTRY("a", "[2]", "[0,8]") "," ENTRY("a", "[2]", "[0,8]") "}", 8, RESNET_E_FORMAT,
         "duplicate"},
        {"{" ENTRY("a", "[4294967296,4294967296]", "[0,0]") "}", 8, RESNET_E_UNSUPPORTED,
         "elements"},
        {"{" ENTRY("a", "[9223372036854775807,2]", "[0,8]") "}", 8, RESNET_E_UNSUPPORTED,
         "elements"},
        {"{" ENTRY("a", "[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, RESNET_E_UNSUPPORTED, "dimensions"},
        {"{\"a\":{\"shape\":[2]}}", 8, RESNET_E_FORMAT, "no dtype"},
        {"{\"a\":7}", 8, RESNET_E_FORMAT, "no dtype"},
        {"[1]", 8, RESNET_E_FORMAT, "no JSON object"},
        {"{\"a\":", 8, RESNET_E_FORMAT, "safetensors header: line 1, column"},
        {"{\"__metadata__\":{\"resnet50.variant\":\"v7\"}}", 0, RESNET_E_FORMAT,
         "resnet50.variant"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const resnet_status status = parse(CASES[i].header, CASES[i].data_size);
        if (status != CASES[i].status) fail_msg("case %zu: %s", i, resnet_last_error());
        if (CASES[i].word && !strstr(resnet_last_error(), CASES[i].word))
            fail_msg("case %zu: \"%s\" lacks \"%s\"", i, resnet_last_error(), CASES[i].word);
    }
}

#define N_NAMES 200000 /* of which the header has more than 16 MiB */

/* Whatever number of classes can be made can be loaded: names, and a head of a million classes
 * whose values are not there to be read. */
static void test_many_classes(void **state)
{
    (void)state;
    static const uint64_t HEAD[] = {1000000, 2048};
    const size_t name_size = 96;
    char *header = test_malloc(N_NAMES * (name_size + 6) + 200);
    char *end = stpcpy(header, "{\"__metadata__\":{\"resnet50.class_names\":\"[");
    for (size_t i = 0; i < N_NAMES; i++)
        end += sprintf(end, "%s\\\"%0*zu\\\"", i ? "," : "", (int)name_size, i);
    strcpy(end, "]\"}}");
    const size_t length = strlen(header);
    assert_true(length > 16 << 20);
    unsigned char *bytes = test_malloc(8 + length);
    for (size_t i = 0; i < 8; i++) bytes[i] = (unsigned char)(length >> (8 * i));
    memcpy(bytes + 8, header, length);
    rn_raw_set *set = NULL;
    rn_raw_tensor *tensor = NULL;
    rn_budget own = rn_budget_make(RN_DEFAULT_BUDGET(length));
    assert_ok(rn_safetensors_parse(&set, bytes, 8 + length, &own));
    assert_int_equal(set->info.n_class_names, N_NAMES);
    assert_ok(rn_raw_add(set, &tensor, "fc.weight", NULL, RN_DTYPE_F32, 2, HEAD));
    rn_raw_free(set);
    test_free(bytes);
    test_free(header);
}

static void test_lengths(void **state)
{
    (void)state;
    rn_raw_set *set = NULL;
    assert_int_equal(rn_safetensors_parse(&set, "", 0, &budget), RESNET_E_FORMAT);
    assert_int_equal(rn_safetensors_parse(&set, "\x02\0\0\0\0\0\0", 7, &budget), RESNET_E_FORMAT);
    assert_int_equal(rn_safetensors_parse(&set, "\x03\0\0\0\0\0\0\0{}", 10, &budget),
                     RESNET_E_FORMAT);
    assert_int_equal(rn_safetensors_parse(&set, "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10, &budget),
                     RESNET_E_FORMAT);
    assert_null(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_headers),
                                       cmocka_unit_test(test_many_classes),
                                       cmocka_unit_test(test_lengths)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
