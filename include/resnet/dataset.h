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

/** @name What becomes of a bad picture: one whose bytes cannot be decoded, or whose file is not
 *  there though its folder is. Whatever else goes wrong (a folder that has vanished, no permission,
 *  no descriptors, no memory, a disk that fails) is no picture's fault and always stops the work @{
 */
#define RESNET_CORRUPT_ERROR 0 /**< the work stops; the message names the file */
#define RESNET_CORRUPT_SKIP                                                                        \
    1 /**< the picture is left out, counted and listed; the work stops with                        \
           FORMAT when more than max_corrupt of them are, or an epoch has                          \
           none left */
/** @} */

/** Fill with resnet_dataset_options_init(). Fields are only ever appended. */
typedef struct resnet_dataset_options {
    uint64_t struct_size;   /**< bytes; written by init */
    uint64_t seed;          /**< of the split into TRAIN and VAL; default 0 */
    double val_fraction;    /**< share of each class held out where the data itself does not say
                                 which are; [0, 1), 0 leaves only PART_ALL; default 0.2 */
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
    double max_corrupt;     /**< with RESNET_CORRUPT_SKIP, the share of the samples that may be left
                                 out, [0, 1]; default 0.5 */
} resnet_dataset_options;

/** Writes defaults to *options, never more than size bytes. Pass sizeof *options.
 *  INVALID: NULL, or a size no release ever had.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_dataset_options_init(resnet_dataset_options *options, size_t size);

/** Lists a folder that has one subfolder of images per class, as torchvision's ImageFolder: classes
 *  are numbered in the bytewise order of their names, files are found at any depth below their
 *  class and follow the same order. Files count by their names (.jpg .jpeg .jfif .png .webp in any
 *  case); others are left out and counted (resnet_dataset_get_n_ignored()); hidden ones, and what
 *  systems leave behind (__MACOSX, @eaDir, lost+found), do not exist. Symbolic links are followed.
 *
 *  If `path` has a folder train/ (or training/) that holds folders itself, parts are taken from
 *  folders: TRAIN from train/, VAL from val/, valid/ or validation/, else from test/ or testing/ if
 *  that has class folders, TEST from test/ or testing/, ALL from TRAIN's and VAL's together; their
 *  names may be in any case. Classes are those of train/, in every part. Otherwise, and for train/
 *  with none of the others beside it, TRAIN and VAL are a stratified split by val_fraction and
 *  seed, as by resnet_dataset_split(), and there is no TEST. A lone folder in `path` that holds
 *  parts, or is called as the folder that it lies in, is opened in its place.
 *
 *  `options` may be NULL for defaults. The caller owns *out.
 *  INVALID (options), NOMEM, IO (a folder cannot be read; it is named), FORMAT (no class folders, a
 *  class without images, a class of val/ that train/ does not have, a class name that is not
 *  UTF-8, a folder that contains itself through a link, folders that may be meant as parts or as
 *  classes), UNSUPPORTED (no such part).
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_dataset_open_folder(
    resnet_dataset **out, const char *path, const resnet_dataset_options *options);

/** Reads CIFAR-10 or CIFAR-100 in its binary version from the folder that holds
 *  data_batch_1.bin ... data_batch_5.bin, test_batch.bin and batches.meta.txt, or train.bin,
 *  test.bin, fine_label_names.txt and coarse_label_names.txt. Images are 32x32 px and held in
 *  memory (180 MB for all). `coarse` 1 takes CIFAR-100's 20 coarse labels, 0 its 100 fine ones;
 *  CIFAR-10 has but one set. TRAIN is the training files, VAL and TEST the test file. INVALID,
 *  NOMEM, IO (a file is missing, named), FORMAT (a file cut within a record, a label out of range,
 *  the wrong number of names).  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_dataset_open_cifar(
    resnet_dataset **out, const char *path, uint32_t coarse, const resnet_dataset_options *options);

/** Reads ImageNet (ILSVRC 2012 and what is laid out like it, such as Tiny ImageNet) from the folder
 *  that holds train/, val/ and test/, itself or in ILSVRC/Data/CLS-LOC/ as Kaggle has it. Classes
 *  are wnids in bytewise order: those of train/, or if it is not there those of `synsets`, of
 *  val/'s folders or of the annotations.
 *
 *  TRAIN has a folder per wnid. VAL has too, or is flat, with `annotations` to tell the labels:
 *  - LOC_val_solution.csv: image, then its wnid first among the predictions;
 *  - val_annotations.txt: image, wnid, and a box (Tiny ImageNet); or image and the number of its
 *    class in bytewise order, from 0 (Caffe's val.txt);
 *  - ILSVRC2012_validation_ground_truth.txt: one ILSVRC2012_ID a line for images 1, 2, ... These
 *    numbers are NOT those of the sorted wnids, so `synsets` must say which is which.
 *  Which it is shows from the content. NULL looks for the first three by name in path, val/, beside
 *  the data and in ILSVRC2012_devkit_t12/data/.
 *
 *  `synsets` is a text file with a wnid and its ILSVRC2012_ID on each line, in any order, other
 *  words ignored ("n02119789 1 kit_fox", as the development kits' map_clsloc.txt, which NULL looks
 *  for), or with the wnids alone in order of ID.
 *
 *  TEST has no labels. ALL is TRAIN and VAL.
 *  INVALID, NOMEM, IO, FORMAT (file, line and fact: an image without annotation or the other way
 *  round, two files for one annotation, two answers for one image, an unknown wnid, a number out of
 *  range, ground truth without synsets), UNSUPPORTED (no such part).
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_dataset_open_imagenet(resnet_dataset **out, const char *path, const char *annotations,
                             const char *synsets, const resnet_dataset_options *options);

/** Reads a list of image files with labels, from CSV with a header (separated by commas,
 *  semicolons, tabs or |, which shows from the header; blanks around a value do not count unless it
 *  is in quotes), or from JSON lines; which shows from the first character. Columns or members, in
 *  any order:
 *  | what  | names                                                    |                        |
 *  |-------|----------------------------------------------------------|------------------------|
 *  | path  | path, file, file_name, filename, image, image_path       | needed; to the         |
 *  |       |                                                          | manifest's folder      |
 *  | label | label, class, class_name, category, target               | needed; a name or a    |
 *  |       |                                                          | number from 0          |
 *  | part  | split, part, set, subset                                 | train, val or test     |
 *  Others are ignored. Without a part column TRAIN and VAL are a stratified split. A label may be
 *  left empty (or null) in rows of part test.
 *
 *  With class_names (n_classes of them, NULL and 0 for none) labels are these names, or numbers
 *  below n_classes. Without: if all labels are numbers they count as they are, and the names of
 *  classes are those numbers; else the different labels in bytewise order.
 *
 *  INVALID, NOMEM, IO (the manifest, or with RESNET_CORRUPT_ERROR an image, cannot be found: line
 *  and path), FORMAT (line and fact: a column missing, a line with more or fewer values than the
 *  header, a label unknown or out of range, one path with two labels, text that is not UTF-8, JSON
 *  that is none).  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_dataset_open_manifest(resnet_dataset **out, const char *path, const char *const *class_names,
                             size_t n_classes, const resnet_dataset_options *options);

/** Reads images from an array in an HDF5 file: unsigned 8-bit, [n][height][width][3],
 *  [n][3][height][width] (if the last extent is not 3) or [n][height][width]. Labels are integers
 *  from 0, [n], [n][1] or [1][n]. Names of classes come from the array "classes", "class_names" or
 *  "list_classes" if there is one, else they are the numbers. `images` and `labels` name the
 *  arrays; NULL for "images" and "labels". They may be in one piece or in chunks, packed by deflate,
 *  shuffle and fletcher32. The file must stay as it is while the dataset is used. Opening it takes at
 *  most 1 GiB and four times the file's size.
 *  TRAIN and VAL are a stratified split. INVALID, NOMEM, IO, FORMAT (no such array, one that was
 *  never written in full, another number of labels than of images, a label out of range),
 *  UNSUPPORTED (not 8-bit, another shape, kept outside the file, packed otherwise, more memory than
 *  that). Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_dataset_open_hdf5(resnet_dataset **out, const char *path, const char *images,
                         const char *labels, const resnet_dataset_options *options);

/** Gathers a host's own samples until they become a dataset. Thread-safety: single-thread.
 *  Since: 0.1 */
