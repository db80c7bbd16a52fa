/* What a camera sees, as it happens: decoded_frames WEIGHTS WIDTH HEIGHT FRAMES-PER-SECOND reads raw
 * RGB frames from standard input, as `ffmpeg -i VIDEO -f rawvideo -pix_fmt rgb24 -` writes them,
 * and tells whenever the best class changes. Frame k is due k / fps seconds after the first; when the
 * network falls behind, frames that are late are skipped, so that what is told is never old. With 0
 * frames per second nothing is ever late. SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <resnet/resnet.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct stream {
    size_t width, height;
    double fps;
    double start; /* seconds, of the first frame */
    unsigned char *frame;
    unsigned long n_read, n_skipped;
} stream;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void sleep_until(double time)
{
    const double left = time - now();
    if (left <= 0) return;
    const struct timespec span = {(time_t)left, (long)(1e9 * (left - (double)(time_t)left))};
    nanosleep(&span, NULL);
}

/* The decoder: the next frame, when it is due. 0 at the end of the stream. */
static int read_frame(stream *s)
{
    const size_t size = s->width * s->height * 3;
    if (fread(s->frame, 1, size, stdin) != size) return 0;
    if (s->n_read == 0) s->start = now();
    if (s->fps > 0) sleep_until(s->start + (double)s->n_read / s->fps);
    s->n_read++;
    return 1;
}

/* Whether the next frame is due already, so that this one would be told too late. */
static int is_late(const stream *s)
{
    return s->fps > 0 && now() > s->start + (double)s->n_read / s->fps;
}

static resnet_status watch(stream *s, resnet_session *session)
{
    int32_t shown = -1;
    while (read_frame(s)) {
        resnet_prediction best;
        if (is_late(s)) {
            s->n_skipped++;
            continue;
        }
        const resnet_status status = resnet_session_classify_frames(
            &best, sizeof best, session, s->frame, 1, s->width, s->height, 0, RESNET_PIXELS_RGB, 1);
        if (status != RESNET_OK) return status;
        if (best.label != shown)
            printf("frame %lu: %s %.0f %%\n", s->n_read, best.name, 100 * best.probability);
        fflush(stdout);
        shown = best.label;
    }
    return RESNET_OK;
}

/* One image a batch: a plan for it is made before the first frame comes. */
static resnet_status prepare(resnet_session *session, const resnet_model *model)
{
    resnet_recipe recipe;
    resnet_status status = resnet_recipe_init(&recipe, sizeof recipe, NULL);
    if (status == RESNET_OK) status = resnet_model_copy_recipe(&recipe, sizeof recipe, model);
    if (status == RESNET_OK)
        status = resnet_session_prepare(session, 1, recipe.crop_height, recipe.crop_width);
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return fprintf(stderr, "usage: decoded_frames WEIGHTS WIDTH HEIGHT FPS <FRAMES\n"), 2;
    resnet_model *model = NULL;
    resnet_session *session = NULL;
    stream s = {.width = strtoul(argv[2], NULL, 10),
                .height = strtoul(argv[3], NULL, 10),
                .fps = strtod(argv[4], NULL)};
    s.frame = s.width <= 16384 && s.height <= 16384 ? calloc(s.width * s.height, 3) : NULL;
    const int failed = !s.frame || resnet_model_load(&model, argv[1], NULL) ||
                       resnet_session_create(&session, model, NULL) || prepare(session, model) ||
                       watch(&s, session);
    if (failed)
        fprintf(stderr, "decoded_frames: %s\n", s.frame ? resnet_last_error() : "no such size");
    else
        printf("%lu frames, %lu of them skipped\n", s.n_read, s.n_skipped);
    resnet_session_free(session);
    resnet_model_free(model);
    free(s.frame);
    return failed;
}
