/** What the files of the HDF5 reader share: bytes of the file, checked at every step.
 *  The format: "HDF5 File Format Specification Version 3.0" of The HDF Group.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_STORE_HDF5_PARTS_H
#define RN_STORE_HDF5_PARTS_H

#include "store/hdf5_checksum.h"
#include "store/hdf5_read.h"

#define RN_H5_UNDEFINED UINT64_MAX /* an address of all ones: nothing there */
#define RN_H5_NAME_PRICE 1024      /* bytes: what a name costs to keep, to sort and to find */

struct rn_h5_file {
    const unsigned char *bytes; /* all of it, or NULL: */
    int fd;
    uint64_t size;
    uint64_t base; /* what addresses count from, <= size */
    uint64_t root; /* the root group's object header */
    uint8_t offset_size, length_size;
    rn_budget *budget;
};

/* hdf5_bytes.c */

/** FORMAT: "HDF5: damaged <what> at byte <place>". */
resnet_status rn_h5_fail_damaged(const rn_h5_file *file, const char *what, uint64_t address);

/** Bytes of the file, for rn_h5_drop(). */
typedef struct rn_h5_span {
    const unsigned char *bytes; /* never NULL */
    size_t size;
    void *owned;
} rn_h5_span;

/** Not paid for. FORMAT beyond the end. */
resnet_status rn_h5_view(rn_h5_span *out, const rn_h5_file *file, uint64_t address, uint64_t size,
                         const char *what);
/** Paid for, with something for the visit itself. */
resnet_status rn_h5_load(rn_h5_span *out, const rn_h5_file *file, uint64_t address, uint64_t size,
                         const char *what);
/** The same of a structure that ends in the checksum of all its other bytes. */
resnet_status rn_h5_load_checked(rn_h5_span *out, const rn_h5_file *file, uint64_t address,
                                 uint64_t size, const char *what);
/** Copies without paying. */
resnet_status rn_h5_copy(const rn_h5_file *file, uint64_t address, uint64_t size, void *out,
                         const char *what);
/** Fine on a zeroed one. */
void rn_h5_drop(rn_h5_span *span);
/** Whether they lie in the file. */
bool rn_h5_is_inside(const rn_h5_file *file, uint64_t address, uint64_t size);

/** Reads little-endian fields one after the other. Past the end it gives zeros and remembers, so
 *  that one look at `failed` judges a whole structure. */
typedef struct rn_h5_cursor {
    const unsigned char *at;
    size_t left;
    bool failed;
    uint8_t offset_size, length_size;
} rn_h5_cursor;

rn_h5_cursor rn_h5_cursor_make(const rn_h5_file *file, const unsigned char *bytes, size_t size);
const unsigned char *rn_h5_take_bytes(rn_h5_cursor *cursor, size_t size); /* NULL past the end */
void rn_h5_skip(rn_h5_cursor *cursor, size_t size);
uint64_t rn_h5_take(rn_h5_cursor *cursor, size_t width); /* 0 to 8 bytes */
uint64_t rn_h5_take_address(rn_h5_cursor *cursor);
uint64_t rn_h5_take_length(rn_h5_cursor *cursor);
/** Four letters and a version. */
bool rn_h5_take_magic(rn_h5_cursor *cursor, const char *letters, unsigned version);

/** The position of the highest bit set; 0 of 0. */
unsigned rn_h5_log2(uint64_t value);

/* hdf5_object.c */

enum rn_h5_message_type {
    RN_H5_MESSAGE_NIL,
    RN_H5_MESSAGE_SPACE,
    RN_H5_MESSAGE_LINK_INFO,
    RN_H5_MESSAGE_TYPE,
    RN_H5_MESSAGE_LINK = 6,
    RN_H5_MESSAGE_EXTERNAL,
    RN_H5_MESSAGE_LAYOUT,
    RN_H5_MESSAGE_GROUP_INFO = 10,
    RN_H5_MESSAGE_FILTERS,
    RN_H5_MESSAGE_ATTRIBUTE,
    RN_H5_MESSAGE_CONTINUATION = 16,
    RN_H5_MESSAGE_SYMBOLS,
    RN_H5_MESSAGE_ATTRIBUTE_INFO = 21,
    RN_H5_MESSAGE_LAST = 23
};

typedef struct rn_h5_message {
    enum rn_h5_message_type type;
    bool shared; /* it only says where the message is */
    size_t size;
    const unsigned char *bytes;
} rn_h5_message;

typedef struct rn_h5_attribute {
    char *name;
    const unsigned char *bytes; /* of the message */
    size_t size;
} rn_h5_attribute;

typedef struct rn_h5_link {
    char *name;
    uint64_t address; /* of a hard link */
    char *target;     /* of a soft link, else NULL */
    bool external;    /* or of another kind */
} rn_h5_link;

