#include "base/slice.h"

#include <stdlib.h>

#include "base/word.h"

bool slice_eq(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static bool icase_equal(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (ascii_lower(a[i]) != ascii_lower(b[i]))
            return false;
    return true;
}

bool slice_icase_eq(struct slice a, struct slice b)
{
    return a.len == b.len && icase_equal(a.ptr, b.ptr, a.len);
}

bool slice_starts(struct slice s, struct slice prefix)
{
    return s.len >= prefix.len &&
           (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

bool slice_icase_starts(struct slice s, struct slice prefix)
{
    return s.len >= prefix.len && icase_equal(s.ptr, prefix.ptr, prefix.len);
}

bool slice_icase_ends(struct slice s, struct slice suffix)
{
    return s.len >= suffix.len &&
           icase_equal(s.ptr + s.len - suffix.len, suffix.ptr, suffix.len);
}

size_t slice_find_char(struct slice s, char c)
{
    const char *hit = s.len ? memchr(s.ptr, c, s.len) : NULL;
    return hit ? (size_t)(hit - s.ptr) : SIZE_MAX;
}

size_t slice_find(struct slice s, struct slice needle)
{
    if (needle.len == 0)
        return 0;
    size_t from = 0;
    while (needle.len <= s.len - from) {
        const char *hit = memchr(s.ptr + from, needle.ptr[0], s.len - from - needle.len + 1);
        if (!hit)
            break;
        from = (size_t)(hit - s.ptr);
        if (memcmp(hit, needle.ptr, needle.len) == 0)
            return from;
        from++;
    }
    return SIZE_MAX;
}

/* Sixteen bytes side by side: compilers know how each processor compares them at once. */
typedef unsigned char bytes __attribute__((vector_size(16)));
#define STEP sizeof(bytes)

/*
 * Where may the two bytes stand in text[0, STEP], in either case? Places as word_first() reads
 * them, those of the first eight in starts[0]. A few others that differ in bit 0x20 are taken
 * for them too.
 */
static bool two_match(const char *text, const char *two, uint64_t starts[2])
{
    bytes here, next;
    memcpy(&here, text, sizeof here);
    memcpy(&next, text + 1, sizeof next);
    bytes equal = (bytes)((here | 0x20) == (unsigned char)(two[0] | 0x20)) &
                  (bytes)((next | 0x20) == (unsigned char)(two[1] | 0x20)) & 0x80;
    char places[STEP];
    memcpy(places, &equal, sizeof places);
    starts[0] = load_64(places);
    starts[1] = load_64(places + 8);
    return (starts[0] | starts[1]) != 0;
}

static size_t icase_find_char(struct slice s, char c)
{
    for (size_t i = 0; i < s.len; i++)
        if (ascii_lower(s.ptr[i]) == ascii_lower(c))
            return i;
    return SIZE_MAX;
}

size_t slice_icase_find(struct slice s, struct slice needle)
{
    if (needle.len == 0)
        return 0;
    if (needle.len > s.len)
        return SIZE_MAX;
    if (needle.len == 1)
        return icase_find_char(s, needle.ptr[0]);
    size_t last = s.len - needle.len, i = 0;
    for (; i + STEP + 1 <= s.len && i <= last; i += STEP) {
        uint64_t starts[2];
        if (!two_match(s.ptr + i, needle.ptr, starts))
            continue;
        for (size_t half = 0; half < 2; half++)
            for (; starts[half]; starts[half] &= starts[half] - 1) {
                size_t at = i + half * 8 + word_first(starts[half]);
                if (at <= last && icase_equal(s.ptr + at, needle.ptr, needle.len))
                    return at;
            }
    }
    for (; i <= last; i++)
        if (icase_equal(s.ptr + i, needle.ptr, needle.len))
            return i;
    return SIZE_MAX;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim(struct slice s)
{
    while (s.len && is_blank(s.ptr[0]))
        s = slice_from_offset(s, 1);
    while (s.len && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

struct slice slice_cut(struct slice *rest, char separator)
{
    size_t at = slice_find_char(*rest, separator);
    struct slice head = *rest;
    if (at == SIZE_MAX) {
        *rest = SLICE_NULL;
        return head;
    }
    head.len = at;
    *rest = slice_of(rest->ptr + at + 1, rest->len - at - 1);
    return head;
}

bool slice_to_u64(struct slice s, uint64_t *out)
{
    if (s.len == 0 || s.len > 20)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_digit(s.ptr[i]))
            return false;
        uint64_t digit = (uint64_t)(s.ptr[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

bool slice_to_number(struct slice s, double *out)
{
    char text[64], *end;
    if (s.len == 0 || s.len >= sizeof text)
        return false;
    for (size_t i = 0; i < s.len; i++) /* no "inf", "nan", blanks or NUL for strtod() */
        if (!s.ptr[i] || !strchr("0123456789abcdefABCDEFxX.+-", s.ptr[i]))
            return false;
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    *out = strtod(text, &end);
    return end == text + s.len && *out - *out == 0.0;
}

uint64_t slice_hash(struct slice s, bool fold)
{
    uint64_t hash = 14695981039346656037ULL;
    for (size_t i = 0; i < s.len; i++) {
        char c = fold ? ascii_lower(s.ptr[i]) : s.ptr[i];
        hash = (hash ^ (unsigned char)c) * 1099511628211ULL;
    }
    return hash;
}
