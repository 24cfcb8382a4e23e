/*
 * Evidence bytes → blocks of whole lines in UTF-8.
 *
 * The buffer is reused and as large as its longest line needs, up to LINE_BYTES_MAX; a longer
 * line is cut into pieces and said so. UTF-16 is converted here; lines_offset() still answers
 * in bytes of the file (of the unpacked stream for gzip). Thread rule: one owner; a block lives
 * until the next call.
 */
#ifndef HAUBERK_EVIDENCE_LINES_H
#define HAUBERK_EVIDENCE_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "evidence/source.h"

#define LINE_BYTES_MAX (16U << 20)
#define BLOCK_BYTES (256U << 10)

struct block {
    struct slice text; /* whole lines; the last one of the stream may lack its newline */
    bool cut;          /* the block ends inside a line longer than LINE_BYTES_MAX */
    bool truncated;    /* last block, and its last line has no newline */
};

struct lines;

/* Takes the source over (closed by lines_close). `skip_first` starts behind the first newline.
 */
struct lines *lines_open(struct source *source, uint64_t start, bool skip_first);
void lines_close(struct lines *lines);

/*
 * Next block. 1 a block, 0 end of the stream, <0 damage in mid-stream (*err): whole lines in
 * front of the damage have been delivered before.
 */
int lines_next(struct lines *lines, struct block *out, struct err *err);

/* Byte offset in the file of a position inside the current block. */
uint64_t lines_offset(struct lines *lines, const char *position);

const struct source *lines_source(const struct lines *lines);

#endif
