/*
 * Windows event logs (EVTX): chunks → records with named, typed values. Nothing is rendered
 * here until it is asked for.
 *
 * A file is a header of 4,096 bytes and chunks of 65,536 bytes; each chunk stands for itself.
 * The reader takes one chunk at a time and does no I/O. What a record says comes as a shape
 * (the names of its columns) and one value for each column. Format: docs/formats/evtx.md, after
 * MS-EVEN6 and libevtx's description.
 *
 * Every byte of a chunk may be an attacker's. No chunk makes more than 2 MiB of value bytes or
 * takes more than some milliseconds; what is left out for that, and what cannot be read, is
 * always told: in the flags of the chunk, in the flags of a record, or by a negative return of
 * evtx_next(). What is said of a chunk does not depend on the chunks in front of it, but for
 * shape ids.
 *
 * Thread rule: a struct evtx has one owner.
 */
#ifndef HAUBERK_EVENTS_EVTX_H
#define HAUBERK_EVENTS_EVTX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"
#include "base/slice.h"

#define EVTX_CHUNK_BYTES 65536
#define EVTX_CHUNK_HEADER_BYTES 512
#define EVTX_FILE_HEADER_BYTES 4096

#define EVTX_VALUE_STRING 0x01 /* UTF-16LE */
#define EVTX_VALUE_ARRAY 0x80  /* bit of a type: several elements */
#define EVTX_VALUE_TEXT 0x7f   /* not a type of the format: UTF-8 text */

/*
 * One value, not yet rendered. `type` is the record's own type byte. A value that is absent has
 * bytes == NULL; an empty text has bytes and len 0.
 */
struct evtx_value {
    uint8_t type;
    uint32_t len;      /* in bytes */
    const char *bytes; /* in the chunk, the reader or the record's scratch; unaligned */
};

/*
 * What the values of a kind of record are called. Two shapes of a reader never have the same
 * names and roles. Names are UTF-8, in document order; several columns may have one name
 * (unnamed <Data> elements are all "Data").
 *
 * Roles are columns of the System part, SIZE_MAX where the record has none.
 */
struct evtx_shape {
    uint32_t id; /* 0, 1, 2 ... in this reader; UINT32_MAX when passing */
    size_t count;
    const struct slice *names;
    size_t provider, event_id, channel, computer, time_created, record_number, level, user;
    bool passing; /* the reader keeps no more shapes: this one lives until the next record */
};

enum evtx_record_flag {
    EVTX_RECORD_CUT =
        1, /* more values or bytes than a record may have: its last ones are missing */
    EVTX_RECORD_PARTIAL = 2, /* a nested part could not be read: its columns are missing */
    EVTX_RECORD_TORN = 4,    /* the size at the record's end is another than at its start */
};

struct evtx_record {
    uint32_t offset; /* of the record, in the chunk */
    uint32_t size;   /* of the record, or of what was skipped */
    uint64_t number; /* record id in the record's header */
    int64_t written; /* time in the record's header; TIME_NONE for 0 and beyond year 9999 */
    unsigned flags;  /* enum evtx_record_flag */
    const struct evtx_shape *shape;
    const struct evtx_value *values; /* shape->count of them */
};

enum evtx_file_flag {
    EVTX_FILE_NOT_EVTX = 1,     /* no "ElfFile": nothing else is known */
    EVTX_FILE_TRUNCATED = 2,    /* shorter than the header */
    EVTX_FILE_BAD_CRC = 4,      /* of the header */
    EVTX_FILE_DIRTY = 8,        /* was open when it was copied: its counts are stale */
    EVTX_FILE_FULL = 16,        /* reached its greatest size */
    EVTX_FILE_BAD_VERSION = 32, /* neither 3.1 nor 3.2, or sizes that are not the known ones */
};

struct evtx_file_info {
    uint16_t major, minor;
    uint16_t chunks;      /* as the header says: stale when dirty, wraps at 65,536 */
    uint64_t next_number; /* record id that the next record would get */
};

