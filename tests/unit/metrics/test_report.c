/* Text, JSON and HTML. SPDX-License-Identifier: MIT */
#include "golden_case.h"

#include "core/mem.h"
#include "metrics/calibration.h"

#include <unistd.h>

static const unsigned char png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0};
static const unsigned char jpeg[] = {0xff, 0xd8, 0xff, 0xe0, 0};

static resnet_report *create(const resnet_metrics *metrics, uint32_t digits, uint32_t n_resamples)
{
    resnet_report *report = NULL;
    resnet_report_options options;
    assert_ok(resnet_report_options_init(&options, sizeof options));
    options.digits = digits;
    options.n_resamples = n_resamples;
    assert_ok(resnet_report_create(&report, metrics, &options));
    return report;
}

/* The whole report; the caller frees it. */
static char *copy(const resnet_report *report, int32_t format)
{
    size_t size = 0, again = 0;
    assert_ok(resnet_report_copy(NULL, 0, &size, report, format));
    char *text = malloc(size + 1);
    assert_ok(resnet_report_copy(text, size + 1, &again, report, format));
    assert_int_equal(again, size);
    assert_int_equal(strlen(text), size);
    return text;
}

static void check_text(const golden_case *golden, const resnet_metrics *metrics, const char *absent)
{
    json_t *texts = json_object_get(json_object_get(golden->document, "reports"), absent);
    const char *digits;
    json_t *expected;
    json_object_foreach(texts, digits, expected)
    {
        resnet_report *report = create(metrics, (uint32_t)atoi(digits), 0);
        char *text = copy(report, RESNET_REPORT_TEXT);
        assert_string_equal(text, json_string_value(expected));
        free(text);
        resnet_report_free(report);
    }
}

static void text_equals_scikit_learn(void **state)
{
    (void)state;
    for (size_t g = 0; g < N_GOLDENS; g++)
        for (int32_t absent = RESNET_ABSENT_SKIP; absent <= RESNET_ABSENT_ZERO; absent++) {
            golden_case golden = golden_open(golden_names[g], absent);
            resnet_metrics *metrics = golden_measure(&golden, 100);
            check_text(&golden, metrics, absent == RESNET_ABSENT_SKIP ? "skip" : "zero");
            resnet_metrics_free(metrics);
            golden_close(&golden);
        }
}

static void check_named(const resnet_metrics *metrics, const json_t *object, const char *key,
                        const char *name)
{
    double expected = 0;
    assert_ok(resnet_metrics_get(&expected, metrics, name));
    assert_non_null(json_object_get(object, key));
    if (!isfinite(expected)) expected = NAN; /* JSON has but null for either */
    golden_check(golden_number(json_object_get(object, key)), expected, "JSON", name);
}

static void check_parts(const resnet_metrics *metrics, const json_t *object, const char *before,
                        const char *after)
{
    static const char *const parts[] = {"precision", "recall", "f1", "auc", "ap"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s%s%s", before, parts[i], after);
        check_named(metrics, object, parts[i], name);
    }
}

/* One at an end of its range is none. */
static void check_temperature(const resnet_metrics *metrics, const json_t *calibration)
{
    double temperature = 0;
    assert_ok(resnet_metrics_get(&temperature, metrics, "temperature"));
    if (rn_temperature_is_bound(temperature))
        assert_true(json_is_null(json_object_get(calibration, "temperature")));
    else
        check_named(metrics, calibration, "temperature", "temperature");
}

static void check_row(const resnet_metrics *metrics, const json_t *item, size_t c)
{
    resnet_metrics_row row;
    assert_ok(resnet_metrics_copy_row(&row, sizeof row, metrics, (int64_t)c));
    assert_int_equal(json_integer_value(json_object_get(item, "support")), row.support);
    assert_int_equal(json_integer_value(json_object_get(item, "predicted")), row.predicted);
}

static void check_json(const golden_case *golden, const resnet_metrics *metrics,
                       const json_t *document)
{
    static const char *const totals[] = {
        "count", "accuracy", "balanced_accuracy", "loss", "log_loss", "kappa", "mcc"};
    assert_string_equal(json_string_value(json_object_get(document, "format")), "resnet-metrics");
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++)
        check_named(metrics, document, totals[i], totals[i]);
    check_parts(metrics, json_object_get(document, "macro"), "macro_", "");
    check_parts(metrics, json_object_get(document, "micro"), "micro_", "");
    check_parts(metrics, json_object_get(document, "weighted"), "weighted_", "");
    for (size_t c = 0; c < golden->n_classes; c++) {
        char bracket[32];
        const json_t *item = json_array_get(json_object_get(document, "classes"), c);
        snprintf(bracket, sizeof bracket, "[%zu]", c);
        check_parts(metrics, item, "", bracket);
        check_row(metrics, item, c);
        assert_string_equal(json_string_value(json_object_get(item, "name")),
                            golden->class_names[c]);
    }
    assert_true(json_equal(json_object_get(document, "confusion"),
                           json_object_get(golden->document, "confusion")));
    check_named(metrics, json_object_get(document, "calibration"), "ece", "ece");
    check_temperature(metrics, json_object_get(document, "calibration"));
    assert_int_equal(json_array_size(json_object_get(document, "mistakes")),
                     resnet_metrics_get_n_mistakes(metrics));
}

