/** dataset.h: labelled images to learn from and to be measured on.
 *
 *      #include <resnet/dataset.h>
 *      #include <stdio.h>
 *      int main(void)
 *      {
 *          resnet_dataset_options options;
 *          resnet_dataset *training = NULL;
 *          if (resnet_dataset_options_init(&options, sizeof options) != RESNET_OK) return 1;
 *          options.part = RESNET_PART_TRAIN;
 *          if (resnet_dataset_open_folder(&training, "flowers", &options) != RESNET_OK) return 1;
 *          printf("%zu images of %zu classes\n", resnet_dataset_get_n_samples(training),
 *                 resnet_dataset_get_n_classes(training));
 *          resnet_dataset_free(training);
 *          return 0;
 *      }
 *
 *  A dataset lists samples; pixels are read when a trainer, or resnet_dataset_load_image(), wants
 *  them. It never changes once it is there, so any number of threads may read it. Subsets share
 *  what they were cut from and may outlive it.
 *  SPDX-License-Identifier: MIT */
#ifndef RESNET_DATASET_H
#define RESNET_DATASET_H

#include <resnet/error.h>
#include <resnet/export.h>
#include <resnet/image.h>

RESNET_BEGIN_DECLS

/** Samples (where each image is found, and its label) and the names of their classes.
 *  Thread-safety: immutable.  Since: 0.1 */
typedef struct resnet_dataset resnet_dataset;

/** The label of a sample that has none, such as those of a test set. */
#define RESNET_UNLABELLED (-1)

/** @name Which part of the data to open @{ */
#define RESNET_PART_ALL 0   /**< everything that has a label */
#define RESNET_PART_TRAIN 1 /**< to learn from */
#define RESNET_PART_VAL 2   /**< held out, to measure on */
#define RESNET_PART_TEST 3  /**< a separate test set, if the data has one */
/** @} */

/** @name What becomes of a sample that cannot be read or decoded @{ */
#define RESNET_CORRUPT_ERROR 0 /**< the work stops; the message names the file */
#define RESNET_CORRUPT_SKIP 1  /**< the sample is left out, counted and listed */
/** @} */

/** Fill with resnet_dataset_options_init(). Fields are only ever appended. */
typedef struct resnet_dataset_options {
    uint64_t struct_size;   /**< bytes; written by init */
    uint64_t seed;          /**< of the split into TRAIN and VAL; default 0 */
    double val_fraction;    /**< share of each class held out where the data itself does not say
                                 which samples are; in (0, 1); default 0.2 */
    uint64_t max_pixels;    /**< as in resnet_image_options */
    uint64_t max_bytes;     /**< as in resnet_image_options */
    const char *cache_file; /**< where to keep the listing of a large tree between runs; NULL (the
                                 default): nowhere. A listing is used again as long as no folder of
                                 the tree has changed; train/ and val/ get ".train" and ".val"
                                 appended to the name. Borrowed during the call only */
    int32_t part;           /**< RESNET_PART_*; default RESNET_PART_ALL */
    int32_t on_corrupt;     /**< RESNET_CORRUPT_*; default RESNET_CORRUPT_ERROR */
    uint32_t allow_empty;   /**< 1: a class may have no images; default 0, which refuses it */
    uint32_t orient;        /**< as in resnet_image_options; default 1 */
    uint32_t shrink;        /**< 1: JPEGs may be decoded at a half, a quarter or an eighth of their
                                 size when that is still enough for the recipe: several times
                                 faster for large photographs, and no longer bit-equal to Pillow;
                                 default 0 */
    uint32_t reserved;      /**< 0 */
} resnet_dataset_options;

/** Writes defaults to *options, never more than size bytes. Pass sizeof *options.
 *  INVALID: NULL, or a size no release ever had.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_dataset_options_init(resnet_dataset_options *options, size_t size);

/** Lists a folder that has one subfolder of images per class, as torchvision's ImageFolder: classes
 *  are numbered in the bytewise order of their names, files are found at any depth below their
 *  class and follow the same order. JPEG and PNG files count (.jpg .jpeg .png in any case); others
 *  are left out and counted (resnet_dataset_get_n_ignored()); hidden ones do not exist. Symbolic
 *  links are followed.
 *
 *  If `path` has a folder train/ that holds folders itself, parts are taken from folders: TRAIN
 *  from train/, VAL from the first there is of val/ valid/ validation/ test/, TEST from test/, ALL
 *  from TRAIN's and VAL's together. Classes are those of train/, in every part. Otherwise, and for
 *  train/ with none of the others beside it, TRAIN and VAL are a stratified split by val_fraction
 *  and seed, as by resnet_dataset_split(), and there is no TEST.
 *
 *  `options` may be NULL for defaults. The caller owns *out.
 *  INVALID (options), NOMEM, IO (a folder cannot be read; it is named), FORMAT (no class folders, a
 *  class without images, a class of val/ that train/ does not have, a class name that is not
 *  UTF-8, a folder that contains itself through a link), UNSUPPORTED (no such part).
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_dataset_open_folder(
    resnet_dataset **out, const char *path, const resnet_dataset_options *options);

/** Frees the dataset; NULL is fine. What was cut from it stays whole.  Since: 0.1 */
RESNET_API void resnet_dataset_free(resnet_dataset *dataset);

