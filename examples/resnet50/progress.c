/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include "output.h"
#include "stopwatch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SECONDS_BETWEEN_LINES 0.1
#define LINE_SIZE 256
#define LEAST_SECONDS 0.1

void progress_begin(progress_teller *self)
{
    *self = (progress_teller){.is_terminal = isatty(STDERR_FILENO),
                              .last_line = -INFINITY,
                              .last_epoch = stopwatch_seconds(),
                              .epochs = json_array()};
}

static void format_duration(char *text, size_t size, double seconds)
{
    const unsigned long s = isfinite(seconds) && seconds > 0 ? (unsigned long)(seconds + 0.5) : 0;
    if (s >= 3600)
        snprintf(text, size, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(text, size, "%lu:%02lu", s / 60, s % 60);
}

/* Of an epoch that took no time to speak of, as over kept features, a rate would tell nothing. */
static void format_rate(char *text, size_t size, const progress_teller *self,
                        const resnet_progress *now)
{
    if (now->epoch_done && stopwatch_seconds() - self->last_epoch < LEAST_SECONDS)
        *text = 0;
    else
        snprintf(text, size, now->images_per_second < 1000 ? "  %.1f images/s" : "  %.0f images/s",
                 now->images_per_second);
}

static void format_line(char *line, const progress_teller *self, const resnet_progress *now)
{
    char left[32], rate[48];
    format_duration(left, sizeof left, now->seconds_left);
    format_rate(rate, sizeof rate, self, now);
    int n =
        snprintf(line, LINE_SIZE, "epoch %llu/%llu  step %llu/%llu  loss %.4f  accuracy %.1f %%",
                 (unsigned long long)now->epoch, (unsigned long long)now->n_epochs,
                 (unsigned long long)now->step, (unsigned long long)now->n_steps, now->loss,
                 100 * now->accuracy);
    if (now->epoch_done && isfinite(now->val_loss))
        n += snprintf(line + n, LINE_SIZE - (size_t)n, "  held out: loss %.4f accuracy %.1f %%",
                      now->val_loss, 100 * now->val_accuracy);
    snprintf(line + n, LINE_SIZE - (size_t)n, "%s  %s left", rate, left);
}

/* A line longer than the terminal is wide would not be overwritten by the next one. */
static void cut_to_terminal(char *line)
{
    struct winsize terminal;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &terminal) || terminal.ws_col < 2) return;
    if (strlen(line) >= terminal.ws_col) line[terminal.ws_col - 1] = 0;
}

static void add_epoch(json_t *epochs, const resnet_progress *now)
{
    json_t *epoch = json_object();
    json_put(epoch, "epoch", json_integer((json_int_t)now->epoch));
    json_put(epoch, "loss", json_figure(now->loss));
    json_put(epoch, "accuracy", json_figure(now->accuracy));
    json_put(epoch, "val_loss", json_figure(now->val_loss));
    json_put(epoch, "val_accuracy", json_figure(now->val_accuracy));
    json_put(epoch, "val_macro_f1", json_figure(now->val_macro_f1));
    json_put(epoch, "learning_rate", json_figure(now->learning_rate));
    json_put(epoch, "images_per_second", json_figure(now->images_per_second));
    json_push(epochs, epoch);
}

int32_t progress_tell(void *user_data, const resnet_progress *now)
{
    progress_teller *self = user_data;
    char line[LINE_SIZE];
    const double seconds = stopwatch_seconds();
    const int is_due = self->is_terminal && seconds - self->last_line >= SECONDS_BETWEEN_LINES;
    if (now->epoch_done)
        add_epoch(self->epochs, now);
    else
        self->n_steps++;
    if (!now->epoch_done && !is_due) return 0;
    format_line(line, self, now);
    if (!now->epoch_done) cut_to_terminal(line);
    /* ESC [ K clears what a longer line left behind */
    fprintf(stderr, "%s%s%s", self->is_terminal ? "\r\033[K" : "", line,
            now->epoch_done ? "\n" : "");
    fflush(stderr);
    self->last_line = now->epoch_done ? -INFINITY : seconds;
    if (now->epoch_done) self->last_epoch = seconds;
    return 0;
}

void progress_end(const progress_teller *self)
{
    if (self->is_terminal && isfinite(self->last_line)) fputc('\n', stderr);
}
