/* Callbacks of the host that fail: a documented status comes back, with the cause.
 * SPDX-License-Identifier: MIT */
#include "api.h"

#include <unistd.h>

static const char *const NAMES[2] = {"a", "b"};
static const int32_t LABELS[4] = {0, 1, 0, 1};

/* What a callback shall answer, and say. */
typedef struct reply {
    int32_t returned;
    const char *said; /* NULL: nothing */
    resnet_status status;
} reply;

static int32_t give(const reply *answer)
{
    if (answer->said) (void)resnet_set_error(answer->status, answer->said);
    return answer->returned;
}

static resnet_status read_sample(void *user_data, resnet_image **out, uint64_t index)
{
    const reply *answer = user_data;
    *out = make_image(40, 40, (uint32_t)index); /* freed by the library whatever comes back */
    return give(answer);
}

static resnet_dataset *open_dataset(reply *answer)
{
    resnet_dataset *dataset = NULL;
    assert_ok(
        resnet_dataset_from_callback(&dataset, read_sample, answer, 4, LABELS, NAMES, 2, NULL));
    return dataset;
}

static const reply FAILURES[] = {
    {RESNET_E_IO, NULL, RESNET_E_IO},
    {RESNET_E_IO, "tape 7 is not mounted", RESNET_E_IO},
    {RESNET_E_CANCELLED, "KeyboardInterrupt", RESNET_E_CANCELLED},
    {77, NULL, RESNET_E_INVALID},
    {-1000, "IndexError: 3", RESNET_E_INVALID},
};
#define N_FAILURES (sizeof FAILURES / sizeof *FAILURES)

static void test_a_sample_that_cannot_be_made(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_FAILURES; i++) {
        reply answer = FAILURES[i];
        resnet_dataset *dataset = open_dataset(&answer);
        resnet_image *image = NULL;
        const char *words = answer.said ? answer.said : "sample#2: the callback returned";
        assert_fails(resnet_dataset_load_image(&image, dataset, 2), answer.status, words);
        resnet_dataset_free(dataset);
    }
}

static void test_training_on_samples_that_cannot_be_made(void **state)
{
    (void)state;
    resnet_model *model = make_model(2, 32);
    for (size_t i = 0; i < N_FAILURES; i++) {
        reply answer = FAILURES[i];
        resnet_dataset *dataset = open_dataset(&answer);
        resnet_trainer *trainer = NULL;
        assert_ok(resnet_trainer_create(&trainer, model, dataset, NULL, NULL));
        assert_fails(resnet_trainer_fit(trainer), answer.status, answer.said ? answer.said : "");
        resnet_trainer_free(trainer);
        resnet_dataset_free(dataset);
    }
    resnet_model_free(model);
}

static int32_t hear_finding(void *user_data, const resnet_finding *finding)
{
    (void)finding;
    return give(user_data);
}

static void test_a_scan_that_is_stopped(void **state)
{
    (void)state;
    char folder[] = "/tmp/resnet50-callback-XXXXXX", command[128];
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof command, "mkdir %s/a %s/b && : >%s/a/1.jpg", folder, folder, folder);
    assert_int_equal(system(command), 0);
    const reply answers[] = {{1, NULL, RESNET_E_CANCELLED},
                             {-5, NULL, RESNET_E_CANCELLED},
                             {1, "RuntimeError: full", RESNET_E_STATE}};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        reply answer = answers[i];
        resnet_scan_options options;
        resnet_scan_summary summary;
        assert_ok(resnet_scan_options_init(&options, sizeof options));
        options.on_finding = hear_finding;
        options.user_data = &answer;
        assert_fails(resnet_dataset_scan(&summary, sizeof summary, folder, &options), answer.status,
                     answer.said ? answer.said : "stopped by its callback");
        assert_int_equal(summary.n_files, 1);
    }
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sample_that_cannot_be_made),
        cmocka_unit_test(test_training_on_samples_that_cannot_be_made),
        cmocka_unit_test(test_a_scan_that_is_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
