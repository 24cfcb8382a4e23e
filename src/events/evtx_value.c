/* Values as Windows writes them in an event's XML. docs/formats/evtx.md has the table. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf16.h"
#include "events/evtx_internal.h"

/* A type: bytes of one element in an array (0: see item_len()) and how one is written. */
struct kind {
    uint8_t size;
    void (*add)(const uint8_t *p, uint32_t len, struct buf *out);
};

static const struct kind *kind_of(uint8_t type);

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

static void add_decimal(uint64_t value, struct buf *out)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    buf_add(out, digits + at, sizeof digits - at);
}

static void add_unsigned(const uint8_t *p, uint32_t len, struct buf *out)
{
    add_decimal(number(p, len), out);
}

static void add_signed(const uint8_t *p, uint32_t len, struct buf *out)
{
    int64_t value = signed_number(p, len);
    if (value < 0)
        buf_add_char(out, '-');
    add_decimal(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, out);
}

/* Digits of `value`, at least `least` of them. */
static void add_hex_digits(uint64_t value, unsigned least, struct buf *out)
{
    char digits[16];
    size_t at = sizeof digits;
    do {
        digits[--at] = "0123456789abcdef"[value & 15];
        value >>= 4;
    } while (value > 0 || sizeof digits - at < least);
    buf_add(out, digits + at, sizeof digits - at);
}

static void add_hex(const uint8_t *p, uint32_t len, struct buf *out)
{
    buf_add(out, "0x", 2);
    add_hex_digits(number(p, len), 1, out);
}

static void add_bool(const uint8_t *p, uint32_t len, struct buf *out)
{
    buf_add_text(out, number(p, len) ? "true" : "false");
}

/* The shortest text that is read back as the same number. */
static void add_real(double value, int digits, int most, bool single, struct buf *out)
{
    char text[40];
    for (; digits <= most; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        double again = single ? (double)strtof(text, NULL) : strtod(text, NULL);
        if (again == value)
            break;
    }
    buf_add_text(out, text);
}

static void add_float(const uint8_t *p, uint32_t len, struct buf *out)
{
    float value = 0;
    uint32_t bits = (uint32_t)number(p, len);
    memcpy(&value, &bits, sizeof value);
    add_real((double)value, 6, 9, true, out);
}

static void add_double(const uint8_t *p, uint32_t len, struct buf *out)
{
    double value = 0;
    uint64_t bits = number(p, len);
    memcpy(&value, &bits, sizeof value);
    add_real(value, 15, 17, false, out);
}

/* --- times ----------------------------------------------------------------------------------
 */

static char *put_digits(char *out, uint32_t value, unsigned digits)
{
    for (unsigned i = digits; i-- > 0; value /= 10)
        out[i] = (char)('0' + value % 10);
    return out + digits;
}

/* FILETIME has seven digits behind the second; time_format() knows three of them. */
static void add_filetime(const uint8_t *p, uint32_t len, struct buf *out)
{
    char text[TIME_TEXT_SIZE];
    uint64_t value = number(p, len);
    int64_t ms = value < 10000 ? TIME_FIRST : filetime_ms(value);
    if (ms == TIME_NONE) {
        add_unsigned(p, len, out);
        return;
    }
    time_format(ms, text);
    put_digits(text + sizeof "2021-03-03T06:59:13." - 1, (uint32_t)(value % 10000000), 7);
    buf_add(out, text, sizeof "2021-03-03T06:59:13.1234567" - 1);
    buf_add_char(out, 'Z');
}

struct system_time {
    uint32_t year, month, day, hour, minute, second, ms;
};

static bool read_system_time(const uint8_t *p, uint32_t len, struct system_time *out)
{
    if (len < 16)
        return false;
    *out =
        (struct system_time){ get_u16(p),      get_u16(p + 2),  get_u16(p + 6), get_u16(p + 8),
                              get_u16(p + 10), get_u16(p + 12), get_u16(p + 14) };
    return out->year <= 9999 && out->month <= 12 && out->day <= 31 && out->hour <= 23 &&
           out->minute <= 59 && out->second <= 60 && out->ms <= 999;
}

static void add_binary(const uint8_t *p, uint32_t len, struct buf *out);

