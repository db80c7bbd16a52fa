/** The machine's memory: values in an arena, the stack, the memo. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_PICKLE_MACHINE_H
#define RN_STORE_PICKLE_MACHINE_H

#include "store/pickle.h"

struct rn_pickle {
    struct rn_pickle_chunk *chunks; /* everything below but the two arrays lies in these */
    rn_pickle_value **stack;
    size_t n_stack, stack_capacity;
    rn_pickle_value **memo;
    size_t n_memo, memo_capacity;
    size_t n_values;
    rn_pickle_value *root;
    rn_pickle_storage *storages;
    const char *foreign; /* the first one named */
    rn_budget *budget;
    const unsigned char *next, *end; /* bytes yet to be read */
};

/** Zeroed room that lives as long as the machine, paid from the budget. UNSUPPORTED, NOMEM. */
resnet_status rn_pickle_room(rn_pickle *machine, void **out, size_t count, size_t size);
void rn_pickle_free_room(rn_pickle *machine);

resnet_status rn_pickle_new(rn_pickle *machine, rn_pickle_value **out, enum rn_pickle_kind kind);
resnet_status rn_pickle_push(rn_pickle *machine, rn_pickle_value *value);
/** FORMAT when the stack is empty or its top is a mark. */
resnet_status rn_pickle_pop(rn_pickle *machine, rn_pickle_value **out);
/** How many values lie above the topmost mark, FORMAT without one. They stay on the stack. */
resnet_status rn_pickle_above_mark(const rn_pickle *machine, size_t *out);
/** Forgets `count` values and the mark beneath. */
void rn_pickle_drop_mark(rn_pickle *machine, size_t count);
/** Appends to a tuple, list or dict. */
resnet_status rn_pickle_append(rn_pickle *machine, rn_pickle_value *container,
                               rn_pickle_value *const *items, size_t count);
resnet_status rn_pickle_memo_put(rn_pickle *machine, size_t index, rn_pickle_value *value);
resnet_status rn_pickle_memo_get(const rn_pickle *machine, size_t index, rn_pickle_value **out);

#endif
