/* A report by the writer of its format, to memory or to a file. SPDX-License-Identifier: MIT */
#include "core/arithmetic.h"
#include "core/file.h"
#include "metrics/report.h"

#include <string.h>

/* The whole report; the caller closes `text` whatever happens. */
static resnet_status write_report(rn_text *text, const resnet_report *report, int32_t format)
{
    resnet_status status;
    switch (format) {
    case RESNET_REPORT_TEXT:
        status = rn_report_write_text(text, report);
        break;
    case RESNET_REPORT_JSON:
        status = rn_report_write_json(text, report);
        break;
    case RESNET_REPORT_HTML:
        status = rn_report_write_html(text, report);
        break;
    default:
        status = rn_fail(RESNET_E_INVALID, "no report format %ld", (long)format);
    }
    return status != RESNET_OK ? status : text->status;
}

resnet_status resnet_report_copy(char *out, size_t capacity, size_t *out_size,
                                 const resnet_report *report, int32_t format)
{
    RN_OWN_ARITHMETIC;
    rn_text text = {0};
    resnet_status status;
    if (!out_size || !report || (!out && capacity > 0))
        return rn_fail(RESNET_E_INVALID, "resnet_report_copy: NULL");
    RN_TRY(write_report(&text, report, format));
    *out_size = text.size;
    if (capacity > 0) {
        const size_t size = text.size < capacity ? text.size : capacity - 1;
        if (size > 0) memcpy(out, text.bytes, size);
        out[size] = '\0';
    }
done:
    rn_text_close(&text);
    return status;
}

resnet_status resnet_report_save(const resnet_report *report, const char *path, int32_t format)
{
    RN_OWN_ARITHMETIC;
    rn_text text = {0};
    resnet_status status;
    if (!report || !path) return rn_fail(RESNET_E_INVALID, "resnet_report_save: NULL");
    RN_TRY(write_report(&text, report, format));
    RN_TRY(rn_file_write(path, text.bytes, text.size));
done:
    rn_text_close(&text);
    return status;
}
