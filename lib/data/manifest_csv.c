/* SPDX-License-Identifier: MIT */
#include "data/csv.h"
#include "data/manifest_forms.h"

typedef struct csv_columns {
    size_t n, path, label, part; /* n stands for one that is not there */
} csv_columns;

static resnet_status read_header(csv_columns *out, rn_csv *csv)
{
    bool more;
    const resnet_status status = rn_csv_next(csv, &more);
    if (status != RESNET_OK) return status;
    if (!more) return rn_fail(RESNET_E_FORMAT, "empty");
    *out = (csv_columns){csv->fields.n, rn_csv_find(csv, RN_MANIFEST_PATH_NAMES),
                         rn_csv_find(csv, RN_MANIFEST_LABEL_NAMES),
                         rn_csv_find(csv, RN_MANIFEST_PART_NAMES)};
    if (out->n == 1 && (out->path == 1 || out->label == 1))
        return rn_fail(RESNET_E_FORMAT,
                       "line %zu: one column only, \"%s\"; a path and a label are separated by a "
                       "comma, a semicolon, a tab or |",
                       csv->line, rn_strings_get(&csv->fields, 0));
    if (out->path == out->n)
        return rn_fail(RESNET_E_FORMAT,
                       "line %zu: no column of paths (path, file, file_name, "
                       "filename, image or image_path)",
                       csv->line);
    if (out->label == out->n)
        return rn_fail(RESNET_E_FORMAT,
                       "line %zu: no column of labels (label, class, class_name, "
                       "category or target)",
                       csv->line);
    return RESNET_OK;
}

static resnet_status add_record(rn_manifest *out, const rn_csv *csv, const csv_columns *columns)
{
    const rn_strings *fields = &csv->fields;
    if (fields->n != columns->n)
        return rn_fail(RESNET_E_FORMAT, "line %zu: %zu values under a header of %zu", csv->line,
                       fields->n, columns->n);
    return rn_manifest_add(out, csv->line, rn_strings_get(fields, columns->path),
                           rn_strings_get(fields, columns->label),
                           columns->part < columns->n ? rn_strings_get(fields, columns->part)
                                                      : NULL);
}

resnet_status rn_manifest_read_csv(rn_manifest *out, const char *text, size_t size)
{
    rn_csv csv;
    csv_columns columns = {0};
    bool more = true;
    resnet_status status;
    rn_csv_begin(&csv, text, size);
    RN_TRY(read_header(&columns, &csv));
    while (more) {
        RN_TRY(rn_csv_next(&csv, &more));
        if (more) RN_TRY(add_record(out, &csv, &columns));
    }
done:
    rn_csv_clear(&csv);
    return status;
}
