/* SPDX-License-Identifier: MIT */
#include "requirement.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Where the last relation of the text starts; NULL if there is none. */
static const char *find_relation(const char *text)
{
    const char *last = strrchr(text, '>');
    const char *less = strrchr(text, '<');
    return !last || (less && less > last) ? less : last;
}

int parse_requirement(requirement *out, const char *text)
{
    const char *relation = find_relation(text);
    if (!relation || relation == text) return -1;
    const size_t relation_size = relation[1] == '=' ? 2 : 1;
    size_t figure_size = (size_t)(relation - text);
    while (figure_size && text[figure_size - 1] == ' ') figure_size--;
    if (!figure_size || figure_size >= sizeof out->figure) return -1;
    *out = (requirement){0};
    memcpy(out->figure, text, figure_size);
    memcpy(out->relation, relation, relation_size);
    char *end = NULL;
    out->bound = strtod(relation + relation_size, &end);
    return end == relation + relation_size || *end || isnan(out->bound) ? -1 : 0;
}

int requirement_holds(const requirement *self, double value)
{
    if (strcmp(self->relation, ">") == 0) return value > self->bound;
    if (strcmp(self->relation, ">=") == 0) return value >= self->bound;
    if (strcmp(self->relation, "<") == 0) return value < self->bound;
    return value <= self->bound;
}
