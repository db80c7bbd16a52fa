/** The forms that a manifest may have, from text to rows. SPDX-License-Identifier: MIT */
#ifndef RN_DATA_MANIFEST_FORMS_H
#define RN_DATA_MANIFEST_FORMS_H

#include "data/manifest_rows.h"

/** manifest_csv.c and manifest_jsonl.c: messages start with the line. */
resnet_status rn_manifest_read_csv(rn_manifest *out, const char *text, size_t size);
resnet_status rn_manifest_read_jsonl(rn_manifest *out, const char *text, size_t size);

#endif
