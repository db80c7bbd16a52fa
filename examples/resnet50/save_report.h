/** The evaluation as a file: .html with charts and the worst mistakes, .json or .txt.
 *  SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_SAVE_REPORT_H
#define EXAMPLES_SAVE_REPORT_H

#include <jansson.h>
#include <resnet/dataset.h>
#include <resnet/metrics.h>
#include <resnet/model.h>

/** Whether the end of the name tells what is to be written. */
int is_report_name(const char *path);

/** What the figures are of, which the report tells. */
typedef struct report_subject {
    const resnet_model *model;
    const char *model_path;
    const char *data;              /* what was measured on, in a line */
    const resnet_dataset *dataset; /* mistakes are shown from it */
    const json_t *epochs;          /* what progress.h collected; NULL for none */
} report_subject;

/** Saves it; returns an exit status and has said what is wrong. */
int save_report(const resnet_metrics *metrics, const report_subject *subject, const char *path);

#endif
