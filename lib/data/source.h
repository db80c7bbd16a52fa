/** Where the samples of a dataset come from: the part that its subsets share. Readers of each kind
 *  of data fill one; after that it never changes. SPDX-License-Identifier: MIT */
#ifndef RN_DATA_SOURCE_H
#define RN_DATA_SOURCE_H

#include "data/strings.h"

#include <resnet/dataset.h>
#include <stdatomic.h>

typedef struct rn_source rn_source;

/** A decoded sample. `image` may be the source's own; `owned` is to be freed by who asked. */
typedef struct rn_picture {
    const resnet_image *image;
    resnet_image *owned; /* NULL or the same as image */
} rn_picture;

/** How one kind of source works: it has either files' bytes or pictures. Both are called from many
 *  threads at once; their messages need not name the sample. */
typedef struct rn_source_kind {
    /* A JPEG or PNG file, in a block of rn_alloc() that passes to the caller. */
    resnet_status (*read_bytes)(void **out, size_t *out_size, const rn_source *source,
                                size_t sample);
    /* NULL if there is read_bytes. */
    resnet_status (*read_picture)(rn_picture *out, const rn_source *source, size_t sample,
                                  const resnet_image_options *options);
    void (*clear)(rn_source *source); /* frees what `state` holds; NULL: nothing */
    size_t state_size;                /* bytes; `state` starts as zeros */
    bool names_are_paths;             /* of the files that are read, where there are files */
} rn_source_kind;

struct rn_source {
    const rn_source_kind *kind;
    atomic_size_t n_users;
    rn_strings names;   /* of samples: a path, or "file#17" */
    rn_strings classes; /* in order of label */
    int32_t *labels;    /* of samples, or RESNET_UNLABELLED */
    size_t labels_capacity;
    size_t n_ignored, n_foreign;
    bool has_parts; /* the data say themselves which samples are held out */
    char *root;     /* a folder's path and a slash, with which names start; NULL: none */
    resnet_dataset_options options;
    void *state; /* the kind's own */
};

/** An empty source of image files, or of another kind. */
extern const rn_source_kind RN_SOURCE_FILES;
resnet_status rn_source_create(rn_source **out, const rn_source_kind *kind,
                               const resnet_dataset_options *options);
/** Appends a sample. */
resnet_status rn_source_add(rn_source *source, const char *name, size_t length, int32_t label);
resnet_status rn_source_add_class(rn_source *source, const char *name);
/** The folder whose path the names start with, which may be moved with all in it. */
resnet_status rn_source_set_root(rn_source *source, const char *root);
/** A sample's name without that. */
const char *rn_source_get_relative_name(const rn_source *source, size_t sample);
/** n classes at once; INVALID for none, NULL, or a name that is not UTF-8. */
resnet_status rn_source_add_classes(rn_source *source, const char *const *names, size_t n);
/** INVALID unless the label is one of the source's classes or RESNET_UNLABELLED. */
resnet_status rn_source_check_label(const rn_source *source, int32_t label);

/** The caller's options over the defaults, every field checked. */
resnet_status rn_source_read_options(resnet_dataset_options *out,
                                     const resnet_dataset_options *theirs);

rn_source *rn_source_retain(rn_source *source);
/** Frees it with its last user; NULL is fine. */
void rn_source_release(rn_source *source);

/** Makes a picture of a JPEG or PNG file's bytes. */
typedef resnet_status (*rn_source_decode)(void *context, resnet_image **out, const void *bytes,
                                          size_t size, const resnet_image_options *options);

/** Decodes a sample; if the options allow it, a JPEG no smaller than shrink_to px on its shorter
 *  side (0: in full). The message of a failure names the sample. */
resnet_status rn_source_read(rn_picture *out, const rn_source *source, size_t sample,
                             uint32_t shrink_to);
/** The same by the caller's own `decode`, for sources of files. */
resnet_status rn_source_decode_file(rn_picture *out, const rn_source *source, size_t sample,
                                    uint32_t shrink_to, rn_source_decode decode, void *context);
/** Whether a sample is a file that is not there, though its folder is: what was listed and then
 *  removed, or a link to nowhere. */
bool rn_source_is_gone(const rn_source *source, size_t sample);
static inline bool rn_source_has_files(const rn_source *source)
{
    return source->kind->read_bytes != NULL;
}
/** Decodes a sample for the recipe to be applied to: as large as that needs. */
resnet_status rn_source_read_for(rn_picture *out, const rn_source *source, size_t sample,
                                 const resnet_recipe *recipe);
/** Decodes only the recipe's crop of a sample, crop_width x crop_height px. */
resnet_status rn_source_read_crop(rn_picture *out, const rn_source *source, size_t sample,
                                  const resnet_recipe *recipe);
/** The recipe's crop of a picture already there. */
resnet_status rn_source_crop(resnet_image **out, const resnet_image *image,
                             const resnet_recipe *recipe);

#endif
