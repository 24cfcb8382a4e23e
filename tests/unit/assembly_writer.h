/*
 * Writes a PE file with .NET metadata, for tests: one section, few rows, all columns 2 bytes
 * wide. Nothing is checked: what is wrong on purpose is easy to write. src/webshell/assembly.c
 * draws what these functions write.
 */
#ifndef HAUBERK_TESTS_ASSEMBLY_WRITER_H
#define HAUBERK_TESTS_ASSEMBLY_WRITER_H

#include "base/buf.h"

#define WRITER_RVA 0x1000U
#define WRITER_OFFSET 0x200U
#define WRITER_TABLES 0x24
#define WRITER_TIMESTAMP 1614754800U /* 2021-03-03T07:00:00Z */

struct assembly_writer {
    struct buf names, blobs, literals;
    struct buf rows[WRITER_TABLES];
    uint32_t counts[WRITER_TABLES];
    struct buf section; /* at WRITER_RVA: what is written before the metadata */
    uint32_t export_rva, resource_rva;
    bool unmanaged;
};

static inline void put_u16(struct buf *buf, unsigned value)
{
    buf_put_u8(buf, (uint8_t)value);
    buf_put_u8(buf, (uint8_t)(value >> 8));
}

static inline void writer_init(struct assembly_writer *w)
{
    memset(w, 0, sizeof *w);
    buf_put_u8(&w->names, 0);
    buf_put_u8(&w->blobs, 0);
    buf_put_u8(&w->literals, 0);
}

static inline void writer_deinit(struct assembly_writer *w)
{
    buf_deinit(&w->names);
    buf_deinit(&w->blobs);
    buf_deinit(&w->literals);
    buf_deinit(&w->section);
    for (size_t i = 0; i < WRITER_TABLES; i++)
        buf_deinit(&w->rows[i]);
}

static inline unsigned put_name(struct assembly_writer *w, const char *name)
{
    unsigned at = (unsigned)w->names.len;
    buf_add(&w->names, name, strlen(name) + 1);
    return at;
}

static inline unsigned put_blob(struct assembly_writer *w, const void *bytes, size_t len)
{
    unsigned at = (unsigned)w->blobs.len;
    if (len < 0x80) {
        buf_put_u8(&w->blobs, (uint8_t)len);
    } else {
        buf_put_u8(&w->blobs, (uint8_t)(0x80 | len >> 8));
        buf_put_u8(&w->blobs, (uint8_t)len);
    }
    buf_add(&w->blobs, bytes, len);
    return at;
}

/* ASCII only, shorter than 63 characters. */
static inline void put_literal(struct assembly_writer *w, const char *text)
{
    buf_put_u8(&w->literals, (uint8_t)(2 * strlen(text) + 1));
    for (; *text; text++)
        put_u16(&w->literals, (unsigned char)*text);
    buf_put_u8(&w->literals, 0);
}

/* A row of 16-bit cells; returns its number, from 1. */
static inline unsigned put_row(struct assembly_writer *w, unsigned table, size_t count,
                               const unsigned *cells)
{
    for (size_t i = 0; i < count; i++)
        put_u16(&w->rows[table], cells[i]);
    return ++w->counts[table];
}

#define PUT_ROW(w, table, ...)                                                                 \
    put_row(w, table, sizeof((unsigned[]){ __VA_ARGS__ }) / sizeof(unsigned),                  \
            (unsigned[]){ __VA_ARGS__ })

static inline unsigned put_type_used(struct assembly_writer *w, const char *space,
                                     const char *name)
{
    return PUT_ROW(w, 0x01, 0, put_name(w, name), put_name(w, space));
}

static inline void put_type(struct assembly_writer *w, const char *space, const char *name)
{
    PUT_ROW(w, 0x02, 0, 0, put_name(w, name), put_name(w, space), 0, 1, 1);
}

