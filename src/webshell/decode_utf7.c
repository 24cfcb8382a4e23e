#include "webshell/decode_internal.h"

#include "base/buf.h"

/* Value of a character of the modified Base64 alphabet (RFC 2152), or -1. */
static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (ascii_is_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Bits of a shifted sequence on their way to UTF-16 units and on to characters. */
struct shift {
    uint32_t bits;
    unsigned count; /* of bits */
    uint32_t high;  /* a high surrogate that waits for its low one, or 0 */
    struct buf *out;
    struct utf7_signs *signs;
};

static bool is_plain_ascii(uint32_t unit)
{
    return (unit >= 0x20 && unit < 0x7f) || unit == '\t' || unit == '\n' || unit == '\r';
}

static void put_character(struct shift *shift, uint32_t c)
{
    shift->signs->units++;
    if (is_plain_ascii(c))
        shift->signs->ascii++;
    if (shift->out)
        buf_add_utf8(shift->out, c);
}

static void put_unit(struct shift *shift, uint32_t unit)
{
    bool is_low = unit >= 0xdc00 && unit <= 0xdfff;
    if (shift->high) {
        uint32_t high = shift->high;
        shift->high = 0;
        if (is_low) {
            put_character(shift, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
            return;
        }
        put_character(shift, 0xfffd);
    }
    if (unit >= 0xd800 && unit <= 0xdbff)
        shift->high = unit;
    else
        put_character(shift, is_low ? 0xfffd : unit);
}

static void put_sextet(struct shift *shift, int value)
{
    shift->bits = (shift->bits << 6 | (uint32_t)value) & 0x3fffff;
    shift->count += 6;
    if (shift->count < 16)
        return;
    shift->count -= 16;
    put_unit(shift, shift->bits >> shift->count & 0xffff);
}

/* Reads the sequence behind a plus sign at `at`; returns where the text goes on. */
static size_t read_shift(struct slice text, size_t at, struct buf *out,
                         struct utf7_signs *signs)
{
    struct shift shift = { .out = out, .signs = signs };
    size_t start = at;
    int value;
    for (; at < text.len && (value = base64_value(text.ptr[at])) >= 0; at++)
        put_sextet(&shift, value);
    bool minus = at < text.len && text.ptr[at] == '-';
    if (at == start) { /* "+-", or a plus that is just one */
        if (out)
            buf_add_char(out, '+');
        *(minus ? &signs->pluses : &signs->malformed) += 1;
        return at + minus;
    }
    signs->shifts++;
    uint32_t left = shift.bits & ((1U << shift.count) - 1);
    if (shift.count >= 6 || left || shift.high)
        signs->malformed++;
    return at + minus;
}

static void read_text(struct slice text, struct buf *out, struct utf7_signs *signs)
{
    size_t at = 0;
    while (at < text.len) {
        size_t plain = slice_find_char(slice_from_offset(text, at), '+');
        bool last = plain == SIZE_MAX;
        if (last)
            plain = text.len - at;
        if (out)
            buf_add(out, text.ptr + at, plain);
        if (last)
            return;
        at = read_shift(text, at + plain + 1, out, signs);
    }
}

struct utf7_signs utf7_measure(struct slice text)
{
    struct utf7_signs signs = { 0 };
    read_text(text, NULL, &signs);
    return signs;
}

struct slice utf7_decode(struct arena *arena, struct slice text)
{
    struct utf7_signs signs = { 0 };
    struct buf out = BUF_INIT;
    buf_reserve(&out, text.len + text.len / 4);
    read_text(text, &out, &signs);
    struct slice decoded = arena_copy(arena, buf_slice(&out));
    buf_deinit(&out);
    return decoded;
}
