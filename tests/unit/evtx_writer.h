/*
 * Writes a chunk of an event log, token by token, for tests. Nothing is checked: what is wrong
 * on purpose is easy to write. docs/formats/evtx.md draws what these functions write.
 */
#ifndef HAUBERK_TESTS_EVTX_WRITER_H
#define HAUBERK_TESTS_EVTX_WRITER_H

#include <libdeflate.h>

#include "events/evtx.h"

#define WRITER_TEXTS 64
#define WRITER_TIME UINT64_C(132592284000000000) /* 2021-03-03T07:00:00Z */

struct writer_text {
    const char *text;
    uint32_t offset;
};

struct writer {
    uint8_t chunk[EVTX_CHUNK_BYTES];
    uint32_t pos;
    uint32_t record;     /* where the open record begins, or the last one */
    uint32_t definition; /* where the open template's definition begins */
    uint64_t number;     /* of the next record */
    size_t name_count;
    struct writer_text names[WRITER_TEXTS];
    uint32_t templates[WRITER_TEXTS]; /* definitions by id */
};

struct writer_value {
    uint8_t type;
    const void *bytes;
    size_t len;
};

static inline void put_bytes_at(struct writer *w, uint32_t at, const void *bytes, size_t len)
{
    if (len > 0)
        memcpy(w->chunk + at, bytes, len);
}

static inline void put_number_at(struct writer *w, uint32_t at, uint64_t value, unsigned len)
{
    for (unsigned i = 0; i < len; i++)
        w->chunk[at + i] = (uint8_t)(value >> 8 * i);
}

static inline void put_number(struct writer *w, uint64_t value, unsigned len)
{
    put_number_at(w, w->pos, value, len);
    w->pos += len;
}

static inline void put_raw(struct writer *w, const void *bytes, size_t len)
{
    put_bytes_at(w, w->pos, bytes, len);
    w->pos += (uint32_t)len;
}

/* ASCII as UTF-16. */
static inline void put_units(struct writer *w, const char *text)
{
    for (; *text; text++)
        put_number(w, (uint8_t)*text, 2);
}

static inline void writer_init(struct writer *w, uint64_t first_number)
{
    memset(w, 0, sizeof *w);
    w->pos = 512;
    w->number = first_number;
}

static inline void record_begin(struct writer *w)
{
    w->record = w->pos;
    put_raw(w, "**\0", 4);
    put_number(w, 0, 4);
    put_number(w, w->number++, 8);
    put_number(w, WRITER_TIME, 8);
    put_raw(w, "\x0f\x01\x01", 4);
}

static inline void record_end(struct writer *w)
{
    put_number(w, 0, 1);
    uint32_t size = w->pos + 4 - w->record;
    put_number(w, size, 4);
    put_number_at(w, w->record + 4, size, 4);
}

/* CRCs of what the chunk holds now. */
static inline void chunk_sign(struct writer *w)
{
    put_number_at(w, 52, libdeflate_crc32(0, w->chunk + 512, w->pos - 512), 4);
    uint32_t crc = libdeflate_crc32(0, w->chunk, 120);
    put_number_at(w, 124, libdeflate_crc32(crc, w->chunk + 128, 384), 4);
}

static inline void chunk_end(struct writer *w)
{
    put_bytes_at(w, 0, "ElfChnk", 8);
    put_number_at(w, 24, 1, 8);
    put_number_at(w, 32, w->number - 1, 8);
    put_number_at(w, 40, 128, 4);
    put_number_at(w, 44, w->record, 4);
    put_number_at(w, 48, w->pos, 4);
    chunk_sign(w);
}

/* A name: its offset, and the name itself when the chunk has it not yet. */
static inline void put_name(struct writer *w, const char *name)
{
    for (size_t i = 0; i < w->name_count; i++)
        if (strcmp(w->names[i].text, name) == 0) {
            put_number(w, w->names[i].offset, 4);
            return;
        }
    w->names[w->name_count++] = (struct writer_text){ name, w->pos + 4 };
    put_number(w, w->pos + 4, 4);
    put_number(w, 0, 4);
    put_number(w, 0, 2);
    put_number(w, strlen(name), 2);
    put_units(w, name);
    put_number(w, 0, 2);
}

