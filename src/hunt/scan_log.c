/* One Windows event log, or a part of it: chunks, records, what is damaged in them. */
#include <stdio.h>
#include <string.h>

#include "hunt/scanner.h"

uint64_t scan_log_start(uint64_t offset)
{
    if (offset <= EVTX_FILE_HEADER_BYTES)
        return EVTX_FILE_HEADER_BYTES;
    uint64_t chunks =
        (offset - EVTX_FILE_HEADER_BYTES + EVTX_CHUNK_BYTES - 1) / EVTX_CHUNK_BYTES;
    return EVTX_FILE_HEADER_BYTES + chunks * EVTX_CHUNK_BYTES;
}

#define CHUNK_HEAD_BYTES 4096 /* read first: its header says how much of the chunk is used */

/* Reads until `len` bytes are there or the file ends; what was read before damage counts. */
static size_t read_fully(struct scanner *scanner, struct source *source, size_t len,
                         uint64_t offset)
{
    struct err err = ERR_INIT;
    size_t have = 0;
    while (have < len) {
        int64_t got = source_read(source, scanner->chunk + have, len - have, &err);
        if (got < 0)
            scanner_report_damage(scanner, offset + have, err.msg);
        if (got <= 0)
            break;
        have += (size_t)got;
    }
    return have;
}

static void report_flags(struct scanner *scanner, uint64_t offset, unsigned flags,
                         const char *const *reasons, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((flags >> i & 1) && reasons[i])
            scanner_report_damage(scanner, offset, reasons[i]);
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

static void read_header(struct scanner *scanner, struct source *source)
{
    struct evtx_file_info info;
    size_t got = read_fully(scanner, source, EVTX_FILE_HEADER_BYTES, 0);
    unsigned flags = evtx_file_check(scanner->chunk, got, &info);
    report_flags(scanner, 0, flags, file_reasons, COUNT(file_reasons));
}

/* The name of a record's computer is nearly always the last one's. */
static struct slice computer_of(struct scanner *scanner, const struct evtx_record *record)
{
    if (record->shape->computer >= record->shape->count)
        return SLICE_NULL;
    const struct evtx_value *value = &record->values[record->shape->computer];
    struct evtx_value *last = &scanner->computer;
    if (last->bytes && value->bytes && last->type == value->type && last->len == value->len &&
        memcmp(last->bytes, value->bytes, value->len) == 0)
        return scanner->computer_text;
    arena_reset(&scanner->computer_arena);
    *last = *value;
    last->bytes = arena_copy(&scanner->computer_arena, slice_of(value->bytes, value->len)).ptr;
    scanner->computer_text = evtx_value_text(value, 0, &scanner->computer_arena);
    return scanner->computer_text;
}

static void scan_record(struct scanner *scanner, const struct evtx_record *record,
                        uint64_t offset)
{
    const struct family *family = evaluator_record(scanner->evaluator, record, offset);
    if (scanner->family == FAMILY_NONE)
        scanner->family = family->id;
    coverage_add_event(scanner->coverage, family, computer_of(scanner, record),
                       event_log_time(record));
    report_flags(scanner, offset, record->flags, record_reasons, COUNT(record_reasons));
}

static void scan_chunk(struct scanner *scanner, size_t len, uint64_t offset)
{
    struct evtx_chunk_info info;
    struct evtx_record record;
    struct err err = ERR_INIT;
    int got;
    evtx_chunk(scanner->reader, scanner->chunk, len, &info);
    report_flags(scanner, offset, info.flags, chunk_reasons, COUNT(chunk_reasons));
    while ((got = evtx_next(scanner->reader, &record, &err)) != 0) {
        if (got > 0)
            scan_record(scanner, &record, offset + record.offset);
        else
            scanner_report_damage(scanner, offset + record.offset, err.msg);
    }
}

static void scan_chunks(struct scanner *scanner, struct source *source, uint64_t offset,
                        uint64_t end)
{
    size_t got = EVTX_CHUNK_BYTES;
    for (; got == EVTX_CHUNK_BYTES && offset < end && !scanner->gone; offset += got) {
        got = read_fully(scanner, source, EVTX_CHUNK_BYTES, offset);
        if (got)
            scan_chunk(scanner, got, offset);
        scanner_report_progress(scanner, source);
    }
}

static void report_log(struct scanner *scanner, struct source *source)
{
    struct source_note note = { scanner->family, false, SLICE_NULL };
    if (scanner->family == FAMILY_NONE) {
        note.family = FAMILY_EVENTLOG;
        note.note = SLICE_LIT("no events in it");
    }
    record_put_source(&scanner->out, &note);
    if (coverage_overflowed(scanner->coverage))
        scanner_report_damage(scanner, 0,
                              "events of more than 64 hosts: their coverage is not told apart");
    if (source_changed(source) == 1)
        scanner_report_damage(scanner, source_position(source),
                              "the file shrank while it was read");
    scanner_sum_up_damage(scanner);
}

void scan_log(struct scanner *scanner, struct source *source, const struct scan_order *order)
{
    uint64_t end =
        order->length > UINT64_MAX - order->start ? UINT64_MAX : order->start + order->length;
    if (!scanner->chunk)
        scanner->chunk = mem_alloc(EVTX_CHUNK_BYTES);
    evaluator_reset(scanner->evaluator);
    if (order->start == 0)
        read_header(scanner, source);
    scan_chunks(scanner, source, scan_log_start(order->start), end);
    report_log(scanner, source);
    coverage_flush(scanner->coverage, &scanner->out);
    record_put_end(&scanner->out, SLICE_NULL, SLICE_NULL);
    source_close(source);
}
