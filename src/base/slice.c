#include "base/slice.h"

#include <stdlib.h>

#include "base/mask.h"

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

static size_t icase_find_char(struct slice s, char c)
{
    for (size_t i = 0; i < s.len; i++)
        if (ascii_lower(s.ptr[i]) == ascii_lower(c))
            return i;
    return SIZE_MAX;
}

/* The first of the places in the mask, which starts at `at`, where the needle stands. */
static size_t icase_find_at(struct slice s, size_t at, uint64_t mask, struct slice needle)
{
    for (; mask; mask &= mask - 1) {
        size_t place = at + (size_t)__builtin_ctzll(mask);
        if (place + needle.len <= s.len && icase_equal(s.ptr + place, needle.ptr, needle.len))
            return place;
    }
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
    size_t at = 0, found = SIZE_MAX;
    for (; at + MASK_SPAN < s.len && found == SIZE_MAX; at += MASK_SPAN)
        found = icase_find_at(s, at, mask_of_two(s.ptr + at, needle.ptr), needle);
    for (; at + 16 < s.len && found == SIZE_MAX; at += 16)
        found = icase_find_at(s, at, mask_bits(mask_of_two_16(s.ptr + at, needle.ptr)), needle);
    for (; at + needle.len <= s.len && found == SIZE_MAX; at++)
        if (icase_equal(s.ptr + at, needle.ptr, needle.len))
            return at;
    return found;
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