typedef struct resnet_dataset_builder resnet_dataset_builder;

/** Begins with n_classes (at least 1) class names, UTF-8, copied. Of `options` (NULL for defaults)
 *  TRAIN and VAL are a stratified split. The caller owns *out. INVALID, NOMEM.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_dataset_builder_create(resnet_dataset_builder **out, const char *const *class_names,
                              size_t n_classes, const resnet_dataset_options *options);
/** Frees the builder; NULL is fine.  Since: 0.1 */
RESNET_API void resnet_dataset_builder_free(resnet_dataset_builder *builder);

/** Adds an image file, read whenever it is wanted. `label` is below n_classes, or
 *  RESNET_UNLABELLED. INVALID, NOMEM; the builder is as before.
 *  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_dataset_builder_add_file(resnet_dataset_builder *builder, const char *path, int32_t label);
/** Adds a picture file's bytes_size bytes (resnet_image_decode()), copied. `name` (NULL for
 *  "bytes#n") stands for the sample in messages. INVALID, NOMEM.
 *  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_dataset_builder_add_bytes(resnet_dataset_builder *builder, const void *bytes,
                                 size_t bytes_size, int32_t label, const char *name);
/** Adds a frame, copied: `height` rows of `width` pixels of `layout` (RESNET_PIXELS_*), row starts
 *  `stride` bytes apart (0: no gap). `name` NULL for "frame#n". INVALID, NOMEM, UNSUPPORTED (above
 *  max_pixels).  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_dataset_builder_add_pixels(
    resnet_dataset_builder *builder, const void *pixels_hwc, size_t width, size_t height,
    size_t stride, int32_t layout, int32_t label, const char *name);
/** The same without a copy: the pixels must stay as they are until the dataset and all that was cut
 *  from it are freed.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_dataset_builder_borrow_pixels(
    resnet_dataset_builder *builder, const void *pixels_hwc, size_t width, size_t height,
    size_t stride, int32_t layout, int32_t label, const char *name);

/** Makes a dataset of what was added; the builder is then empty of samples and may be freed only.
 *  INVALID (no samples, or a part without any), NOMEM, STATE (a second time), UNSUPPORTED (TEST).
 *  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_dataset_builder_finish(resnet_dataset **out, resnet_dataset_builder *builder);

/** Makes sample `index` for the library: *out is an image from resnet_image_from_pixels() or
 *  resnet_image_decode(), which the library frees. Any status but RESNET_OK means that there is
 *  none, and is what the call that needed it returns (a number that is no status: INVALID), with
 *  the message of resnet_set_error() if the callback left one; FORMAT and UNSUPPORTED count as a bad
 *  picture, others stop the work. Called from several threads of the library at once, for any index
 *  at any time; the same index must give the same image.  Since: 0.1 */
