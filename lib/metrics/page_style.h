/** The look of the HTML report. SPDX-License-Identifier: MIT */
#ifndef RN_METRICS_PAGE_STYLE_H
#define RN_METRICS_PAGE_STYLE_H

/** The contents of its style element. */
extern const char rn_page_style[];

#endif
