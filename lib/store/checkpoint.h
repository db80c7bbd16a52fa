/** A run of training at rest: named arrays and texts in one HDF5 file, written so that a crash
 * never costs the one before, and sealed by a checksum of all its bytes so that damage is noticed
 * before HDF5 sees it. The seal is in the user block, the 512 bytes that HDF5 leaves to us. The
 * same content gives the same bytes. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_CHECKPOINT_H
#define RN_STORE_CHECKPOINT_H

#include "core/error.h"

#include <stdbool.h>

#define RN_CHECKPOINT_MAX_DIMS 8
#define RN_CHECKPOINT_MAX_NAME 255 /* bytes; no '/', not "." */

typedef struct rn_checkpoint rn_checkpoint;

/** An empty one. */
resnet_status rn_checkpoint_create(rn_checkpoint **out);
void rn_checkpoint_free(rn_checkpoint *checkpoint);

/** Adds an array or text. Values are borrowed until rn_checkpoint_write() has returned; names and
 *  texts are copied. INVALID for a name that is taken or cannot be one. */
resnet_status rn_checkpoint_add_f32(rn_checkpoint *checkpoint, const char *name, size_t n_dims,
                                    const uint64_t *dims, const float *values);
resnet_status rn_checkpoint_add_u64(rn_checkpoint *checkpoint, const char *name, size_t count,
                                    const uint64_t *values);
resnet_status rn_checkpoint_add_text(rn_checkpoint *checkpoint, const char *name, const char *text);

/** Writes through a temporary file: sync, rename. IO leaves what stood at `path`. */
resnet_status rn_checkpoint_write(const rn_checkpoint *checkpoint, const char *path);

/** IO, UNSUPPORTED (above max_bytes), FORMAT (another kind of file, or damaged; the message names
 * the file), NOMEM. */
resnet_status rn_checkpoint_read(rn_checkpoint **out, const char *path, uint64_t max_bytes);

/** Views that live as long as the checkpoint; NULL when there is none of that name and type.
 *  *out_count: elements; may be NULL. Empty arrays give a pointer not to be read. */
const float *rn_checkpoint_find_f32(const rn_checkpoint *checkpoint, const char *name,
                                    size_t *out_count);
const uint64_t *rn_checkpoint_find_u64(const rn_checkpoint *checkpoint, const char *name,
                                       size_t *out_count);
const char *rn_checkpoint_find_text(const rn_checkpoint *checkpoint, const char *name);
/** The shape of an array; false when there is none of that name. */
bool rn_checkpoint_get_dims(const rn_checkpoint *checkpoint, const char *name, size_t *out_n_dims,
                            uint64_t out_dims[RN_CHECKPOINT_MAX_DIMS]);

/** Entries in order: as added, or by name when read. NULL past the end. */
const char *rn_checkpoint_get_name(const rn_checkpoint *checkpoint, size_t index);

#endif