typedef resnet_status (*resnet_dataset_read_callback)(void *user_data, resnet_image **out,
                                                      uint64_t index);

/** n samples that the host makes when they are wanted. labels [n] are below n_classes or
 *  RESNET_UNLABELLED, copied; NULL leaves all unlabelled. Names of classes as in
 *  resnet_dataset_builder_create(); of `options` TRAIN and VAL are a stratified split, orient,
 *  shrink and the caps are not used. INVALID, NOMEM, UNSUPPORTED (TEST).
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_dataset_from_callback(
    resnet_dataset **out, resnet_dataset_read_callback read, void *user_data, size_t n,
    const int32_t *labels, const char *const *class_names, size_t n_classes,
    const resnet_dataset_options *options);

/** Frees the dataset; NULL is fine. What was cut from it stays whole, and trainers on it go on.
 *  Since: 0.1 */
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
/** How many files were left out on opening because their names do not end as an image's, or they
 *  lie beside the class folders.  Since: 0.1 */
RESNET_API size_t resnet_dataset_get_n_ignored(const resnet_dataset *dataset);
/** How many of these are pictures all the same: of a kind that is not read, going by their names
 *  (.bmp .gif .tif .heic ...), or beside the class folders. A host does well to tell.  Since: 0.1
 */
RESNET_API size_t resnet_dataset_get_n_foreign(const resnet_dataset *dataset);
/** 1 if the data itself says which of its samples are held out (folders, files or a column of
 *  parts), 0 if TRAIN and VAL are cut from it by seed.  Since: 0.1 */
RESNET_API uint32_t resnet_dataset_has_parts(const resnet_dataset *dataset);

