/** JSON by jansson, whose use of memory is paid for beforehand, whose numbers are those of the C
 *  locale whatever the host's is, and whose out-of-memory is told apart from bad text.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_CORE_JSON_TEXT_H
#define RN_CORE_JSON_TEXT_H

#include "core/budget.h"

#include <jansson.h>
#include <stddef.h>

/** Digits that bring every float, or every double, back. */
#define RN_JSON_FLOAT_DIGITS 9
#define RN_JSON_DOUBLE_DIGITS 17

/** Parses `length` bytes that hold one value of any kind, for json_decref(). No key may come twice
 *  in an object. `what` names the text in messages. FORMAT with line and column, UNSUPPORTED beyond
 *  the budget (NULL: the text is the host's own, so there is none), NOMEM. */
resnet_status rn_json_load(json_t **out, const char *text, size_t length, rn_budget *budget,
                           const char *what);

/** The compact text of any value, for rn_free(). NOMEM, also for NULL: a value that jansson could
 *  not build. */
resnet_status rn_json_dump(char **out, const json_t *json, int digits, const char *what);

#endif
