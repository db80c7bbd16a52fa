/* SPDX-License-Identifier: MIT */
#include "train/resume.h"

#include "core/file.h"
#include "core/mem.h"
#include "store/checkpoint.h"
#include "train/facts.h"
#include "train/files.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_NAME 128
#define MAX_BYTES ((uint64_t)64 << 30)
#define MAX_FIELDS 64 /* of a course */

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

/* ---- the course ---- */

/* Its fields as a checkpoint has them: names, a line each, and values. */
typedef struct listed_course {
    char names[MAX_FIELDS * MAX_NAME];
    uint64_t values[MAX_FIELDS];
} listed_course;

static resnet_status add_course(rn_checkpoint *checkpoint, const rn_course *course,
                                listed_course *list)
{
    size_t n = 0, length = 0;
    const rn_course_field *fields = rn_course_list_fields(&n);
    resnet_status status;
    for (size_t i = 0; i < n; i++) {
        length += (size_t)snprintf(list->names + length, sizeof list->names - length, "%s\n",
                                   fields[i].name);
        memcpy(&list->values[i], (const char *)course + fields[i].offset, sizeof *list->values);
    }
    RN_TRY(rn_checkpoint_add_text(checkpoint, "course_names", list->names));
    status = rn_checkpoint_add_u64(checkpoint, "course", n, list->values);
done:
    return status;
}

static bool set_field(rn_course *course, const char *name, size_t length, uint64_t value)
{
    size_t n = 0;
    const rn_course_field *fields = rn_course_list_fields(&n);
    for (size_t i = 0; i < n; i++)
        if (strlen(fields[i].name) == length && memcmp(fields[i].name, name, length) == 0) {
            memcpy((char *)course + fields[i].offset, &value, sizeof value);
            return true;
        }
    return false;
}

/* Fields that an older checkpoint lacks stay as at a run's start. */
static resnet_status read_course(rn_course *out, const rn_checkpoint *checkpoint)
{
    size_t n = 0;
    const char *names = rn_checkpoint_find_text(checkpoint, "course_names");
    const uint64_t *values = rn_checkpoint_find_u64(checkpoint, "course", &n);
    if (!names || !values) return rn_fail(RESNET_E_UNSUPPORTED, "from an earlier release");
    for (size_t i = 0; i < n && *names; i++) {
        const size_t length = strcspn(names, "\n");
        if (!set_field(out, names, length, values[i]))
            return rn_fail(RESNET_E_UNSUPPORTED, "from a later release: its course has %.*s",
                           (int)length, names);
        names += length + (names[length] == '\n');
    }
    return RESNET_OK;
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
    RN_TRY(rn_file_check(t->last_path));
    RN_TRY(rn_file_check(t->best_path));
    status = rn_facts_create(&t->facts, t);
done:
    return status;
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

static resnet_status save(resnet_trainer *t, rn_checkpoint *checkpoint, listed_course *course)
{
    uint64_t n_steps;
    resnet_status status;
    RN_TRY(rn_facts_add(checkpoint, t->facts));
    RN_TRY(add_course(checkpoint, &t->course, course));
    RN_TRY(visit_values(checkpoint, t, add_array));
    RN_TRY(add_optimizer(checkpoint, t, &n_steps));
    status = rn_checkpoint_write(checkpoint, t->last_path);
done:
    return status;
}

resnet_status rn_resume_save(resnet_trainer *t)
{
    rn_checkpoint *checkpoint = NULL;
    listed_course course;
    resnet_status status;
    if (!t->last_path || t->holds_final) return RESNET_OK;
    RN_TRY(rn_checkpoint_create(&checkpoint));
    status = save(t, checkpoint, &course);
done:
    rn_checkpoint_free(checkpoint);
    t->is_save_failing = status != RESNET_OK;
    if (status != RESNET_OK) return describe_failure(t, status, t->last_path);
    t->has_saved = true;
    t->saved_steps = t->course.steps;
    return status;
}

resnet_status rn_resume_save_best(resnet_trainer *t)
{
    if (!t->best_path) return RESNET_OK;
    const resnet_status status = resnet_model_save(t->model, t->best_path, RESNET_FORMAT_HDF5);
    return status == RESNET_OK ? status : describe_failure(t, status, t->last_path);
}

/* ---- loading: everything is checked before anything is changed ---- */

/* The arrays of the optimiser that the checkpoint was written with, by a phase without data. */
static resnet_status check_optimizer(rn_checkpoint *checkpoint, resnet_trainer *t)
{
    resnet_status status;
    if (!rn_checkpoint_find_u64(checkpoint, "optimizer_steps", NULL)) return RESNET_OK;
    RN_TRY(rn_trainer_enter_phase(t, NULL));
    status = visit_optimizer(checkpoint, t, check_array);
done:
    rn_trainer_leave_phase(t);
    return status;
}

static resnet_status take_optimizer(rn_checkpoint *checkpoint, resnet_trainer *t)
{
    const uint64_t *n_steps = rn_checkpoint_find_u64(checkpoint, "optimizer_steps", NULL);
    if (!n_steps) return RESNET_OK;
    rn_optimizer_set_n_steps(rn_phase_get_optimizer(t->phase), *n_steps);
    return visit_optimizer(checkpoint, t, take_array);
}

static resnet_status check(rn_checkpoint *checkpoint, resnet_trainer *t)
{
    resnet_status status;
    RN_TRY(rn_facts_check(checkpoint, t->facts));
    RN_TRY(read_course(&t->course, checkpoint));
    RN_TRY(visit_values(checkpoint, t, check_array));
    status = check_optimizer(checkpoint, t);
done:
    return status;
}

static resnet_status take(rn_checkpoint *checkpoint, resnet_trainer *t)
{
    resnet_status status;
    RN_TRY(visit_values(checkpoint, t, take_array));
    if (t->course.steps > 0) t->model->net->is_random = false;
    t->model->net->generation++;
    RN_TRY(rn_trainer_enter_phase(t, t->train));
    status = take_optimizer(checkpoint, t);
done:
    return status;
}

resnet_status rn_resume_load(resnet_trainer *t)
{
    rn_checkpoint *checkpoint = NULL;
    resnet_status status = RESNET_OK;
    if (!t->options.resume) return status;
    if (access(t->last_path, F_OK) != 0) {
        rn_log_line(&t->log, RESNET_LOG_WARNING, "%s: not there, so training begins anew",
                    t->last_path);
        return status;
    }
    RN_TRY(rn_checkpoint_read(&checkpoint, t->last_path, MAX_BYTES));
    status = check(checkpoint, t);
    if (status != RESNET_OK) status = rn_fail_in(status, t->last_path);
    if (status != RESNET_OK) goto done;
    RN_TRY(take(checkpoint, t));
    t->has_saved = true;
    t->saved_steps = t->course.steps;
    rn_log_line(&t->log, RESNET_LOG_INFO,
                "%s: going on after step %" PRIu64 ", %" PRIu64 " epochs are done", t->last_path,
                t->course.steps, t->course.epoch);
done:
    rn_checkpoint_free(checkpoint);
    return status;
}
