/** The evaluation as a file: .html with charts and the worst mistakes, .json or .txt.
 *  SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_SAVE_REPORT_H
#define EXAMPLES_SAVE_REPORT_H

#include <jansson.h>
#include <resnet/dataset.h>
#include <resnet/metrics.h>

/** Whether the end of the name tells what is to be written. */
int is_report_name(const char *path);

/** Saves it; returns an exit status and has said what is wrong. `epochs` is what progress.h
 *  collected, NULL for none; mistakes are shown from `dataset`. */
int save_report(const resnet_metrics *metrics, const resnet_dataset *dataset, const json_t *epochs,
                const char *path);

#endif
