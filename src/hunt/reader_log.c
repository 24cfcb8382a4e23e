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

/* A chunk, or the file's header, as far as it was read. */
struct portion {
    uint64_t offset;
    size_t have;
    size_t rest; /* of a chunk, not read yet: it lies behind the end of the records */
};

/* Reads until `len` bytes are there or the file ends; what was read before damage counts. */
static bool read_up_to(struct reader *reader, struct source *source, struct portion *portion,
                       size_t len)
{
    struct err err = ERR_INIT;
    while (portion->have < len) {
        int64_t got =
            source_read(source, reader->chunk + portion->have, len - portion->have, &err);
        if (got < 0)
            reader_report_damage(reader, portion->offset + portion->have, err.msg);
        if (got <= 0)
            return false;
        portion->have += (size_t)got;
    }
    return true;
}

/* Reads what is used of the next chunk; of a packed file, where nothing can be left out, all.
 */
static void read_used(struct reader *reader, struct source *source, struct portion *portion)
{
    size_t need = EVTX_CHUNK_BYTES;
    if (!source_is_compressed(source)) {
        if (!read_up_to(reader, source, portion, EVTX_CHUNK_HEADER_BYTES))
            return;
        need = evtx_chunk_need(reader->chunk);
    }
    if (read_up_to(reader, source, portion, need))
        portion->rest = EVTX_CHUNK_BYTES - need;
}

/* Did the record fail because only the used part of its chunk is there? Then it gets the rest.
 */
static bool read_rest(struct reader *reader, struct source *source, struct portion *portion,
                      const struct evtx_record *record)
{
    if (!portion->rest)
        return false;
    portion->rest = 0;
    read_up_to(reader, source, portion, EVTX_CHUNK_BYTES);
    evtx_again(reader->evtx, record->offset, portion->have);
    return true;
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
    struct portion portion = { 0 };
    read_up_to(reader, source, &portion, EVTX_FILE_HEADER_BYTES);
    unsigned flags = evtx_file_check(reader->chunk, portion.have, &info);
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

static void read_chunk(struct reader *reader, struct source *source, struct portion *portion)
{
    struct evtx_chunk_info info;
    struct evtx_record record;
    struct err err = ERR_INIT;
    int got;
    evtx_chunk(reader->evtx, reader->chunk, portion->have, &info);
    report_flags(reader, portion->offset, info.flags, chunk_reasons, COUNT(chunk_reasons));
    while ((got = evtx_next(reader->evtx, &record, &err)) != 0) {
        bool whole = got > 0 && !(record.flags & EVTX_RECORD_PARTIAL);
        if (!whole && read_rest(reader, source, portion, &record))
            continue;
        if (got > 0)
            read_record(reader, &record, portion->offset + record.offset);
        else
            reader_report_damage(reader, portion->offset + record.offset, err.msg);
    }
}

static void read_chunks(struct reader *reader, struct source *source, uint64_t offset,
                        uint64_t end)
{
    bool more = true;
    for (; more && offset < end && !reader->stopped; offset += EVTX_CHUNK_BYTES) {
        struct portion portion = { .offset = offset };
        read_used(reader, source, &portion);
        if (portion.have)
            read_chunk(reader, source, &portion);
        more = portion.have + portion.rest == EVTX_CHUNK_BYTES;
        if (portion.rest)
            source_skip(source, portion.rest);
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
