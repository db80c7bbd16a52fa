/* SPDX-License-Identifier: MIT */
#include "metrics/report.h"

#include "core/mem.h"
#include "core/options.h"
#include "core/utf8.h"
#include "metrics/accumulator.h"

#include <string.h>

#define MAX_PICTURE_BYTES (1u << 20)
#define MAX_DIGITS 15
#define MAX_RESAMPLES 1000000

#define FIRST_SIZE 32 /* of the options in the first release */

RN_ASSERT_ABI(resnet_report_options, 32);

static const resnet_report_options default_options = {
    .struct_size = sizeof(resnet_report_options), .confidence = 0.95, .digits = 2};

resnet_status resnet_report_options_init(resnet_report_options *options, size_t size)
{
    return rn_options_write(options, size, &default_options, sizeof default_options, FIRST_SIZE,
                            "resnet_report_options");
}

static resnet_status check_options(const resnet_report_options *options)
{
    if (!(options->confidence > 0 && options->confidence < 1))
        return rn_fail(RESNET_E_INVALID, "resnet_report_options.confidence: %g, not in (0, 1)",
                       options->confidence);
    if (options->n_resamples > MAX_RESAMPLES)
        return rn_fail(RESNET_E_INVALID, "resnet_report_options.n_resamples: %lu, above %d",
                       (unsigned long)options->n_resamples, MAX_RESAMPLES);
    if (options->digits > MAX_DIGITS)
        return rn_fail(RESNET_E_INVALID, "resnet_report_options.digits: %lu, above %d",
                       (unsigned long)options->digits, MAX_DIGITS);
    return RESNET_OK;
}

resnet_status resnet_report_create(resnet_report **out, const resnet_metrics *metrics,
                                   const resnet_report_options *options)
{
    resnet_report_options own = default_options;
    resnet_status status;
    if (!out || !metrics) return rn_fail(RESNET_E_INVALID, "resnet_report_create: NULL");
    RN_TRY(rn_options_read(&own, sizeof own, FIRST_SIZE, options, "resnet_report_options"));
    RN_TRY(check_options(&own));
    resnet_report *report = rn_calloc(1, sizeof *report);
    if (!report) return RESNET_E_NOMEM;
    report->metrics = rn_metrics_retain(metrics);
    report->options = own;
    *out = report;
done:
    return status;
}

static void free_fact(rn_fact *fact)
{
    rn_free(fact->name);
    rn_free(fact->value);
}

void resnet_report_free(resnet_report *report)
{
    if (!report) return;
    for (size_t i = 0; i < report->n_histories; i++) {
        rn_free(report->histories[i].name);
        rn_free(report->histories[i].values);
    }
    for (size_t i = 0; i < report->n_pictures; i++) {
        rn_free(report->pictures[i].caption);
        rn_free(report->pictures[i].bytes);
    }
    for (size_t i = 0; i < report->n_facts; i++) free_fact(&report->facts[i]);
    rn_free(report->facts);
    rn_free(report->histories);
    rn_free(report->pictures);
    rn_free(report->title);
    resnet_metrics_free(report->metrics);
    rn_free(report);
}

resnet_status resnet_report_set_title(resnet_report *report, const char *title)
{
    if (!report || !title) return rn_fail(RESNET_E_INVALID, "resnet_report_set_title: NULL");
    char *copy = rn_strdup(title);
    if (!copy) return RESNET_E_NOMEM;
    rn_free(report->title);
    report->title = copy;
    return RESNET_OK;
}

static void *copy_bytes(const void *bytes, size_t size)
{
    void *copy = rn_alloc(size, 1);
    if (copy && size > 0) memcpy(copy, bytes, size);
    return copy;
}

/* Room for one more item. */
static resnet_status grow(void **items, size_t count, size_t size)
{
    void *grown = rn_realloc(*items, count + 1, size);
    if (!grown) return RESNET_E_NOMEM;
    *items = grown;
    return RESNET_OK;
}