typedef struct rn_h5_heap rn_h5_heap;

struct rn_h5_object {
    const rn_h5_file *file;
    uint64_t address;
    enum rn_h5_kind kind;
    rn_h5_span *blocks; /* what messages point into */
    size_t n_blocks, blocks_capacity;
    rn_h5_message *messages;
    size_t n_messages, messages_capacity;
    rn_h5_heap *heap;            /* what many attributes lie in, or NULL */
    rn_h5_attribute *attributes; /* by name */
    size_t n_attributes, attributes_capacity;
    rn_h5_link *links; /* by name */
    size_t n_links, links_capacity;
};

/** Only the messages; NULL `attributes` and `links`. */
resnet_status rn_h5_open_header(rn_h5_object **out, const rn_h5_file *file, uint64_t address);
resnet_status rn_h5_open_object(rn_h5_object **out, const rn_h5_file *file, uint64_t address);
/** The first message of the type, or NULL. */
const rn_h5_message *rn_h5_find_message(const rn_h5_object *object, enum rn_h5_message_type type);
/** Makes room for one more element of a growing array, paid for. `items`: where its pointer is. */
resnet_status rn_h5_grow(const rn_h5_file *file, void *items, size_t count, size_t *capacity,
                         size_t size);

/* hdf5_group.c, hdf5_attribute.c */

/** Fills object->links, object->attributes. */
resnet_status rn_h5_load_links(rn_h5_object *object);
resnet_status rn_h5_load_attributes(rn_h5_object *object);
/** The attribute of that name, or NULL. */
const rn_h5_attribute *rn_h5_find_attribute(const rn_h5_object *object, const char *name);
/** Adds the attribute's texts to those there are; none when there is no such attribute. */
resnet_status rn_h5_append_texts(rn_h5_texts *texts, const rn_h5_object *object, const char *name);

/* hdf5_tree.c */

/** Called for each record; `record` is gone afterwards. */
typedef resnet_status (*rn_h5_visit)(void *user_data, const unsigned char *record, size_t size,
                                     uint64_t child);

/** Version 1: keys of key_size bytes between children, of which the lowest are given to `visit`
 *  with the key before each. type 0: groups, 1: chunks. */
resnet_status rn_h5_walk_tree(const rn_h5_file *file, uint64_t address, unsigned type,
                              size_t key_size, rn_h5_visit visit, void *user_data);
/** Version 2: records of the given type; `child` is not used. */
resnet_status rn_h5_walk_records(const rn_h5_file *file, uint64_t address, unsigned type,
                                 rn_h5_visit visit, void *user_data);

/* hdf5_heap.c */

/** A fractal heap: objects of any size, found by an identifier of the heap's own. */
resnet_status rn_h5_heap_open(rn_h5_heap **out, const rn_h5_file *file, uint64_t address);
void rn_h5_heap_close(rn_h5_heap *heap);
/** The object's bytes, which stay until the heap is closed. */
resnet_status rn_h5_heap_get(rn_h5_heap *heap, const unsigned char *id, size_t id_size,
                             const unsigned char **out, size_t *out_size);

/* hdf5_type.c */

typedef struct rn_h5_space {
    size_t n_dims;
    uint64_t dims[RN_H5_MAX_DIMS];
    uint64_t max_dims[RN_H5_MAX_DIMS]; /* UINT64_MAX: unlimited */
    uint64_t count;                    /* of elements; 0 of the null space, 1 of a scalar */
} rn_h5_space;

resnet_status rn_h5_parse_space(rn_h5_space *out, const rn_h5_file *file,
                                const unsigned char *bytes, size_t size);
/** shared: the bytes say where the type is. */
resnet_status rn_h5_parse_type(rn_h5_type *out, const rn_h5_file *file, const unsigned char *bytes,
                               size_t size, bool shared);

/* hdf5_text.c */

/** Adds `count` texts of `type` that these bytes are. `name` is for messages. */
resnet_status rn_h5_decode_texts(rn_h5_texts *texts, const rn_h5_file *file, const rn_h5_type *type,
                                 uint64_t count, const unsigned char *bytes, size_t size,
                                 const char *name);

/* hdf5_filter.c */

enum rn_h5_filter { RN_H5_DEFLATE = 1, RN_H5_SHUFFLE, RN_H5_FLETCHER32 };
#define RN_H5_MAX_FILTERS 3 /* each once */

typedef struct rn_h5_filters {
    size_t count;
    enum rn_h5_filter kinds[RN_H5_MAX_FILTERS]; /* in the order in which a writer applies them */
    uint32_t widths[RN_H5_MAX_FILTERS];         /* of a shuffle's elements, bytes */
} rn_h5_filters;

