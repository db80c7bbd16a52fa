/* What is written and read does not depend on the host's locale: neither on a decimal comma nor on
 * a decimal point of two bytes, which ends the process where a library is not kept from it.
 * SPDX-License-Identifier: MIT */
#include "api.h"

#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_CLASSES 3
#define N 6

/* ps_AF's point is U+066B. A machine that has neither, and not the means to make them, skips. */
static const char *const LOCALES[] = {"ps_AF", "de_DE"};

static char folder[64];

static int enter(const char *name)
{
    char full[32], command[256];
    snprintf(full, sizeof full, "%s.UTF-8", name);
    if (setlocale(LC_ALL, full)) return 1;
    snprintf(command, sizeof command, "localedef -i %s -f UTF-8 %s/%s >/dev/null 2>&1", name,
             folder, full);
    if (system(command)) return 0;
    setenv("LOCPATH", folder, 1);
    return setlocale(LC_ALL, full) != NULL;
}

static void leave(void)
{
    setlocale(LC_ALL, "C");
    unsetenv("LOCPATH");
}

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/resnet-locale-%d", (int)getpid());
    return mkdir(folder, 0700);
}

static int tear_down(void **state)
{
    char command[96];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

/* ---- what is written ---- */

static resnet_model *make_described(void)
{
    static const char *const names[N_CLASSES] = {"a", "b", "c"};
    resnet_recipe recipe;
    resnet_model *model = make_model(N_CLASSES, 32);
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, "torchvision-v1"));
    assert_ok(resnet_recipe_set_size(&recipe, 32));
    recipe.mean[0] = 0.1234567f;
    assert_ok(resnet_model_set_recipe(model, &recipe));
    assert_ok(resnet_model_set_class_names(model, names, N_CLASSES));
    assert_ok(resnet_model_set_metadata(model, "share", "0.5"));
    return model;
}

/* Everything that has numbers in it, one behind the other. */
typedef struct writings {
    resnet_bytes *models[2];
    char *texts[8];
    size_t n_texts;
} writings;

static char *read_text(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = calloc(1 << 20, 1);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    assert_int_equal(unlink(path), 0);
    return text;
}

static resnet_status read_sample(void *user_data, resnet_image **out, uint64_t index)
{
    (void)user_data;
    *out = make_image(40, 50, (uint32_t)index);
    return RESNET_OK;
}

static resnet_dataset *make_dataset(void)
{
    static const char *const names[N_CLASSES] = {"a", "b", "c"};
    int32_t labels[N];
    resnet_dataset *dataset = NULL;
    for (int32_t i = 0; i < N; i++) labels[i] = i % N_CLASSES;
    assert_ok(resnet_dataset_from_callback(&dataset, read_sample, NULL, N, labels, names, N_CLASSES,
                                           NULL));
    return dataset;
}

static void write_report(writings *out)
{
    static const float logits[2 * N_CLASSES] = {0.5f, 0.25f, -1.5f, 2.25f, 0.125f, 0.3f};
    static const int32_t labels[2] = {0, 2},
                         formats[] = {RESNET_REPORT_TEXT, RESNET_REPORT_JSON, RESNET_REPORT_HTML};
    resnet_metrics *metrics = NULL;
    resnet_report *report = NULL;
    assert_ok(resnet_metrics_create(&metrics, N_CLASSES, NULL, NULL));
    assert_ok(resnet_metrics_add(metrics, logits, labels, NULL, 2));
    assert_ok(resnet_report_create(&report, metrics, NULL));
    for (size_t i = 0; i < 3; i++) {
        size_t size = 0;
        assert_ok(resnet_report_copy(NULL, 0, &size, report, formats[i]));
        char *text = malloc(size + 1);
        assert_non_null(text);
        assert_ok(resnet_report_copy(text, size + 1, &size, report, formats[i]));
        out->texts[out->n_texts++] = text;
    }
    resnet_report_free(report);
    resnet_metrics_free(metrics);
}

/* Images a second and seconds, what the clock says, are the last two of a line. */
static void forget_times(char *text, const char *first)
{
    char *at = strstr(text, first);
    assert_non_null(at);
    if (*first == '\n') /* of CSV */
        for (int i = 0; i < 2; i++) *strrchr(text, ',') = '\0';
    else
        *at = '\0';
}

static void write_histories(writings *out)
{
    char csv[128], jsonl[128];
    resnet_model *model = make_described();
    resnet_dataset *dataset = make_dataset();
    resnet_trainer *trainer = NULL;
    resnet_trainer_options options;
    assert_ok(resnet_trainer_options_init(&options, sizeof options));
    snprintf(csv, sizeof csv, "%s/history.csv", folder);
    snprintf(jsonl, sizeof jsonl, "%s/history.jsonl", folder);
    options.history_csv = csv;
    options.history_jsonl = jsonl;
    options.n_epochs = 1;
    options.batch_size = N;
    options.freeze = RESNET_FREEZE_ALL;
    options.allow_random_features = 1;
    options.n_threads = options.n_loaders = 1;
    assert_ok(resnet_trainer_create(&trainer, model, dataset, NULL, &options));
    assert_ok(resnet_trainer_fit(trainer));
    resnet_trainer_free(trainer);
    out->texts[out->n_texts] = read_text("history.csv");
    forget_times(out->texts[out->n_texts++], "\n");
    out->texts[out->n_texts] = read_text("history.jsonl");
    forget_times(out->texts[out->n_texts++], "\"images_per_second\"");
    resnet_dataset_free(dataset);
    resnet_model_free(model);
}

