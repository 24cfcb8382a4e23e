/*
 * One file of evidence, or a part of it → runs of rows and records of event logs, and what is
 * damaged in it. Everybody who reads evidence reads it through this: the hunt, `events`,
 * `search`, the second pass for the neighbours of findings.
 *
 * Memory does not depend on the size of the file. Bytes are hostile: read in a worker. Thread
 * rule: one owner.
 */
#ifndef HAUBERK_HUNT_READER_H
#define HAUBERK_HUNT_READER_H

#include "casefile/record.h"
#include "events/event_log.h"
#include "events/text_log.h"

/* What to read. A row or record belongs to the part in which it starts. */
struct reader_part {
    const char *path;
    uint64_t start, length; /* 0 and UINT64_MAX: the whole file */
    struct slice state;     /* header state in front of the part; absent: find out */
};

/* Who listens. Every function but `record` and `run` may be NULL. */
struct reader_sink {
    /* Before the first row: the header state that a part starts with (text only). */
    void (*begin)(void *context, struct slice state);
    /* Rows of one schema; text and schema live as long as the call. */
    void (*run)(void *context, const struct run *run);
    /* A record at `offset` of the file; returns its family. */
    const struct family *(*record)(void *context, const struct evtx_record *record,
                                   uint64_t offset);
    /* At most 64 for each part, and one that sums up the others. */
    void (*damage)(void *context, uint64_t offset, const char *reason);
    /* Now and then: bytes of the file so far. */
    void (*progress)(void *context, uint64_t position);
    /* When all rows have been told: last chance to report damage. */
    void (*end)(void *context);
    void *context;
};

/* What is known when a part is read. */
struct reader_end {
    enum family_id family; /* the first one seen; FAMILY_NONE: not recognised */
    bool hits_only;        /* an export of chosen rows */
    char note[160];        /* for people: why not recognised, what was assumed; may be empty */
    struct buf before, after; /* header state at both ends; buf_deinit() them */
};

struct reader;

struct reader *reader_new(const struct reader_sink *sink); /* the sink is copied */
void reader_free(struct reader *reader);                   /* NULL is fine */

/*
 * Reads the part. Never fails: a file that cannot be opened is damage. All event logs that a
 * reader reads share what it learns of their templates: shapes live until reader_free().
 */
void reader_read(struct reader *reader, const struct reader_part *part, struct reader_end *out);

/* From within the sink: no more of this part, and of no later one. */
void reader_stop(struct reader *reader);

/* From within the sink: damage that the listener found himself; it counts with the reader's. */
void reader_report_damage(struct reader *reader, uint64_t offset, const char *reason);

/* Offset in the file of a position in the text of the run that is being told. */
uint64_t reader_offset(const struct reader *reader, const char *position);

/*
 * Can the file be read in parts, and where may it be cut? The coordinator asks, so only 64
 * bytes are looked at and nothing is parsed: they must be plain text, or start as an event log
 * does.
 */
enum reader_split { READER_SPLIT_NO, READER_SPLIT_LINES, READER_SPLIT_CHUNKS };
enum reader_split reader_can_split(const char *path);

/*
 * Fault switch for tests: crashes, hangs or ends the worker when the path asks for it. Does
 * nothing in the program that is shipped (fault_off.c); see fault_on.c.
 */
void reader_fault(const char *path);

#endif
