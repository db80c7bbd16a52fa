/* A question fails as a whole when one of its pictures cannot be read, so the bad ones are found by
 * halves: n pictures that are fine cost one question, a bad one among them the reading of some twice.
 * SPDX-License-Identifier: MIT */
#include "pictures.h"

#include "output.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct inquiry {
    picture *pictures;
    char **paths;
    picture_question ask;
    void *user_data;
} inquiry;

/* Folders get here that cannot be read, or have no pictures (picture_list.h). */
static void explain(picture *one)
{
    DIR *folder = opendir(one->path);
    const int is_closed = !folder && errno == EACCES;
    if (folder || is_closed)
        snprintf(one->error, sizeof one->error, "%s: %s", one->path,
                 folder ? "a folder without pictures" : strerror(EACCES));
    else
        snprintf(one->error, sizeof one->error, "%s", resnet_last_error());
    if (folder) closedir(folder);
}

/* Others are of the model, the session or the machine, and would be so for every picture. */
static int is_of_a_picture(resnet_status status)
{
    return status == RESNET_E_IO || status == RESNET_E_NOT_FOUND || status == RESNET_E_FORMAT ||
           status == RESNET_E_UNSUPPORTED || status == RESNET_E_NOMEM;
}

static int ask_some(const inquiry *self, size_t first, size_t n)
{
    const char *const *paths = (const char *const *)self->paths + first;
    const resnet_status status = self->ask(self->user_data, paths, first, n);
    if (status == RESNET_OK) return 0;
    if (!is_of_a_picture(status)) return say_last_error();
    if (n == 1) {
        explain(&self->pictures[first]);
        return 0;
    }
    const int failed = ask_some(self, first, n / 2);
    return failed ? failed : ask_some(self, first + n / 2, n - n / 2);
}

int ask_about_pictures(picture *pictures, char **paths, size_t n, picture_question ask,
                       void *user_data)
{
    const inquiry self = {pictures, paths, ask, user_data};
    for (size_t i = 0; i < n; i++) pictures[i] = (picture){.path = paths[i]};
    return ask_some(&self, 0, n);
}
