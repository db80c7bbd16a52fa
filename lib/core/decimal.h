/** Numbers as text that no locale changes. SPDX-License-Identifier: MIT */
#ifndef RN_CORE_DECIMAL_H
#define RN_CORE_DECIMAL_H

/** printf writes the decimal point of the host's locale, which may be a comma or of two bytes: in a
 *  number that it printed, one point comes in its place. */
void rn_decimal_set_point(char *number);

#endif
