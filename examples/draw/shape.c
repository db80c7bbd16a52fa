/* SPDX-License-Identifier: MIT */
#include "shape.h"

#include <math.h>

static int circle(double x, double y)
{
    return x * x + y * y < 0.9 * 0.9;
}

static int cross(double x, double y)
{
    const double across = fmin(fabs(x), fabs(y)), along = fmax(fabs(x), fabs(y));
    return across < 0.28 && along < 1;
}

static int ring(double x, double y)
{
    const double square = x * x + y * y;
    return square < 1 && square > 0.6 * 0.6;
}

static int square(double x, double y)
{
    return fmax(fabs(x), fabs(y)) < 0.8;
}

/* Within one sector of a star with n points, or of a polygon when inner is the polygon's own
 * apothem: left of the line from the outer corner to the inner one. */
static int star_of(int n, double inner, double x, double y)
{
    const double sector = 2 * acos(-1.0) / n;
    double angle = fmod(fabs(atan2(x, -y)), sector);
    if (angle > sector / 2) angle = sector - angle;
    const double radius = hypot(x, y);
    const double px = radius * sin(angle), py = radius * cos(angle);
    const double cx = inner * sin(sector / 2), cy = inner * cos(sector / 2);
    return px * (1 - cy) + cx * (py - 1) < 0;
}

static int star(double x, double y)
{
    return star_of(5, 0.4, x, y);
}

static int triangle(double x, double y)
{
    return star_of(3, 0.5, x, y);
}

static const struct {
    const char *name;
    int (*covers)(double x, double y);
} shapes[N_SHAPES] = {{"circle", circle}, {"cross", cross}, {"ring", ring},
                      {"square", square}, {"star", star},   {"triangle", triangle}};

const char *shape_name(int shape)
{
    return shapes[shape].name;
}

int shape_covers(int shape, double x, double y)
{
    return shapes[shape].covers(x, y);
}