static inline void put_member(struct assembly_writer *w, unsigned type, const char *name,
                              const char *signature, size_t signature_len)
{
    PUT_ROW(w, 0x0a, type << 3 | 1, put_name(w, name), put_blob(w, signature, signature_len));
}

static inline void put_native(struct assembly_writer *w, const char *library, const char *name)
{
    unsigned module = PUT_ROW(w, 0x1a, put_name(w, library));
    PUT_ROW(w, 0x1c, 0, 0, put_name(w, name), module);
}

static inline void put_assembly(struct assembly_writer *w, const char *name, const void *key,
                                size_t key_len)
{
    PUT_ROW(w, 0x20, 0x8004, 0, 1, 2, 3, 4, 1, 0, key_len ? put_blob(w, key, key_len) : 0,
            put_name(w, name), 0);
}

static inline void put_reference(struct assembly_writer *w, const char *name, const void *token)
{
    PUT_ROW(w, 0x23, 4, 0, 0, 0, 0, 0, put_blob(w, token, 8), put_name(w, name), 0, 0);
}

/* ---- the file ---- */

static inline void put_tables(struct buf *out, const struct assembly_writer *w)
{
    uint64_t present = 0;
    for (size_t i = 0; i < WRITER_TABLES; i++)
        if (w->counts[i])
            present |= UINT64_C(1) << i;
    buf_put_u32(out, 0);
    buf_put_u32(out, 2); /* version 2.0, narrow heaps */
    buf_put_u64(out, present);
    buf_put_u64(out, 0);
    for (size_t i = 0; i < WRITER_TABLES; i++)
        if (w->counts[i])
            buf_put_u32(out, w->counts[i]);
    for (size_t i = 0; i < WRITER_TABLES; i++)
        buf_add_slice(out, buf_slice(&w->rows[i]));
}

static inline void put_stream(struct buf *head, size_t *at, const char *name, size_t len)
{
    static const char zeros[4];
    size_t name_len = strlen(name);
    buf_put_u32(head, (uint32_t)*at);
    buf_put_u32(head, (uint32_t)len);
    buf_add(head, name, name_len);
    buf_add(head, zeros, 4 - name_len % 4);
    *at += len;
}

static inline void put_metadata(struct buf *out, const struct assembly_writer *w)
{
    struct buf tables = BUF_INIT;
    size_t at = 32 + 12 + 20 + 12 + 16; /* behind the heads of four streams */
    put_tables(&tables, w);
    buf_add(out, "BSJB\1\0\1\0\0\0\0\0", 12);
    buf_put_u32(out, 12);
    buf_add(out, "v4.0.30319\0\0", 12);
    put_u16(out, 0);
    put_u16(out, 4);
    put_stream(out, &at, "#~", tables.len);
    put_stream(out, &at, "#Strings", w->names.len);
    put_stream(out, &at, "#US", w->literals.len);
    put_stream(out, &at, "#Blob", w->blobs.len);
    buf_add_slice(out, buf_slice(&tables));
    buf_add_slice(out, buf_slice(&w->names));
    buf_add_slice(out, buf_slice(&w->literals));
    buf_add_slice(out, buf_slice(&w->blobs));
    buf_deinit(&tables);
}

static inline void put_directories(struct buf *out, const struct assembly_writer *w,
                                   uint32_t clr_rva)
{
    for (size_t i = 0; i < 16; i++) {
        uint32_t rva = i == 0    ? w->export_rva
                       : i == 2  ? w->resource_rva
                       : i == 14 ? clr_rva
                                 : 0;
        buf_put_u32(out, rva);
        buf_put_u32(out, rva ? 72 : 0);
    }
}

static inline void put_zeros(struct buf *out, size_t until)
{
    while (out->len < until)
        buf_put_u8(out, 0);
}

