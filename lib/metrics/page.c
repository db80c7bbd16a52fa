/* SPDX-License-Identifier: MIT */
#include "metrics/page.h"

#include <math.h>

void rn_page_add_ratio(rn_text *text, const resnet_report *report, double value)
{
    if (isfinite(value))
        rn_text_add_fixed(text, value, 0, rn_page_get_digits(report));
    else
        rn_text_add(text, "–");
}
