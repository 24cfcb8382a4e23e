#include "sigma/encode.h"

#include "base/escape.h"

#define PLANE_ONE 0x10000U

static char *put_unit(char *out, unsigned unit, bool big_endian)
{
    out[big_endian ? 0 : 1] = (char)(unit >> 8);
    out[big_endian ? 1 : 0] = (char)(unit & 0xFFU);
    return out + 2;
}

struct slice encode_utf16(struct arena *arena, struct slice text, bool big_endian)
{
    char *bytes = arena_alloc(arena, text.len * 2 + 1); /* a unit for each byte at most */
    char *end = bytes;
    for (size_t i = 0; i < text.len;) {
        uint32_t c = utf8_next(text, &i);
        if (c >= PLANE_ONE) {
            c -= PLANE_ONE;
            end = put_unit(end, 0xD800U | c >> 10, big_endian);
            c = 0xDC00U | (c & 0x3FFU);
        }
        end = put_unit(end, c, big_endian);
    }
    return slice_of(bytes, (size_t)(end - bytes));
}

static unsigned byte_at(struct slice bytes, size_t i)
{
    return i < bytes.len ? (unsigned char)bytes.ptr[i] : 0;
}

struct slice encode_base64(struct arena *arena, struct slice bytes)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = arena_alloc(arena, (bytes.len + 2) / 3 * 4 + 1);
    char *out = text;
    for (size_t i = 0; i < bytes.len; i += 3) {
        unsigned group =
            byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);
        for (unsigned k = 0; k < 4; k++)
            *out++ = k > bytes.len - i ? '=' : digits[group >> (18 - 6 * k) & 0x3FU];
    }
    return slice_of(text, (size_t)(out - text));
}

struct slice encode_base64_inside(struct arena *arena, struct slice bytes, unsigned offset)
{
    static const size_t head[] = { 0, 2, 3 }; /* digits that hold bits of what stands before */
    static const size_t tail[] = { 0, 3, 2 }; /* padding, and the digit that holds fewer bits */
    char *padded = arena_alloc(arena, bytes.len + offset + 1);
    if (bytes.len)
        memcpy(padded + offset, bytes.ptr, bytes.len);
    struct slice text = encode_base64(arena, slice_of(padded, bytes.len + offset));
    size_t cut = head[offset] + tail[(bytes.len + offset) % 3];
    return text.len > cut ? slice_of(text.ptr + head[offset], text.len - cut)
                          : slice_of(text.ptr, 0);
}
