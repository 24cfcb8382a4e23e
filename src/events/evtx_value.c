/* Values as Windows writes them in an event's XML. docs/formats/evtx.md has the table. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf16.h"
#include "events/evtx_internal.h"

/*
 * A type: bytes of one element in an array (0: see item_len()), and how one is written: behind
 * `out`, which has TEXT_ROOM(len); returns the end.
 */
struct kind {
    uint8_t size;
    char *(*put)(char *out, const uint8_t *p, uint32_t len);
};

/* A byte of a SID gives less than 3, of UTF-16 1.5, of ANSI 3; numbers and times are short. */
#define TEXT_ROOM(len) (3 * (size_t)(len) + 64)

/* --- numbers --------------------------------------------------------------------------------
 */

/* A number of 1 to 8 bytes; longer ones are cut. */
static uint64_t number(const uint8_t *p, uint32_t len)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < len && i < 8; i++)
        value |= (uint64_t)p[i] << 8 * i;
    return value;
}

static int64_t signed_number(const uint8_t *p, uint32_t len)
{
    uint64_t value = number(p, len);
    unsigned unused = len < 8 ? 64 - 8 * len : 0;
    return len == 0 ? 0 : (int64_t)(value << unused) >> unused;
}

static char *put_chars(char *out, const char *text, size_t len)
{
    memcpy(out, text, len);
    return out + len;
}

static char *put_decimal(char *out, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    return put_chars(out, digits + at, sizeof digits - at);
}

/* Exactly `digits` of them. */
static char *put_digits(char *out, uint32_t value, unsigned digits)
{
    for (unsigned i = digits; i-- > 0; value /= 10)
        out[i] = (char)('0' + value % 10);
    return out + digits;
}

static char *put_unsigned(char *out, const uint8_t *p, uint32_t len)
{
    return put_decimal(out, number(p, len));
}

static char *put_signed(char *out, const uint8_t *p, uint32_t len)
{
    int64_t value = signed_number(p, len);
    if (value < 0)
        *out++ = '-';
    return put_decimal(out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

/* "0x", then the digits of `value`, at least `least` of them. */
static char *put_hex_number(char *out, uint64_t value, unsigned least)
{
    char digits[16];
    size_t at = sizeof digits;
    do {
        digits[--at] = "0123456789abcdef"[value & 15];
        value >>= 4;
    } while (value > 0 || sizeof digits - at < least);
    return put_chars(put_chars(out, "0x", 2), digits + at, sizeof digits - at);
}

static char *put_hex(char *out, const uint8_t *p, uint32_t len)
{
    return put_hex_number(out, number(p, len), 1);
}

static char *put_bool(char *out, const uint8_t *p, uint32_t len)
{
    return number(p, len) ? put_chars(out, "true", 4) : put_chars(out, "false", 5);
}

/* The shortest text that is read back as the same number. */
static char *put_real(char *out, double value, int digits, int most, bool single)
{
    char text[40];
    for (; digits <= most; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        double again = single ? (double)strtof(text, NULL) : strtod(text, NULL);
        if (again == value)
            break;
    }
    return put_chars(out, text, strlen(text));
}

static char *put_float(char *out, const uint8_t *p, uint32_t len)
{
    float value = 0;
    uint32_t bits = (uint32_t)number(p, len);
    memcpy(&value, &bits, sizeof value);
    return put_real(out, (double)value, 6, 9, true);
}

static char *put_double(char *out, const uint8_t *p, uint32_t len)
{
    double value = 0;
    uint64_t bits = number(p, len);
    memcpy(&value, &bits, sizeof value);
    return put_real(out, value, 15, 17, false);
}

/* --- bytes, names of things -----------------------------------------------------------------
 */

static char *put_bytes(char *out, const uint8_t *p, uint32_t len, const char *digits)
{
    for (uint32_t i = 0; i < len; i++) {
        *out++ = digits[p[i] >> 4];
        *out++ = digits[p[i] & 15];
    }
    return out;
}

static char *put_binary(char *out, const uint8_t *p, uint32_t len)
{
    return put_bytes(out, p, len, "0123456789ABCDEF");
}

static char *put_guid(char *out, const uint8_t *p, uint32_t len)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t first[] = { p[3], p[2], p[1], p[0], p[5], p[4], p[7], p[6] };
    *out++ = '{';
    out = put_bytes(out, first, 4, digits);
    *out++ = '-';
    out = put_bytes(out, first + 4, 2, digits);
    *out++ = '-';
    out = put_bytes(out, first + 6, 2, digits);
    *out++ = '-';
    out = put_bytes(out, p + 8, 2, digits);
    *out++ = '-';
    out = put_bytes(out, p + 10, 6, digits);
    *out++ = '}';
    (void)len;
    return out;
}

#define SID_HEAD 8 /* revision, count, authority (6 bytes, big-endian) */

static char *put_sid(char *out, const uint8_t *p, uint32_t len)
{
    uint64_t authority = 0;
    if (len < SID_HEAD || SID_HEAD + 4u * p[1] > len)
        return put_binary(out, p, len);
    for (size_t i = 2; i < SID_HEAD; i++)
        authority = authority << 8 | p[i];
    out = put_decimal(put_chars(out, "S-", 2), p[0]);
    *out++ = '-';
    out = authority > UINT32_MAX ? put_hex_number(out, authority, 12)
                                 : put_decimal(out, authority);
    for (uint32_t i = 0; i < p[1]; i++) {
        *out++ = '-';
        out = put_decimal(out, get_u32(p + (SID_HEAD + 4 * i)));
    }
    return out;
}

/* --- times ----------------------------------------------------------------------------------
 */

/* Seven digits behind the second, of which time_format() knows three. */
static char *put_filetime(char *out, const uint8_t *p, uint32_t len)
{
    const size_t seconds = sizeof "2021-03-03T06:59:13." - 1;
    char text[TIME_TEXT_SIZE];
    uint64_t value = number(p, len);
    int64_t ms = value < 10000 ? TIME_FIRST : filetime_ms(value);
    if (ms == TIME_NONE)
        return put_decimal(out, value);
    out = put_chars(out, time_format(ms, text), seconds);
    out = put_digits(out, (uint32_t)(value % 10000000), 7);
    *out++ = 'Z';
    return out;
}

static char *put_systemtime(char *out, const uint8_t *p, uint32_t len)
{
    /* Offset of the member, digits, and what stands in front. The day of the week is left out.
     */
    static const struct {
        uint8_t offset, digits;
        char before;
        uint16_t most;
    } members[] = {
        { 0, 4, 0, 9999 },  { 2, 2, '-', 12 },  { 6, 2, '-', 31 },   { 8, 2, 'T', 23 },
        { 10, 2, ':', 59 }, { 12, 2, ':', 60 }, { 14, 3, '.', 999 },
    };
    char *start = out;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        uint16_t member = get_u16(p + members[i].offset);
        if (member > members[i].most)
            return put_binary(start, p, len);
        if (members[i].before)
            *out++ = members[i].before;
        out = put_digits(out, member, members[i].digits);
    }
    *out++ = 'Z';
    return out;
}

