/** "macro_f1>=0.9": a figure and the bound it must keep. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_REQUIREMENT_H
#define EXAMPLES_REQUIREMENT_H

#include "arguments.h"

#include <jansson.h>
#include <resnet/metrics.h>

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

/** Whether each text is a requirement, of a figure that there is. Those that speak of a class can
 *  only be looked at once the classes are known: `metrics` NULL leaves them out. Returns an exit
 *  status and has said what is wrong. */
int check_requirements(const command *self, const text_list *texts, const resnet_metrics *metrics);

/** Says which do not hold; returns 0 or EXIT_REQUIREMENT. */
#define EXIT_REQUIREMENT 3
int meet_requirements(const text_list *texts, const resnet_metrics *metrics);

/** [{requirement, figure, relation, bound, value, holds}]. */
json_t *describe_requirements(const text_list *texts, const resnet_metrics *metrics);

#endif
