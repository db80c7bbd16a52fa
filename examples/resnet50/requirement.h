/** "macro_f1>=0.9": a figure and the bound it must keep. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_REQUIREMENT_H
#define EXAMPLES_REQUIREMENT_H

typedef struct requirement {
    char figure[256];
    char relation[3]; /* ">", ">=", "<" or "<=" */
    double bound;
} requirement;

/** 0, or -1 if the text is none. Class names may hold any characters but the relation is the last
 *  one in the text. */
int parse_requirement(requirement *out, const char *text);

/** Whether `value` keeps the bound; NaN keeps none. */
int requirement_holds(const requirement *self, double value);

#endif