/* --- texts ----------------------------------------------------------------------------------
 */

/* Units in front of the NULs at the end. */
static uint32_t units_without_end(const uint8_t *p, uint32_t len)
{
    uint32_t units = len / 2;
    while (units > 0 && get_u16(p + (2 * units - 2)) == 0)
        units--;
    return units;
}

static char *put_string(char *out, const uint8_t *p, uint32_t len)
{
    return out + utf16le_to_utf8((const char *)p, units_without_end(p, len), out);
}

/* Windows-1252: what differs from Latin-1. 0 is not assigned. */
static const uint16_t ansi_high[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

static char *put_ansi(char *out, const uint8_t *p, uint32_t len)
{
    while (len > 0 && p[len - 1] == 0)
        len--;
    uint32_t i = 0;
    for (; i < len && p[i] < 0x80; i++) /* nearly always all of it */
        out[i] = (char)p[i];
    out += i;
    for (; i < len; i++) {
        uint16_t c = p[i];
        if (c >= 0x80 && c < 0xa0 && ansi_high[c - 0x80])
            c = ansi_high[c - 0x80];
        const char unit[] = { (char)c, (char)(c >> 8) };
        out += utf16le_to_utf8(unit, 1, out);
    }
    return out;
}

static char *put_text(char *out, const uint8_t *p, uint32_t len)
{
    return put_chars(out, (const char *)p, len);
}

static char *put_nothing(char *out, const uint8_t *p, uint32_t len)
{
    (void)p;
    (void)len;
    return out;
}

/* --- types ----------------------------------------------------------------------------------
 */

static const struct kind kinds[] = {
    [0x00] = { 0, put_nothing },     [0x01] = { 0, put_string },
    [0x02] = { 0, put_ansi },        [0x03] = { 1, put_signed },
    [0x04] = { 1, put_unsigned },    [0x05] = { 2, put_signed },
    [0x06] = { 2, put_unsigned },    [0x07] = { 4, put_signed },
    [0x08] = { 4, put_unsigned },    [0x09] = { 8, put_signed },
    [0x0a] = { 8, put_unsigned },    [0x0b] = { 4, put_float },
    [0x0c] = { 8, put_double },      [0x0d] = { 4, put_bool },
    [0x0e] = { 0, put_binary },      [0x0f] = { 16, put_guid },
    [0x10] = { 0, put_hex },         [0x11] = { 8, put_filetime },
    [0x12] = { 16, put_systemtime }, [0x13] = { 0, put_sid },
    [0x14] = { 4, put_hex },         [0x15] = { 8, put_hex },
    [0x20] = { 0, put_hex },         [0x21] = { 0, put_binary },
    [0x23] = { 0, put_string },      [EVTX_VALUE_TEXT] = { 0, put_text },
};

/* Types that nobody knows, and those of a fixed size that have another, are written as bytes.
 */
static const struct kind *kind_of(uint8_t type)
{
    static const struct kind unknown = { 0, put_binary };
    type &= (uint8_t)~EVTX_VALUE_ARRAY;
    return kinds[type].put ? &kinds[type] : &unknown;
}

static char *put_value(char *out, const struct evtx_value *value)
{
    const struct kind *kind = kind_of(value->type);
    const uint8_t *p = (const uint8_t *)value->bytes;
    bool whole = kind->size < 16 || value->len == kind->size;
    return whole ? kind->put(out, p, value->len) : put_binary(out, p, value->len);
}

/* --- arrays ---------------------------------------------------------------------------------
 */

static uint32_t string_len(const uint8_t *p, uint32_t len)
{
    uint32_t units = len / 2, i = 0;
    while (i < units && get_u16(p + (size_t)2 * i) != 0)
        i++;
    return i < units ? 2 * i + 2 : len;
}

static uint32_t ansi_len(const uint8_t *p, uint32_t len)
{
    const uint8_t *nul = memchr(p, 0, len);
    return nul ? (uint32_t)(nul - p) + 1 : len;
}

/* Bytes of the element at `p` of an array, its end mark too; at least 1, at most `len`. */
static uint32_t item_len(const struct evtx_value *array, const uint8_t *p, uint32_t len)
{
    uint32_t size = kind_of(array->type)->size;
    switch (array->type & ~EVTX_VALUE_ARRAY) {
    case 0x01:
        size = string_len(p, len);
        break;
    case 0x02:
        size = ansi_len(p, len);
        break;
    case 0x10: /* nothing says whether it is 4 or 8 */
        size = array->len % 8 == 0 ? 8 : 4;
        break;
    case 0x13:
        size = len < 2 ? len : SID_HEAD + 4u * p[1];
        break;
    default:
        break;
    }
    return size == 0 || size > len ? len : size;
}

bool evtx_value_item(const struct evtx_value *value, size_t *at, struct evtx_value *item)
{
    bool array = value->type & EVTX_VALUE_ARRAY;
    if (!value->bytes || (array ? *at >= value->len : *at > 0))
        return false;
    *item = *value;
    if (!array) {
        *at = 1;
        return true;
    }
    uint32_t left = value->len - (uint32_t)*at;
    item->type &= (uint8_t)~EVTX_VALUE_ARRAY;
    item->bytes += *at;
    item->len = item_len(value, (const uint8_t *)item->bytes, left);
    *at += item->len;
    return true;
}

size_t evtx_value_count(const struct evtx_value *value)
{
    struct evtx_value item;
    size_t at = 0, count = 0;
    while (evtx_value_item(value, &at, &item))
        count++;
    return count;
}

/* --- text -----------------------------------------------------------------------------------
 */

bool evtx_value_add(const struct evtx_value *value, struct buf *out)
{
    struct evtx_value item;
    size_t at = 0;
    if (!evtx_value_item(value, &at, &item))
        return false;
    buf_reserve(out, TEXT_ROOM(item.len));
    out->len = (size_t)(put_value(out->ptr + out->len, &item) - out->ptr);
    out->ptr[out->len] = '\0';
    return true;
}

struct slice evtx_value_text(const struct evtx_value *value, size_t i, struct arena *scratch)
{
    struct evtx_value item;
    char small[1024];
    size_t at = 0;
    do {
        if (!evtx_value_item(value, &at, &item))
            return SLICE_NULL;
    } while (i-- > 0);
    if (item.type == EVTX_VALUE_TEXT)
        return slice_of(item.bytes, item.len);
    size_t room = TEXT_ROOM(item.len);
    char *out = room <= sizeof small ? small : arena_alloc(scratch, room);
    struct slice text = slice_of(out, (size_t)(put_value(out, &item) - out));
    return out == small ? arena_copy(scratch, text) : text;
}

/* --- numbers and times without text ---------------------------------------------------------
 */

static bool is_whole_number(uint8_t type)
{
    return (type >= 0x03 && type <= 0x0a) || type == 0x10 || type == 0x14 || type == 0x15;
}

#define DIGITS_MAX 20

bool evtx_value_u64(const struct evtx_value *value, uint64_t *out)
{
    char text[DIGITS_MAX * UTF8_PER_UNIT];
    const uint8_t *p = (const uint8_t *)value->bytes;
    if (!p)
        return false;
    if (is_whole_number(value->type)) {
        *out = number(p, value->len);
        return true;
    }
    if (value->type == EVTX_VALUE_TEXT)
        return slice_to_u64(slice_of(value->bytes, value->len), out);
    uint32_t units = value->type == TYPE_STRING ? units_without_end(p, value->len) : 0;
    if (units > DIGITS_MAX)
        return false;
    return slice_to_u64(slice_of(text, utf16le_to_utf8(value->bytes, units, text)), out);
}

int64_t evtx_value_time(const struct evtx_value *value)
{
    struct evtx_value item;
    char text[TEXT_ROOM(64)];
    size_t at = 0;
    int64_t ms = TIME_NONE;
    if (!evtx_value_item(value, &at, &item) || item.len > 64)
        return TIME_NONE;
    if (item.type == 0x11)
        return filetime_ms(number((const uint8_t *)item.bytes, item.len));
    size_t len = (size_t)(put_value(text, &item) - text);
    return time_parse(slice_of(text, len), &ms) ? ms : TIME_NONE;
}
