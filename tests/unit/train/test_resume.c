/* Checkpoints: a run killed at any moment goes on to the bytes of one that never was; full disks,
 * damage, other options. SPDX-License-Identifier: MIT */
#include "../../scratch.h"
#include "toy.h"

#include "core/mem.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char folder[SCRATCH_SIZE], last[96], best[96];

static int enter(void **state)
{
    (void)state;
    if (!scratch_folder(folder)) return -1;
    snprintf(last, sizeof last, "%s/last.rnck", folder);
    snprintf(best, sizeof best, "%s/best.h5", folder);
    return 0;
}

static void remove_folder(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder); /* temporary files of killed runs */
    assert_int_equal(system(command), 0);
}

static int leave(void **state)
{
    (void)state;
    remove_folder();
    return 0;
}

static resnet_trainer_options make_options(void)
{
    resnet_trainer_options options = toy_options();
    options.n_epochs = 2;
    options.freeze = RESNET_FREEZE_LAYER3;
    options.optimizer = RESNET_OPTIMIZER_ADAM;
    options.head_epochs = 1;
    options.schedule = RESNET_SCHEDULE_COSINE;
    options.restore_best = 1;
    options.checkpoint_folder = folder;
    options.checkpoint_steps = 1;
    options.resume = 1;
    return options;
}

static int32_t cancel_at_step(void *user_data, const resnet_progress *progress)
{
    size_t *left = user_data;
    return !progress->epoch_done && --*left == 0;
}

/* Trains a new model, which is what a new process has, and returns it. */
static resnet_model *run(const resnet_dataset *train, const resnet_trainer_options *options,
                         resnet_status expected)
{
    resnet_model *model = toy_model(1, 0.3F);
    resnet_trainer *trainer = NULL;
    assert_ok(resnet_trainer_create(&trainer, model, train, train, options));
    const resnet_status status = resnet_trainer_fit(trainer);
    if (status != expected) fail_msg("%s", resnet_last_error());
    resnet_trainer_free(trainer);
    return model;
}

/* How many lines start with `start`. */
static size_t count_lines(const char *path, const char *start)
{
    char line[512];
    size_t n = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) n += strncmp(line, start, strlen(start)) == 0;
    fclose(file);
    return n;
}

static void test_cancelled_runs_resume(void **state)
{
    (void)state;
    char history[SCRATCH_SIZE];
    assert_true(scratch_file(history));
    resnet_dataset *train = toy_dataset(24, 0);
    resnet_trainer_options options = make_options();
    options.history_csv = history;
    resnet_model *whole = run(train, &options, RESNET_OK);
    remove_folder();
    const size_t stops[] = {2, 1, 3}; /* in the head's epoch, at its last step, in the next phase */
    for (size_t i = 0; i < 3; i++) {
        size_t left = stops[i];
        options.on_progress = cancel_at_step;
        options.progress_user_data = &left;
        resnet_model_free(run(train, &options, RESNET_E_CANCELLED));
    }
    options.on_progress = NULL;
    resnet_model *resumed = run(train, &options, RESNET_OK);
    assert_same_model(whole, resumed);
    assert_int_equal(count_lines(history, "1,"), 1);
    assert_int_equal(count_lines(history, "3,"), 1);
    assert_int_equal(count_lines(history, ""), 4);
    resnet_model_free(resumed);
    resumed = run(train, &options, RESNET_OK); /* nothing is left to do but to restore the best */
    assert_same_model(whole, resumed);
    assert_int_equal(count_lines(history, ""), 4);
    assert_int_equal(unlink(history), 0);
    resnet_model_free(resumed);
    resnet_model_free(whole);
    resnet_dataset_free(train);
}

/* ---- killed ---- */

static void train_and_save(const char *path)
{
    resnet_dataset *train = toy_dataset(24, 0);
    const resnet_trainer_options options = make_options();
    resnet_model *model = run(train, &options, RESNET_OK);
    assert_ok(resnet_model_save(model, path, RESNET_FORMAT_HDF5));
    _exit(0);
}

