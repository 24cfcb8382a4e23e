/* gen_file: one output file, plain or gzip. Two implementations, chosen by
 * the build: gen_file_zlib.c, or gen_file_plain.c where zlib is absent. */
#ifndef GEN_FILE_H
#define GEN_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct gen_file;

/* True when gzip output is built in. */
bool gen_file_has_gzip(void);
/* Returns NULL when the file cannot be made. The caller owns the result. */
struct gen_file *gen_file_open(const char *path, bool gzip);
/* Return 0, or -1 when not everything could be written. */
int gen_file_write(struct gen_file *file, const char *data, size_t len);
int gen_file_close(struct gen_file *file);

#endif
