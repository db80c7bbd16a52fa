/** Samples from trees of class folders, for the readers that have some. SPDX-License-Identifier:
 * MIT
 */
#ifndef RN_DATA_FOLDER_H
#define RN_DATA_FOLDER_H

#include "data/listing.h"
#include "data/source.h"

/** Adds the listing's classes to the source. FORMAT if there are none or one is not UTF-8. */
resnet_status rn_folder_add_classes(rn_source *source, const rn_strings *names, const char *root);

/** Adds the files of the class folders below root, which are the source's classes or some of them.
 *  FORMAT for an unknown class, or one without images. */
resnet_status rn_folder_add_files(rn_source *source, const rn_listing *listing, const char *root);

/** Adds all files of a listing with one label. */
resnet_status rn_folder_add_unlabelled(rn_source *source, const rn_listing *listing,
                                       const char *root);

/** Joins two parts of a path with one slash, in a fresh block. */
char *rn_folder_join(const char *folder, const char *name);

#endif
