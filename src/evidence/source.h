/*
 * A stream of evidence bytes: a plain file, a part of one, or the inside of a gzip file.
 * What kind of file it is, is decided by its first bytes, never by its name.
 * Thread rule: one owner.
 */
#ifndef HAUBERK_EVIDENCE_SOURCE_H
#define HAUBERK_EVIDENCE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum source_kind {
    SOURCE_EMPTY,
    SOURCE_TEXT,    /* UTF-8, ASCII or an 8-bit code page */
    SOURCE_UTF16LE, /* with or without byte order mark */
    SOURCE_UTF16BE,
    SOURCE_EVTX,   /* "ElfFile\0" */
    SOURCE_ZIP,    /* "PK\3\4" */
    SOURCE_BINARY, /* anything else */
};

const char *source_kind_name(enum source_kind kind); /* for people */

struct source;

/*
 * Opens `path`. [start, start+length) limits a plain file to a part; length UINT64_MAX means to
 * the end. gzip is unpacked on the fly (offsets are then those of the unpacked stream).
 */
int source_open(struct source **out, const char *path, uint64_t start, uint64_t length,
                struct err *err);
void source_close(struct source *source);

enum source_kind source_kind(const struct source *source);
bool source_is_compressed(const struct source *source);

/* Next bytes, at most len. Returns count, 0 at the end, <0 with *err (what came before counts).
 */
int64_t source_read(struct source *source, void *out, size_t len, struct err *err);

/* Leaves out the next bytes of a plain file. */
void source_skip(struct source *source, size_t len);

/* Bytes of the file itself consumed so far, for progress. */
uint64_t source_position(const struct source *source);

/*
 * Has the file shrunk or grown since it was opened? 0 no, 1 shrunk while it was read, 2 grown.
 * Ask at the end of the stream.
 */
int source_changed(const struct source *source);

#endif