/*
 * The header of a file: the first EVTX_FILE_HEADER_BYTES of it, or fewer if it has fewer (128
 * are looked at). Returns 0 or enum evtx_file_flag's bits; none of them but NOT_EVTX is a
 * reason not to read the chunks, by the file's size and not by the header's count.
 */
unsigned evtx_file_check(const void *bytes, size_t len, struct evtx_file_info *out);

enum evtx_chunk_flag {
    EVTX_CHUNK_EMPTY = 1,     /* zeros, or a header that says so: no record */
    EVTX_CHUNK_BAD_MAGIC = 2, /* no "ElfChnk"; records are looked for all the same */
    EVTX_CHUNK_TRUNCATED = 4, /* shorter than its header says it is used */
    EVTX_CHUNK_BAD_HEADER_CRC = 8,
    EVTX_CHUNK_BAD_DATA_CRC = 16, /* of the records */
    EVTX_CHUNK_BAD_OFFSETS = 32,  /* end or last record: the walk goes by record magic */
    EVTX_CHUNK_DIRTY = 64,
};

struct evtx_chunk_info {
    unsigned flags;        /* enum evtx_chunk_flag */
    uint32_t used;         /* offset behind the last record */
    uint64_t first_number; /* record ids as the header says; last < first: unknown */
    uint64_t last_number;
};

struct evtx;

struct evtx *evtx_new(void);         /* never NULL */
void evtx_free(struct evtx *reader); /* NULL is allowed; shapes end with it */

/*
 * How much of a chunk has to be read, by its first EVTX_CHUNK_HEADER_BYTES: up to the end of
 * its records where the header is sound, else all. Logs are on average half empty.
 */
size_t evtx_chunk_need(const void *header);

/*
 * Starts a chunk: `bytes` is borrowed until the next call of this or evtx_free(). Only the last
 * chunk of a file may have less than evtx_chunk_need(); more than EVTX_CHUNK_BYTES are ignored.
 * Returns 0, or the flags that *out has too. Records are read as far as they can be, whatever
 * the flags say.
 */
int evtx_chunk(struct evtx *reader, const void *bytes, size_t len, struct evtx_chunk_info *out);

/*
 * The chunk has `len` bytes now, and the record at `offset` is read again: it may use what lies
 * behind the end of the records. The records end where they did.
 */
void evtx_again(struct evtx *reader, uint32_t offset, size_t len);

/*
 * The next record. 1: *out is it, and lives until the next call of this or evtx_chunk(). 0: the
 * chunk has no more. <0: a record could not be read, or bytes between two records were skipped:
 * *err says why, out->offset and out->size what, out->number is 0 when it is not known; the
 * walk goes on with the next call.
 */
int evtx_next(struct evtx *reader, struct evtx_record *out, struct err *err);

/* How many elements an array has; 1 for other values, 0 when absent. */
size_t evtx_value_count(const struct evtx_value *value);

/*
 * Steps through the elements of an array, each a value of its own: start with *at = 0. Any
 * other value is its own only element. False when there are no more.
 */
bool evtx_value_item(const struct evtx_value *value, size_t *at, struct evtx_value *item);

/*
 * Element i as Windows writes it, in UTF-8. Text that needs no change is borrowed from the
 * value, else it lies in `scratch`. Absent when the value or the element is. Walks the array up
 * to i: for all elements take evtx_value_item() with i = 0.
 */
struct slice evtx_value_text(const struct evtx_value *value, size_t i, struct arena *scratch);

/*
 * The first element (of a value that is no array: the value) appended to `out`; false when
 * absent. Faster than evtx_value_text() where many values are rendered.
 */
bool evtx_value_add(const struct evtx_value *value, struct buf *out);

/* Whole numbers (also those written as text), without rendering; false for anything else. */
bool evtx_value_u64(const struct evtx_value *value, uint64_t *out);

/* FILETIME, SYSTEMTIME or text of a time; TIME_NONE for anything else. */
int64_t evtx_value_time(const struct evtx_value *value);

#endif
