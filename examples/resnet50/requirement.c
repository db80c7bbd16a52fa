/* SPDX-License-Identifier: MIT */
#include "requirement.h"

#include "evaluation.h"
#include "output.h"

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

/* --- lists of them --- */

/* Whether the figure exists, in metrics of two nameless classes where none are given. */
static int is_known(const char *name, const resnet_metrics *metrics)
{
    double value = 0;
    resnet_metrics *own = NULL;
    if (!metrics && strchr(name, '[')) return 1;
    if (!metrics && resnet_metrics_create(&own, 2, NULL, NULL) == RESNET_OK) metrics = own;
    const resnet_status status = resnet_metrics_get(&value, metrics, name);
    resnet_metrics_free(own);
    return status != RESNET_E_INVALID;
}

int check_requirements(const command *self, const text_list *texts, const resnet_metrics *metrics)
{
    for (size_t i = 0; i < texts->n; i++) {
        requirement wanted;
        if (parse_requirement(&wanted, texts->texts[i]))
            return usage_error(self, "--require %s: FIGURE>=NUMBER is wanted", texts->texts[i]);
        if (!is_known(wanted.figure, metrics))
            return usage_error(self, "--require %s: %s", texts->texts[i], resnet_last_error());
    }
    return 0;
}

int meet_requirements(const text_list *texts, const resnet_metrics *metrics)
{
    int status = 0;
    for (size_t i = 0; i < texts->n; i++) {
        requirement wanted;
        parse_requirement(&wanted, texts->texts[i]);
        const double value = figure(metrics, wanted.figure);
        if (requirement_holds(&wanted, value)) continue;
        say_error("%s does not hold: %s is %.6g", texts->texts[i], wanted.figure, value);
        status = EXIT_REQUIREMENT;
    }
    return status;
}

json_t *describe_requirements(const text_list *texts, const resnet_metrics *metrics)
{
    json_t *list = json_array();
    for (size_t i = 0; i < texts->n; i++) {
        requirement wanted;
        json_t *one = json_object();
        parse_requirement(&wanted, texts->texts[i]);
        const double value = figure(metrics, wanted.figure);
        json_put(one, "requirement", json_text(texts->texts[i]));
        json_put(one, "figure", json_text(wanted.figure));
        json_put(one, "relation", json_text(wanted.relation));
        json_put(one, "bound", json_figure(wanted.bound));
        json_put(one, "value", json_figure(value));
        json_put(one, "holds", json_boolean(requirement_holds(&wanted, value)));
        json_push(list, one);
    }
    return list;
}
