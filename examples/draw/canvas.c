/* SPDX-License-Identifier: MIT */
#include "canvas.h"

#include "shape.h"

#include <math.h>

#define N_SUBSAMPLES 3 /* points per pixel and axis, for smooth edges */
#define MAX_TILT 0.35  /* rad */

typedef struct colour {
    double rgb[3];
} colour;

/* What a point is tested for: one thing that is painted. */
typedef struct figure {
    double x, y; /* centre, px */
    double cosine, sine;
    double across, along; /* half its size along its own axes, px */
    int shape;            /* or one of the clutter below */
} figure;
enum { CLUTTER_STROKE = -1, CLUTTER_SPOT = -2 };

static colour random_colour(dice *random, double low, double high)
{
    return (colour){{roll(random, low, high), roll(random, low, high), roll(random, low, high)}};
}

static colour between(colour from, colour to, double share)
{
    for (int c = 0; c < 3; c++) from.rgb[c] += share * (to.rgb[c] - from.rgb[c]);
    return from;
}

static uint8_t to_byte(double value)
{
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value + 0.5);
}

static void blend(uint8_t *pixel, colour paint_colour, double share)
{
    for (int c = 0; c < 3; c++)
        pixel[c] = to_byte(pixel[c] + share * (paint_colour.rgb[c] - pixel[c]));
}

/* From one colour to another along a random direction. */
static void paint_ground(canvas *self, colour from, colour to, double angle)
{
    for (int y = 0; y < self->height; y++) {
        for (int x = 0; x < self->width; x++) {
            const double u = (double)x / self->width - 0.5, v = (double)y / self->height - 0.5;
            const double share = 0.5 + 0.7 * (u * cos(angle) + v * sin(angle));
            const colour here = between(from, to, share);
            blend(self->pixels + 3 * (y * self->width + x), here, 1);
        }
    }
}

static int covers(const figure *self, double x, double y)
{
    const double dx = x - self->x, dy = y - self->y;
    const double u = (dx * self->cosine + dy * self->sine) / self->across;
    const double v = (dy * self->cosine - dx * self->sine) / self->along;
    if (self->shape == CLUTTER_STROKE) return fabs(u) < 1 && fabs(v) < 1;
    if (self->shape == CLUTTER_SPOT) return u * u + v * v < 1;
    return shape_covers(self->shape, u, v);
}

static double coverage(const figure *self, int x, int y)
{
    int n = 0;
    for (int i = 0; i < N_SUBSAMPLES * N_SUBSAMPLES; i++)
        n += covers(self, x + (i % N_SUBSAMPLES + 0.5) / N_SUBSAMPLES,
                    y + (i / N_SUBSAMPLES + 0.5) / N_SUBSAMPLES);
    return (double)n / (N_SUBSAMPLES * N_SUBSAMPLES);
}

static int clamp(double value, int low, int high)
{
    return value < low ? low : value > high ? high : (int)value;
}

static void paint_figure(canvas *self, const figure *what, colour paint_colour)
{
    const double reach = hypot(what->across, what->along) + 1;
    const int bottom = clamp(what->y + reach + 1, 0, self->height);
    const int right = clamp(what->x + reach + 1, 0, self->width);
    for (int y = clamp(what->y - reach, 0, self->height); y < bottom; y++)
        for (int x = clamp(what->x - reach, 0, self->width); x < right; x++)
            blend(self->pixels + 3 * (y * self->width + x), paint_colour, coverage(what, x, y));
}

static void turn(figure *self, double angle)
{
    self->cosine = cos(angle);
    self->sine = sin(angle);
}

/* `least` pieces and up to four more. */
static void paint_clutter(canvas *self, dice *random, int least)
{
    const double side = fmin(self->width, self->height);
    for (int i = least + roll_below(random, 5); i > 0; i--) {
        figure piece = {.x = roll(random, 0, self->width), .y = roll(random, 0, self->height)};
        piece.shape = roll_below(random, 2) ? CLUTTER_STROKE : CLUTTER_SPOT;
        piece.across = roll(random, 0.01, 0.04) * side;
        piece.along = piece.shape == CLUTTER_STROKE ? roll(random, 0.05, 0.3) * side
                                                    : roll(random, 0.02, 0.05) * side;
        turn(&piece, roll(random, 0, 6.3));
        paint_figure(self, &piece, random_colour(random, 0, 256));
    }
}

static figure random_shape(const canvas *self, int shape, dice *random)
{
    const double side = fmin(self->width, self->height);
    const double radius = roll(random, 0.26, 0.4) * side;
    const double stretch = roll(random, 0.85, 1.18);
    figure what = {.x = self->width / 2.0 + roll(random, -0.08, 0.08) * side,
                   .y = self->height / 2.0 + roll(random, -0.08, 0.08) * side,
                   .across = radius * stretch,
                   .along = radius / stretch,
                   .shape = shape};
    turn(&what, roll(random, -MAX_TILT, MAX_TILT));
    return what;
}

/* The sum of three even rolls is close enough to a normal one. */
static void add_noise(canvas *self, dice *random, double strength)
{
    for (int i = 0; i < 3 * self->width * self->height; i++) {
        const double noise = roll(random, -1, 1) + roll(random, -1, 1) + roll(random, -1, 1);
        self->pixels[i] = to_byte(self->pixels[i] + strength * noise);
    }
}

void paint(canvas *self, int shape, dice *random)
{
    const colour from = random_colour(random, 0, 140), to = random_colour(random, 0, 140);
    const figure what = random_shape(self, shape, random);
    paint_ground(self, from, to, roll(random, 0, 6.3));
    paint_clutter(self, random, 5);
    paint_figure(self, &what, random_colour(random, 160, 256));
    paint_clutter(self, random, 0);
    add_noise(self, random, roll(random, 2, 12));
}