static void json_holds_every_figure(void **state)
{
    (void)state;
    for (size_t g = 0; g < N_GOLDENS; g++) {
        golden_case golden = golden_open(golden_names[g], RESNET_ABSENT_SKIP);
        resnet_metrics *metrics = golden_measure(&golden, 100);
        resnet_report *report = create(metrics, 2, 0);
        char *text = copy(report, RESNET_REPORT_JSON);
        json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(document);
        check_json(&golden, metrics, document);
        assert_null(json_object_get(document, "intervals"));
        assert_null(json_object_get(document, "history"));
        json_decref(document);
        free(text);
        resnet_report_free(report);
        resnet_metrics_free(metrics);
        golden_close(&golden);
    }
}

static void json_holds_intervals_and_history(void **state)
{
    (void)state;
    static const double losses[] = {1.5, NAN, 0.5};
    golden_case golden = golden_open("plain", RESNET_ABSENT_SKIP);
    resnet_metrics *metrics = golden_measure(&golden, 100);
    resnet_report *report = create(metrics, 2, 200);
    double low = 0, high = 0;
    assert_ok(resnet_report_add_history(report, "loss", losses, 3));
    char *text = copy(report, RESNET_REPORT_JSON);
    json_t *document = json_loads(text, 0, NULL);
    const json_t *intervals = json_object_get(document, "intervals");
    const json_t *f1 = json_object_get(json_object_get(intervals, "figures"), "macro_f1");
    assert_ok(resnet_metrics_copy_interval(&low, &high, metrics, "macro_f1", 200, 0.95, 0));
    assert_true(json_number_value(json_array_get(f1, 0)) == low);
    assert_true(json_number_value(json_array_get(f1, 1)) == high);
    const json_t *history = json_array_get(json_object_get(document, "history"), 0);
    const json_t *values = json_object_get(history, "values");
    assert_true(json_array_size(values) == 3 && json_is_null(json_array_get(values, 1)));
    json_decref(document);
    free(text);
    resnet_report_free(report);
    resnet_metrics_free(metrics);
    golden_close(&golden);
}

static void page_stands_alone(void **state)
{
    (void)state;
    static const char *const forbidden[] = {"http:",   "https:",  "<script", "<link", "url(",
                                            "@import", "<iframe", "nan",     "inf\""};
    static const double values[] = {0.5, 0.25, NAN};
    golden_case golden = golden_open("plain", RESNET_ABSENT_SKIP);
    golden.class_names[0] = "<i>&\"cat\"";
    resnet_metrics *metrics = golden_measure(&golden, 100);
    resnet_report *report = create(metrics, 2, 50);
    resnet_metrics_mistake worst[2];
    for (size_t r = 0; r < 2; r++)
        assert_int_equal(resnet_metrics_copy_mistake(&worst[r], sizeof *worst, metrics, r), 0);
    assert_ok(resnet_report_set_title(report, "Cats & <dogs>"));
    assert_ok(resnet_report_add_history(report, "val_x", values, 3));
    assert_ok(resnet_report_add_history(report, "x", values, 0));
    assert_int_equal(resnet_report_add_picture(report, worst[0].id, "a<b.png", png, sizeof png), 0);
    assert_int_equal(resnet_report_add_picture(report, worst[1].id, NULL, jpeg, sizeof jpeg), 0);
    char *page = copy(report, RESNET_REPORT_HTML);
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
        if (strstr(page, forbidden[i])) fail_msg("the page holds %s", forbidden[i]);
    assert_non_null(strstr(page, "<title>Cats &amp; &lt;dogs&gt;</title>"));
    assert_non_null(strstr(page, "&lt;i&gt;&amp;&quot;cat&quot;"));
    assert_null(strstr(page, "<i>&"));
    assert_non_null(strstr(page, "src=\"data:image/png;base64,iVBORw0KGgoAAA==\""));
    assert_non_null(strstr(page, "src=\"data:image/jpeg;base64,/9j/4AA=\""));
    assert_non_null(strstr(page, "a&lt;b.png"));
    assert_non_null(strstr(page, "</html>\n"));
    free(page);
    resnet_report_free(report);
    resnet_metrics_free(metrics);
    golden_close(&golden);
}