/* Whether the child came to its end; it is killed after so many microseconds (0: never). */
static bool run_child(const char *path, useconds_t kill_after)
{
    int status = 0;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) train_and_save(path);
    if (kill_after > 0) {
        usleep(kill_after);
        kill(child, SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void assert_same_files(const char *a, const char *b)
{
    char command[256];
    snprintf(command, sizeof command, "cmp %s %s", a, b);
    assert_int_equal(system(command), 0);
}

/* Of the times of the kills, which differ from run to run. */
static uint64_t choose_seed(void)
{
    const char *wanted = getenv("RESNET50_TEST_SEED");
    const uint64_t seed = wanted ? strtoull(wanted, NULL, 10) : (uint64_t)time(NULL);
    print_message("seed %llu\n", (unsigned long long)seed);
    return seed;
}

static void test_killed_runs_resume(void **state)
{
    (void)state;
    const char *wanted = getenv("RESNET50_TEST_KILLS");
    const size_t n_kills = wanted ? (size_t)atoi(wanted) : 4;
    char whole[96], resumed[SCRATCH_SIZE], unbroken[SCRATCH_SIZE];
    assert_true(scratch_file(resumed) && scratch_file(unbroken));
    assert_true(run_child(unbroken, 0));
    snprintf(whole, sizeof whole, "%s.best", unbroken);
    assert_int_equal(rename(best, whole), 0);
    remove_folder();
    rn_rng rng = rn_rng_make(choose_seed(), RN_RNG_SHUFFLE, 0, 0);
    size_t n = 0;
    while (n < n_kills && !run_child(resumed, 100000 + (useconds_t)rn_rng_below(&rng, 3000000)))
        n++;
    print_message("killed %zu times\n", n);
    assert_true(run_child(resumed, 0));
    assert_same_files(resumed, unbroken);
    assert_same_files(best, whole);
    unlink(resumed);
    unlink(unbroken);
    unlink(whole);
}

/* ---- what goes wrong ---- */

static void expect_create(const resnet_dataset *train, const resnet_trainer_options *options,
                          resnet_status expected, const char *words)
{
    resnet_trainer *trainer = NULL;
    resnet_model *model = toy_model(1, 0.3F);
    assert_int_equal(resnet_trainer_create(&trainer, model, train, train, options), expected);
    assert_null(trainer);
    if (!strstr(resnet_last_error(), words)) fail_msg("%s", resnet_last_error());
    resnet_model_free(model);
}

static void test_other_options_and_damage_are_refused(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(9, 0);
    resnet_trainer_options options = make_options();
    options.n_epochs = 0;
    options.checkpoint_steps = 0;
    resnet_model_free(run(train, &options, RESNET_OK));
    options.batch_size = 4;
    expect_create(train, &options, RESNET_E_INVALID, "batch_size 8, which cannot go on with 4");
    options.batch_size = 8;
    options.ema_decay = 0.9F;
    expect_create(train, &options, RESNET_E_INVALID, "ema_decay 0, which cannot go on with 0.9");
    FILE *file = fopen(last, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 100000, SEEK_SET), 0);
    fputs("damage", file);
    fclose(file);
    expect_create(train, &options, RESNET_E_FORMAT, "last.rnck");
    resnet_dataset_free(train);
}

/* A small run of the head alone, over a dataset of the caller's, and its checkpoint. */
static resnet_trainer_options head_options(void)
{
    resnet_trainer_options options = make_options();
    options.freeze = RESNET_FREEZE_ALL;
    options.optimizer = RESNET_OPTIMIZER_SGD;
    options.n_epochs = 1;
    options.head_epochs = 0;
    options.restore_best = 0;
    options.checkpoint_steps = 0;
    return options;
}

/* Going on is refused with these words, and the model is as it was. */
static void expect_refused(const resnet_dataset *train, const resnet_trainer_options *options,
                           const resnet_recipe *recipe, const char *words)
{
    resnet_trainer *trainer = NULL;
    resnet_model *model = toy_model(2, 0.3F), *before = toy_model(2, 0.3F);
    if (recipe) assert_ok(resnet_model_set_recipe(model, recipe));
    const resnet_status status = resnet_trainer_create(&trainer, model, train, train, options);
    if (status != RESNET_E_INVALID || !strstr(resnet_last_error(), words) ||
        !strstr(resnet_last_error(), "last.rnck"))
        fail_msg("%s (%s) instead of %s", resnet_status_name(status), resnet_last_error(), words);
    assert_same_model(before, model);
    resnet_model_free(model);
    resnet_model_free(before);
}

#define EXPECT_REFUSED(field, value, words)                                                        \
    do {                                                                                           \
        resnet_trainer_options with = head_options();                                              \
        with.field = value;                                                                        \
        expect_refused(train, &with, NULL, words);                                                 \
    } while (0)

static void test_what_bits_depend_on_may_not_change(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(9, 0);
    resnet_trainer_options options = head_options();
    resnet_recipe recipe;
    resnet_model_free(run(train, &options, RESNET_OK));
    EXPECT_REFUSED(seed, 4, "seed 3, which cannot go on with 4");
    EXPECT_REFUSED(momentum, 0, "momentum 0.9");
    EXPECT_REFUSED(weight_decay, 0.5F, "weight_decay");
    EXPECT_REFUSED(nesterov, 1, "nesterov");
    EXPECT_REFUSED(label_smoothing, 0.25F, "label_smoothing 0, which cannot go on with 0.25");
    EXPECT_REFUSED(freeze, RESNET_FREEZE_LAYER3, "layer4.0.conv1 is frozen");
    EXPECT_REFUSED(augment, "light", "augment.crop");
    EXPECT_REFUSED(mixup_alpha, 0.5F, "augment.mixup_alpha");
    EXPECT_REFUSED(clip_norm, 1, "clip_norm -1");
    EXPECT_REFUSED(restore_best, 1, "restore_best");
    EXPECT_REFUSED(balance, RESNET_BALANCE_WEIGHTS, "balance");
    EXPECT_REFUSED(monitor, RESNET_MONITOR_VAL_ACCURACY, "monitor val_loss");
    const float weights[TOY_CLASSES] = {1, 2, 3};
    options = head_options();
    options.n_class_weights = TOY_CLASSES;
    options.class_weights = weights;
    expect_refused(train, &options, NULL, "class_weights");
    options = head_options();
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, "unit"));
    assert_ok(resnet_recipe_set_size(&recipe, TOY_SIZE));
    expect_refused(train, &options, &recipe, "recipe.divisor 127.5, which cannot go on with 255");
    options.learning_rate = 0.5F; /* rates, schedules and the end may */
    options.schedule = RESNET_SCHEDULE_COSINE;
    options.n_epochs = 2;
    options.stop_patience = 3;
    resnet_model_free(run(train, &options, RESNET_OK));
    resnet_dataset_free(train);
}

