/* One JSON object a line. SPDX-License-Identifier: MIT */
#include "core/json_text.h"
#include "data/manifest_forms.h"

#include <stdio.h>
#include <string.h>

static const json_t *find_member(const json_t *object, const char *const *names)
{
    for (; *names; names++) {
        const json_t *member = json_object_get(object, *names);
        if (member) return member;
    }
    return NULL;
}

/* A label as text, whether written as a name, a whole number or null. */
static resnet_status get_label(const char **out, char number[32], const json_t *label, size_t line)
{
    if (!label) return rn_fail(RESNET_E_FORMAT, "line %zu: no label", line);
    if (json_is_string(label)) {
        *out = json_string_value(label);
    } else if (json_is_integer(label)) {
        snprintf(number, 32, "%lld", (long long)json_integer_value(label));
        *out = number;
    } else if (json_is_null(label)) {
        *out = "";
    } else {
        return rn_fail(RESNET_E_FORMAT, "line %zu: a label that is no name and no whole number",
                       line);
    }
    return RESNET_OK;
}

static resnet_status add_object(rn_manifest *out, const json_t *object, size_t line)
{
    char number[32];
    const char *label = NULL;
    if (!json_is_object(object)) return rn_fail(RESNET_E_FORMAT, "line %zu: no JSON object", line);
    const char *path = json_string_value(find_member(object, RN_MANIFEST_PATH_NAMES));
    const json_t *part = find_member(object, RN_MANIFEST_PART_NAMES);
    if (!path) return rn_fail(RESNET_E_FORMAT, "line %zu: no path", line);
    if (part && !json_is_string(part))
        return rn_fail(RESNET_E_FORMAT, "line %zu: a part that is no text", line);
    const resnet_status status =
        get_label(&label, number, find_member(object, RN_MANIFEST_LABEL_NAMES), line);
    if (status != RESNET_OK) return status;
    return rn_manifest_add(out, line, path, label, json_string_value(part));
}

static bool is_blank(const char *text, size_t length)
{
    while (length > 0 && strchr(" \t\r", text[length - 1]) && text[length - 1]) length--;
    return length == 0;
}

static resnet_status add_line(rn_manifest *out, const char *text, size_t length, size_t line)
{
    if (is_blank(text, length)) return RESNET_OK;
    char what[32];
    json_t *object = NULL;
    snprintf(what, sizeof what, "line %zu", line);
    resnet_status status = rn_json_load(&object, text, length, NULL, what);
    if (status != RESNET_OK) return status;
    status = add_object(out, object, line);
    json_decref(object);
    return status;
}

resnet_status rn_manifest_read_jsonl(rn_manifest *out, const char *text, size_t size)
{
    const char *const end = text + size;
    for (size_t line = 1; text < end; line++) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        if (!stop) stop = end;
        const resnet_status status = add_line(out, text, (size_t)(stop - text), line);
        if (status != RESNET_OK) return status;
        text = stop + 1;
    }
    return RESNET_OK;
}