static writings write_models(void)
{
    writings all = {.n_texts = 0};
    resnet_model *model = make_described();
    assert_ok(resnet_model_save_memory(&all.models[0], model, RESNET_FORMAT_HDF5));
    assert_ok(resnet_model_save_memory(&all.models[1], model, RESNET_FORMAT_SAFETENSORS));
    resnet_model_free(model);
    return all;
}

static writings write_all(void)
{
    writings all = write_models();
    write_report(&all);
    write_histories(&all);
    return all;
}

static void free_all(writings *all)
{
    for (size_t i = 0; i < 2; i++) resnet_bytes_free(all->models[i]);
    for (size_t i = 0; i < all->n_texts; i++) free(all->texts[i]);
}

static void assert_same(const writings *got, const writings *want)
{
    for (size_t i = 0; i < 2; i++) {
        const size_t size = resnet_bytes_get_size(want->models[i]);
        assert_int_equal(resnet_bytes_get_size(got->models[i]), size);
        assert_memory_equal(resnet_bytes_get_data(got->models[i]),
                            resnet_bytes_get_data(want->models[i]), size);
    }
    for (size_t i = 0; i < want->n_texts; i++)
        if (strcmp(got->texts[i], want->texts[i]) != 0)
            fail_msg("text %zu is\n%s\nand should be\n%s", i, got->texts[i], want->texts[i]);
}

static void what_is_written_is_the_same(void **state)
{
    size_t n_tried = 0;
    writings want = write_all();
    (void)state;
    for (size_t i = 0; i < sizeof LOCALES / sizeof *LOCALES; i++) {
        if (!enter(LOCALES[i])) continue;
        char half[8];
        snprintf(half, sizeof half, "%.1f", 0.5);
        assert_string_not_equal(half, "0.5"); /* or nothing is tested here */
        writings got = write_all();
        snprintf(half, sizeof half, "%.1f", 0.5);
        assert_string_not_equal(half, "0.5"); /* the host's locale is what it was */
        leave();
        assert_same(&got, &want);
        free_all(&got);
        n_tried++;
    }
    free_all(&want);
    if (n_tried == 0) skip();
}

/* ---- what is read ---- */

static void check_read(const writings *from)
{
    resnet_recipe recipe;
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, NULL));
    for (size_t i = 0; i < 2; i++) {
        resnet_model *model = NULL;
        assert_ok(resnet_model_load_memory(&model, resnet_bytes_get_data(from->models[i]),
                                           resnet_bytes_get_size(from->models[i]), NULL));
        assert_ok(resnet_model_copy_recipe(&recipe, sizeof recipe, model));
        assert_true(recipe.mean[0] == 0.1234567f && recipe.std[2] == 0.225f);
        assert_string_equal(resnet_model_get_metadata(model, "share"), "0.5");
        resnet_model_free(model);
    }
}

static void write_manifest(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Numbers beside the label are not looked at, but read they must be. */
static void check_manifests(void)
{
    static const char *const texts[] = {
        "{\"path\": \"p.png\", \"label\": 1, \"share\": 0.5, \"tiny\": 1e-7}\n",
        "path,label,share\np.png,1,0.5\n"};
    char path[128], picture[128];
    resnet_image *image = make_image(8, 8, 1);
    snprintf(path, sizeof path, "%s/manifest", folder);
    snprintf(picture, sizeof picture, "%s/p.png", folder);
    assert_ok(resnet_image_save_png(image, picture));
    resnet_image_free(image);
    for (size_t i = 0; i < 2; i++) {
        static const char *const names[] = {"zero", "one"};
        resnet_dataset *dataset = NULL;
        resnet_dataset_options options;
        assert_ok(resnet_dataset_options_init(&options, sizeof options));
        options.allow_empty = 1;
        write_manifest(path, texts[i]);
        assert_ok(resnet_dataset_open_manifest(&dataset, path, names, 2, &options));
        assert_int_equal(resnet_dataset_get_label(dataset, 0), 1);
        resnet_dataset_free(dataset);
    }
}

static void what_is_read_is_the_same(void **state)
{
    size_t n_tried = 0;
    writings from = write_models();
    (void)state;
    check_read(&from);
    check_manifests();
    for (size_t i = 0; i < sizeof LOCALES / sizeof *LOCALES; i++) {
        if (!enter(LOCALES[i])) continue;
        check_read(&from);
        check_manifests();
        leave();
        n_tried++;
    }
    free_all(&from);
    if (n_tried == 0) skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_the_same),
        cmocka_unit_test(what_is_read_is_the_same),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
