/** Reading HDF5 without libhdf5: the part of the format that Keras, h5py and libhdf5 1.8 to 1.14
 *  write arrays and texts in. Every step is paid for out of a budget and stays within the file, so
 *  that no file crashes, loops or takes more than it may. An object that a damaged structure hides
 * is an error, never absence. Handles of one file may be read by several threads at once where it
 * says so. FORMAT (damaged), UNSUPPORTED (outside the part, or the budget), NOMEM, IO
 * (descriptors). SPDX-License-Identifier: MIT */
#ifndef RN_STORE_HDF5_READ_H
#define RN_STORE_HDF5_READ_H

#include "core/budget.h"
#include "store/raw.h"

#define RN_H5_MAX_DIMS RN_RAW_MAX_DIMS

typedef struct rn_h5_file rn_h5_file;

/** The bytes, the descriptor (read by pread()) and the budget must outlive the file and all that is
 *  opened in it. A user block of 512, 1024, ... bytes may stand before it. */
resnet_status rn_h5_open_bytes(rn_h5_file **out, const void *bytes, size_t size, rn_budget *budget);
resnet_status rn_h5_open_descriptor(rn_h5_file **out, int fd, rn_budget *budget);
void rn_h5_close(rn_h5_file *file);

/** A group, a dataset or a named type, with its attributes and, of a group, its links. */
typedef struct rn_h5_object rn_h5_object;
enum rn_h5_kind { RN_H5_GROUP, RN_H5_DATASET, RN_H5_OTHER };

resnet_status rn_h5_open_root(rn_h5_object **out, const rn_h5_file *file);
/** Follows a path from the group, soft links within the file included. OK and *out NULL when a name
 *  on the way is not there; UNSUPPORTED for a link to another file. */
resnet_status rn_h5_find(rn_h5_object **out, const rn_h5_object *group, const char *path);
void rn_h5_object_free(rn_h5_object *object);

enum rn_h5_kind rn_h5_get_kind(const rn_h5_object *object);
/** A group's links in the order of their names' bytes; 0 of other objects. */
size_t rn_h5_count_links(const rn_h5_object *object);
const char *rn_h5_get_link(const rn_h5_object *object, size_t index);
bool rn_h5_has_attribute(const rn_h5_object *object, const char *name);

/** Texts of an attribute, of a list cut into several, or of a dataset. */
typedef struct rn_h5_texts {
    char **items;
    size_t count;
    bool found; /* there is such an attribute, be it an empty list */
} rn_h5_texts;
void rn_h5_texts_free(rn_h5_texts *texts);

/** Reads a text attribute, one string or many, fixed or variable, whatever its padding. None, or
 * one without elements (h5py's empty list is of numbers), gives no texts. FORMAT for another type.
 */
resnet_status rn_h5_read_texts(rn_h5_texts *out, const rn_h5_object *object, const char *name);
/** The same of a list that Keras cut into name0, name1, ... when it passed 64,512 bytes. */
resnet_status rn_h5_read_text_chunks(rn_h5_texts *out, const rn_h5_object *object,
                                     const char *name);
/** The first text; *out NULL if there is no such attribute. FORMAT if it holds none. */
resnet_status rn_h5_read_text(char **out, const rn_h5_object *object, const char *name);

enum rn_h5_class {
    RN_H5_INTEGER, /* of all its bits */
    RN_H5_FLOAT,   /* whose layout `dtype` names */
    RN_H5_TEXT,    /* of `size` bytes */
    RN_H5_VARIABLE_TEXT,
    RN_H5_OTHER_CLASS
};

typedef struct rn_h5_type {
    enum rn_h5_class class;
    uint32_t size;       /* bytes of an element in the file, > 0 */
    bool big_endian;     /* numbers */
    bool is_signed;      /* integers */
    bool space_padded;   /* texts of fixed size */
    enum rn_dtype dtype; /* floats; else RN_DTYPE_OTHER */
} rn_h5_type;

/** A dataset, checked: all of its elements are in the file. */
typedef struct rn_h5_dataset rn_h5_dataset;

/** `path` is for messages. FORMAT for what was never written; UNSUPPORTED for what is kept outside
 *  the file or packed by another filter than deflate, shuffle and fletcher32. */
resnet_status rn_h5_dataset_open(rn_h5_dataset **out, const rn_h5_object *object, const char *path);
void rn_h5_dataset_free(rn_h5_dataset *set);

rn_h5_type rn_h5_dataset_get_type(const rn_h5_dataset *set);
size_t rn_h5_dataset_get_dims(const rn_h5_dataset *set, uint64_t dims[RN_H5_MAX_DIMS]);
/** Where all its bytes lie in memory, or NULL: packed, in pieces, or read by descriptor. */
const unsigned char *rn_h5_dataset_get_bytes(const rn_h5_dataset *set);

/** Keeps unpacked pieces for the next reader, `capacity` bytes of them or one piece. */
resnet_status rn_h5_dataset_keep_pieces(rn_h5_dataset *set, size_t capacity);

/** Copies `count` rows (elements of the first dimension; a scalar is one row) as they are stored,
 *  row-major. What is unpacked is paid for out of the budget; NULL: not counted, and then any
 *  thread. */
resnet_status rn_h5_dataset_read_rows(const rn_h5_dataset *set, uint64_t first, uint64_t count,
                                      void *out, rn_budget *budget);
/** All rows. */
resnet_status rn_h5_dataset_read(const rn_h5_dataset *set, void *out, rn_budget *budget);
/** All elements, little-endian as the hosts are. */
resnet_status rn_h5_dataset_read_native(const rn_h5_dataset *set, void *out, rn_budget *budget);
/** A dataset of texts. */
resnet_status rn_h5_dataset_read_texts(rn_h5_texts *out, const rn_h5_dataset *set);

#endif