/* The page with one curve, and no other circle or line of curves in it. */
static char *draw(resnet_metrics *metrics, const double *values, size_t count)
{
    resnet_report *report = create(metrics, 2, 0);
    assert_ok(resnet_report_add_history(report, "rate", values, count));
    char *page = copy(report, RESNET_REPORT_HTML);
    resnet_report_free(report);
    return page;
}

static void curves_are_drawn_whatever_their_values(void **state)
{
    (void)state;
    static const double one[] = {0.7}, level[] = {0.3, 0.3, 0.3};
    static const double small[] = {1e-5, 9e-6, 7e-6, 4e-6, 1e-6};
    golden_case golden = golden_open("single", RESNET_ABSENT_SKIP);
    resnet_metrics *metrics = golden_measure(&golden, 100);
    char *page = draw(metrics, one, 1);
    assert_non_null(strstr(page, "<circle")); /* one epoch is a mark, in the middle */
    assert_non_null(strstr(page, "cx=\"265.0\" cy=\"163.0\""));
    assert_null(strstr(page, "y=\"308.0\">1.5</text>")); /* and there is no epoch 1.5 */
    free(page);
    page = draw(metrics, level, 3);
    assert_non_null(strstr(page, "cy=\"163.0\"")); /* a level line amid its axis */
    assert_non_null(strstr(page, ">0.30</text>"));
    assert_null(strstr(page, "0.3000"));
    free(page);
    page = draw(metrics, small, 5);
    assert_non_null(strstr(page, "\xc3\x97"
                                 "1e-5</text>"));
    assert_non_null(strstr(page, ">0.8</text>"));
    assert_null(strstr(page, "0.00000"));
    free(page);
    resnet_metrics_free(metrics);
    golden_close(&golden);
}

static void facts_are_told(void **state)
{
    (void)state;
    golden_case golden = golden_open("single", RESNET_ABSENT_SKIP);
    resnet_metrics *metrics = golden_measure(&golden, 100);
    resnet_report *report = create(metrics, 2, 0);
    assert_ok(resnet_report_add_fact(report, "model", "old.h5"));
    assert_ok(resnet_report_add_fact(report, "data", "<pets> \xff"));
    assert_ok(resnet_report_add_fact(report, "model", "new.h5"));
    assert_int_equal(resnet_report_add_fact(report, "\xff", "x"), RESNET_E_INVALID);
    assert_int_equal(resnet_report_add_fact(report, NULL, "x"), RESNET_E_INVALID);
    char *page = copy(report, RESNET_REPORT_HTML);
    assert_non_null(strstr(page, "<dt>model</dt><dd>new.h5</dd>\n<dt>data</dt><dd>&lt;pets&gt;"));
    assert_null(strstr(page, "old.h5"));
    free(page);
    page = copy(report, RESNET_REPORT_JSON);
    assert_non_null(
        strstr(page, "\"about\":{\"model\":\"new.h5\",\"data\":\"<pets> \xef\xbf\xbd\"}"));
    free(page);
    resnet_report_free(report);
    resnet_metrics_free(metrics);
    golden_close(&golden);
}

/* When every answer is right the loss falls for ever as the logits grow. */
static void a_temperature_at_its_bound_is_no_finding(void **state)
{
    (void)state;
    static const float scores[] = {3, 0, 0, 3};
    static const int32_t labels[] = {0, 1};
    resnet_metrics *metrics = NULL;
    assert_ok(resnet_metrics_create(&metrics, 2, NULL, NULL));
    assert_ok(resnet_metrics_add(metrics, scores, labels, NULL, 2));
    resnet_report *report = create(metrics, 2, 0);
    char *page = copy(report, RESNET_REPORT_HTML);
    assert_non_null(strstr(page, "No temperature makes the loss of these samples least"));
    assert_null(strstr(page, "by the temperature"));
    free(page);
    page = copy(report, RESNET_REPORT_JSON);
    assert_non_null(strstr(page, "\"temperature\":null,\"loss_at_temperature\":null"));
    free(page);
    resnet_report_free(report);
    resnet_metrics_free(metrics);
}

