/* JSON whose cost is bounded, in any locale. SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/json_text.h"
#include "core/mem.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static void reads_and_writes_any_value(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"{\"a\":[1,2.5,\"x\\\"{[,:\"],\"b\":null}", "0.5", "\"\"",
                                        "[]", "true"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        json_t *json = NULL;
        char *text = NULL;
        rn_budget budget = rn_budget_make(1 << 20);
        assert_ok(rn_json_load(&json, TEXTS[i], strlen(TEXTS[i]), &budget, "text"));
        assert_ok(rn_json_dump(&text, json, RN_JSON_FLOAT_DIGITS, "text"));
        assert_string_equal(text, TEXTS[i]);
        json_decref(json);
        rn_free(text);
    }
}

static void says_where_text_is_bad(void **state)
{
    (void)state;
    json_t *json = NULL;
    char *text = NULL;
    assert_fails(rn_json_load(&json, "[1,\n2", 5, NULL, "config"), RESNET_E_FORMAT,
                 "config: line 2, column 1");
    assert_fails(rn_json_load(&json, "{\"a\":1,\"a\":2}", 13, NULL, "config"), RESNET_E_FORMAT,
                 "config: line 1");
    static const struct {
        const char *text, *words;
    } BAD[] = {
        {"", "line 1, column 0: ends too early"},
        {" \n", "line 2, column 0: ends too early"},
        {"{\"a\":", "ends too early"},
        {"\"a", "config: line"},
        {"1]", "line 1, column 2: a bracket too many"},
        {"1, 2", "more than one value"},
        {"[1] x", "line 1, column 5"},
        {"1], [2", "line 1, column 3"},
        {"\\\"", "line 1, column 1"},
        {"{\"a\":\"\"\"\"}", "line 1, column 9"},
    };
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        assert_fails(rn_json_load(&json, BAD[i].text, strlen(BAD[i].text), NULL, "config"),
                     RESNET_E_FORMAT, BAD[i].words);
    assert_null(json);
    assert_fails(rn_json_dump(&text, NULL, RN_JSON_FLOAT_DIGITS, "x"), RESNET_E_NOMEM, "x");
}

static size_t heap_in_use(void)
{
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* `text` again and again between brackets; what it takes must have been paid for. */
static void check_cost(const char *text)
{
    const size_t length = strlen(text), times = 100000;
    char *array = malloc(times * length + 2);
    assert_non_null(array);
    array[0] = '[';
    for (size_t i = 0; i < times; i++) memcpy(array + 1 + i * length, text, length);
    array[times * length] = ']'; /* in place of the last comma */
    rn_budget budget = rn_budget_make(UINT64_C(1) << 40);
    json_t *json = NULL;
    const size_t before = heap_in_use();
    assert_ok(rn_json_load(&json, array, times * length + 1, &budget, "array"));
    assert_true(heap_in_use() - before <= budget.total - budget.left);
    json_decref(json);
    budget = rn_budget_make(times * length);
    assert_fails(rn_json_load(&json, array, times * length + 1, &budget, "array"),
                 RESNET_E_UNSUPPORTED, "array");
    free(array);
}

static void pays_beforehand(void **state)
{
    (void)state;
    check_cost("0,");
    check_cost("{},");
    check_cost("[],");
    check_cost("\"\",");
    check_cost("{\"a\":0},");
    check_cost("{\"a\":{\"b\":[]},\"c\":\"a text that is somewhat longer\"},");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes_any_value),
        cmocka_unit_test(says_where_text_is_bad),
        cmocka_unit_test(pays_beforehand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
