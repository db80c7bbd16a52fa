/* SPDX-License-Identifier: MIT */
#include "metrics/areas.h"

#include "core/mem.h"
#include "metrics/figure.h"
#include "metrics/ranking.h"

typedef struct rn_mean_pair {
    rn_area_mean auc, ap;
} rn_mean_pair;

static void add_pair(rn_mean_pair *mean, rn_area auc, rn_area ap, int64_t which, int32_t absent)
{
    rn_area_mean_add(&mean->auc, auc, which, absent);
    rn_area_mean_add(&mean->ap, ap, which, absent);
}

static rn_class_areas get_pair(const rn_mean_pair *mean)
{
    return (rn_class_areas){rn_area_mean_get(&mean->auc), rn_area_mean_get(&mean->ap)};
}

static resnet_status measure(rn_area *auc, rn_area *ap, const rn_kept *kept, int64_t which)
{
    rn_ranking ranking;
    const resnet_status status = rn_ranking_open(&ranking, kept, which);
    if (status != RESNET_OK) return status;
    *auc = rn_ranking_get_auc(&ranking, NULL);
    *ap = rn_ranking_get_ap(&ranking, NULL);
    rn_ranking_close(&ranking);
    return RESNET_OK;
}

static resnet_status fill(rn_areas *areas, const resnet_metrics *metrics)
{
    const int32_t absent = metrics->options.absent;
    rn_mean_pair macro = {0}, weighted = {0};
    rn_area auc, ap;
    resnet_status status;
    for (size_t c = 0; c < metrics->n_classes; c++) {
        RN_TRY(measure(&auc, &ap, &metrics->kept, (int64_t)c));
        areas->classes[c] = (rn_class_areas){auc.value, ap.value};
        add_pair(&macro, auc, ap, RESNET_MACRO, absent);
        add_pair(&weighted, auc, ap, RESNET_WEIGHTED, absent);
    }
    areas->macro = get_pair(&macro);
    areas->weighted = get_pair(&weighted);
    RN_TRY(measure(&auc, &ap, &metrics->kept, RESNET_MICRO));
    areas->micro = (rn_class_areas){auc.value, ap.value};
done:
    return status;
}

resnet_status rn_areas_open(rn_areas *out, const resnet_metrics *metrics)
{
    rn_areas areas = {0};
    resnet_status status = RESNET_OK;
    if (metrics->kept.complete && metrics->tally.count > 0) {
        areas.known = true;
        areas.classes = rn_alloc(metrics->n_classes, sizeof *areas.classes);
        if (!areas.classes) return RESNET_E_NOMEM;
        status = fill(&areas, metrics);
    }
    if (status == RESNET_OK)
        *out = areas;
    else
        rn_areas_close(&areas);
    return status;
}

void rn_areas_close(rn_areas *areas)
{
    rn_free(areas->classes);
    *areas = (rn_areas){0};
}
