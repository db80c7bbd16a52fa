/* SPDX-License-Identifier: MIT */
#include "data/manifest_rows.h"

#include "core/mem.h"
#include "core/utf8.h"

#include <resnet/dataset.h>
#include <string.h>
#include <strings.h>

const char *const RN_MANIFEST_PATH_NAMES[] = {"path",  "file",       "file_name", "filename",
                                              "image", "image_path", NULL};
const char *const RN_MANIFEST_LABEL_NAMES[] = {"label",    "class",  "class_name",
                                               "category", "target", NULL};
const char *const RN_MANIFEST_PART_NAMES[] = {"split", "part", "set", "subset", NULL};

static const struct {
    const char *name;
    int32_t part;
} PARTS[] = {
    {"train", RESNET_PART_TRAIN},  {"training", RESNET_PART_TRAIN}, {"val", RESNET_PART_VAL},
    {"valid", RESNET_PART_VAL},    {"validation", RESNET_PART_VAL}, {"test", RESNET_PART_TEST},
    {"testing", RESNET_PART_TEST},
};

static bool find_part(int32_t *out, const char *name)
{
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        if (strcasecmp(PARTS[i].name, name) != 0) continue;
        *out = PARTS[i].part;
        return true;
    }
    return false;
}

resnet_status rn_manifest_add(rn_manifest *manifest, size_t line, const char *path,
                              const char *label, const char *part)
{
    rn_manifest_row row = {line, RESNET_PART_ALL, *label != '\0'};
    if (!*path) return rn_fail(RESNET_E_FORMAT, "line %zu: an empty path", line);
    if (part && !find_part(&row.part, part))
        return rn_fail(RESNET_E_FORMAT, "line %zu: part \"%s\", expected train, val or test", line,
                       part);
    if (!rn_utf8_is_valid(label))
        return rn_fail(RESNET_E_FORMAT, "line %zu: label \"%s\" is not UTF-8", line, label);
    if (!row.has_label && row.part != RESNET_PART_TEST)
        return rn_fail(RESNET_E_FORMAT, "line %zu: %s has no label", line, path);
    resnet_status status;
    RN_TRY(rn_grow(&manifest->rows, &manifest->capacity, manifest->n + 1, sizeof row));
    RN_TRY(rn_strings_add(&manifest->paths, path, strlen(path)));
    RN_TRY(rn_strings_add(&manifest->labels, label, strlen(label)));
    manifest->rows[manifest->n++] = row;
    manifest->has_parts |= part != NULL;
done:
    return status;
}

void rn_manifest_clear(rn_manifest *manifest)
{
    rn_strings_clear(&manifest->paths);
    rn_strings_clear(&manifest->labels);
    rn_free(manifest->rows);
    *manifest = (rn_manifest){0};
}
