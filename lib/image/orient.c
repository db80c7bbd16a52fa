/* The eight orientations are the eight symmetries of a rectangle: an optional exchange of x and y,
 * then an optional mirror along each axis. SPDX-License-Identifier: MIT */
#include "image/orient.h"

#include "core/mem.h"

#include <assert.h>
#include <string.h>

struct symmetry {
    int swap, mirror_x, mirror_y; /* of the source coordinates */
};

static const struct symmetry symmetries[9] = {
    [1] = {0, 0, 0}, [2] = {0, 1, 0}, [3] = {0, 1, 1}, [4] = {0, 0, 1},
    [5] = {1, 0, 0}, [6] = {1, 0, 1}, [7] = {1, 1, 1}, [8] = {1, 1, 0},
};

/* The step in bytes from one source pixel to the next as the output's x (or y) grows by one, and
 * the source pixel of output (0, 0). */
struct walk {
    const uint8_t *start;
    ptrdiff_t step_x, step_y;
};

static struct walk plan_walk(const resnet_image *image, struct symmetry s)
{
    const ptrdiff_t row = (ptrdiff_t)(image->width * 3);
    const uint8_t *start = image->pixels;
    if (s.mirror_x) start += row - 3;
    if (s.mirror_y) start += row * (ptrdiff_t)(image->height - 1);
    const ptrdiff_t along_x = s.mirror_x ? -3 : 3, along_y = s.mirror_y ? -row : row;
    return s.swap ? (struct walk){start, along_y, along_x} : (struct walk){start, along_x, along_y};
}

resnet_status rn_image_orient(resnet_image **image, int orientation)
{
    assert(orientation >= 1 && orientation <= 8);
    if (orientation == 1) return RESNET_OK;
    const resnet_image *from = *image;
    const struct symmetry s = symmetries[orientation];
    const struct walk walk = plan_walk(from, s);
    resnet_image *turned = NULL;
    const resnet_status status = rn_image_create(&turned, s.swap ? from->height : from->width,
                                                 s.swap ? from->width : from->height);
    if (status != RESNET_OK) return status;
    uint8_t *out = turned->pixels;
    for (size_t y = 0; y < turned->height; y++) {
        const uint8_t *in = walk.start + (ptrdiff_t)y * walk.step_y;
        for (size_t x = 0; x < turned->width; x++, in += walk.step_x, out += 3) memcpy(out, in, 3);
    }
    resnet_image_free(*image);
    *image = turned;
    return RESNET_OK;
}

static void swap_bytes(uint8_t *a, uint8_t *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

void rn_image_flip_horizontal(resnet_image *image)
{
    for (size_t y = 0; y < image->height; y++) {
        uint8_t *row = image->pixels + y * image->width * 3;
        for (size_t x = 0; x < image->width / 2; x++)
            swap_bytes(row + x * 3, row + (image->width - 1 - x) * 3, 3);
    }
}

void rn_image_flip_vertical(resnet_image *image)
{
    const size_t row = image->width * 3;
    for (size_t y = 0; y < image->height / 2; y++)
        swap_bytes(image->pixels + y * row, image->pixels + (image->height - 1 - y) * row, row);
}
