/* gen_out: the tree of one host. One buffered sink per log family, files
 * opened on their first row, cut and numbered as the real server does.
 * Rows must come in time order. Not shared between threads. */
#ifndef GEN_OUT_H
#define GEN_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "gen_family.h"
#include "gen_text.h"

struct gen_out;

struct gen_out_options {
    const char *root;     /* OUTDIR/<HOST>/C, made when absent */
    const char *families; /* "all" or a comma list of groups */
    bool gzip;
};

/* Returns NULL when memory is short. `options` is copied, its strings are
 * borrowed and must outlive the result. */
struct gen_out *gen_out_new(const struct gen_out_options *options);
/* Closes every file. Returns 0, or -1 when any write failed. Accepts NULL. */
int gen_out_free(struct gen_out *out);

/* Sets what file headers and names say from now on. `version` is the padded
 * build, borrowed. Open files go on. */
void gen_out_identify(struct gen_out *out, const char *version, unsigned pid);

/* Returns the buffer to put one row into, or NULL when the family is not
 * wanted. The row ends with gen_out_end_row, which adds CRLF. */
struct gen_buf *gen_out_begin_row(struct gen_out *out, enum gen_family_id id, int64_t time);
void gen_out_end_row(struct gen_out *out, enum gen_family_id id);

/* Restart of the services: IIS repeats its header inside the file, Exchange
 * families go on in a new file. */
void gen_out_restart(struct gen_out *out, int64_t time);

uint64_t gen_out_bytes(const struct gen_out *out);
unsigned gen_out_files(const struct gen_out *out);
/* Returns NULL, or the path that could not be written. */
const char *gen_out_error(const struct gen_out *out);

#endif