/* Writes the file; buf_deinit() it. */
static inline struct buf writer_finish(struct assembly_writer *w)
{
    struct buf out = BUF_INIT, section = BUF_INIT, metadata = BUF_INIT;
    put_metadata(&metadata, w);
    buf_add_slice(&section, buf_slice(&w->section));
    uint32_t clr_rva = WRITER_RVA + (uint32_t)section.len;
    if (!w->unmanaged) {
        buf_put_u32(&section, 72);
        buf_put_u32(&section, 2 | 5U << 16);
        buf_put_u32(&section, clr_rva + 72);
        buf_put_u32(&section, (uint32_t)metadata.len);
        buf_put_u32(&section, 1 | 8); /* IL only, signed */
        put_zeros(&section, clr_rva - WRITER_RVA + 72);
        buf_add_slice(&section, buf_slice(&metadata));
    }

    buf_add_text(&out, "MZ");
    put_zeros(&out, 0x3c);
    buf_put_u32(&out, 0x40);
    buf_add(&out, "PE\0\0\x4c\1\1\0", 8);
    buf_put_u32(&out, WRITER_TIMESTAMP);
    buf_put_u64(&out, 0);
    put_u16(&out, 224);
    put_u16(&out, 0x2102);
    put_u16(&out, 0x10b);
    put_zeros(&out, 0x40 + 24 + 92);
    buf_put_u32(&out, 16);
    put_directories(&out, w, w->unmanaged ? 0 : clr_rva);
    buf_add(&out, ".text\0\0\0", 8);
    buf_put_u32(&out, (uint32_t)section.len);
    buf_put_u32(&out, WRITER_RVA);
    buf_put_u32(&out, (uint32_t)section.len);
    buf_put_u32(&out, WRITER_OFFSET);
    put_zeros(&out, WRITER_OFFSET);
    buf_add_slice(&out, buf_slice(&section));
    buf_deinit(&section);
    buf_deinit(&metadata);
    return out;
}

/* A directory of one exported name, written before all else. */
static inline void put_export(struct assembly_writer *w, const char *name)
{
    uint32_t rva = WRITER_RVA + (uint32_t)w->section.len;
    w->export_rva = rva;
    for (size_t i = 0; i < 10; i++)
        buf_put_u32(&w->section, i == 6 ? 1 : i == 8 ? rva + 40 : 0);
    buf_put_u32(&w->section, rva + 44);
    buf_add(&w->section, name, strlen(name) + 1);
    while (w->section.len % 4)
        buf_put_u8(&w->section, 0);
}

/* A version resource: FileVersion 15.1.2176.9 and a company. */
static inline void put_version(struct assembly_writer *w, const char *company)
{
    struct buf data = BUF_INIT;
    uint32_t rva = WRITER_RVA + (uint32_t)w->section.len;
    buf_put_u32(&data, 0);
    buf_add(&data, "\xbd\x04\xef\xfe", 4);
    buf_put_u32(&data, 0x10000);
    buf_put_u32(&data, 15U << 16 | 1);
    buf_put_u32(&data, 2176U << 16 | 9);
    put_u16(&data, 0);
    for (const char *c = "CompanyName"; *c; c++)
        put_u16(&data, (unsigned char)*c);
    put_u16(&data, 0);
    while (data.len % 4)
        buf_put_u8(&data, 0);
    for (; *company; company++)
        put_u16(&data, (unsigned char)*company);
    put_u16(&data, 0);

    w->resource_rva = rva;
    for (uint32_t level = 0; level < 3; level++) {
        buf_put_u64(&w->section, 0);
        buf_put_u32(&w->section, 0);
        buf_put_u32(&w->section, 1U << 16); /* one numbered entry */
        buf_put_u32(&w->section, level == 0 ? 16 : 1);
        buf_put_u32(&w->section, (level == 2 ? 0 : 0x80000000U) | 24 * (level + 1));
    }
    buf_put_u32(&w->section, rva + 72 + 16);
    buf_put_u32(&w->section, (uint32_t)data.len);
    buf_put_u64(&w->section, 0);
    buf_add_slice(&w->section, buf_slice(&data));
    while (w->section.len % 4)
        buf_put_u8(&w->section, 0);
    buf_deinit(&data);
}

#endif
