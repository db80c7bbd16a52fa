/* The format: numpy.lib.format's documentation. SPDX-License-Identifier: MIT */
#include "npy.h"

#include <stdio.h>
#include <string.h>

#define PREFIX_SIZE 10  /* magic, version, length of the header */
#define HEADER_SIZE 118 /* with the prefix 128, so that the data is 64-byte aligned */

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "rows are written as they lie in memory, and the header says little-endian"
#endif

void npy_begin(output_file *file, size_t n_rows, size_t n_columns)
{
    char header[PREFIX_SIZE + HEADER_SIZE + 1] = "\x93NUMPY\x01";
    header[8] = HEADER_SIZE;
    snprintf(header + PREFIX_SIZE, HEADER_SIZE,
             "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }", n_rows, n_columns);
    const size_t used = PREFIX_SIZE + strlen(header + PREFIX_SIZE);
    memset(header + used, ' ', sizeof header - 2 - used);
    header[sizeof header - 2] = '\n';
    output_bytes(file, header, sizeof header - 1);
}
