/** NumPy's .npy, version 1.0, of a float32 matrix written row by row. SPDX-License-Identifier: MIT
 */
#ifndef EXAMPLES_NPY_H
#define EXAMPLES_NPY_H

#include <stddef.h>
#include <stdio.h>

/** Writes the header of a [n_rows][n_columns] matrix; 0, or -1 with errno set. */
int npy_begin(FILE *file, size_t n_rows, size_t n_columns);

/** Appends n_values floats in row order; 0, or -1 with errno set. */
int npy_append(FILE *file, const float *values, size_t n_values);

#endif
