/*
 * A growing byte buffer that is always NUL terminated, and little-endian framing on top of it
 * for the pipe between workers and coordinator. Thread rule: one owner.
 */
#ifndef HAUBERK_BASE_BUF_H
#define HAUBERK_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct buf {
    char *ptr;
    size_t len;
    size_t capacity;
};
#define BUF_INIT                                                                               \
    {                                                                                          \
        NULL, 0, 0                                                                             \
    }

void buf_deinit(struct buf *buf);
void buf_clear(struct buf *buf);
void buf_grow(struct buf *buf, size_t need); /* for buf_reserve() */

/* Room for `extra` more bytes and a NUL. */
static inline void buf_reserve(struct buf *buf, size_t extra)
{
    size_t need = buf->len + extra + 1;
    if (need > buf->capacity)
        buf_grow(buf, need);
}

void buf_add(struct buf *buf, const void *bytes, size_t len);
void buf_add_slice(struct buf *buf, struct slice s);
void buf_add_text(struct buf *buf, const char *text);

static inline void buf_add_char(struct buf *buf, char c)
{
    if (buf->len + 2 > buf->capacity) {
        buf_add(buf, &c, 1);
        return;
    }
    buf->ptr[buf->len++] = c;
    buf->ptr[buf->len] = '\0';
}

void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
void buf_add_utf8(struct buf *buf, uint32_t code_point); /* invalid ones become U+FFFD */

static inline struct slice buf_slice(const struct buf *buf)
{
    return slice_of(buf->ptr ? buf->ptr : "", buf->len);
}

/* Writers of the wire form: fixed little-endian numbers, text as u32 length and bytes. */
void buf_put_u8(struct buf *buf, uint8_t value);
void buf_put_u32(struct buf *buf, uint32_t value);
void buf_put_u64(struct buf *buf, uint64_t value);
void buf_put_text(struct buf *buf, struct slice s); /* absent stays absent; cut at 16 MiB */

/* The bounded reader of the same form. `failed` sticks; a failed reader returns zeros. */
struct wire {
    const char *ptr;
    size_t len;
    bool failed;
};

uint8_t wire_u8(struct wire *wire);
uint32_t wire_u32(struct wire *wire);
uint64_t wire_u64(struct wire *wire);
struct slice wire_text(struct wire *wire); /* borrowed from the wire's bytes */

/* The same with a limit; what is beyond it fails the wire and reads as 0 or SLICE_NULL. */
uint8_t wire_below(struct wire *wire, unsigned limit); /* less than `limit` */
uint32_t wire_bits(struct wire *wire, uint32_t all);   /* no bit outside of `all` */
struct slice wire_text_up_to(struct wire *wire, size_t most);

#endif