static void test_names_of_frozen_layers_count(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(9, 0);
    resnet_trainer_options options = head_options();
    options.freeze = RESNET_FREEZE_LAYER3;
    resnet_model_free(run(train, &options, RESNET_OK));
    options.freeze_names = "layer4.1.conv2";
    expect_refused(train, &options, NULL,
                   "layer4.1.conv2 learns, which cannot go on with it frozen");
    resnet_dataset_free(train);
}

/* ---- other data ---- */

static void write_picture(const char *class_name, int number, uint64_t content)
{
    unsigned char pixels[TOY_SIZE * TOY_SIZE * 3];
    char path[160];
    resnet_image *image = NULL;
    toy_draw(pixels, (size_t)number % TOY_CLASSES, content);
    assert_ok(
        resnet_image_from_pixels(&image, pixels, TOY_SIZE, TOY_SIZE, 0, RESNET_PIXELS_RGB, NULL));
    snprintf(path, sizeof path, "%s/data/%s/%d.png", folder, class_name, number);
    assert_ok(resnet_image_save_png(image, path));
    resnet_image_free(image);
}

static void shell(const char *format)
{
    char command[512];
    snprintf(command, sizeof command, "cd %s && %s", folder, format);
    assert_int_equal(system(command), 0);
}

static resnet_dataset *open_folder(void)
{
    char path[128];
    resnet_dataset *dataset = NULL;
    snprintf(path, sizeof path, "%s/data", folder);
    assert_ok(resnet_dataset_open_folder(&dataset, path, NULL));
    return dataset;
}

