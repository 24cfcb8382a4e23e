/*
 * What both fuzz targets of event logs ask of a reader: values lie where they may, no record
 * and no chunk makes more than it is allowed, and a reader that has read much says of a chunk
 * what a new one says.
 */
#ifndef HAUBERK_FUZZ_EVTX_READING_H
#define HAUBERK_FUZZ_EVTX_READING_H

#include <inttypes.h>
#include <stdlib.h>

#include "events/evtx.h"

#define FUZZ_RECORD_BYTES (512u << 10) /* RECORD_WORK and CHUNK_WORK of the reader */
#define FUZZ_CHUNK_BYTES (2u << 20)

static inline void require(bool fact)
{
    if (!fact)
        abort();
}

static inline void add_value(struct buf *out, const struct evtx_value *value,
                             struct arena *scratch)
{
    struct evtx_value item;
    size_t at = 0, count = 0;
    for (; evtx_value_item(value, &at, &item); count++) {
        require(item.bytes >= value->bytes && item.len <= value->len);
        require(item.bytes + item.len <= value->bytes + value->len);
        buf_add_char(out, '=');
        require(evtx_value_add(&item, out));
        if (count == 0) {
            struct slice text = evtx_value_text(value, 0, scratch);
            require(text.len <= out->len);
            require(text.len == 0 ||
                    memcmp(out->ptr + out->len - text.len, text.ptr, text.len) == 0);
        }
    }
    uint64_t number;
    evtx_value_u64(value, &number);
    evtx_value_time(value);
}

/* The record as text; returns the bytes of its values. */
static inline size_t add_record(struct buf *out, const struct evtx_record *record,
                                struct arena *scratch)
{
    size_t bytes = 0;
    buf_printf(out, "%" PRIu32 " %" PRIu64 " %u", record->offset, record->number,
               record->flags);
    for (size_t i = 0; i < record->shape->count; i++) {
        const struct evtx_value *value = &record->values[i];
        require(value->bytes || value->len == 0);
        bytes += value->len;
        buf_add_char(out, ' ');
        buf_add_slice(out, record->shape->names[i]);
        add_value(out, value, scratch);
    }
    buf_add_char(out, '\n');
    require(bytes <= FUZZ_RECORD_BYTES);
    return bytes;
}

static inline void read_chunk(struct evtx *reader, const uint8_t *bytes, size_t len,
                              struct buf *out)
{
    struct evtx_chunk_info info;
    struct evtx_record record;
    struct err err = ERR_INIT;
    struct arena scratch = ARENA_INIT;
    size_t sum = 0, last = 0;
    int status, flags = evtx_chunk(reader, bytes, len, &info);
    require(flags == (int)info.flags);
    buf_printf(out, "chunk %d\n", flags);
    while ((status = evtx_next(reader, &record, &err)) != 0) {
        require(record.offset > last && record.offset + (size_t)record.size <= len);
        require(record.offset + (size_t)record.size <= EVTX_CHUNK_BYTES);
        last = record.offset;
        if (status > 0)
            sum += add_record(out, &record, &scratch);
        else
            require(err.msg[0]);
        arena_reset(&scratch);
    }
    require(sum <= FUZZ_CHUNK_BYTES);
    arena_deinit(&scratch);
}

static inline void require_alike(const struct buf *a, const struct buf *b)
{
    require(slice_eq(buf_slice(a), buf_slice(b)));
}

static inline void read_by_new_one(const uint8_t *bytes, size_t len, const struct buf *wanted)
{
    struct evtx *fresh = evtx_new();
    struct buf text = BUF_INIT;
    read_chunk(fresh, bytes, len, &text);
    require_alike(&text, wanted);
    buf_deinit(&text);
    evtx_free(fresh);
}

/* Twice by the reader that knows much; sometimes, since it costs, by a new one. */
static inline void read_alike(const uint8_t *bytes, size_t len)
{
    static struct evtx *knowing;
    struct buf first = BUF_INIT, second = BUF_INIT;
    if (!knowing)
        knowing = evtx_new();
    read_chunk(knowing, bytes, len, &first);
    read_chunk(knowing, bytes, len, &second);
    require_alike(&first, &second);
    if (len % 8 == 0)
        read_by_new_one(bytes, len, &first);
    buf_deinit(&first);
    buf_deinit(&second);
}

#endif