resnet_status resnet_report_add_history(resnet_report *report, const char *name,
                                        const double *values, size_t count)
{
    rn_history history = {.count = count};
    resnet_status status = RESNET_E_NOMEM;
    if (!report || !name || (!values && count > 0))
        return rn_fail(RESNET_E_INVALID, "resnet_report_add_history: NULL");
    history.name = rn_strdup(name);
    history.values = copy_bytes(values, count * sizeof *values);
    if (!history.name || !history.values) goto done;
    RN_TRY(grow((void **)&report->histories, report->n_histories, sizeof history));
    report->histories[report->n_histories++] = history;
    return RESNET_OK;
done:
    rn_free(history.name);
    rn_free(history.values);
    return status;
}

static size_t find_fact(const resnet_report *report, const char *name)
{
    size_t place = 0;
    while (place < report->n_facts && strcmp(report->facts[place].name, name) != 0) place++;
    return place;
}

resnet_status resnet_report_add_fact(resnet_report *report, const char *name, const char *value)
{
    rn_fact fact = {NULL, NULL};
    resnet_status status = RESNET_E_NOMEM;
    if (!report || !name || !value)
        return rn_fail(RESNET_E_INVALID, "resnet_report_add_fact: NULL");
    if (!rn_utf8_is_valid(name))
        return rn_fail(RESNET_E_INVALID, "resnet_report_add_fact: the name is not UTF-8");
    fact = (rn_fact){rn_strdup(name), rn_strdup(value)};
    if (!fact.name || !fact.value) goto done;
    const size_t place = find_fact(report, name);
    if (place == report->n_facts) {
        RN_TRY(grow((void **)&report->facts, place, sizeof fact));
        report->facts[report->n_facts++] = (rn_fact){NULL, NULL};
    }
    free_fact(&report->facts[place]);
    report->facts[place] = fact;
    return RESNET_OK;
done:
    free_fact(&fact);
    return status;
}

static const char *find_media(const void *bytes, size_t size)
{
    if (size > 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0) return "image/png";
    if (size > 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0) return "image/jpeg";
    return NULL;
}

static resnet_status check_picture(const void *bytes, size_t size)
{
    if (size == 0) return RESNET_OK;
    if (!bytes) return rn_fail(RESNET_E_INVALID, "resnet_report_add_picture: NULL");
    if (size > MAX_PICTURE_BYTES)
        return rn_fail(RESNET_E_UNSUPPORTED, "resnet_report_add_picture: %zu bytes, above 1 MiB",
                       size);
    if (find_media(bytes, size)) return RESNET_OK;
    return rn_fail(RESNET_E_INVALID, "resnet_report_add_picture: neither JPEG nor PNG");
}

resnet_status resnet_report_add_picture(resnet_report *report, uint64_t id, const char *caption,
                                        const void *bytes, size_t bytes_size)
{
    rn_exhibit picture = {.id = id, .bytes_size = bytes_size};
    resnet_status status;
    if (!report) return rn_fail(RESNET_E_INVALID, "resnet_report_add_picture: NULL");
    RN_TRY(check_picture(bytes, bytes_size));
    picture.media = find_media(bytes, bytes_size);
    picture.caption = caption ? rn_strdup(caption) : NULL;
    picture.bytes = copy_bytes(bytes, bytes_size);
    status = RESNET_E_NOMEM;
    if ((caption && !picture.caption) || !picture.bytes) goto done;
    RN_TRY(grow((void **)&report->pictures, report->n_pictures, sizeof picture));
    report->pictures[report->n_pictures++] = picture;
    return RESNET_OK;
done:
    rn_free(picture.caption);
    rn_free(picture.bytes);
    return status;
}

const rn_exhibit *rn_report_find_picture(const resnet_report *report, uint64_t id)
{
    for (size_t i = 0; i < report->n_pictures; i++)
        if (report->pictures[i].id == id) return &report->pictures[i];
    return NULL;
}

resnet_status rn_report_get_interval(rn_interval *out, const resnet_report *report,
                                     const char *name)
{
    const resnet_metrics *metrics = report->metrics;
    *out = (rn_interval){0};
    if (!report->options.n_resamples || !metrics->kept.complete || !metrics->tally.count)
        return RESNET_OK;
    out->known = true;
    return resnet_metrics_copy_interval(&out->low, &out->high, metrics, name,
                                        report->options.n_resamples, report->options.confidence,
                                        report->options.seed);
}
