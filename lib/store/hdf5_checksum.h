/** The checksum of HDF5's newer structures. SPDX-License-Identifier: MIT */
#ifndef RN_STORE_HDF5_CHECKSUM_H
#define RN_STORE_HDF5_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/** Bob Jenkins's lookup3 (2006, public domain): hashlittle() with 0 to start from. */
uint32_t rn_h5_checksum(const unsigned char *bytes, size_t size);

#endif