static void expect_data_refused(const char *words)
{
    const resnet_trainer_options options = head_options();
    resnet_dataset *data = open_folder();
    expect_refused(data, &options, NULL, words);
    resnet_dataset_free(data);
}

static void hear_warning(void *user_data, int32_t level, const char *message)
{
    if (level == RESNET_LOG_WARNING) snprintf(user_data, 256, "%s", message);
}

static void test_other_classes_and_pictures_are_noticed(void **state)
{
    static const char *const names[TOY_CLASSES] = {"bird", "cat", "dog"};
    char heard[256] = "";
    (void)state;
    shell("mkdir -p data/bird data/cat data/dog");
    for (int i = 0; i < 9; i++) write_picture(names[i % TOY_CLASSES], i, (uint64_t)i);
    resnet_trainer_options options = head_options();
    resnet_dataset *data = open_folder();
    resnet_model_free(run(data, &options, RESNET_OK));
    resnet_dataset_free(data);
    shell("mv data/bird data/parrot"); /* the labels of all classes move by one */
    expect_data_refused(
        "class 0 of the training data was \"bird\", which cannot go on with \"cat\"");
    shell("mv data/parrot data/bird && mv data/cat/1.png keep && cp data/cat/4.png data/cat/1.png "
          "&& printf x >> data/cat/1.png");
    expect_data_refused("data/cat/1.png is now");
    shell("mv keep data/cat/1.png && mv data/cat/1.png data/cat/10.png");
    expect_data_refused("data/cat/10.png is now");
    shell("mv data/cat/10.png data/cat/1.png && cp data/dog/2.png data/dog/11.png");
    expect_data_refused("9 samples of training data, which cannot go on with 10");
    shell("rm data/dog/11.png && touch -d '2001-02-03' data/dog/2.png && mv data moved && ln -s "
          "moved data");
    options.log = hear_warning;
    options.log_user_data = heard;
    options.n_epochs = 2;
    data = open_folder(); /* the same pictures elsewhere, of which one may be another */
    resnet_model_free(run(data, &options, RESNET_OK));
    resnet_dataset_free(data);
    assert_non_null(strstr(heard, "dog/2.png: was written since the run began"));
}

/* Uncached files are changed while they are decoded, cached pictures afterwards. */
static void test_augmented_files_are_the_same_cached_or_not(void **state)
{
    static const char *const names[TOY_CLASSES] = {"bird", "cat", "dog"};
    (void)state;
    shell("mkdir -p data/bird data/cat data/dog");
    for (int i = 0; i < 9; i++) write_picture(names[i % TOY_CLASSES], i, (uint64_t)i);
    resnet_dataset *data = open_folder();
    resnet_trainer_options options = head_options();
    options.checkpoint_folder = NULL;
    options.resume = 0;
    options.n_epochs = 2;
    options.augment = "trivial";
    resnet_model *cached = run(data, &options, RESNET_OK);
    options.cache_bytes = 0;
    resnet_model *plain = run(data, &options, RESNET_OK);
    assert_same_model(cached, plain);
    resnet_model_free(cached);
    resnet_model_free(plain);
    resnet_dataset_free(data);
}

