/* SPDX-License-Identifier: MIT */
#include "train/resume.h"

#include "core/file.h"
#include "core/mem.h"
#include "store/checkpoint.h"
#include "train/files.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_NAME 128
#define MAX_BYTES ((uint64_t)64 << 30)
#define COURSE_WORDS (sizeof(rn_course) / sizeof(uint64_t))

_Static_assert(sizeof(rn_course) % sizeof(uint64_t) == 0, "a course is made of 8-byte fields");

/* ---- what a run cannot change ---- */

/* The options and data that a run's bits and arrays depend on from its first step on. */
typedef struct fact {
    const char *name;
    uint64_t value;
} fact;
#define MAX_FACTS 16

static size_t list_facts(const resnet_trainer *t, fact facts[MAX_FACTS])
{
    const resnet_trainer_options *o = &t->options;
    const fact list[] = {
        {"number of training samples", t->train ? resnet_dataset_get_n_samples(t->train) : 0},
        {"number of classes", t->model->net->settings.n_classes},
        {"seed", o->seed},
        {"batch_size", o->batch_size},
        {"n_shards", o->n_shards},
        {"accumulate", o->accumulate},
        {"optimizer", (uint64_t)o->optimizer},
        {"freeze", (uint64_t)o->freeze},
        {"train_last", o->train_last},
        {"batch_norm", (uint64_t)o->batch_norm},
        {"balance", (uint64_t)o->balance},
        {"head_epochs", o->head_epochs},
        {"n_views", o->n_views},
    };
    _Static_assert(sizeof list / sizeof *list <= MAX_FACTS, "room for all facts");
    memcpy(facts, list, sizeof list);
    return sizeof list / sizeof *list;
}

static resnet_status add_facts(rn_checkpoint *checkpoint, const resnet_trainer *t,
                               uint64_t values[MAX_FACTS])
{
    fact facts[MAX_FACTS];
    const size_t n = list_facts(t, facts);
    for (size_t i = 0; i < n; i++) values[i] = facts[i].value;
    return rn_checkpoint_add_u64(checkpoint, "facts", n, values);
}

static resnet_status check_facts(const rn_checkpoint *checkpoint, const resnet_trainer *t)
{
    fact facts[MAX_FACTS];
    size_t n_found = 0;
    const size_t n = list_facts(t, facts);
    const uint64_t *found = rn_checkpoint_find_u64(checkpoint, "facts", &n_found);
    if (!found || n_found != n)
        return rn_fail(RESNET_E_UNSUPPORTED, "%s: from another release", t->last_path);
    for (size_t i = 0; i < n; i++)
        if (found[i] != facts[i].value)
            return rn_fail(RESNET_E_INVALID,
                           "%s: a run with %s %" PRIu64 ", which cannot go on with %" PRIu64,
                           t->last_path, facts[i].name, found[i], facts[i].value);
    return RESNET_OK;
}

/* ---- arrays ---- */

/* Does something with one array of the run. */
typedef resnet_status (*visit)(rn_checkpoint *checkpoint, const char *name, size_t n_dims,
                               const uint64_t *dims, float *values);

static resnet_status add_array(rn_checkpoint *checkpoint, const char *name, size_t n_dims,
                               const uint64_t *dims, float *values)
{
    return rn_checkpoint_add_f32(checkpoint, name, n_dims, dims, values);
}

static size_t count_floats(size_t n_dims, const uint64_t *dims)
{
    size_t count = 1;
    for (size_t i = 0; i < n_dims; i++) count *= (size_t)dims[i];
    return count;
}

static resnet_status check_array(rn_checkpoint *checkpoint, const char *name, size_t n_dims,
                                 const uint64_t *dims, float *values)
{
    size_t n_found = 0;
    (void)values;
    if (!rn_checkpoint_find_f32(checkpoint, name, &n_found))
        return rn_fail(RESNET_E_SHAPE, "the checkpoint has no %s", name);
    if (n_found != count_floats(n_dims, dims))
        return rn_fail(RESNET_E_SHAPE, "the checkpoint's %s has %zu values, not %zu", name, n_found,
                       count_floats(n_dims, dims));
    return RESNET_OK;
}

static resnet_status take_array(rn_checkpoint *checkpoint, const char *name, size_t n_dims,
                                const uint64_t *dims, float *values)
{
    resnet_status status;
    RN_TRY(check_array(checkpoint, name, n_dims, dims, values));
    memcpy(values, rn_checkpoint_find_f32(checkpoint, name, NULL),
           count_floats(n_dims, dims) * sizeof *values);
done:
    return status;
}

/* The tensors of the net as they lie in `arena`, called "kind:name". */
static resnet_status visit_arena(rn_checkpoint *checkpoint, const rn_net *net, float *arena,
                                 const char *kind, visit what)
{
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < net->n_params && status == RESNET_OK; i++) {
        const rn_param *param = &net->params[i];
        uint64_t dims[4];
        char name[MAX_NAME];
        for (size_t d = 0; d < param->n_dims; d++) dims[d] = param->dims[d];
        snprintf(name, sizeof name, "%s:%s", kind, param->name);
        status = what(checkpoint, name, param->n_dims, dims, arena + param->offset);
    }
    return status;
}

static resnet_status visit_values(rn_checkpoint *checkpoint, resnet_trainer *t, visit what)
{
    const rn_net *net = t->model->net;
    resnet_status status;
    RN_TRY(visit_arena(checkpoint, net, net->arena, "model", what));
    if (t->ema) RN_TRY(visit_arena(checkpoint, net, rn_ema_get_values(t->ema), "average", what));
    if (t->best_values) status = visit_arena(checkpoint, net, t->best_values, "best", what);
done:
    return status;
}