/** Number of samples; 0 for NULL.  Since: 0.1 */
RESNET_API size_t resnet_dataset_get_n_samples(const resnet_dataset *dataset);
/** Number of classes, those without samples included; 0 for NULL.  Since: 0.1 */
RESNET_API size_t resnet_dataset_get_n_classes(const resnet_dataset *dataset);
/** Name of class `index`, valid as long as the dataset; NULL if there is no such class.
 *  Since: 0.1 */
RESNET_API const char *resnet_dataset_get_class_name(const resnet_dataset *dataset, size_t index);
/** Where sample `index` is found: a file's path (the folder's as given, then "/" and what is below
 *  it), or a name for what is no file of its own, such as "data_batch_1.bin#17". Valid as long as
 *  the dataset; NULL if there is no such sample.  Since: 0.1 */
RESNET_API const char *resnet_dataset_get_path(const resnet_dataset *dataset, size_t index);
/** Label of sample `index`, in [0, n_classes); RESNET_UNLABELLED if it has none or there is no such
 *  sample.  Since: 0.1 */
RESNET_API int32_t resnet_dataset_get_label(const resnet_dataset *dataset, size_t index);
/** How many files were left out on opening because their names do not end as an image's.
 *  Since: 0.1 */
RESNET_API size_t resnet_dataset_get_n_ignored(const resnet_dataset *dataset);

/** Reads and decodes sample `index` as the dataset's options say; no recipe is applied. The caller
 *  owns *out and gives it to resnet_image_free().
 *  INVALID (no such sample), and whatever resnet_image_load() returns, the path in the message.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_dataset_load_image(resnet_image **out,
                                                                    const resnet_dataset *dataset,
                                                                    size_t index);

/** counts[c] becomes the number of samples of class c; `capacity` must be n_classes at least.
 *  INVALID.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_dataset_copy_class_counts(const resnet_dataset *dataset, uint64_t *counts, size_t capacity);

/** weights[c] becomes n_labelled / (n_present x counts[c]), where n_present is the number of
 *  classes that have samples; 0 for a class without. That is scikit-learn's
 *  compute_class_weight("balanced"), and what Keras's class_weight takes. `capacity` must be
 *  n_classes at least. INVALID.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_dataset_copy_class_weights(const resnet_dataset *dataset, float *weights, size_t capacity);

/** The samples at `indices` (n of them, each below n_samples, repeats allowed), in that order, with
 *  all the classes. INVALID (n 0, an index out of range), NOMEM.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_dataset_subset(resnet_dataset **out,
                                                                const resnet_dataset *dataset,
                                                                const uint64_t *indices, size_t n);

/** Cuts the dataset in two so that each class keeps its share: of a class's n samples (unlabelled
 *  ones count as a class of their own), round(n x val_fraction) chosen by `seed` go to *val_out,
 *  but never all of them. Both keep the order of samples. What is chosen of a class does not depend
 *  on the others. INVALID (val_fraction not in (0, 1), or nothing would be held out), NOMEM.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_dataset_split(resnet_dataset **train_out,
                                                               resnet_dataset **val_out,
                                                               const resnet_dataset *dataset,
                                                               double val_fraction, uint64_t seed);

/** Fold `fold` (below n_folds) of a stratified n_folds-fold cross-validation: *val_out gets every
 *  n_folds-th sample of each class in an order chosen by `seed`, *train_out the rest. Over all
 *  folds each sample is in *val_out once; folds differ in size by one sample at most.
 *  INVALID (n_folds < 2 or above n_samples, fold out of range), NOMEM.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_dataset_fold(resnet_dataset **train_out,
                                                              resnet_dataset **val_out,
                                                              const resnet_dataset *dataset,
                                                              size_t n_folds, size_t fold,
                                                              uint64_t seed);

/** At most n_per_class samples of each class, chosen by `seed`, in the dataset's order; a larger
 *  n_per_class keeps the choice of a smaller one and adds to it. INVALID (0), NOMEM.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_dataset_take_per_class(
    resnet_dataset **out, const resnet_dataset *dataset, size_t n_per_class, uint64_t seed);

RESNET_END_DECLS

#endif
