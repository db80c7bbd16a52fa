/* Pictures decoded and written, and lists of them read, while one allocation fails, of ours or of
 * the decoders'. SPDX-License-Identifier: MIT */
#include "../scratch.h"
#include "exhaust.h"

#include "core/file.h"
#include "core/mem.h"

#include <dirent.h>
#include <resnet/resnet.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_CASES 256
#define MAX_FILE (UINT64_C(1) << 22)

typedef struct file {
    void *bytes;
    size_t size;
} file;

static char folder[SCRATCH_SIZE], list[SCRATCH_SIZE + 16], saved[SCRATCH_SIZE + 16];

static uint64_t digest_image(uint64_t digest, const resnet_image *image)
{
    const size_t size = resnet_image_get_width(image) * resnet_image_get_height(image) * 3;
    return exhaust_digest(digest, resnet_image_get_pixels(image), size);
}

static resnet_status decode(const void *input, uint64_t *digest)
{
    const file *from = input;
    resnet_image *image = NULL;
    const resnet_status status = resnet_image_decode(&image, from->bytes, from->size, NULL);
    if (status == RESNET_OK) *digest = digest_image(*digest, image);
    resnet_image_free(image);
    return status;
}

static resnet_status save(const void *input, uint64_t *digest)
{
    (void)digest;
    return resnet_image_save_png(input, saved);
}

static bool is_picture(const void *input)
{
    uint64_t wanted = digest_image(EXHAUST_DIGEST, input), got = 0;
    resnet_image *image = NULL;
    if (resnet_image_load(&image, saved, NULL) != RESNET_OK) return false;
    got = digest_image(EXHAUST_DIGEST, image);
    resnet_image_free(image);
    return got == wanted;
}

static uint64_t digest_samples(uint64_t digest, const resnet_dataset *dataset)
{
    for (size_t i = 0; i < resnet_dataset_get_n_samples(dataset); i++) {
        const char *path = resnet_dataset_get_path(dataset, i);
        const int32_t label = resnet_dataset_get_label(dataset, i);
        digest = exhaust_digest(digest, path, strlen(path) + 1);
        digest = exhaust_digest(digest, &label, sizeof label);
    }
    return digest;
}

/* The text becomes the list. */
static resnet_status read_manifest(const void *input, uint64_t *digest)
{
    resnet_dataset *dataset = NULL;
    resnet_status status;
    (void)input;
    RN_TRY(resnet_dataset_open_manifest(&dataset, list, NULL, 0, NULL));
    *digest = digest_samples(*digest, dataset);
done:
    resnet_dataset_free(dataset);
    return status;
}

static resnet_status read_folder(const void *input, uint64_t *digest)
{
    resnet_dataset *dataset = NULL;
    resnet_image *image = NULL;
    resnet_status status;
    (void)input;
    RN_TRY(resnet_dataset_open_folder(&dataset, folder, NULL));
    RN_TRY(resnet_dataset_load_image(&image, dataset, 0));
    *digest = digest_image(digest_samples(*digest, dataset), image);
done:
    resnet_image_free(image);
    resnet_dataset_free(dataset);
    return status;
}

static resnet_status scan(const void *input, uint64_t *digest)
{
    resnet_scan_summary summary;
    (void)input;
    const resnet_status status = resnet_dataset_scan(&summary, sizeof summary, folder, NULL);
    if (status == RESNET_OK) *digest = exhaust_digest(*digest, &summary, sizeof summary);
    return status;
}

/* ---- the cases ---- */

static exhaust_case cases[MAX_CASES];
static file files[MAX_CASES];
static size_t n_cases;

static int is_golden(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && !strstr(entry->d_name, ".txt");
}

static bool add_goldens(void)
{
    struct dirent **entries = NULL;
    const int count = scandir(GOLDEN_DIR "/image", &entries, is_golden, alphasort);
    bool ok = count > 0;
    for (int i = 0; i < count && n_cases < MAX_CASES - 8; i++) {
        uint64_t unused = 0;
        file *input = &files[n_cases];
        char *path = rn_format(GOLDEN_DIR "/image/%s", entries[i]->d_name);
        ok &= path && rn_file_read(&input->bytes, &input->size, path, MAX_FILE) == RESNET_OK;
        cases[n_cases++] = (exhaust_case){.name = strdup(entries[i]->d_name),
                                          .input = input,
                                          .run = decode,
                                          .is_refused = decode(input, &unused) != RESNET_OK};
        rn_free(path);
        free(entries[i]);
    }
    free(entries);
    return ok;
}

static bool copy_picture(const char *to)
{
    file from = {NULL, 0};
    const bool ok = rn_file_read(&from.bytes, &from.size, GOLDEN_DIR "/image/baseline-444.jpg",
                                 MAX_FILE) == RESNET_OK &&
                    rn_file_write(to, from.bytes, from.size) == RESNET_OK;
    rn_free(from.bytes);
    return ok;
}

/* Two classes of one picture each, and a list of both. */
static bool make_tree(const char *text)
{
    static const char *const names[] = {"a", "b"};
    if (!scratch_folder(folder)) return false;
    snprintf(list, sizeof list, "%s.list", folder);
    snprintf(saved, sizeof saved, "%s.png", folder);
    for (size_t i = 0; i < 2; i++) {
        char class_folder[SCRATCH_SIZE + 16], path[SCRATCH_SIZE + 32];
        snprintf(class_folder, sizeof class_folder, "%s/%s", folder, names[i]);
        snprintf(path, sizeof path, "%s/1.jpg", class_folder);
        if (mkdir(class_folder, 0777) != 0 || !copy_picture(path)) return false;
    }
    char *lines = rn_format(text, folder, folder);
    const bool ok = lines && rn_file_write(list, lines, strlen(lines)) == RESNET_OK;
    rn_free(lines);
    return ok;
}

static void remove_tree(void)
{
    char command[2 * SCRATCH_SIZE];
    snprintf(command, sizeof command, "rm -rf %s*", folder);
    if (system(command) != 0) perror(command);
}

static int run(int argc, char **argv)
{
    static resnet_image *picture;
    const file *first = &files[0];
    for (size_t i = 0; i < n_cases && !picture; i++)
        if (!cases[i].is_refused &&
            resnet_image_decode(&picture, files[i].bytes, files[i].size, NULL) != RESNET_OK)
            return 1;
    if (!picture || resnet_image_save_png(picture, saved) != RESNET_OK) return 1;
    cases[n_cases++] = (exhaust_case){"write PNG", picture, save, is_picture, 0, false, false, 0};
    cases[n_cases++] = (exhaust_case){.name = "folder", .input = first, .run = read_folder};
    cases[n_cases++] = (exhaust_case){.name = "scan", .run = scan, .keeps_caches = true};
    cases[n_cases++] = (exhaust_case){.name = "JSON lines", .run = read_manifest};
    const int status = exhaust_main(argc, argv, cases, n_cases);
    resnet_image_free(picture);
    return status;
}

int main(int argc, char **argv)
{
    static const char text[] = "{\"path\": \"%s/a/1.jpg\", \"label\": \"a\"}\n"
                               "{\"path\": \"%s/b/1.jpg\", \"label\": \"b\"}\n";
    if (!add_goldens() || !make_tree(text)) {
        fprintf(stderr, "%s\n", resnet_last_error());
        return 1;
    }
    const int status = run(argc, argv);
    remove_tree();
    return status;
}
