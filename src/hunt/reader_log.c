/* One Windows event log, or a part of it: chunks, records, what is damaged in them. */
#include <stdio.h>
#include <string.h>

#include "hunt/reader_internal.h"

uint64_t reader_log_start(uint64_t offset)
{
    if (offset <= EVTX_FILE_HEADER_BYTES)
        return EVTX_FILE_HEADER_BYTES;
    uint64_t chunks =
        (offset - EVTX_FILE_HEADER_BYTES + EVTX_CHUNK_BYTES - 1) / EVTX_CHUNK_BYTES;
    return EVTX_FILE_HEADER_BYTES + chunks * EVTX_CHUNK_BYTES;
}

/* Reads until `len` bytes are there or the file ends; what was read before damage counts. */
static size_t read_fully(struct reader *reader, struct source *source, size_t len,
                         uint64_t offset)
{
    struct err err = ERR_INIT;
    size_t have = 0;
    while (have < len) {
        int64_t got = source_read(source, reader->chunk + have, len - have, &err);
        if (got < 0)
            reader_report_damage(reader, offset + have, err.msg);
        if (got <= 0)
            break;
        have += (size_t)got;
    }
    return have;
}

static void report_flags(struct reader *reader, uint64_t offset, unsigned flags,
                         const char *const *reasons, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((flags >> i & 1) && reasons[i])
            reader_report_damage(reader, offset, reasons[i]);
}

/* By bit of enum evtx_file_flag; a dirty log is no damage: it was in use when it was copied. */
static const char *const file_reasons[] = {
    "no event log header",
    "the event log ends inside its header",
    "the event log's header has a wrong checksum",
    NULL,
    NULL,
    "an event log of an unknown version",
};

/* By bit of enum evtx_chunk_flag. */
static const char *const chunk_reasons[] = {
    NULL,
    "a chunk without its mark: read by the marks of its records",
    "the file ends inside a chunk",
    "a chunk whose header has a wrong checksum",
    "a chunk whose records have a wrong checksum",
    "a chunk whose header has impossible offsets",
    NULL,
};

/* By bit of enum evtx_record_flag. */
static const char *const record_reasons[] = {
    "a record with more values than are looked at: the rest was left out",
    "a record of which a nested part cannot be read",
    NULL, /* sizes differ: all of it was read */
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void read_header(struct reader *reader, struct source *source)
{
    struct evtx_file_info info;
    size_t got = read_fully(reader, source, EVTX_FILE_HEADER_BYTES, 0);
    unsigned flags = evtx_file_check(reader->chunk, got, &info);
    report_flags(reader, 0, flags, file_reasons, COUNT(file_reasons));
}

static void read_record(struct reader *reader, const struct evtx_record *record,
                        uint64_t offset)
{
    const struct family *family = reader->sink.record(reader->sink.context, record, offset);
    if (reader->out->family == FAMILY_NONE)
        reader->out->family = family->id;
    report_flags(reader, offset, record->flags, record_reasons, COUNT(record_reasons));
}

static void read_chunk(struct reader *reader, size_t len, uint64_t offset)
{
    struct evtx_chunk_info info;
    struct evtx_record record;
    struct err err = ERR_INIT;
    int got;
    evtx_chunk(reader->evtx, reader->chunk, len, &info);
    report_flags(reader, offset, info.flags, chunk_reasons, COUNT(chunk_reasons));
    while ((got = evtx_next(reader->evtx, &record, &err)) != 0) {
        if (got > 0)
            read_record(reader, &record, offset + record.offset);
        else
            reader_report_damage(reader, offset + record.offset, err.msg);
    }
}

static void read_chunks(struct reader *reader, struct source *source, uint64_t offset,
                        uint64_t end)
{
    size_t got = EVTX_CHUNK_BYTES;
    for (; got == EVTX_CHUNK_BYTES && offset < end && !reader->stopped; offset += got) {
        got = read_fully(reader, source, EVTX_CHUNK_BYTES, offset);
        if (got)
            read_chunk(reader, got, offset);
        reader_report_progress(reader, source);
    }
}

void reader_read_log(struct reader *reader, struct source *source,
                     const struct reader_part *part)
{
    uint64_t end =
        part->length > UINT64_MAX - part->start ? UINT64_MAX : part->start + part->length;
    if (!reader->chunk)
        reader->chunk = mem_alloc(EVTX_CHUNK_BYTES);
    if (part->start == 0)
        read_header(reader, source);
    read_chunks(reader, source, reader_log_start(part->start), end);
    if (reader->out->family == FAMILY_NONE) {
        reader->out->family = FAMILY_EVENTLOG;
        snprintf(reader->out->note, sizeof reader->out->note, "no events in it");
    }
    reader_report_end(reader, source);
    source_close(source);
}