static void add_systemtime(const uint8_t *p, uint32_t len, struct buf *out)
{
    struct system_time t;
    char text[] = "0000-00-00T00:00:00.000Z";
    if (!read_system_time(p, len, &t)) {
        add_binary(p, len, out);
        return;
    }
    put_digits(text, t.year, 4);
    put_digits(text + 5, t.month, 2);
    put_digits(text + 8, t.day, 2);
    put_digits(text + 11, t.hour, 2);
    put_digits(text + 14, t.minute, 2);
    put_digits(text + 17, t.second, 2);
    put_digits(text + 20, t.ms, 3);
    buf_add(out, text, sizeof text - 1);
}

/* --- texts, bytes, names of things ----------------------------------------------------------
 */

/* Units in front of the NULs at the end. */
static uint32_t units_without_end(const uint8_t *p, uint32_t len)
{
    uint32_t units = len / 2;
    while (units > 0 && get_u16(p + 2 * units - 2) == 0)
        units--;
    return units;
}

static void add_string(const uint8_t *p, uint32_t len, struct buf *out)
{
    uint32_t units = units_without_end(p, len);
    buf_reserve(out, UTF8_PER_UNIT * (size_t)units);
    out->len += utf16le_to_utf8((const char *)p, units, out->ptr + out->len);
    out->ptr[out->len] = '\0';
}

