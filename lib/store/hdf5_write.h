/** Writing HDF5: a tree of groups, arrays and text attributes becomes the bytes of a file that
 * every HDF5 library since 1.8 (2008) reads. Objects are described first; their values are asked
 * for once the file's memory is there, so that nothing is kept twice. The same content gives the
 * same bytes. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_HDF5_WRITE_H
#define RN_STORE_HDF5_WRITE_H

#include "core/error.h"

#include <stddef.h>

typedef struct rn_h5_draft rn_h5_draft;

/** Number of the group that every file begins with. */
#define RN_H5_ROOT 0

/** An empty file. NOMEM. */
resnet_status rn_h5_draft_create(rn_h5_draft **out);
void rn_h5_draft_free(rn_h5_draft *draft);

/** Adds a group to a group; *out is its number. A group's names must differ; they are copied.
 *  NOMEM. */
resnet_status rn_h5_add_group(rn_h5_draft *draft, size_t *out, size_t parent, const char *name);

enum rn_h5_element { RN_H5_F32, RN_H5_U64, RN_H5_U8 };

/** Puts an array's values to `out`, which holds zeros and has room for them all. */
typedef void (*rn_h5_fill)(void *out, const void *source);

/** Adds an array to a group, row-major and little-endian, 64-byte aligned in the file. `fill` is
 *  called with `source` by rn_h5_draft_finish(); NULL: the array is of zeros. NOMEM. */
resnet_status rn_h5_add_array(rn_h5_draft *draft, size_t parent, const char *name,
                              enum rn_h5_element element, size_t n_dims, const uint64_t *dims,
                              rn_h5_fill fill, const void *source);

/** Adds a text attribute to a group; longer than an attribute may be, it becomes name0, name1, ...
 *  NOMEM. */
resnet_status rn_h5_add_text(rn_h5_draft *draft, size_t group, const char *name, const char *text);
/** Adds an attribute of `count` texts of `width` bytes each, padded with zeros; together below
 *  65,000 bytes. NOMEM. */
resnet_status rn_h5_add_text_array(rn_h5_draft *draft, size_t group, const char *name,
                                   const char *texts, size_t count, size_t width);

/** The file's bytes, for rn_free(), after `user_block` zero bytes (0, 512, 1024, ...) for the
 *  caller. NOMEM. */
resnet_status rn_h5_draft_finish(rn_h5_draft *draft, size_t user_block, unsigned char **out,
                                 size_t *out_size);

#endif
