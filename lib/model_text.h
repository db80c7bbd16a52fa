/** Texts that a model owns. SPDX-License-Identifier: MIT */
#ifndef RN_MODEL_TEXT_H
#define RN_MODEL_TEXT_H

#include "core/error.h"

#include <stddef.h>

/** What cannot be saved is refused when it is set: INVALID, naming `what`. NULL is fine. */
resnet_status rn_model_check_utf8(const char *what, const char *text);
/** Replaces *text by a copy of `value`; NULL is "". NOMEM. */
resnet_status rn_model_set_text(char **text, const char *value);
void rn_model_free_names(char **names, size_t n_names);
resnet_status rn_model_copy_names(char ***out, const char *const *names, size_t n_names);

#endif
