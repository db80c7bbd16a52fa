/* SPDX-License-Identifier: MIT */
#include "model_text.h"

#include "core/mem.h"
#include "core/utf8.h"

/* What cannot be saved is refused when it is set. */
resnet_status rn_model_check_utf8(const char *what, const char *text)
{
    if (!text || rn_utf8_is_valid(text)) return RESNET_OK;
    return rn_fail(RESNET_E_INVALID, "%s: not UTF-8 text", what);
}

resnet_status rn_model_set_text(char **text, const char *value)
{
    char *copy = rn_strdup(value ? value : "");
    if (!copy) return RESNET_E_NOMEM;
    rn_free(*text);
    *text = copy;
    return RESNET_OK;
}

void rn_model_free_names(char **names, size_t n_names)
{
    if (!names) return;
    for (size_t i = 0; i < n_names; i++) rn_free(names[i]);
    rn_free(names);
}

resnet_status rn_model_copy_names(char ***out, const char *const *names, size_t n_names)
{
    char **copy = rn_calloc(n_names, sizeof *copy);
    if (!copy) return RESNET_E_NOMEM;
    for (size_t i = 0; i < n_names; i++) {
        copy[i] = rn_strdup(names[i] ? names[i] : "");
        if (copy[i]) continue;
        rn_model_free_names(copy, n_names);
        return RESNET_E_NOMEM;
    }
    *out = copy;
    return RESNET_OK;
}