/* Every form of a report on nothing, on one sample, on sums alone, on names that are not UTF-8. */
static void reports_on_little(void **state)
{
    (void)state;
    static const char *const names[] = {"a\xff", "b"};
    static const float scores[] = {2, 1};
    static const int32_t label[] = {1};
    resnet_metrics_options options;
    assert_ok(resnet_metrics_options_init(&options, sizeof options));
    for (size_t n = 0; n < 3; n++) {
        resnet_metrics *metrics = NULL;
        if (n == 2) options.max_score_bytes = 0;
        assert_ok(resnet_metrics_create(&metrics, 2, names, &options));
        assert_ok(resnet_metrics_add(metrics, scores, label, NULL, n > 0));
        resnet_report *report = create(metrics, 2, 10);
        for (int32_t format = RESNET_REPORT_TEXT; format <= RESNET_REPORT_HTML; format++) {
            char *text = copy(report, format);
            assert_null(strstr(text, "\xff"));
            if (format == RESNET_REPORT_JSON) {
                json_t *document = json_loads(text, 0, NULL);
                assert_non_null(document);
                json_decref(document);
            }
            free(text);
        }
        resnet_report_free(report);
        resnet_metrics_free(metrics);
    }
}

/* More classes than the page shows one by one. */
static void reports_on_many_classes(void **state)
{
    (void)state;
    enum { N = 130 };
    resnet_metrics *metrics = NULL;
    float scores[N] = {0};
    assert_ok(resnet_metrics_create(&metrics, N, NULL, NULL));
    for (int32_t i = 0; i < 2 * N; i++) {
        const int32_t label = i % N;
        scores[(i * 7) % N] = 3;
        assert_ok(resnet_metrics_add(metrics, scores, &label, NULL, 1));
        scores[(i * 7) % N] = 0;
    }
    resnet_report *report = create(metrics, 2, 0);
    char *page = copy(report, RESNET_REPORT_HTML);
    assert_non_null(strstr(page, "All 130 classes"));
    assert_non_null(strstr(page, "Neighbouring classes share a cell"));
    free(page);
    resnet_report_free(report);
    resnet_metrics_free(metrics);
}

static void cuts_what_does_not_fit(void **state)
{
    (void)state;
    golden_case golden = golden_open("binary", RESNET_ABSENT_SKIP);
    resnet_metrics *metrics = golden_measure(&golden, 100);
    resnet_report *report = create(metrics, 2, 0);
    char *whole = copy(report, RESNET_REPORT_TEXT);
    char part[11];
    size_t size = 0;
    memset(part, 'x', sizeof part);
    assert_ok(resnet_report_copy(part, 10, &size, report, RESNET_REPORT_TEXT));
    assert_int_equal(size, strlen(whole));
    assert_memory_equal(part, whole, 9);
    assert_true(part[9] == '\0' && part[10] == 'x');
    free(whole);
    resnet_report_free(report);
    resnet_metrics_free(metrics);
    golden_close(&golden);
}

static void saves(void **state)
{
    (void)state;
    golden_case golden = golden_open("binary", RESNET_ABSENT_SKIP);
    resnet_metrics *metrics = golden_measure(&golden, 100);
    resnet_report *report = create(metrics, 2, 0);
    char path[] = "/tmp/report-XXXXXX";
    char saved[65536];
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_ok(resnet_report_save(report, path, RESNET_REPORT_JSON));
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    saved[fread(saved, 1, sizeof saved - 1, file)] = '\0';
    fclose(file);
    remove(path);
    char *text = copy(report, RESNET_REPORT_JSON);
    assert_string_equal(saved, text);
    free(text);
    assert_int_equal(resnet_report_save(report, "/nonexistent/x", RESNET_REPORT_TEXT),
                     RESNET_E_NOT_FOUND);
    resnet_report_free(report);
    resnet_metrics_free(metrics);
    golden_close(&golden);
}

