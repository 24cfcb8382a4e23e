#include "base/escape.h"

#include "base/word.h"

static bool is_continuation(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

static size_t sequence_length(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead <= 0xdf)
        return 2;
    if (lead >= 0xe0 && lead <= 0xef)
        return 3;
    return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/* 0 when the sequence at p is invalid. */
static size_t decode(const unsigned char *p, size_t len, uint32_t *c_out)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    static const unsigned char lead_mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    size_t n = sequence_length(p[0]);
    if (n == 0 || n > len)
        return 0;
    uint32_t c = p[0] & lead_mask[n];
    for (size_t i = 1; i < n; i++) {
        if (!is_continuation(p[i]))
            return 0;
        c = (c << 6) | (p[i] & 0x3fU);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *c_out = c;
    return n;
}

uint32_t utf8_next(struct slice s, size_t *pos)
{
    uint32_t c;
    size_t n = decode((const unsigned char *)s.ptr + *pos, s.len - *pos, &c);
    if (n == 0) {
        *pos += 1;
        return 0xfffd;
    }
    *pos += n;
    return c;
}

bool utf8_valid(struct slice s)
{
    uint32_t c;
    for (size_t i = 0; i < s.len;) {
        size_t n = decode((const unsigned char *)s.ptr + i, s.len - i, &c);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

/* Code points that move or reorder text: bidi controls, separators, BOM, tags. */
static bool is_deceptive(uint32_t c)
{
    return (c >= 0x80 && c < 0xa0) || c == 0x00ad || c == 0x061c ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe0fff);
}

void escape_text(struct buf *out, struct slice s)
{
    for (size_t i = 0; i < s.len;) {
        uint32_t c = utf8_next(s, &i);
        if (c < 0x20 || c == 0x7f)
            buf_printf(out, "\\x%02x", (unsigned)c);
        else if (is_deceptive(c))
            buf_printf(out, "\\u{%04x}", (unsigned)c);
        else
            buf_add_utf8(out, c);
    }
}

static void escape_json_char(struct buf *out, uint32_t c)
{
    switch (c) {
    case '"':
        buf_add_text(out, "\\\"");
        break;
    case '\\':
        buf_add_text(out, "\\\\");
        break;
    case '\n':
        buf_add_text(out, "\\n");
        break;
    case '\r':
        buf_add_text(out, "\\r");
        break;
    case '\t':
        buf_add_text(out, "\\t");
        break;
    default:
        if (c >= 0x10000 && is_deceptive(c)) /* a surrogate pair */
            buf_printf(out, "\\u%04x\\u%04x", (unsigned)(0xd800 + ((c - 0x10000) >> 10)),
                       (unsigned)(0xdc00 + (c & 0x3ff)));
        else if (c < 0x20 || c == 0x7f || is_deceptive(c))
            buf_printf(out, "\\u%04x", (unsigned)c);
        else
            buf_add_utf8(out, c);
    }
}

static bool is_plain_in_json(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Eight bytes of which none needs an escape: all from 0x20 to 0x7e, no quote, no backslash. */
static bool are_plain_in_json(const char *p)
{
    uint64_t word = load_64(p);
    uint64_t below = (word - WORD_ALL(0x20)) | word; /* a borrow only makes us look closer */
    uint64_t above = word + WORD_ALL(1);             /* 0x7f */
    uint64_t marks = word_matches(word, '"') | word_matches(word, '\\');
    return !((below | above | marks) & WORD_ALL(0x80));
}

static size_t plain_length(struct slice s, size_t start)
{
    size_t i = start;
    while (i + 8 <= s.len && are_plain_in_json(s.ptr + i))
        i += 8;
    while (i < s.len && is_plain_in_json((unsigned char)s.ptr[i]))
        i++;
    return i - start;
}

void escape_json(struct buf *out, struct slice s)
{
    for (size_t i = 0; i < s.len;) {
        size_t plain = plain_length(s, i);
        buf_add(out, s.ptr + i, plain); /* nearly always all of it */
        i += plain;
        if (i < s.len)
            escape_json_char(out, utf8_next(s, &i));
    }
}
