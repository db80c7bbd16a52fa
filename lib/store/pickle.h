/** Python pickles, as data. A small machine that builds lists, dictionaries, numbers, strings and
 *  descriptions of tensors; it has no way to run anything. What names a state dict has no need
 *  of make is inert: it takes part in nothing. Names that are there to run something are refused.
 * SPDX-License-Identifier: MIT */
#ifndef RN_STORE_PICKLE_H
#define RN_STORE_PICKLE_H

#include "store/raw.h"

#define RN_PICKLE_MAX_BYTES (64u << 20)
#define RN_PICKLE_MAX_VALUES 1000000

enum rn_pickle_kind {
    RN_PICKLE_NONE,
    RN_PICKLE_MARK,
    RN_PICKLE_BOOL,    /* integer */
    RN_PICKLE_INT,     /* integer */
    RN_PICKLE_STRING,  /* text, length; bytes too */
    RN_PICKLE_TUPLE,   /* items, count */
    RN_PICKLE_LIST,    /* items, count */
    RN_PICKLE_DICT,    /* items are key, value, key, value; count is of items */
    RN_PICKLE_GLOBAL,  /* integer: row of the list of names that mean something */
    RN_PICKLE_FOREIGN, /* text, terminated and printable: any other name */
    RN_PICKLE_STORAGE,
    RN_PICKLE_TENSOR,
    RN_PICKLE_REFERENCE, /* text, length: a persistent id that names a tensor */
    RN_PICKLE_INERT      /* maker; floats, long integers, and objects of foreign classes */
};

typedef struct rn_pickle_value rn_pickle_value;

typedef struct rn_pickle_storage rn_pickle_storage;

/** One flat storage, of the persistent id ("storage", type, key, location, count[, view]). */
struct rn_pickle_storage {
    enum rn_dtype dtype;
    size_t element_size; /* 0: of a type that is not known */
    const char *key;     /* not terminated */
    size_t key_length;
    uint64_t count;             /* elements */
    uint64_t view_offset;       /* elements, into the storage of that key */
    rn_pickle_storage *next;    /* all that the pickle names */
    const unsigned char *bytes; /* for the container to fill in, with how many elements there are */
    uint64_t bytes_count;
};

typedef struct rn_pickle_tensor {
    const rn_pickle_value *storage;
    uint64_t offset; /* elements */
    size_t n_dims;
    uint64_t dims[RN_RAW_MAX_DIMS];
    uint64_t strides[RN_RAW_MAX_DIMS];
} rn_pickle_tensor;

struct rn_pickle_value {
    enum rn_pickle_kind kind;
    union {
        int64_t integer;
        struct {
            const char *text; /* into the pickle's bytes, not terminated */
            size_t length;
        };
        struct {
            rn_pickle_value **items;
            size_t count;
            size_t capacity;
        };
        rn_pickle_storage *storage;
        rn_pickle_tensor *tensor;
        const rn_pickle_value *maker; /* the foreign name that was called, or NULL */
    };
};

typedef struct rn_pickle rn_pickle;

/** Reads one pickle from the front of `bytes`, which must outlive it. *out_used: its length.
 *  FORMAT (damaged), UNSUPPORTED (a name or opcode made to run something, an opcode off the list,
 * too large, beyond the budget), NOMEM. */
resnet_status rn_pickle_read(rn_pickle **out, size_t *out_used, const void *bytes, size_t size,
                             rn_budget *budget);
void rn_pickle_free(rn_pickle *pickle);
const rn_pickle_value *rn_pickle_get_root(const rn_pickle *pickle);
/** Every storage that was named, for containers that keep them behind the pickle. */
rn_pickle_storage *rn_pickle_get_storages(const rn_pickle *pickle);

/** The value of a string key, or NULL. */
const rn_pickle_value *rn_pickle_find(const rn_pickle_value *dict, const char *key);
/** The foreign name that made this, as text, or NULL. */
const char *rn_pickle_get_maker(const rn_pickle_value *value);
/** The first foreign name that the pickle has, or NULL. */
const char *rn_pickle_get_foreign(const rn_pickle *pickle);
/** Sets dtype and element_size from a name such as torch.FloatStorage; false for what is no name.
 */
bool rn_pickle_set_type(rn_pickle_storage *storage, const rn_pickle_value *type);
bool rn_pickle_is_text(const rn_pickle_value *value, const char *text);

#endif
