/* A field that was not given holds a pattern that no option writes. SPDX-License-Identifier: MIT */
#include "augment_options.h"

#include "output.h"

#include <string.h>

const choice augment_crops[] = {{"recipe", RESNET_CROP_RECIPE},
                                {"random", RESNET_CROP_RANDOM},
                                {"resized", RESNET_CROP_RESIZED},
                                {NULL, 0}};
const choice augment_fills[] = {{"nearest", RESNET_FILL_NEAREST},
                                {"constant", RESNET_FILL_CONSTANT},
                                {"reflect", RESNET_FILL_REFLECT},
                                {"wrap", RESNET_FILL_WRAP},
                                {NULL, 0}};
const choice augment_policies[] = {{"none", RESNET_POLICY_NONE},
                                   {"randaugment", RESNET_POLICY_RANDAUGMENT},
                                   {"trivial", RESNET_POLICY_TRIVIAL_WIDE},
                                   {NULL, 0}};

#define NOT_GIVEN 0xFF         /* in every byte: -1 as an integer, not a number as a float */
#define START sizeof(uint64_t) /* of the fields, behind struct_size; all are of four bytes */

_Static_assert((sizeof(resnet_augment) - START) % 4 == 0, "fields of four bytes");

void init_augment_settings(augment_settings *settings)
{
    memset(settings, NOT_GIVEN, sizeof *settings);
}

static int is_given(const augment_settings *settings, size_t offset)
{
    static const unsigned char nothing[4] = {NOT_GIVEN, NOT_GIVEN, NOT_GIVEN, NOT_GIVEN};
    return memcmp((const char *)&settings->given + offset, nothing, 4) != 0;
}

int has_augment_options(const augment_settings *settings)
{
    for (size_t at = START; at < sizeof settings->given; at += 4)
        if (is_given(settings, at)) return 1;
    return 0;
}

/* A pair of which the command line gives one number only stands for both. */
static void complete(const float given[2], float out[2])
{
    if (given[0] == given[0] && given[1] != given[1]) out[1] = given[0];
}

int make_augment(const command *self, resnet_augment *out, const char *preset,
                 const augment_settings *settings)
{
    const resnet_augment *given = &settings->given;
    if (resnet_augment_init(out, sizeof *out, preset))
        return usage_error(self, "--augment: %s", resnet_last_error());
    for (size_t at = START; at < sizeof *out; at += 4)
        if (is_given(settings, at)) memcpy((char *)out + at, (const char *)given + at, 4);
    complete(given->zoom_range, out->zoom_range);
    complete(given->brightness_range, out->brightness_range);
    complete(given->resized_crop_scale, out->resized_crop_scale);
    complete(given->resized_crop_ratio, out->resized_crop_ratio);
    return 0;
}
