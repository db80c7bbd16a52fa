/** One picture of the set: a shape somewhere on a busy ground. SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_CANVAS_H
#define EXAMPLES_CANVAS_H

#include "dice.h"

#include <stdint.h>

typedef struct canvas {
    int width, height;
    uint8_t *pixels; /* [height][width][3], RGB */
} canvas;

/** Paints a dark ground that changes in colour, clutter (strokes and spots smaller than any shape),
 *  one bright `shape` of random place, size, tilt and colour, and noise over all. */
void paint(canvas *self, int shape, dice *random);

#endif
