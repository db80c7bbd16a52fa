/** NumPy's .npy, version 1.0, of a float32 matrix written row by row. SPDX-License-Identifier: MIT
 */
#ifndef EXAMPLES_NPY_H
#define EXAMPLES_NPY_H

#include "output_file.h"

/** Writes the header of a [n_rows][n_columns] matrix; the floats follow as they lie in memory. */
void npy_begin(output_file *file, size_t n_rows, size_t n_columns);

#endif
