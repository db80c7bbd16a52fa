/** file.h: files that appear whole or not at all, as all that the library itself writes.
 *
 *      #include <resnet/file.h>
 *      #include <stdio.h>
 *      int main(void)
 *      {
 *          resnet_file *file = NULL;
 *          if (resnet_file_create(&file, "answers.csv") != RESNET_OK ||
 *              resnet_file_write(file, "cat,0.98\n", 9) != RESNET_OK ||
 *              resnet_file_commit(file) != RESNET_OK)
 *              fprintf(stderr, "%s\n", resnet_last_error());
 *          resnet_file_free(file);
 *          return 0;
 *      }
 *
 *  What stands at a path is replaced at once when the new file is complete and on the disk; until
 *  then, and whatever fails or is killed, it stays. Mode and owner of what is replaced are kept; a
 *  new file has mode 0666 less the umask. A symbolic link stays, and what it leads to is replaced.
 *  What is no regular file (a device, a named pipe, /dev/stdout) is written straight through. A
 *  folder, and a file that may not be written, are refused. What a killed process left half
 *  written, a hidden file in the same folder, goes when the next one writes the same file.
 *  SPDX-License-Identifier: MIT */
#ifndef RESNET_FILE_H
#define RESNET_FILE_H

#include <resnet/error.h>

RESNET_BEGIN_DECLS

/** A file being written.  Thread-safety: single-thread.  Since: 0.1 */
typedef struct resnet_file resnet_file;

/** Whether a file could be written at `path` now; leaves nothing behind, and does not wait for the
 *  reader of a named pipe. INVALID (NULL), NOT_FOUND (its folder), IO (why not), NOMEM.
 *  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_file_check(const char *path);

/** Starts a file that shall stand at `path`; the caller frees it. Waits for the reader of a named
 *  pipe. INVALID (NULL), NOT_FOUND (its folder), IO, NOMEM.  Thread-safety: any-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_file_create(resnet_file **out, const char *path);

/** Appends `size` bytes; `bytes` may be NULL when that is 0. Each call goes to the system, so
 *  collect what is small. INVALID (NULL), STATE (committed already), IO: a full disk among others,
 *  after which only freeing makes sense.  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_file_write(resnet_file *file, const void *bytes,
                                                            size_t size);

/** Brings the file to the disk and to its place. Whether it fails or not, there is nothing more to
 *  write. INVALID (NULL), STATE (committed already), IO.
 *  Thread-safety: single-thread.  Since: 0.1 */
RESNET_API RESNET_NODISCARD resnet_status resnet_file_commit(resnet_file *file);

/** Frees the handle; what was not committed leaves no trace. NULL is fine.  Since: 0.1 */
RESNET_API void resnet_file_free(resnet_file *file);

RESNET_END_DECLS

#endif