static resnet_status visit_optimizer(rn_checkpoint *checkpoint, const resnet_trainer *t, visit what)
{
    const rn_optimizer *optimizer = rn_phase_get_optimizer(t->phase);
    resnet_status status = RESNET_OK;
    for (size_t i = 0; i < rn_optimizer_get_n_arrays(optimizer) && status == RESNET_OK; i++) {
        const rn_optimizer_array array = rn_optimizer_get_array(optimizer, i);
        const uint64_t count = array.count;
        char name[MAX_NAME];
        snprintf(name, sizeof name, "%s:%s", array.slot, array.param);
        status = what(checkpoint, name, 1, &count, array.values);
    }
    return status;
}

/* ---- saving ---- */

resnet_status rn_resume_open(resnet_trainer *t)
{
    const char *folder = t->options.checkpoint_folder;
    if (!folder) return RESNET_OK;
    resnet_status status = rn_files_make_folder(folder);
    if (status != RESNET_OK) return status;
    t->last_path = rn_format("%s/last.rnck", folder);
    t->best_path = rn_format("%s/best.h5", folder);
    if (!t->last_path || !t->best_path) return RESNET_E_NOMEM;
    status = rn_file_check(t->last_path);
    return status == RESNET_OK ? rn_file_check(t->best_path) : status;
}

/* Between two phases there is no optimiser whose state would be of use. */
static resnet_status add_optimizer(rn_checkpoint *checkpoint, const resnet_trainer *t,
                                   uint64_t *n_steps)
{
    resnet_status status;
    if (rn_trainer_is_head_epoch(t) != t->in_head_phase) return RESNET_OK;
    *n_steps = rn_optimizer_get_n_steps(rn_phase_get_optimizer(t->phase));
    RN_TRY(rn_checkpoint_add_u64(checkpoint, "optimizer_steps", 1, n_steps));
    status = visit_optimizer(checkpoint, t, add_array);
done:
    return status;
}

static resnet_status describe_failure(const resnet_trainer *t, resnet_status status,
                                      const char *path)
{
    char cause[512];
    snprintf(cause, sizeof cause, "%s", resnet_last_error());
    if (!t->has_saved) return rn_fail(status, "%s; there is no earlier checkpoint", cause);
    return rn_fail(status, "%s; %s of step %" PRIu64 " is still there", cause, path,
                   t->saved_steps);
}

resnet_status rn_resume_save(resnet_trainer *t)
{
    rn_checkpoint *checkpoint = NULL;
    uint64_t facts[MAX_FACTS], course[COURSE_WORDS], n_steps;
    resnet_status status = RESNET_OK;
    if (!t->last_path) return status;
    memcpy(course, &t->course, sizeof course);
    RN_TRY(rn_checkpoint_create(&checkpoint));
    RN_TRY(add_facts(checkpoint, t, facts));
    RN_TRY(rn_checkpoint_add_u64(checkpoint, "course", COURSE_WORDS, course));
    RN_TRY(visit_values(checkpoint, t, add_array));
    RN_TRY(add_optimizer(checkpoint, t, &n_steps));
    RN_TRY(rn_checkpoint_write(checkpoint, t->last_path));
    t->has_saved = true;
    t->saved_steps = t->course.steps;
done:
    rn_checkpoint_free(checkpoint);
    return status == RESNET_OK ? status : describe_failure(t, status, t->last_path);
}

resnet_status rn_resume_save_best(resnet_trainer *t)
{
    if (!t->best_path) return RESNET_OK;
    const resnet_status status = resnet_model_save(t->model, t->best_path, RESNET_FORMAT_HDF5);
    return status == RESNET_OK ? status : describe_failure(t, status, t->last_path);
}

/* ---- loading ---- */

static resnet_status take_course(const rn_checkpoint *checkpoint, resnet_trainer *t)
{
    size_t count = 0;
    const uint64_t *course = rn_checkpoint_find_u64(checkpoint, "course", &count);
    if (!course || count != COURSE_WORDS)
        return rn_fail(RESNET_E_UNSUPPORTED, "%s: from another release", t->last_path);
    memcpy(&t->course, course, sizeof t->course);
    return RESNET_OK;
}

static resnet_status take_optimizer(rn_checkpoint *checkpoint, resnet_trainer *t)
{
    const uint64_t *n_steps = rn_checkpoint_find_u64(checkpoint, "optimizer_steps", NULL);
    if (!n_steps) return RESNET_OK;
    rn_optimizer_set_n_steps(rn_phase_get_optimizer(t->phase), *n_steps);
    return visit_optimizer(checkpoint, t, take_array);
}

resnet_status rn_resume_load(resnet_trainer *t)
{
    rn_checkpoint *checkpoint = NULL;
    resnet_status status = RESNET_OK;
    if (!t->options.resume || access(t->last_path, F_OK) != 0) return status;
    RN_TRY(rn_checkpoint_read(&checkpoint, t->last_path, MAX_BYTES));
    RN_TRY(check_facts(checkpoint, t));
    RN_TRY(visit_values(checkpoint, t, check_array)); /* before anything is changed */
    RN_TRY(take_course(checkpoint, t));
    RN_TRY(visit_values(checkpoint, t, take_array));
    t->model->net->generation++;
    RN_TRY(rn_trainer_enter_phase(t));
    RN_TRY(take_optimizer(checkpoint, t));
    t->has_saved = true;
    t->saved_steps = t->course.steps;
    rn_log_line(&t->log, RESNET_LOG_INFO, "%s: going on after step %" PRIu64 " of epoch %" PRIu64,
                t->last_path, t->course.steps, t->course.epoch);
done:
    rn_checkpoint_free(checkpoint);
    return status;
}
