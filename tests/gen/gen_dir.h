/* gen_dir: the few calls that differ between POSIX and Windows. */
#ifndef GEN_DIR_H
#define GEN_DIR_H

#include <stdbool.h>

/* Makes one directory. Returns 0 when it exists afterwards, else -1. */
int gen_dir_make(const char *path);
/* Returns true when the directory is absent or has no entries. */
bool gen_dir_is_empty(const char *path);

#endif
