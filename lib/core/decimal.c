/* SPDX-License-Identifier: MIT */
#include "core/decimal.h"

#include <stdbool.h>
#include <string.h>

/* Digits, signs, the padding, "e", "nan" and "inf". */
static bool is_of_number(char c)
{
    return c != '\0' && strchr("0123456789+- aefin", c);
}

void rn_decimal_set_point(char *number)
{
    char *end = number;
    for (const char *at = number; *at; at++) {
        if (is_of_number(*at))
            *end++ = *at;
        else if (end == number || end[-1] != '.')
            *end++ = '.';
    }
    *end = '\0';
}