static void refuses_bad_arguments(void **state)
{
    (void)state;
    golden_case golden = golden_open("binary", RESNET_ABSENT_SKIP);
    resnet_metrics *metrics = golden_measure(&golden, 100);
    resnet_report *report = NULL;
    resnet_report_options options;
    size_t size = 7;
    for (int field = 0; field < 3; field++) {
        assert_ok(resnet_report_options_init(&options, sizeof options));
        if (field == 0) options.confidence = 1;
        if (field == 1) options.digits = 16;
        if (field == 2) options.n_resamples = 1000001;
        assert_int_equal(resnet_report_create(&report, metrics, &options), RESNET_E_INVALID);
    }
    assert_int_equal(resnet_report_create(&report, NULL, NULL), RESNET_E_INVALID);
    assert_null(report);
    report = create(metrics, 2, 0);
    assert_int_equal(resnet_report_copy(NULL, 0, &size, report, 3), RESNET_E_INVALID);
    assert_int_equal(resnet_report_copy(NULL, 1, &size, report, 0), RESNET_E_INVALID);
    assert_int_equal(resnet_report_copy(NULL, 0, NULL, report, 0), RESNET_E_INVALID);
    assert_int_equal(resnet_report_save(report, NULL, 0), RESNET_E_INVALID);
    assert_int_equal(resnet_report_set_title(report, NULL), RESNET_E_INVALID);
    assert_int_equal(resnet_report_add_history(report, "x", NULL, 1), RESNET_E_INVALID);
    assert_int_equal(resnet_report_add_picture(report, 0, NULL, "GIF89a", 6), RESNET_E_INVALID);
    assert_int_equal(resnet_report_add_picture(report, 0, NULL, NULL, 6), RESNET_E_INVALID);
    assert_int_equal(resnet_report_add_picture(report, 0, NULL, png, 2 << 20),
                     RESNET_E_UNSUPPORTED);
    assert_int_equal(size, 7);
    resnet_report_free(report);
    resnet_report_free(NULL);
    resnet_metrics_free(metrics);
    golden_close(&golden);
}

static resnet_status report_all(const resnet_metrics *metrics)
{
    static const double values[] = {1, 0.5};
    resnet_report *report = NULL;
    resnet_report_options options;
    size_t size;
    resnet_status status = resnet_report_options_init(&options, sizeof options);
    options.n_resamples = 5;
    if (!status) status = resnet_report_create(&report, metrics, &options);
    if (!status) status = resnet_report_set_title(report, "title");
    if (!status) status = resnet_report_add_fact(report, "model", "pets.h5");
    if (!status) status = resnet_report_add_history(report, "loss", values, 2);
    if (!status) status = resnet_report_add_picture(report, 1, "caption", png, sizeof png);
    for (int32_t format = RESNET_REPORT_TEXT; !status && format <= RESNET_REPORT_HTML; format++)
        status = resnet_report_copy(NULL, 0, &size, report, format);
    resnet_report_free(report);
    return status;
}

static void survives_running_out_of_memory(void **state)
{
    (void)state;
    golden_case golden = golden_open("binary", RESNET_ABSENT_SKIP);
    resnet_metrics *metrics = golden_measure(&golden, 100);
    resnet_status status = RESNET_E_NOMEM;
    uint64_t k = 0;
    while (status != RESNET_OK) {
        rn_mem_fail_at(++k);
        status = report_all(metrics);
        rn_mem_fail_at(0);
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
        assert_true(k < 1000);
    }
    assert_true(k > 50);
    resnet_metrics_free(metrics);
    golden_close(&golden);
}

static uint64_t n_until_failure;

static void *fail_in_jansson(size_t size)
{
    return --n_until_failure == 0 ? NULL : malloc(size);
}

/* The JSON library's memory does not come from the library's own door. */
static void survives_jansson_running_out_of_memory(void **state)
{
    (void)state;
    static const double value = 1;
    golden_case golden = golden_open("single", RESNET_ABSENT_SKIP);
    resnet_metrics *metrics = golden_measure(&golden, 100);
    resnet_report *report = create(metrics, 2, 5);
    resnet_status status = RESNET_E_NOMEM;
    size_t size = 0;
    uint64_t k = 0;
    assert_ok(resnet_report_add_history(report, "loss", &value, 1));
    json_set_alloc_funcs(fail_in_jansson, free);
    while (status != RESNET_OK) {
        n_until_failure = ++k;
        status = resnet_report_copy(NULL, 0, &size, report, RESNET_REPORT_JSON);
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
        assert_true(k < 5000);
    }
    json_set_alloc_funcs(malloc, free);
    assert_true(k > 100);
    resnet_report_free(report);
    resnet_metrics_free(metrics);
    golden_close(&golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_equals_scikit_learn),
        cmocka_unit_test(json_holds_every_figure),
        cmocka_unit_test(json_holds_intervals_and_history),
        cmocka_unit_test(page_stands_alone),
        cmocka_unit_test(curves_are_drawn_whatever_their_values),
        cmocka_unit_test(facts_are_told),
        cmocka_unit_test(a_temperature_at_its_bound_is_no_finding),
        cmocka_unit_test(reports_on_little),
        cmocka_unit_test(reports_on_many_classes),
        cmocka_unit_test(cuts_what_does_not_fit),
        cmocka_unit_test(saves),
        cmocka_unit_test(refuses_bad_arguments),
        cmocka_unit_test(survives_running_out_of_memory),
        cmocka_unit_test(survives_jansson_running_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
