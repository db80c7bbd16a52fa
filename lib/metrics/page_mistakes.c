/* SPDX-License-Identifier: MIT */
#include "metrics/page.h"

#include <inttypes.h>

static void add_picture(rn_text *text, const rn_exhibit *picture)
{
    rn_text_format(text, "<img alt=\"\" src=\"data:%s;base64,", picture->media);
    rn_text_add_base64(text, picture->bytes, picture->bytes_size);
    rn_text_add(text, "\">");
}

static void add_probability(rn_text *text, const resnet_metrics *metrics, uint32_t index,
                            double probability, const char *class_name)
{
    rn_text_format(text, "<b class=\"%s\">", class_name);
    rn_text_add_html(text, metrics->class_names[index]);
    rn_text_add(text, "</b> ");
    rn_text_add_fixed(text, 100 * probability, 0, 1);
    rn_text_add(text, " %");
}

static void add_card(rn_text *text, const resnet_report *report, const rn_mistake *mistake)
{
    const rn_exhibit *picture = rn_report_find_picture(report, mistake->id);
    rn_text_add(text, "<figure class=\"card\">");
    if (picture && picture->media) add_picture(text, picture);
    rn_text_add(text, "<figcaption>");
    add_probability(text, report->metrics, mistake->predicted, mistake->predicted_probability,
                    "wrong");
    rn_text_add(text, "<br>");
    add_probability(text, report->metrics, mistake->label, mistake->label_probability, "right");
    rn_text_add(text, "<small>");
    if (picture && picture->caption)
        rn_text_add_html(text, picture->caption);
    else
        rn_text_format(text, "sample %" PRIu64, mistake->id);
    rn_text_add(text, "</small></figcaption></figure>\n");
}

void rn_page_add_mistakes(rn_text *text, const resnet_report *report)
{
    const rn_mistakes *mistakes = &report->metrics->mistakes;
    if (mistakes->count == 0) return;
    rn_text_add(text,
                "<section><h2>Worst mistakes</h2><p class=\"soft\">Those that gave their label "
                "the least probability: what the image was taken for in <span "
                "class=\"wrong\">red</span>, its label in <span class=\"right\">green</span>."
                "</p><div class=\"cards\">\n");
    for (size_t i = 0; i < mistakes->count; i++) add_card(text, report, &mistakes->items[i]);
    rn_text_add(text, "</div></section>\n");
}
