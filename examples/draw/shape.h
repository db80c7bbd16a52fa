/** The classes of the picture set: what lies inside a shape of radius 1 around the origin.
 *  SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_SHAPE_H
#define EXAMPLES_SHAPE_H

#define N_SHAPES 6

/** Name of a class; index below N_SHAPES. */
const char *shape_name(int shape);

/** Whether the point is inside the shape; y points down. */
int shape_covers(int shape, double x, double y);

#endif