/* Windows-1252: what differs from Latin-1. 0 is not assigned. */
static const uint16_t ansi_high[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

static void add_ansi(const uint8_t *p, uint32_t len, struct buf *out)
{
    while (len > 0 && p[len - 1] == 0)
        len--;
    for (uint32_t i = 0; i < len; i++) {
        uint32_t c = p[i];
        if (c >= 0x80 && c < 0xa0 && ansi_high[c - 0x80])
            c = ansi_high[c - 0x80];
        buf_add_utf8(out, c);
    }
}

static void add_binary(const uint8_t *p, uint32_t len, struct buf *out)
{
    buf_reserve(out, 2 * (size_t)len);
    for (uint32_t i = 0; i < len; i++) {
        out->ptr[out->len++] = "0123456789ABCDEF"[p[i] >> 4];
        out->ptr[out->len++] = "0123456789ABCDEF"[p[i] & 15];
    }
    out->ptr[out->len] = '\0';
}

static void add_guid(const uint8_t *p, uint32_t len, struct buf *out)
{
    /* Which byte comes next, and where a '-' stands. */
    static const int8_t order[] = { 3,  2, 1, 0,  -1, 5,  4,  -1, 7,  6,
                                    -1, 8, 9, -1, 10, 11, 12, 13, 14, 15 };
    if (len != 16) {
        add_binary(p, len, out);
        return;
    }
    buf_add_char(out, '{');
    for (size_t i = 0; i < sizeof order; i++)
        if (order[i] < 0)
            buf_add_char(out, '-');
        else
            add_hex_digits(p[order[i]], 2, out);
    buf_add_char(out, '}');
}

#define SID_HEAD 8 /* revision, count, authority (6 bytes, big-endian) */

static void add_sid(const uint8_t *p, uint32_t len, struct buf *out)
{
    uint64_t authority = 0;
    if (len < SID_HEAD || SID_HEAD + 4u * p[1] > len) {
        add_binary(p, len, out);
        return;
    }
    for (size_t i = 2; i < SID_HEAD; i++)
        authority = authority << 8 | p[i];
    buf_add(out, "S-", 2);
    add_decimal(p[0], out);
    buf_add_char(out, '-');
    if (authority > UINT32_MAX) {
        buf_add(out, "0x", 2);
        add_hex_digits(authority, 12, out);
    } else {
        add_decimal(authority, out);
    }
    for (uint32_t i = 0; i < p[1]; i++) {
        buf_add_char(out, '-');
        add_decimal(get_u32(p + SID_HEAD + 4 * i), out);
    }
}

static void add_text(const uint8_t *p, uint32_t len, struct buf *out)
{
    buf_add(out, p, len);
}

static void add_nothing(const uint8_t *p, uint32_t len, struct buf *out)
{
    (void)p;
    (void)len;
    (void)out;
}

/* --- types ----------------------------------------------------------------------------------
 */

static const struct kind kinds[] = {
    [0x00] = { 0, add_nothing },     [0x01] = { 0, add_string },
    [0x02] = { 0, add_ansi },        [0x03] = { 1, add_signed },
    [0x04] = { 1, add_unsigned },    [0x05] = { 2, add_signed },
    [0x06] = { 2, add_unsigned },    [0x07] = { 4, add_signed },
    [0x08] = { 4, add_unsigned },    [0x09] = { 8, add_signed },
    [0x0a] = { 8, add_unsigned },    [0x0b] = { 4, add_float },
    [0x0c] = { 8, add_double },      [0x0d] = { 4, add_bool },
    [0x0e] = { 0, add_binary },      [0x0f] = { 16, add_guid },
    [0x10] = { 0, add_hex },         [0x11] = { 8, add_filetime },
    [0x12] = { 16, add_systemtime }, [0x13] = { 0, add_sid },
    [0x14] = { 4, add_hex },         [0x15] = { 8, add_hex },
    [0x20] = { 0, add_hex },         [0x21] = { 0, add_binary },
    [0x23] = { 0, add_string },      [EVTX_VALUE_TEXT] = { 0, add_text },
};

static const struct kind *kind_of(uint8_t type)
{
    static const struct kind unknown = { 0, add_binary };
    type &= (uint8_t)~EVTX_VALUE_ARRAY;
    return kinds[type].add ? &kinds[type] : &unknown;
}

/* --- arrays ---------------------------------------------------------------------------------
 */

static uint32_t string_len(const uint8_t *p, uint32_t len)
{
    uint32_t units = len / 2, i = 0;
    while (i < units && get_u16(p + 2 * i) != 0)
        i++;
    return i < units ? 2 * i + 2 : len;
}

static uint32_t ansi_len(const uint8_t *p, uint32_t len)
{
    const uint8_t *nul = memchr(p, 0, len);
    return nul ? (uint32_t)(nul - p) + 1 : len;
}

/* Bytes of the first element of an array, its end mark too; at least 1. */
static uint32_t item_len(uint8_t type, const uint8_t *p, uint32_t len)
{
    uint32_t size = kind_of(type)->size;
    switch (type & ~EVTX_VALUE_ARRAY) {
    case 0x01:
        size = string_len(p, len);
        break;
    case 0x02:
        size = ansi_len(p, len);
        break;
    case 0x10: /* nothing says whether it is 4 or 8 */
        size = len % 8 == 0 ? 8 : 4;
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
    item->len = item_len(value->type, (const uint8_t *)item->bytes, left);
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
    kind_of(item.type)->add((const uint8_t *)item.bytes, item.len, out);
    return true;
}

struct slice evtx_value_text(const struct evtx_value *value, size_t i, struct arena *scratch)
{
    struct evtx_value item;
    struct buf text = BUF_INIT;
    size_t at = 0;
    do {
        if (!evtx_value_item(value, &at, &item))
            return SLICE_NULL;
    } while (i-- > 0);
    if (item.type == EVTX_VALUE_TEXT)
        return slice_of(item.bytes, item.len);
    evtx_value_add(&item, &text);
    struct slice copy = arena_copy(scratch, buf_slice(&text));
    buf_deinit(&text);
    return copy;
}

/* --- numbers and times without text ---------------------------------------------------------
 */

static bool is_whole_number(uint8_t type)
{
    return (type >= 0x03 && type <= 0x0a) || type == 0x10 || type == 0x14 || type == 0x15;
}

bool evtx_value_u64(const struct evtx_value *value, uint64_t *out)
{
    char digits[24];
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
    if (units > sizeof digits / UTF8_PER_UNIT * 2)
        return false;
    char text[sizeof digits * UTF8_PER_UNIT];
    return slice_to_u64(slice_of(text, utf16le_to_utf8(value->bytes, units, text)), out);
}

int64_t evtx_value_time(const struct evtx_value *value)
{
    struct evtx_value item;
    struct buf text = BUF_INIT;
    size_t at = 0;
    int64_t ms = TIME_NONE;
    if (!evtx_value_item(value, &at, &item) || item.len > 128)
        return TIME_NONE;
    if (item.type == 0x11)
        return filetime_ms(number((const uint8_t *)item.bytes, item.len));
    evtx_value_add(&item, &text);
    bool is_time = time_parse(buf_slice(&text), &ms);
    buf_deinit(&text);
    return is_time ? ms : TIME_NONE;
}