/** Bytes that a digest takes, its terminator included. */
#define RESNET_DIGEST_SIZE 33
/** Writes 32 hexadecimal digits that follow from the samples' names (below the folder that was
 *  opened, wherever it lies), their order and the names of their classes; pixels are not read. Two
 *  lists that differ have different digests, but for chance and malice. `capacity` must be
 *  RESNET_DIGEST_SIZE at least. INVALID.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_dataset_copy_digest(char *out, size_t capacity,
                                                                     const resnet_dataset *dataset);

/** Reads and decodes sample `index` as the dataset's options say; no recipe is applied. The caller
 *  owns *out and gives it to resnet_image_free().
 *  INVALID (no such sample), and whatever resnet_image_load() returns, the path in the message.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_dataset_load_image(resnet_image **out,
                                                                    const resnet_dataset *dataset,
                                                                    size_t index);

/** out[c] becomes the number of samples of class c; `capacity` must be n_classes at least.
 *  INVALID.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_dataset_copy_class_counts(uint64_t *out, size_t capacity, const resnet_dataset *dataset);

/** out[c] becomes n_labelled / (n_present x counts[c]), where n_present is the number of
 *  classes that have samples; 0 for a class without. That is scikit-learn's
 *  compute_class_weight("balanced"), and what Keras's class_weight takes. `capacity` must be
 *  n_classes at least. INVALID.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status
resnet_dataset_copy_class_weights(float *out, size_t capacity, const resnet_dataset *dataset);

/** The samples at `indices` (n of them, each below n_samples, repeats allowed), in that order, with
 *  all the classes. INVALID (n 0, an index out of range), NOMEM.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_dataset_subset(resnet_dataset **out,
                                                                const resnet_dataset *dataset,
                                                                const uint64_t *indices, size_t n);

/** Cuts the dataset in two so that each class keeps its share: of a class's n samples (unlabelled
 *  ones count as a class of their own), round(n x val_fraction) chosen by `seed`, of two or more at
 *  least one, go to *out_val, but never all of them. Both keep the order of samples. What is chosen
 *  of a class does not depend on the others. INVALID (val_fraction not in (0, 1), or nothing would
 *  be held out), NOMEM. Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_dataset_split(resnet_dataset **out_train,
                                                               resnet_dataset **out_val,
                                                               const resnet_dataset *dataset,
                                                               double val_fraction, uint64_t seed);

/** Fold `fold` (below n_folds) of a stratified n_folds-fold cross-validation: *out_val gets every
 *  n_folds-th sample of each class in an order chosen by `seed`, *out_train the rest. Over all
 *  folds each sample is in *out_val once; folds differ in size by one sample at most.
 *  INVALID (n_folds < 2 or above n_samples, fold out of range), NOMEM.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_dataset_fold(resnet_dataset **out_train,
                                                              resnet_dataset **out_val,
                                                              const resnet_dataset *dataset,
                                                              size_t n_folds, size_t fold,
                                                              uint64_t seed);

/** At most n_per_class samples of each class, chosen by `seed`, in the dataset's order; a larger
 *  n_per_class keeps the choice of a smaller one and adds to it. INVALID (0), NOMEM.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_dataset_take_per_class(
    resnet_dataset **out, const resnet_dataset *dataset, size_t n_per_class, uint64_t seed);

/** The samples of a dataset as those of other classes: what was class c becomes new_labels[c]
 *  (n_classes of the dataset of them, each below the n_classes given here; two may become one),
 *  with class_names [n_classes], UTF-8, copied. Samples keep their names, order and reading. So a
 *  test set with some of a model's classes is brought to all of them. INVALID, NOMEM. Thread-safety:
 *  any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_dataset_relabel(resnet_dataset **out,
                                                                 const resnet_dataset *dataset,
                                                                 const char *const *class_names,
                                                                 size_t n_classes,
                                                                 const uint32_t *new_labels);

/** @name What a scan finds. Values are indices into resnet_scan_summary's counts @{ */
#define RESNET_FINDING_UNREADABLE 0 /**< the file cannot be opened or read */
#define RESNET_FINDING_NOT_AN_IMAGE                                                                \
    1                                 /**< no JPEG, PNG or WebP, whatever its name says; or empty  \
                                       */
