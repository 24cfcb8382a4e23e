#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

#define WIRE_ABSENT UINT32_MAX
#define WIRE_TEXT_MAX (16U << 20)

void buf_deinit(struct buf *buf)
{
    free(buf->ptr);
    *buf = (struct buf)BUF_INIT;
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    if (buf->ptr)
        buf->ptr[0] = '\0';
}

void buf_grow(struct buf *buf, size_t need)
{
    size_t capacity = buf->capacity ? buf->capacity : 256;
    while (capacity < need)
        capacity *= 2;
    buf->ptr = mem_grow(buf->ptr, capacity, 1);
    buf->capacity = capacity;
}

void buf_add(struct buf *buf, const void *bytes, size_t len)
{
    buf_reserve(buf, len);
    if (len)
        memcpy(buf->ptr + buf->len, bytes, len);
    buf->len += len;
    buf->ptr[buf->len] = '\0';
}

void buf_add_slice(struct buf *buf, struct slice s)
{
    buf_add(buf, s.ptr, s.len);
}

void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_vprintf(struct buf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int need = vsnprintf(NULL, 0, format, args);
    if (need > 0) {
        buf_reserve(buf, (size_t)need);
        vsnprintf(buf->ptr + buf->len, (size_t)need + 1, format, again);
        buf->len += (size_t)need;
    }
    va_end(again);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_vprintf(buf, format, args);
    va_end(args);
}

void buf_add_utf8(struct buf *buf, uint32_t c)
{
    if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        c = 0xfffd;
    char out[4];
    size_t n;
    if (c < 0x80) {
        out[0] = (char)c;
        n = 1;
    } else if (c < 0x800) {
        out[0] = (char)(0xc0 | (c >> 6));
        out[1] = (char)(0x80 | (c & 0x3f));
        n = 2;
    } else if (c < 0x10000) {
        out[0] = (char)(0xe0 | (c >> 12));
        out[1] = (char)(0x80 | ((c >> 6) & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        n = 3;
    } else {
        out[0] = (char)(0xf0 | (c >> 18));
        out[1] = (char)(0x80 | ((c >> 12) & 0x3f));
        out[2] = (char)(0x80 | ((c >> 6) & 0x3f));
        out[3] = (char)(0x80 | (c & 0x3f));
        n = 4;
    }
    buf_add(buf, out, n);
}

static inline void put_le(struct buf *buf, uint64_t value, size_t bytes)
{
    buf_reserve(buf, bytes);
    for (size_t i = 0; i < bytes; i++)
        buf->ptr[buf->len++] = (char)(value >> (8 * i));
    buf->ptr[buf->len] = '\0';
}

void buf_put_u8(struct buf *buf, uint8_t value)
{
    put_le(buf, value, 1);
}

void buf_put_u32(struct buf *buf, uint32_t value)
{
    put_le(buf, value, 4);
}

void buf_put_u64(struct buf *buf, uint64_t value)
{
    put_le(buf, value, 8);
}

void buf_put_text(struct buf *buf, struct slice s)
{
    if (!s.ptr) {
        buf_put_u32(buf, WIRE_ABSENT);
        return;
    }
    s = slice_first(s, WIRE_TEXT_MAX);
    buf_reserve(buf, 4 + s.len);
    buf_put_u32(buf, (uint32_t)s.len);
    buf_add_slice(buf, s);
}

static uint64_t get_le(struct wire *wire, size_t bytes)
{
    if (wire->failed || wire->len < bytes) {
        wire->failed = true;
        return 0;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t)(unsigned char)wire->ptr[i] << (8 * i);
    wire->ptr += bytes;
    wire->len -= bytes;
    return value;
}

uint8_t wire_u8(struct wire *wire)
{
    return (uint8_t)get_le(wire, 1);
}

uint32_t wire_u32(struct wire *wire)
{
    return (uint32_t)get_le(wire, 4);
}

uint64_t wire_u64(struct wire *wire)
{
    return get_le(wire, 8);
}

struct slice wire_text(struct wire *wire)
{
    uint32_t len = wire_u32(wire);
    if (wire->failed || len == WIRE_ABSENT)
        return SLICE_NULL;
    if (len > wire->len) {
        wire->failed = true;
        return SLICE_NULL;
    }
    struct slice s = slice_of(wire->ptr, len);
    wire->ptr += len;
    wire->len -= len;
    return s;
}

uint8_t wire_below(struct wire *wire, unsigned limit)
{
    uint8_t value = wire_u8(wire);
    if (value >= limit)
        wire->failed = true;
    return wire->failed ? 0 : value;
}

uint32_t wire_bits(struct wire *wire, uint32_t all)
{
    uint32_t value = wire_u32(wire);
    if (value & ~all)
        wire->failed = true;
    return wire->failed ? 0 : value;
}

struct slice wire_text_up_to(struct wire *wire, size_t most)
{
    struct slice text = wire_text(wire);
    if (text.len > most)
        wire->failed = true;
    return wire->failed ? SLICE_NULL : text;
}
