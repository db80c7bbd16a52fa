/* SPDX-License-Identifier: MIT */
#include "core/cancel.h"

#include "core/mem.h"

_Static_assert(ATOMIC_BOOL_LOCK_FREE == 2, "signal handlers may cancel");

resnet_status resnet_cancel_token_create(resnet_cancel_token **out)
{
    if (!out) return rn_fail(RESNET_E_INVALID, "resnet_cancel_token_create: out is NULL");
    resnet_cancel_token *token = rn_calloc(1, sizeof *token);
    if (!token) return RESNET_E_NOMEM;
    *out = token;
    return RESNET_OK;
}

void resnet_cancel_token_free(resnet_cancel_token *token)
{
    rn_free(token);
}

void resnet_cancel_token_cancel(resnet_cancel_token *token)
{
    if (token) atomic_store(&token->is_cancelled, true);
}

void resnet_cancel_token_reset(resnet_cancel_token *token)
{
    if (token) atomic_store(&token->is_cancelled, false);
}

int32_t resnet_cancel_token_is_cancelled(const resnet_cancel_token *token)
{
    return token && atomic_load(&token->is_cancelled);
}

resnet_status rn_cancel_check(const resnet_cancel_token *token, const char *what)
{
    if (!resnet_cancel_token_is_cancelled(token)) return RESNET_OK;
    return rn_fail(RESNET_E_CANCELLED, "%s was cancelled", what);
}