static void test_no_checkpoint_is_told(void **state)
{
    (void)state;
    char heard[256] = "";
    resnet_dataset *train = toy_dataset(9, 0);
    resnet_trainer_options options = head_options();
    options.log = hear_warning;
    options.log_user_data = heard;
    resnet_model_free(run(train, &options, RESNET_OK));
    assert_non_null(strstr(heard, "training begins anew"));
    resnet_dataset_free(train);
}

static int32_t save_now(void *user_data, const resnet_progress *progress)
{
    resnet_trainer **trainer = user_data;
    if (progress->epoch_done) return 0;
    assert_ok(resnet_trainer_save_checkpoint(*trainer));
    return progress->step == 2;
}

static void test_saves_when_asked(void **state)
{
    (void)state;
    resnet_dataset *train = toy_dataset(24, 0);
    resnet_model *model = toy_model(1, 0.3F);
    resnet_trainer *trainer = NULL;
    resnet_trainer_options options = head_options();
    resnet_model *whole = run(train, &options, RESNET_OK);
    remove_folder();
    options.on_progress = save_now;
    options.progress_user_data = &trainer;
    assert_ok(resnet_trainer_create(&trainer, model, train, train, &options));
    assert_int_equal(resnet_trainer_fit(trainer), RESNET_E_CANCELLED);
    resnet_trainer_free(trainer);
    resnet_model_free(model);
    options.on_progress = NULL;
    model = run(train, &options, RESNET_OK);
    assert_same_model(whole, model);
    resnet_model_free(model);
    resnet_model_free(whole);
    options.checkpoint_folder = NULL;
    options.resume = 0;
    model = toy_model(1, 0);
    assert_ok(resnet_trainer_create(&trainer, model, train, NULL, &options));
    assert_int_equal(resnet_trainer_save_checkpoint(trainer), RESNET_E_STATE);
    resnet_trainer_free(trainer);
    resnet_model_free(model);
    resnet_dataset_free(train);
}

static void test_full_disk_leaves_the_last_good_one(void **state)
{
    (void)state;
    struct stat before, after;
    struct rlimit old, small;
    resnet_dataset *train = toy_dataset(9, 0);
    resnet_trainer_options options = make_options();
    resnet_model *model = toy_model(1, 0.3F);
    resnet_trainer *trainer = NULL;
    size_t left = 1;
    options.on_progress = cancel_at_step;
    options.progress_user_data = &left;
    assert_ok(resnet_trainer_create(&trainer, model, train, train, &options));
    assert_int_equal(resnet_trainer_fit(trainer), RESNET_E_CANCELLED);
    assert_int_equal(stat(last, &before), 0);
    left = 1000;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 1 << 20;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(resnet_trainer_fit(trainer), RESNET_E_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    if (!strstr(resnet_last_error(), "last.rnck of step 1 is still there"))
        fail_msg("%s", resnet_last_error());
    assert_int_equal(stat(last, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(before.st_size, after.st_size);
    resnet_trainer_free(trainer);
    resnet_model_free(model);
    model = run(train, &options, RESNET_OK); /* there is room again */
    resnet_model_free(model);
    resnet_dataset_free(train);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_killed_runs_resume), /* first: it forks, which no thread may see */
        TEST(test_cancelled_runs_resume),
        TEST(test_other_options_and_damage_are_refused),
        TEST(test_full_disk_leaves_the_last_good_one),
        TEST(test_what_bits_depend_on_may_not_change),
        TEST(test_names_of_frozen_layers_count),
        TEST(test_other_classes_and_pictures_are_noticed),
        TEST(test_augmented_files_are_the_same_cached_or_not),
        TEST(test_no_checkpoint_is_told),
        TEST(test_saves_when_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