#define RESNET_FINDING_TRUNCATED 2    /**< the end of the file is missing */
#define RESNET_FINDING_CORRUPT 3      /**< damaged otherwise */
#define RESNET_FINDING_TOO_LARGE 4    /**< beyond max_pixels, max_bytes or another cap */
#define RESNET_FINDING_TINY 5         /**< a side shorter than min_side */
#define RESNET_FINDING_ROTATED 6      /**< EXIF or XMP says that it must be turned or mirrored */
#define RESNET_FINDING_DUPLICATE 7    /**< the same pixels as another image of its class */
#define RESNET_FINDING_CONFLICT 8     /**< the same pixels as an image of another class */
#define RESNET_FINDING_LEAK 9         /**< the same pixels as an image of another part */
#define RESNET_FINDING_EMPTY_CLASS 10 /**< a class folder without images; path is the folder */
#define RESNET_FINDING_REFUSED 11     /**< what opening it to learn from would be refused for */
#define RESNET_N_FINDINGS 12
/** @} */

/** One finding; valid during the call only. Grows at its end only. */
typedef struct resnet_finding {
    uint64_t struct_size;
    const char *path;    /**< the file, starting with the scanned folder's path */
    const char *other;   /**< the image that `path` repeats; NULL for other kinds */
    const char *message; /**< the fact in a few words, without the path */
    int32_t kind;        /**< RESNET_FINDING_* */
    int32_t orientation; /**< 1 to 8 for ROTATED, else 0 */
} resnet_finding;

/** Hears of findings on the thread that scans; non-zero stops the scan, with what
 *  resnet_set_error() was told in it, else with CANCELLED.  Since: 0.1 */
typedef int32_t (*resnet_finding_callback)(void *user_data, const resnet_finding *finding);
/** Hears how many of n_files have been looked at; non-zero stops the scan, likewise.
 *  Since: 0.1 */
typedef int32_t (*resnet_scan_progress_callback)(void *user_data, uint64_t n_done,
                                                 uint64_t n_files);

/** Fill with resnet_scan_options_init(). Fields are only ever appended. */
typedef struct resnet_scan_options {
    uint64_t struct_size;                      /**< bytes; written by init */
    uint64_t max_pixels;                       /**< as in resnet_image_options */
    uint64_t max_bytes;                        /**< as in resnet_image_options */
    resnet_finding_callback on_finding;        /**< NULL: only the summary */
    resnet_scan_progress_callback on_progress; /**< NULL: none */
    void *user_data;                           /**< for both */
    uint32_t n_threads;                        /**< 0 (default): the cores this process may use */
    uint32_t min_side;                         /**< px; default 32, the network's least */
} resnet_scan_options;

/** Writes defaults to *options, never more than size bytes. Pass sizeof *options.
 *  INVALID: NULL, or a size no release ever had.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_scan_options_init(resnet_scan_options *options,
                                                                   size_t size);

/** What a scan came to. Grows at its end only. */
typedef struct resnet_scan_summary {
    uint64_t struct_size; /**< bytes; written by resnet_dataset_scan() */
    uint64_t n_files;     /**< looked at */
    uint64_t n_images;    /**< of these, good to learn from: decoded without fault */
    uint64_t n_bytes;     /**< read */
    uint64_t counts[16];  /**< findings by RESNET_FINDING_* */
} resnet_scan_summary;

/** Decodes every image file of a tree of class folders, with train/ and the like above them or
 *  without (as in resnet_dataset_open_folder()), looks into every other visible file of a class
 *  folder, and reports what is wrong with them: first file by file in
 *  the order of the listing, then empty classes, then repeated pixels (compared after orientation,
 *  so that a copy in another format or with other metadata counts; each image that repeats an
 *  earlier one is reported once), then the first thing for which the folder as a whole would be
 *  refused, such as a class of val/ that train/ does not have. A bad file is a finding, not a
 *  failure. What it came to goes to *out, never more than size bytes; pass sizeof *out. `options`
 *  may be NULL. INVALID, NOMEM, IO (a folder cannot be read), FORMAT (a folder that contains itself
 *  through a link), CANCELLED, or what a callback that stopped it told resnet_set_error(); *out
 *  then holds what there was.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_dataset_scan(resnet_scan_summary *out, size_t size,
                                                              const char *path,
                                                              const resnet_scan_options *options);

RESNET_END_DECLS

#endif
