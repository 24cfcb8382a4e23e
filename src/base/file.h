/*
 * Files and folders. Paths are UTF-8 with '/' on every platform; the Windows side converts at
 * its border. Evidence is only ever opened for reading, with full sharing, and never changed.
 * Thread rule: one owner for each handle.
 */
#ifndef HAUBERK_BASE_FILE_H
#define HAUBERK_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/memory.h"

struct file;

/* Opens a regular file. Fails on folders, pipes and devices, which could block us. */
int file_open(const char *path, struct file **out, struct err *err);
void file_close(struct file *file);          /* NULL is fine */
uint64_t file_size(const struct file *file); /* bytes when it was opened */
/* When it was last written, as the file system says: ms since 1970, or TIME_NONE. */
int64_t file_modified(const struct file *file);
uint64_t file_size_now(const struct file *file);

/* Reads up to `len` bytes at `offset`. Returns bytes read, 0 at the end, <0 with *err. */
int64_t file_read(struct file *file, uint64_t offset, void *out, size_t len, struct err *err);

/* The whole of a small file (a rule, a list) of at most `max` bytes, appended to *out. */
int file_read_all(const char *path, size_t max, struct buf *out, struct err *err);

enum file_kind { FILE_MISSING, FILE_REGULAR, FILE_FOLDER, FILE_LINK, FILE_OTHER };

/* What a path is. With `follow`, a symbolic link is what it points to. */
enum file_kind file_kind(const char *path, bool follow, uint64_t *size_out);

/* Names in a folder, sorted bytewise, without "." and ".."; free with folder_deinit(). */
struct folder {
    char **names;
    size_t count;
};
int folder_read(const char *path, struct folder *out, struct err *err);
void folder_deinit(struct folder *folder);

/* "a/b" + "c" → "a/b/c"; free() it. */
char *path_join(const char *folder, const char *name);

/* The path from the root; the path itself when it cannot be found out. free() it. */
char *path_absolute(const char *path);

/*
 * The form in which paths of Windows are compared: '/' in front and between, lower case
 * (ASCII), without empty parts and ".". Nothing is decoded.
 */
struct slice path_fold(struct arena *arena, struct slice path);

/* Last component; of "/" or "." the text itself. Borrowed. */
struct slice path_last(struct slice path);

#endif
