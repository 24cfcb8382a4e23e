#include "gen_text.h"

#include <string.h>

/* va_list may be an array type, which cannot be handed on by address. */
struct args {
    va_list ap;
};

/* Days to civil date, after Howard Hinnant's chrono-compatible algorithms. */
struct gen_civil gen_civil_from_ms(int64_t ms)
{
    int64_t days = ms / GEN_DAY_MS;
    unsigned left = (unsigned)(ms % GEN_DAY_MS);
    unsigned z = (unsigned)(days + 719468);
    unsigned era = z / 146097, doe = z % 146097;
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned mp = (5 * doy + 2) / 153;
    struct gen_civil c = { .day = doy - (153 * mp + 2) / 5 + 1,
                           .month = mp < 10 ? mp + 3 : mp - 9,
                           .hour = left / 3600000,
                           .minute = left / 60000 % 60,
                           .second = left / 1000 % 60,
                           .milli = left % 1000,
                           .weekday = (unsigned)((days + 4) % 7) };
    c.year = yoe + era * 400 + (c.month <= 2);
    return c;
}

int64_t gen_ms_from_date(unsigned year, unsigned month, unsigned day)
{
    unsigned y = month <= 2 ? year - 1 : year;
    unsigned era = y / 400, yoe = y % 400;
    unsigned mp = month > 2 ? month - 3 : month + 9;
    unsigned doy = (153 * mp + 2) / 5 + day - 1;
    unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return ((int64_t)era * 146097 + (int64_t)doe - 719468) * GEN_DAY_MS;
}

void gen_put_mem(struct gen_buf *b, const char *p, size_t n)
{
    size_t room = b->cap - b->len;
    if (n > room)
        n = room;
    memcpy(b->data + b->len, p, n);
    b->len += n;
}

void gen_put_str(struct gen_buf *b, const char *s)
{
    gen_put_mem(b, s, strlen(s));
}

static void put_char(struct gen_buf *b, char c)
{
    if (b->len < b->cap)
        b->data[b->len++] = c;
}

static void put_u64(struct gen_buf *b, uint64_t v)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + v % 10);
    while (v /= 10);
    gen_put_mem(b, digits + at, sizeof digits - at);
}

static void put_mapped(struct gen_buf *b, const char *s, char from, char to)
{
    for (; *s; s++)
        put_char(b, *s == from ? to : *s);
}

static void put_doubled(struct gen_buf *b, const char *s, char twice)
{
    for (; *s; s++) {
        if (*s == twice)
            put_char(b, *s);
        put_char(b, *s);
    }
}

static void put_json(struct gen_buf *b, const char *s)
{
    for (; *s; s++) {
        if (*s == '"')
            gen_put_str(b, "\\\"\"");
        else if (*s == '\\' || *s == '/')
            put_char(b, '\\'), put_char(b, *s);
        else
            put_char(b, *s);
    }
}

static char *write_hex(char *p, uint64_t v, unsigned digits, const char *alphabet)
{
    while (digits--)
        *p++ = alphabet[v >> (4 * digits) & 15];
    return p;
}

static void put_guid(struct gen_buf *b, const struct gen_guid *g, const char *alphabet)
{
    char text[36], *p = text;
    p = write_hex(p, g->hi >> 32, 8, alphabet);
    *p++ = '-';
    p = write_hex(p, g->hi >> 16, 4, alphabet);
    *p++ = '-';
    p = write_hex(p, g->hi, 4, alphabet);
    *p++ = '-';
    p = write_hex(p, g->lo >> 48, 4, alphabet);
    *p++ = '-';
    write_hex(p, g->lo, 12, alphabet);
    gen_put_mem(b, text, sizeof text);
}

static void put_hex16(struct gen_buf *b, uint64_t v)
{
    char text[16];
    write_hex(text, v, 16, "0123456789ABCDEF");
    gen_put_mem(b, text, sizeof text);
}

static void two_digits(char *p, unsigned v)
{
    p[0] = (char)('0' + v / 10 % 10);
    p[1] = (char)('0' + v % 10);
}

static void put_time(struct gen_buf *b, int64_t ms, char separator)
{
    struct gen_civil c = gen_civil_from_ms(ms);
    char text[24] = "0000-00-00T00:00:00.000Z";
    two_digits(text, c.year / 100);
    two_digits(text + 2, c.year);
    two_digits(text + 5, c.month);
    two_digits(text + 8, c.day);
    text[10] = separator;
    two_digits(text + 11, c.hour);
    two_digits(text + 14, c.minute);
    two_digits(text + 17, c.second);
    text[20] = (char)('0' + c.milli / 100);
    two_digits(text + 21, c.milli);
    gen_put_mem(b, text, separator == 'T' ? 24 : 19);
}

static void put_conversion(struct gen_buf *b, char kind, struct args *a)
{
    switch (kind) {
    case 's':
        gen_put_str(b, va_arg(a->ap, const char *));
        break;
    case 'i':
        put_mapped(b, va_arg(a->ap, const char *), ' ', '+');
        break;
    case 'h':
        put_mapped(b, va_arg(a->ap, const char *), ',', ' ');
        break;
    case 'q':
        put_doubled(b, va_arg(a->ap, const char *), '"');
        break;
    case 'k':
        put_doubled(b, va_arg(a->ap, const char *), '\'');
        break;
    case 'j':
        put_json(b, va_arg(a->ap, const char *));
        break;
    case 'u':
        put_u64(b, va_arg(a->ap, unsigned));
        break;
    case 'U':
        put_u64(b, va_arg(a->ap, uint64_t));
        break;
    case 'x':
        put_hex16(b, va_arg(a->ap, uint64_t));
        break;
    case 'g':
        put_guid(b, va_arg(a->ap, const struct gen_guid *), "0123456789abcdef");
        break;
    case 'X':
        put_guid(b, va_arg(a->ap, const struct gen_guid *), "0123456789ABCDEF");
        break;
    case 't':
        put_time(b, va_arg(a->ap, int64_t), 'T');
        break;
    case 'd':
        put_time(b, va_arg(a->ap, int64_t), ' ');
        break;
    default:
        put_char(b, kind);
        break;
    }
}

void gen_vputf(struct gen_buf *b, const char *fmt, va_list ap)
{
    struct args a;
    va_copy(a.ap, ap);
    for (const char *p; (p = strchr(fmt, '%')) != NULL && p[1] != '\0'; fmt = p + 2) {
        gen_put_mem(b, fmt, (size_t)(p - fmt));
        put_conversion(b, p[1], &a);
    }
    gen_put_str(b, fmt);
    va_end(a.ap);
}

void gen_putf(struct gen_buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    gen_vputf(b, fmt, ap);
    va_end(ap);
}

char *gen_text(char *dst, size_t cap, const char *fmt, ...)
{
    struct gen_buf b = { dst, 0, cap - 1 };
    va_list ap;
    va_start(ap, fmt);
    gen_vputf(&b, fmt, ap);
    va_end(ap);
    dst[b.len] = '\0';
    return dst;
}