resnet_status rn_h5_parse_filters(rn_h5_filters *out, const rn_h5_file *file,
                                  const rn_h5_message *message, const char *path);
/** Whether `stored` bytes can be those of a piece of `size` bytes; mask: bit i: filter i skipped.
 */
bool rn_h5_is_plausible(const rn_h5_filters *filters, uint32_t mask, uint64_t stored,
                        uint64_t size);
/** Undoes the filters on the piece in `io`, which has `size` bytes afterwards. */
resnet_status rn_h5_unfilter(rn_h5_span *io, const rn_h5_filters *filters, uint32_t mask,
                             uint64_t size, const char *path);

/* hdf5_chunks.c, hdf5_chunk_array.c */

typedef struct rn_h5_chunk {
    uint64_t address; /* RN_H5_UNDEFINED: never written */
    uint64_t size;    /* in the file */
    uint32_t mask;    /* bit i: filter i was not applied */
} rn_h5_chunk;

enum rn_h5_index_kind {
    RN_H5_INDEX_TREE, /* version 1 */
    RN_H5_INDEX_SINGLE,
    RN_H5_INDEX_IMPLICIT,
    RN_H5_INDEX_FIXED_ARRAY,
    RN_H5_INDEX_EXTENSIBLE_ARRAY,
    RN_H5_INDEX_RECORDS /* version 2 */
};

enum rn_h5_layout_kind { RN_H5_COMPACT, RN_H5_CONTIGUOUS, RN_H5_CHUNKED };

typedef struct rn_h5_cache rn_h5_cache;

struct rn_h5_dataset {
    const rn_h5_file *file;
    char *path;
    rn_h5_type type;
    rn_h5_space space;
    enum rn_h5_layout_kind layout;
    uint64_t address;   /* of contiguous data, or of the chunks' index */
    uint64_t data_size; /* of compact and contiguous data, bytes */
    void *compact;
    rn_h5_filters filters;
    enum rn_h5_index_kind index;
    bool plain_edges;                   /* chunks that reach over an edge are not filtered */
    uint64_t chunk[RN_H5_MAX_DIMS];     /* elements of a chunk along each dimension */
    uint64_t grid[RN_H5_MAX_DIMS];      /* chunks along each dimension */
    uint64_t max_grid[RN_H5_MAX_DIMS];  /* the same when grown to max_dims; UINT64_MAX: no end */
    uint64_t chunk_size;                /* bytes */
    rn_h5_chunk single;                 /* RN_H5_INDEX_SINGLE */
    rn_h5_chunk *chunks;                /* row-major over the grid */
    uint64_t n_chunks, n_found, stored; /* stored: bytes of those found */
    rn_h5_cache *cache;
};

/** Reads the rest of a layout message of chunks, from behind the class. */
resnet_status rn_h5_parse_chunks(rn_h5_dataset *set, rn_h5_cursor *cursor, unsigned version);
/** Finds every chunk. FORMAT if one was never written. */
resnet_status rn_h5_index_chunks(rn_h5_dataset *set);
/** Notes the chunk at those places of the grid; one outside is passed over. */
resnet_status rn_h5_put_chunk(rn_h5_dataset *set, const uint64_t *place, uint64_t address,
                              uint64_t size, uint32_t mask);
/** The same of an array's element for the chunk number `index` of max_grid, the unlimited
 *  dimension first. */
resnet_status rn_h5_put_element(rn_h5_dataset *set, uint64_t index, const unsigned char *element,
                                size_t size);
resnet_status rn_h5_index_fixed_array(rn_h5_dataset *set);
resnet_status rn_h5_index_extensible_array(rn_h5_dataset *set);
/** The chunk's elements, chunk_size bytes. */
resnet_status rn_h5_unpack_chunk(rn_h5_span *out, const rn_h5_dataset *set, uint64_t index,
                                 rn_budget *budget);

/* hdf5_cache.c: unpacked chunks; any thread. */

/** A chunk in use: rn_h5_cache_give_back(). */
typedef struct rn_h5_loan {
    const unsigned char *bytes;
    rn_h5_span span; /* not from the cache */
    size_t slot;
    bool exclusive;
} rn_h5_loan;

resnet_status rn_h5_cache_create(rn_h5_cache **out, size_t chunk_size, size_t capacity);
void rn_h5_cache_free(rn_h5_cache *cache);
/** As rn_h5_unpack_chunk(). */
resnet_status rn_h5_cache_borrow(rn_h5_loan *out, rn_h5_cache *cache, const rn_h5_dataset *set,
                                 uint64_t index, rn_budget *budget);
void rn_h5_cache_give_back(rn_h5_cache *cache, rn_h5_loan *loan);

#endif