/* <name, as in a template; open_bare() is without dependency, as in values. */
static inline void open_tag(struct writer *w, const char *name, bool attributes)
{
    put_number(w, attributes ? 0x41 : 0x01, 1);
    put_number(w, 0xffff, 2);
    put_number(w, 0, 4);
    put_name(w, name);
    put_number(w, 0, attributes ? 4 : 0);
}

static inline void open_bare(struct writer *w, const char *name)
{
    put_number(w, 0x01, 1);
    put_number(w, 0, 4);
    put_name(w, name);
}

static inline void content(struct writer *w)
{
    put_number(w, 0x02, 1);
}

static inline void close_empty(struct writer *w)
{
    put_number(w, 0x03, 1);
}

static inline void close_tag(struct writer *w)
{
    put_number(w, 0x04, 1);
}

static inline void text(struct writer *w, const char *ascii)
{
    put_number(w, 0x0105, 2);
    put_number(w, strlen(ascii), 2);
    put_units(w, ascii);
}

static inline void attribute(struct writer *w, const char *name)
{
    put_number(w, 0x06, 1);
    put_name(w, name);
}

static inline void substitution(struct writer *w, unsigned index, bool optional)
{
    put_number(w, optional ? 0x0e : 0x0d, 1);
    put_number(w, index, 2);
    put_number(w, 0, 1);
}

/* <name>%index</name> */
static inline void element_sub(struct writer *w, const char *name, unsigned index,
                               bool optional)
{
    open_tag(w, name, false);
    content(w);
    substitution(w, index, optional);
    close_tag(w);
}

/* <Data Name="name">%index</Data> */
static inline void data_sub(struct writer *w, const char *name, unsigned index, bool optional)
{
    open_tag(w, "Data", true);
    attribute(w, "Name");
    text(w, name);
    content(w);
    substitution(w, index, optional);
    close_tag(w);
}

/* A template instance with its definition; its body follows, then template_end(). */
static inline void template_begin(struct writer *w, unsigned id)
{
    put_number(w, 0x010c, 2);
    put_number(w, id, 4);
    put_number(w, w->pos + 4, 4);
    w->definition = w->templates[id] = w->pos;
    put_number(w, 0, 4);
    put_number(w, id, 4);
    put_number(w, 0, 8);
    put_number(w, 0, 8);
    put_raw(w, "\x0f\x01\x01", 4);
}

static inline void template_end(struct writer *w)
{
    put_number(w, 0, 1);
    put_number_at(w, w->definition + 20, w->pos - w->definition - 24, 4);
}

/* An instance of a template that the chunk has already. */
static inline void template_again(struct writer *w, unsigned id)
{
    put_number(w, 0x010c, 2);
    put_number(w, id, 4);
    put_number(w, w->templates[id], 4);
}

static inline void values(struct writer *w, const struct writer_value *list, size_t count)
{
    put_number(w, count, 4);
    for (size_t i = 0; i < count; i++) {
        put_number(w, list[i].len, 2);
        put_number(w, list[i].type, 2);
    }
    for (size_t i = 0; i < count; i++)
        put_raw(w, list[i].bytes, list[i].len);
}

/* Where the value table's entry `index` will be, when values() comes next. */
static inline uint32_t value_entry(const struct writer *w, unsigned index)
{
    return w->pos + 4 + 4 * index;
}

#define VALUE(type, bytes)                                                                     \
    {                                                                                          \
        (type), (bytes), sizeof(bytes)                                                         \
    }
#define VALUE_U16(ascii_units)                                                                 \
    {                                                                                          \
        0x01, (ascii_units), sizeof(ascii_units) - 2                                           \
    }
#define VALUE_NULL                                                                             \
    {                                                                                          \
        0x00, NULL, 0                                                                          \
    }

#endif
